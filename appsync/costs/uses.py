"""Amounts of priced items and what they are for: the values that everything else here is made of."""

import math
from collections.abc import Iterator
from dataclasses import dataclass

from appsync.costs import facts

GIGA = 1e9


@dataclass(frozen=True, slots=True)
class Use:
    """So much of one priced item, and what for."""

    item: str
    amount: float
    why: str


type Uses = Iterator[Use]


def times(uses: Uses, count: float) -> Uses:
    return (Use(use.item, use.amount * count, use.why) for use in uses)


def units(size: float, unit: int) -> int:
    """Of something that is charged by so many bytes, begun ones in full."""
    return max(1, math.ceil(size / unit))


def write_units(size: float) -> int:
    return units(size, facts.UNIT_BYTES)


def read_units(size: float) -> int:
    return units(size, facts.READ_BYTES)
