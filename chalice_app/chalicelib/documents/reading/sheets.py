"""Rows of cells from sheets, which are wider and longer than what is in them."""

from collections.abc import Iterable, Sequence
from itertools import compress

_HEAD_SAMPLE = 20

type Row = Sequence[str]


def dense(rows: Iterable[Row]) -> list[Row]:
    """The rows that have text, without the columns that none of them has any in."""
    filled = [row for row in rows if any(row)]
    used = bytearray(max(map(len, filled), default=0))
    for row in filled:
        for at in compress(range(len(row)), row):
            used[at] = 1
    if all(used):
        return filled
    return [list(compress(row, used)) for row in filled]


def sample(rows: list[Row]) -> list[Row]:
    """Enough of them to see whether the first is a head."""
    return rows[:_HEAD_SAMPLE]
