"""Rows of the table: their columns, how a document's passages become them, and passages again."""

from array import array
from collections.abc import Mapping, Sequence
from datetime import UTC
from typing import TYPE_CHECKING, Any

from chalicelib.records import Document, Passage
from chalicelib.retrieval.query import name_key
from chalicelib.retrieval.wording import EXTRA, text_columns

if TYPE_CHECKING:
    import pyarrow as pa  # type: ignore[import-untyped]

PASSAGE_COLUMNS = (
    "id", "document_id", "document_name", "version", "text", "page", "start", "end", "headings", "language",
)  # fmt: skip

_PRIMARY_KEY = {b"lance-schema:unenforced-primary-key": b"true"}
_OF_PASSAGES = ("id", "text", "page", "start", "end", "headings", "language")


def schema(dimensions: int) -> "pa.Schema":
    import pyarrow as pa

    # The primary key makes two merges of the same new rows conflict instead of doubling them, which holds
    # only as long as `id` has no index of its own.
    return pa.schema(
        [
            pa.field("id", pa.string(), nullable=False, metadata=_PRIMARY_KEY),
            *(pa.field(name, pa.string(), nullable=False) for name in ("owner", "collection", "document_id")),
            pa.field("document_name", pa.string(), nullable=False),
            pa.field("name_key", pa.string(), nullable=False),
            pa.field("content_type", pa.string()),
            pa.field("created_at", pa.timestamp("us"), nullable=False),
            pa.field("version", pa.int32(), nullable=False),
            pa.field("text", pa.string(), nullable=False),
            *(pa.field(name, pa.string()) for name in EXTRA),
            pa.field("page", pa.int32()),
            pa.field("start", pa.int32(), nullable=False),
            pa.field("end", pa.int32(), nullable=False),
            pa.field("headings", pa.list_(pa.string()), nullable=False),
            pa.field("language", pa.string()),
            pa.field("vector", pa.list_(pa.float32(), dimensions)),
        ]
    )


def rows(
    document: Document, passages: Sequence[Passage], vectors: Sequence[Sequence[float]], dimensions: int
) -> "pa.Table":
    """A document's passages as a table, in their order; built by columns, as that is ten times as quick."""
    import pyarrow as pa

    columns = {
        **{name: [getattr(each, name) for each in passages] for name in _OF_PASSAGES},
        **_worded(passages),
        **{name: pa.repeat(value, len(passages)) for name, value in _of_document(document).items()},
        "vector": _vectors(vectors, dimensions),
    }
    wanted = schema(dimensions)
    return pa.table([_column(columns[field.name], field.type) for field in wanted], schema=wanted)


def passage(row: Mapping[str, Any], score: float) -> Passage:
    values = {name: row[name] for name in PASSAGE_COLUMNS}
    return Passage(**values | {"headings": tuple(values["headings"]), "score": score})


def _of_document(document: Document) -> dict[str, object]:
    return {
        "owner": document.owner,
        "collection": document.collection,
        "document_id": document.id,
        "document_name": document.name,
        "name_key": name_key(document.name),
        "content_type": document.content_type,
        "created_at": document.created_at.astimezone(UTC).replace(tzinfo=None),
        "version": document.version,
    }


def _worded(passages: Sequence[Passage]) -> dict[str, list[str | None]]:
    made = [text_columns(each) for each in passages]
    return {name: [each.get(name) for each in made] for name in EXTRA}


def _column(values: Any, kind: "pa.DataType") -> "pa.Array":  # noqa: ANN401  (a list, or an array already)
    import pyarrow as pa

    return values.cast(kind) if isinstance(values, pa.Array) else pa.array(values, kind)


def _vectors(vectors: Sequence[Sequence[float]], dimensions: int) -> "pa.Array":
    import pyarrow as pa

    flat = array("f")
    for vector in vectors:
        flat.extend(vector)
    return pa.FixedSizeListArray.from_arrays(pa.array(flat, pa.float32()), dimensions)
