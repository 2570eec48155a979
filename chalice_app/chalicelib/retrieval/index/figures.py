"""What there is to know of the table's shape: sizes, never contents."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from lancedb.table import Table


@dataclass(frozen=True, slots=True)
class IndexFigures:
    """One index: `parts` are what it was taken together from, `unindexed` the rows it does not know yet."""

    column: str
    kind: str
    rows: int
    unindexed: int
    parts: int
    bytes: int


@dataclass(frozen=True, slots=True)
class Figures:
    """The table: `fragments` are files of rows, `small` those that compaction would put together."""

    rows: int
    fragments: int
    small: int
    bytes: int
    indexes: tuple[IndexFigures, ...]


def figures(table: "Table") -> Figures:
    stats = cast("Mapping[str, Any]", table.stats())  # declared as an object, and a dictionary in fact
    fragments = stats["fragment_stats"]
    return Figures(
        rows=stats["num_rows"],
        fragments=fragments["num_fragments"],
        small=fragments["num_small_fragments"],
        bytes=stats["total_bytes"],
        indexes=tuple(
            IndexFigures(
                column=each.columns[0],
                kind=each.index_type,
                rows=each.num_indexed_rows or 0,
                unindexed=each.num_unindexed_rows or 0,
                parts=each.num_segments or 0,
                bytes=each.size_bytes or 0,
            )
            for each in sorted(table.list_indices(), key=lambda each: each.name)
        ),
    )
