"""AWS's list prices: `prices.json` for the services, and the product's own table for the models."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

SERVICES = Path(__file__).with_name("prices.json")
MODELS = Path(__file__).parent.parent.parent / "chalice_app/chalicelib/models/prices.json"
"""The table by which the product tells what an answer cost; it is read here as data, by its place."""

MILLION = 1_000_000
INPUT, OUTPUT = "bedrock.input:", "bedrock.output:"

type Checked = Literal["page", "elsewhere", "no"]


class NoPrice(Exception):
    """A model that the table of prices does not have."""


@dataclass(frozen=True, slots=True)
class Price:
    """`usd` for `per` units; `free` of them in every month of an account, `first_year` in its first twelve.

    `checked` says how the figure was confirmed on the table's date: on AWS's page, elsewhere, or not.
    """

    service: str
    unit: str
    usd: float
    per: int
    page: str
    checked: Checked
    free: float
    first_year: float

    @property
    def each(self) -> float:
        return self.usd / self.per


@dataclass(frozen=True, slots=True)
class Table:
    """Prices by name, of one region, as they were on one day (`YYYY-MM-DD`)."""

    as_of: str
    region: str
    prices: Mapping[str, Price]


@cache
def services() -> Table:
    table = json.loads(SERVICES.read_text())
    prices = {name: _price(entry) for name, entry in table["prices"].items()}
    return Table(table["asOf"], table["region"], prices)


def _price(entry: Mapping[str, object]) -> Price:
    renamed = {"first_year" if name == "firstYear" else name: value for name, value in entry.items()}
    return Price(**renamed)  # type: ignore[arg-type]  # the names are the fields'; a test reads every entry


@cache
def models() -> Table:
    """Input and output tokens of every model, under `bedrock.input:<model>` and `bedrock.output:<model>`."""
    table = json.loads(MODELS.read_text())
    prices = {
        f"bedrock.{kind}:{model}": _tokens(model, kind, price[kind], table["page"])
        for model, price in table["models"].items()
        for kind in ("input", "output")
    }
    return Table(table["asOf"], table["region"], prices)


def _tokens(model: str, kind: str, usd: float, page: str) -> Price:
    return Price("Bedrock", f"{kind} token of {model}", usd, MILLION, page, "no", 0, 0)


def price(name: str) -> Price:
    """The price under this name. Raises NoPrice for a model that has none."""
    if name.startswith("bedrock."):
        return _model_price(name)
    return services().prices[name]


def _model_price(name: str) -> Price:
    """Under the longest name that the model's id begins with: dates and revisions are left off."""
    known = [each for each in models().prices if _plain(name).startswith(each)]
    if not known:
        raise NoPrice(f"{name.partition(':')[2]} has no price in {MODELS.name}; add it there.")
    return models().prices[max(known, key=len)]


def _plain(name: str) -> str:
    """Without the region that a cross-region inference profile puts before a model's id."""
    kind, _, model = name.partition(":")
    first, dot, rest = model.rpartition("/")[2].partition(".")
    return (
        f"{kind}:{rest if dot and '.' in rest.partition(':')[0] and first in REGIONS else first + dot + rest}"
    )


REGIONS = frozenset({"us", "us-gov", "eu", "apac", "jp", "au", "ca", "global"})
"""https://docs.aws.amazon.com/bedrock/latest/userguide/inference-profiles-support.html"""
