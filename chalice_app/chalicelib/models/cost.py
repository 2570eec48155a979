"""What an answer cost, by a dated table of list prices: an estimate that knows no discounts or taxes."""

from dataclasses import dataclass
from datetime import date

from chalicelib.models.bedrock import base_model

PRICES_AS_OF = date(2025, 12, 1)


@dataclass(frozen=True, slots=True)
class Price:
    """US dollars per 1,000 tokens, on demand, in us-east-1 (https://aws.amazon.com/bedrock/pricing/)."""

    input: float
    output: float


PRICES = {
    "amazon.nova-micro": Price(0.000_035, 0.000_14),
    "amazon.nova-lite": Price(0.000_06, 0.000_24),
    "amazon.nova-pro": Price(0.000_8, 0.003_2),
    "anthropic.claude-3-haiku": Price(0.000_25, 0.001_25),
    "anthropic.claude-3-5-haiku": Price(0.000_8, 0.004),
    "anthropic.claude-haiku-4-5": Price(0.001, 0.005),
    "anthropic.claude-sonnet-4": Price(0.003, 0.015),
    "anthropic.claude-opus-4-5": Price(0.005, 0.025),
    "amazon.titan-embed-text-v2": Price(0.000_02, 0.0),
    "cohere.embed-english-v3": Price(0.000_1, 0.0),
    "cohere.embed-multilingual-v3": Price(0.000_1, 0.0),
    "local.": Price(0.0, 0.0),
}
"""By the beginning of a model's id, dates and revisions left off."""


def cost_usd(model: str, input_tokens: int, output_tokens: int) -> float | None:
    """US dollars, or None for a model that has no price here. Models of this machine cost nothing."""
    price = price_of(model)
    if price is None:
        return None
    return round((input_tokens * price.input + output_tokens * price.output) / 1_000, 8)


def price_of(model: str) -> Price | None:
    """The price under the longest name that the id begins with."""
    base = base_model(model)
    known = [name for name in PRICES if base.startswith(name)]
    return PRICES[max(known, key=len)] if known else None
