"""Our own core, by the calls that the ingest function makes for a batch of messages.

Registry, bucket and queue are left out; the proof that a search finds each document is not.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from functools import partial
from itertools import batched
from pathlib import Path

import lancedb
from chalicelib.documents.extracting import Bounds, File, extract_all
from chalicelib.documents.passages import passages_of
from chalicelib.errors import RiffleError
from chalicelib.records import Document, DocumentStatus, SearchMode
from chalicelib.retrieval.index import TABLE, Entry, PassageIndex
from chalicelib.retrieval.search import Searcher

from bench.ingesting.contenders import BATCH, LIMIT, Search, Stored
from bench.ingesting.contenders.bare import stored
from bench.ingesting.corpus import Text
from bench.ingesting.embedder import DIMENSIONS, Embedder

OWNER = "bench"


class Riffle:
    def __init__(self, folder: Path, embedder: Embedder, content_type: str) -> None:
        self._folder = folder
        self._type = content_type
        self._embedder = embedder
        self._index = PassageIndex(str(folder), DIMENSIONS)
        self._searcher = Searcher(self._index, embedder)
        self.searches: dict[str, Search] = {
            mode.lower(): partial(self._found, mode) for mode in (SearchMode.VECTOR, SearchMode.HYBRID)
        }
        self._index.figures()  # makes the table
        extract_all([File(b"# Ready", "ready.md", "text/markdown")], Bounds())  # starts what reads files

    def ingest(self, texts: Sequence[Text]) -> None:
        for batch in batched(texts, BATCH, strict=False):
            entries = self._entries(batch)
            self._index.replace_all(entries)
            assert not self._index.unfound(entries)
            self._index.tidy()
        self._index.maintain()

    def stored(self) -> Stored:
        return stored(lancedb.connect(self._folder).open_table(TABLE))

    def _entries(self, batch: Sequence[Text]) -> list[Entry]:
        files = [File(each.text.encode(), each.name, self._type, OWNER) for each in batch]
        parts = []
        for each, read in zip(batch, extract_all(files, Bounds()), strict=True):
            if isinstance(read, RiffleError):
                raise read
            document = _document(each.name, self._type)
            parts.append((document, passages_of(document, read)))
        vectors = iter(self._embedder.passages([each.text for _, passages in parts for each in passages]))
        return [Entry(document, passages, [next(vectors) for _ in passages]) for document, passages in parts]

    def _found(self, mode: SearchMode, query: str) -> list[str]:
        found = self._searcher.search(OWNER, query, limit=LIMIT, mode=mode)
        return [each.text for each in found.passages]


def _document(name: str, content_type: str) -> Document:
    now = datetime.now(UTC)
    return Document(
        name.partition(".")[0], OWNER, "bench", name, DocumentStatus.EMBEDDING, 1, now, now, content_type
    )


def contender(name: str, folder: Path, embedder: Embedder) -> Riffle:
    return Riffle(folder, embedder, "text/markdown" if name == "markdown" else "text/plain")
