"""Which columns have indexes, and of which kind."""

from typing import TYPE_CHECKING, Any, cast

from chalicelib.retrieval.wording import COLUMNS

if TYPE_CHECKING:
    from lancedb.table import Table

_SCALARS = ("owner", "collection", "document_id")


def add_missing(table: "Table") -> None:
    """Makes the indexes that the table has from its first row on."""
    from lancedb.index import FTS, Bitmap, BTree

    present = {column for each in table.list_indices() for column in each.columns}
    for column in _SCALARS:
        if column not in present:
            table.create_index(column, config=BTree() if column == "document_id" else Bitmap())
    for text in COLUMNS:
        if text.name not in present:
            options = cast("dict[str, Any]", dict(text.options))  # FTS checks them itself
            table.create_index(text.name, config=FTS(**options))
