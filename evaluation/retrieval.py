"""Retrieval alone: the product's index and search over a pooled corpus, one passage per text."""

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Protocol

from chalicelib.records import Document, DocumentStatus, Passage, SearchMode
from chalicelib.retrieval.index import PassageIndex
from chalicelib.retrieval.languages import language_of
from chalicelib.retrieval.search import Searcher
from rich.progress import track

from evaluation.data import Pool
from evaluation.embedding import Vectors
from evaluation.scoring import Ranking, rank

OWNER = "evaluation"
DEPTH = 10


class CorpusEmbedder(Protocol):
    """What an evaluation needs of an embedding model."""

    @property
    def model(self) -> str: ...

    @property
    def dimensions(self) -> int: ...

    def query(self, text: str) -> list[float]: ...

    def corpus(self, texts: Sequence[str]) -> Vectors: ...


def evaluate(pool: Pool, embedder: CorpusEmbedder) -> dict[SearchMode, Ranking]:
    """The scores of each search mode."""
    with _indexed(pool, embedder) as searcher:
        return {mode: rank(pool.judged, _run(searcher, pool, mode)) for mode in SearchMode}


@contextmanager
def _indexed(pool: Pool, embedder: CorpusEmbedder) -> Iterator[Searcher]:
    """The corpus in an index of its own, as one document, kept up as the product's schedule does."""
    document = _document()
    passages = [_passage(document, place, text.text) for place, text in enumerate(pool.texts)]
    vectors = embedder.corpus([text.text for text in pool.texts])
    with tempfile.TemporaryDirectory() as folder:
        index = PassageIndex(folder, embedder.dimensions)
        index.replace(document, passages, vectors.tolist())
        index.maintain()
        yield Searcher(index, embedder)


def _run(searcher: Searcher, pool: Pool, mode: SearchMode) -> dict[str, list[str]]:
    queries = track(pool.queries.items(), f"Searching, {mode}", total=len(pool.queries))
    return {name: _found(searcher, pool, text, mode) for name, text in queries}


def _found(searcher: Searcher, pool: Pool, text: str, mode: SearchMode) -> list[str]:
    found = searcher.search(OWNER, text, limit=DEPTH, mode=mode).passages
    return [pool.texts[passage.ordinal].id for passage in found]


def _document() -> Document:
    now = datetime.now(UTC)
    return Document("corpus", OWNER, "default", "corpus", DocumentStatus.EMBEDDING, 1, now, now)


def _passage(document: Document, place: int, text: str) -> Passage:
    name = f"{document.id}.{document.version}.{place}"
    return Passage(
        name, document.id, document.name, document.version, text, 0, len(text), language=language_of(text)
    )
