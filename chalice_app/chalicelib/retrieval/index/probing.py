"""How widely to look for the nearest vectors: numbers in, numbers out; no library.

The partitions that LanceDB looks into by default are 20 whatever the size, which at a million passages finds
fewer than half of the nearest. So they grow here, by what was measured in `bench/searching`.
"""

import math
from dataclasses import dataclass

EXACT_ROWS = 10_000
"""Passages in scope that are all compared: exact, and quicker than what an index has to open."""

INDEXED_ROWS = 20_000
"""Passages in the table from which the vectors have an index."""

REFINED = 4
"""Candidates per passage wanted whose own vectors are compared: codes of 4 bits order them nearly right."""

_ROWS_A_PARTITION = 4_096
_LEAST_PARTITIONS = 20
_SPREAD = 3  # times the root of all partitions
_SEEN_FOR_ONE = 1_000  # passages in scope to be looked at for each one wanted
_MOST_SEGMENTS = 16


@dataclass(frozen=True, slots=True)
class Probe:
    """Partitions to look into, and how many candidates to compare exactly for each result."""

    partitions: int
    refine: int


def large(rows: int) -> bool:
    """Whether a table of so many rows gains by more indexes than it has from the start."""
    return rows >= INDEXED_ROWS


def partitions_for(rows: int) -> int:
    """Partitions of a new index over so many passages."""
    return max(1, round(rows / _ROWS_A_PARTITION))


def probe(limit: int, in_scope: int, partitions: int) -> Probe | None:
    """How to find `limit` of the passages `in_scope`; None means to compare every one in scope.

    A narrow scope's nearest lie scattered over more partitions than those of everything, so the share of
    partitions grows as the share of passages in scope falls.
    """
    if not partitions or in_scope <= EXACT_ROWS:
        return None
    for_scope = partitions * min(1, _SEEN_FOR_ONE * limit / in_scope)
    wanted = max(_LEAST_PARTITIONS, _SPREAD * math.sqrt(partitions), for_scope)
    return Probe(min(partitions, math.ceil(wanted)), REFINED)


def outgrown(rows: int, partitions: int, segments: int) -> bool:
    """Whether an index should be made anew: it has too few partitions by now, or too many parts of its own.

    Taking new passages in adds a part to it every time, with as many partitions again.
    """
    return partitions_for(rows) >= 2 * partitions or segments > _MOST_SEGMENTS
