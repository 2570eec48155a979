"""What an answer cost, by a dated table of list prices: an estimate that knows no discounts or taxes.

The table is data, `prices.json`, since the deployment's own calculator reads it as well.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from chalicelib.models.bedrock import area, base_model

TABLE = Path(__file__).with_name("prices.json")
MILLION = 1_000_000


@dataclass(frozen=True, slots=True)
class Price:
    """US dollars per million tokens, on demand, in us-east-1 (https://aws.amazon.com/bedrock/pricing/).

    Through a profile that stays in one area some models cost `area` times as much: Claude from 4.5 on.
    """

    input: float
    output: float
    area: float = 1.0

    def through(self, profile: str) -> "Price":
        """By what a profile puts before the model's id; `global` costs what the model itself does."""
        factor = 1.0 if profile in ("", "global") else self.area
        return Price(self.input * factor, self.output * factor)


@cache
def prices() -> Mapping[str, Price]:
    """By the beginning of a model's id, dates and revisions left off."""
    models = json.loads(TABLE.read_text())["models"]
    return {name: Price(**price) for name, price in models.items()}


def cost_usd(model: str, input_tokens: int, output_tokens: int) -> float | None:
    """US dollars, or None for a model that has no price here. Models of this machine cost nothing."""
    price = price_of(model)
    if price is None:
        return None
    return round((input_tokens * price.input + output_tokens * price.output) / MILLION, 8)


def price_of(model: str) -> Price | None:
    """The price under the longest name that the id begins with."""
    base = base_model(model)
    known = [name for name in prices() if base.startswith(name)]
    return prices()[max(known, key=len)].through(area(model)) if known else None
