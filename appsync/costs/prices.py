"""AWS's list prices: `prices.json` for the services, and the product's own table for the models."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

SERVICES = Path(__file__).with_name("prices.json")
MODELS = Path(__file__).parent.parent.parent / "chalice_app/chalicelib/models/prices.json"
"""The table by which the product tells what an answer cost; it is read here as data, by its place."""

MILLION = 1_000_000
INPUT, OUTPUT, RERANK = "bedrock.input:", "bedrock.output:", "rerank:"
AREA = "area."

type Checked = Literal["page", "list", "elsewhere", "no"]


class NoPrice(Exception):
    """A model that the table of prices does not have."""


@dataclass(frozen=True, slots=True)
class Price:
    """`usd` for `per` units; `free` of them in every month of an account, `first_year` in its first twelve.

    `checked` says how the figure was confirmed on the table's date: on AWS's page, in its price list as
    others read it, elsewhere, or not. `seen` is that source's own date (`2025-07`), empty where it has none.
    """

    service: str
    unit: str
    usd: float
    per: int
    page: str
    checked: Checked
    seen: str
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
    """Input and output tokens of every model, under `bedrock.input:<model>` and `bedrock.output:<model>`.

    Under `bedrock.input:area.<model>` through a profile that stays in one area, where that costs more.
    """
    table = json.loads(MODELS.read_text())
    prices = {
        f"bedrock.{kind}:{model}": _tokens(f"{kind} token of {model}", price[kind], table["page"])
        for model, price in table["models"].items()
        for kind in ("input", "output")
    }
    dearer = {
        f"bedrock.{kind}:{AREA}{model}": _tokens(
            f"{kind} token of {model} in one area", round(price[kind] * price["area"], 9), table["page"]
        )
        for model, price in table["models"].items()
        if "area" in price
        for kind in ("input", "output")
    }
    return Table(table["asOf"], table["region"], prices | dearer)


def _tokens(unit: str, usd: float, page: str) -> Price:
    return Price("Bedrock", unit, usd, MILLION, page, "elsewhere", "", 0, 0)


def price(name: str) -> Price:
    """The price under this name. Raises NoPrice for a model that has none."""
    if name.startswith("bedrock."):
        return _model_price(name, models(), MODELS)
    if name.startswith(RERANK):
        return _model_price(name, services(), SERVICES)
    return services().prices[name]


def _model_price(name: str, table: Table, file: Path) -> Price:
    """Under the longest name that the model's id begins with: dates and revisions are left off."""
    known = [each for each in table.prices if any(wanted.startswith(each) for wanted in _names(name))]
    if not known:
        model = name.partition(":")[2] or "A model without a name"
        raise NoPrice(f"{model} has no price in {file.parent.name}/{file.name}; add it there.")
    return table.prices[max(known, key=len)]


def _names(name: str) -> Iterator[str]:
    """Without ARN and without what a cross-region profile puts before a model's id; then as of one area."""
    kind, _, model = name.partition(":")
    identifier = model.rpartition("/")[2]
    first, dot, rest = identifier.partition(".")
    profile = first if dot and first in REGIONS else ""
    yield f"{kind}:{rest if profile else identifier}"
    if profile not in ("", "global"):
        yield f"{kind}:{AREA}{rest}"


REGIONS = frozenset({"us", "us-gov", "eu", "apac", "jp", "au", "ca", "global"})
"""https://docs.aws.amazon.com/bedrock/latest/userguide/inference-profiles-support.html"""
