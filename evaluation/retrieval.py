"""Retrieval alone: the product's index and search over public sets, one passage per text."""

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol

from chalicelib.records import Document, DocumentStatus, Passage, SearchMode
from chalicelib.retrieval.folding import fold
from chalicelib.retrieval.index import PassageIndex
from chalicelib.retrieval.languages import language_of
from chalicelib.retrieval.search import Searcher
from rich.progress import track

from evaluation.data import Pool, is_for_tuning
from evaluation.embedding import Vectors
from evaluation.scoring import Ranking, rank

OWNER = "evaluation"
DEPTH = 10
AT_ONCE = 8


SETS = (
    "pooled_dev", "scifact_train", "squad2_dev", "xquad_en_dev", "xquad_vi_dev", "xquad_vi2en_dev",
    "pubmedqa_dev", "clapnq_dev", "hotpotqa_dev", "cranfield",
)  # fmt: skip
"""Every set for development, each with an index of its own; the first holds most of the others' passages."""

type Run = Mapping[str, Sequence[str]]
"""Passages found, best first, by query."""


class CorpusEmbedder(Protocol):
    """What an evaluation needs of an embedding model."""

    @property
    def model(self) -> str: ...

    @property
    def dimensions(self) -> int: ...

    def query(self, text: str) -> list[float]: ...

    def expect(self, queries: Sequence[str]) -> None: ...

    def corpus(self, texts: Sequence[str]) -> Vectors: ...


@dataclass(frozen=True, slots=True)
class Halves:
    """The scores of all questions, of those that settings are chosen on, and of the others."""

    all: Ranking
    tuning: Ranking
    others: Ranking


@dataclass(frozen=True, slots=True)
class Outcome:
    """A set's scores by mode, and of its Vietnamese questions those as written and without diacritics."""

    modes: dict[SearchMode, Halves]
    written: dict[SearchMode, Ranking]
    plain: dict[SearchMode, Ranking]


def evaluate(pool: Pool, embedder: CorpusEmbedder) -> Outcome:
    """The scores of each search mode."""
    vietnamese = [name for name, language in pool.languages.items() if language == "vi"]
    typed = {name: fold(pool.queries[name]) for name in vietnamese}
    for queries in (pool.queries, typed):
        embedder.expect(list(queries.values()))
    with _indexed(pool, embedder) as searcher:
        runs = {mode: _run(searcher, pool, mode, pool.queries) for mode in SearchMode}
        plain = {mode: _run(searcher, pool, mode, typed) for mode in SearchMode if typed}
    return Outcome(
        {mode: _halves(pool, run) for mode, run in runs.items()},
        {mode: _rank(pool, runs[mode], vietnamese) for mode in plain},
        {mode: _rank(pool, run, vietnamese) for mode, run in plain.items()},
    )


def _halves(pool: Pool, run: Run) -> Halves:
    tuning = [name for name in pool.judged if is_for_tuning(name)]
    others = [name for name in pool.judged if not is_for_tuning(name)]
    return Halves(rank(pool.judged, run), _rank(pool, run, tuning), _rank(pool, run, others))


def _rank(pool: Pool, run: Run, names: Sequence[str]) -> Ranking:
    return rank({name: pool.judged[name] for name in names}, run)


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


def _run(searcher: Searcher, pool: Pool, mode: SearchMode, queries: Mapping[str, str]) -> Run:
    with ThreadPoolExecutor(AT_ONCE, "searching") as threads:
        found = threads.map(lambda text: _found(searcher, pool, text, mode), queries.values())
        asked = track(zip(queries, found, strict=True), f"Searching, {mode}", total=len(queries))
        return dict(asked)


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
