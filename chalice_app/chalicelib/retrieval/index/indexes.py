"""Which columns have indexes, of which kind, and from which size on."""

import logging
from typing import TYPE_CHECKING, Any, cast

from chalicelib.retrieval.index.probing import large, outgrown, partitions_for
from chalicelib.retrieval.wording import COLUMNS

if TYPE_CHECKING:
    from lancedb._lancedb import IndexConfig
    from lancedb.table import Table

log = logging.getLogger(__name__)

MOST_TRAINED = 2 * 1024**3
"""Bytes of vectors from which the vector index is not made anew: codes on their way to their partitions lie
in /tmp, an eighth of that, of which a function has 512 MB; what is read passes through memory in batches."""

_ALWAYS = {"owner": "BITMAP", "collection": "BITMAP", "document_id": "BTREE"}
_LARGE = {"content_type": "BITMAP", "language": "BITMAP", "name_key": "BTREE", "created_at": "BTREE"}
_VECTOR = "vector_"  # then the number of partitions, which LanceDB does not tell


def add_missing(table: "Table") -> None:
    """Makes the indexes that the table has from its first row on."""
    _add_scalars(table, _ALWAYS)
    _add_texts(table)


def refresh(table: "Table") -> None:
    """Makes the indexes that only a large table gains by, and the vectors' anew once it has outgrown it."""
    rows = table.count_rows()
    if not large(rows):
        return
    _add_scalars(table, _LARGE)
    current = vector_index(table)
    if current is None or outgrown(rows, vector_partitions(table), current.num_segments or 1):
        _train(table, rows)
    _drop_older(table)


def vector_index(table: "Table") -> "IndexConfig | None":
    """The newest, as there are two while one takes the other's place."""
    found = [each for each in table.list_indices() if each.columns == ["vector"]]
    return max(found, key=_partitions, default=None)


def vector_partitions(table: "Table") -> int:
    """Of the vector index; none without one."""
    index = vector_index(table)
    return 0 if index is None else _partitions(index)


def _partitions(index: "IndexConfig") -> int:
    return int(index.name.removeprefix(_VECTOR))


def _train(table: "Table", rows: int) -> None:
    """Searches go on beside it, through the old index until it is dropped or exactly until there is one."""
    from lancedb.index import IvfRq

    size = rows * table.schema.field("vector").type.list_size * 4
    if size > MOST_TRAINED:
        log.warning(
            "the vector index is not made anew: vectors have %d bytes; the limit is %d", size, MOST_TRAINED
        )
        return
    partitions = partitions_for(rows)
    config = IvfRq(distance_type="cosine", num_bits=4, num_partitions=partitions)
    table.create_index("vector", config=config, name=f"{_VECTOR}{partitions}", replace=True)


def _drop_older(table: "Table") -> None:
    newest = vector_index(table)
    for each in table.list_indices():
        if newest is not None and each.columns == newest.columns and each.name != newest.name:
            table.drop_index(each.name)


def _add_scalars(table: "Table", wanted: dict[str, str]) -> None:
    from lancedb.index import Bitmap, BTree

    for column, kind in wanted.items():
        if column not in _indexed(table):
            table.create_index(column, config=BTree() if kind == "BTREE" else Bitmap())


def _add_texts(table: "Table") -> None:
    from lancedb.index import FTS

    for text in COLUMNS:
        if text.name not in _indexed(table):
            options = cast("dict[str, Any]", dict(text.options))  # FTS checks them itself
            table.create_index(text.name, config=FTS(**options))


def _indexed(table: "Table") -> set[str]:
    return {column for each in table.list_indices() for column in each.columns}
