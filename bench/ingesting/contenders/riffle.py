"""Our own core: two hundred documents are written together, while the next are embedded and others read.

The ingest function takes the same steps, for the documents of an event at a time. Registry, bucket and queue
are left out here; the proof that a search finds each document is not. At the end the index is looked
after once, as the schedule does it, so that all passages are in all indexes.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import lancedb
from chalicelib.documents.extracting import Bounds, File, extract_all
from chalicelib.documents.ingesting import ingest
from chalicelib.records import Document, DocumentStatus, SearchMode
from chalicelib.retrieval.index import TABLE, PassageIndex
from chalicelib.retrieval.search import Searcher

from bench.ingesting.contenders import LIMIT, Search, Stored
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
        files = ((_document(each.name, self._type), each.text.encode()) for each in texts)
        for work in ingest(files, self._index, self._embedder):
            if work.failure:
                raise work.failure
        self._index.maintain()

    def stored(self) -> Stored:
        return stored(lancedb.connect(self._folder).open_table(TABLE))

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
