"""The least that can be done: pieces of one size, a vector each, one merge for every hundred documents.

`indexed` stores what our filters and full text need, too, and then makes the indexes that we have.
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import batched
from pathlib import Path
from types import MappingProxyType
from typing import Any, cast

import lancedb
import numpy as np
import pyarrow as pa  # type: ignore[import-untyped]
from chalicelib.records import Passage
from chalicelib.retrieval.wording import COLUMNS, EXTRA, text_columns
from lancedb.index import FTS, Bitmap, BTree
from lancedb.table import Table

from bench.ingesting.contenders import BATCH, LIMIT, Search, Stored
from bench.ingesting.corpus import Text
from bench.ingesting.embedder import DIMENSIONS, Embedder

CHARS = 700
"""Per piece, so that there are about as many as everybody else makes."""

_OURS: Mapping[str, BTree | Bitmap] = MappingProxyType(
    {"document": BTree(), "owner": Bitmap(), "collection": Bitmap()}
)


class Bare:
    def __init__(self, folder: Path, embedder: Embedder, *, indexed: bool) -> None:
        self._embedder = embedder
        self._indexed = indexed
        self._table: Table = lancedb.connect(folder).create_table("pieces", schema=_schema(indexed=indexed))
        self.searches: dict[str, Search] = {"vector": self._nearest}

    def ingest(self, texts: Sequence[Text]) -> None:
        for batch in batched(texts, BATCH, strict=False):
            merging = self._table.merge_insert("id").when_matched_update_all().when_not_matched_insert_all()
            merging.execute(self._rows(batch))
        if self._indexed:
            self._add_indexes()

    def stored(self) -> Stored:
        return stored(self._table)

    def _nearest(self, query: str) -> list[str]:
        found = self._table.search(self._embedder.query(query)).limit(LIMIT).select(["text", "_distance"])
        return [row["text"] for row in found.to_list()]

    def _rows(self, batch: Sequence[Text]) -> pa.Table:
        pieces = [
            (each.name, number, piece) for each in batch for number, piece in enumerate(_pieces(each.text))
        ]
        texts = [piece for _, _, piece in pieces]
        flat = np.array(self._embedder.passages(texts), np.float32).reshape(-1)
        columns = {
            "id": [f"{name}.{number}" for name, number, _ in pieces],
            "document": [name for name, _, _ in pieces],
            "text": texts,
            "vector": pa.FixedSizeListArray.from_arrays(pa.array(flat), DIMENSIONS),
        }
        if self._indexed:
            same = {"owner": pa.repeat("bench", len(texts)), "collection": pa.repeat("bench", len(texts))}
            columns |= same | _worded(texts)
        return pa.table(columns, schema=_schema(indexed=self._indexed))

    def _add_indexes(self) -> None:
        for column, config in _OURS.items():
            self._table.create_index(column, config=config)
        for text in COLUMNS:
            options = cast("dict[str, Any]", dict(text.options))  # FTS checks them itself
            self._table.create_index(text.name, config=FTS(**options))


def stored(table: Table) -> Stored:
    """All of a table that calls its columns `text` and `vector`."""
    found = table.search().select(["text", "vector"]).to_arrow()
    vectors = found["vector"].combine_chunks().flatten().to_numpy()
    return Stored(found["text"].to_pylist(), vectors.reshape(-1, DIMENSIONS))


def _schema(*, indexed: bool) -> pa.Schema:
    extra = ("owner", "collection", *EXTRA) if indexed else ()
    strings = [pa.field(name, pa.string()) for name in ("id", "document", "text")]
    return pa.schema(
        [*strings, pa.field("vector", pa.list_(pa.float32(), DIMENSIONS)),
         *(pa.field(name, pa.string()) for name in extra)]
    )  # fmt: skip


def _worded(texts: Sequence[str]) -> dict[str, list[str | None]]:
    """The columns that our full text has besides `text`."""
    made = [text_columns(Passage("", "", "", 1, text, 0, len(text), language="en")) for text in texts]
    return {name: [each.get(name) for each in made] for name in EXTRA}


def _pieces(text: str) -> Iterator[str]:
    return (text[start : start + CHARS] for start in range(0, len(text), CHARS))


def contender(name: str, folder: Path, embedder: Embedder) -> Bare:
    return Bare(folder, embedder, indexed=name == "indexed")
