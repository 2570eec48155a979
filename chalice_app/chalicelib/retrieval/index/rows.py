"""Rows of the table: their columns, how a document's passages become them, and passages again."""

from array import array
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC
from itertools import chain
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
_UNPACKED = {b"lance-encoding:compression": b"none"}
"""Texts take half as much room packed, and half of all the work of writing and compacting them goes there."""

_OF_PASSAGES = ("id", "text", "page", "start", "end", "headings", "language")


@dataclass(frozen=True, slots=True)
class Entry:
    """A document's passages in their order, and one vector for each."""

    document: Document
    passages: Sequence[Passage]
    vectors: Sequence[Sequence[float]]


def schema(dimensions: int) -> "pa.Schema":
    import pyarrow as pa

    # The primary key names a passage's place in its document, of whatever version. So two merges of one
    # document always have rows in common, and conflict instead of standing side by side, which holds only as
    # long as `key` has no index of its own.
    return pa.schema(
        [
            pa.field("key", pa.string(), nullable=False, metadata=_PRIMARY_KEY),
            pa.field("id", pa.string(), nullable=False),
            *(pa.field(name, pa.string(), nullable=False) for name in ("owner", "collection", "document_id")),
            pa.field("document_name", pa.string(), nullable=False),
            pa.field("name_key", pa.string(), nullable=False),
            pa.field("content_type", pa.string()),
            pa.field("created_at", pa.timestamp("us"), nullable=False),
            pa.field("version", pa.int32(), nullable=False),
            pa.field("text", pa.string(), nullable=False, metadata=_UNPACKED),
            *(pa.field(name, pa.string(), metadata=_UNPACKED) for name in EXTRA),
            pa.field("page", pa.int32()),
            pa.field("start", pa.int32(), nullable=False),
            pa.field("end", pa.int32(), nullable=False),
            pa.field("headings", pa.list_(pa.string()), nullable=False),
            pa.field("language", pa.string()),
            pa.field("vector", pa.list_(pa.float32(), dimensions)),
        ]
    )


def rows(entries: Sequence[Entry], dimensions: int) -> "pa.Table":
    """Documents' passages as one table, in their order; built by columns, as that is ten times as quick."""
    import pyarrow as pa

    passages = list(chain.from_iterable(each.passages for each in entries))
    columns = {
        "key": [f"{each.document_id}.{each.ordinal}" for each in passages],
        **{name: [getattr(each, name) for each in passages] for name in _OF_PASSAGES},
        **_worded(passages),
        **_of_documents(entries),
        "vector": _vectors(chain.from_iterable(each.vectors for each in entries), dimensions),
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


def _of_documents(entries: Sequence[Entry]) -> dict[str, list[object]]:
    """What every passage of a document says of it."""
    told = [(_of_document(each.document), len(each.passages)) for each in entries]
    return {
        name: [value for values, count in told for value in [values[name]] * count]
        for name in (told[0][0] if told else ())
    }


def _worded(passages: Sequence[Passage]) -> dict[str, list[str | None]]:
    made = [text_columns(each) for each in passages]
    return {name: [each.get(name) for each in made] for name in EXTRA}


def _column(values: Any, kind: "pa.DataType") -> "pa.Array":  # noqa: ANN401  (a list, or an array already)
    import pyarrow as pa

    return values.cast(kind) if isinstance(values, pa.Array) else pa.array(values, kind)


def _vectors(vectors: Iterable[Sequence[float]], dimensions: int) -> "pa.Array":
    """Taken over as the bytes that they are: as numbers, they would pass through Python one by one."""
    import pyarrow as pa

    numbers = b"".join(each if isinstance(each, array) else array("f", each) for each in vectors)
    flat = pa.Array.from_buffers(pa.float32(), len(numbers) // 4, [None, pa.py_buffer(numbers)])
    return pa.FixedSizeListArray.from_arrays(flat, dimensions)
