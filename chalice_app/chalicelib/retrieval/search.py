"""Search over one owner's passages: by meaning, by words, or both fused, and read once more by a reranker."""

import logging
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Protocol

from chalicelib.errors import InvalidInput, RiffleError
from chalicelib.records import Filter, Passage, SearchMode, SearchResult
from chalicelib.retrieval.filtering import checked_filter
from chalicelib.retrieval.languages import language_of
from chalicelib.retrieval.query import Scope
from chalicelib.retrieval.ranking import fused, matching_first, near_first, reranked
from chalicelib.retrieval.weighing import vector_weight
from chalicelib.retrieval.wording import Words, words
from chalicelib.settings import Limits

log = logging.getLogger(__name__)

DEFAULT_LIMIT = 8

RERANKED = 30
"""Passages that a reranker reads at least: the right one is oftener among so many than among the few."""

_DEPTH = 5  # candidates of each kind per passage wanted, for fusion to choose from
_LEAST_CANDIDATES = 50


class QueryEmbedder(Protocol):
    @property
    def model(self) -> str: ...

    def query(self, text: str) -> list[float]:
        """The vector that passages about `text` lie near."""


class Reranker(Protocol):
    def scores(self, question: str, texts: Sequence[str]) -> list[float]:
        """How well each text answers the question. Raises RiffleError where the model does not answer."""


class Passages(Protocol):
    """The index as it was at one moment."""

    def nearest(self, scope: Scope, vector: Sequence[float], limit: int) -> list[Passage]: ...

    def matching(self, scope: Scope, words: Words, limit: int) -> list[Passage]: ...


class Index(Protocol):
    """What a search needs of the index."""

    def view(self) -> Passages:
        """The passages as they are now."""


@dataclass(frozen=True, slots=True)
class Question:
    """What is searched for, as both searches need it."""

    scope: Scope
    text: str
    language: str | None


class Searcher:
    def __init__(
        self, index: Index, embedder: QueryEmbedder, limits: Limits | None = None,
        clock: Callable[[], float] = time.monotonic, reranker: Reranker | None = None,
    ) -> None:  # fmt: skip
        self._index = index
        self._embedder = embedder
        self._limits = limits or Limits()
        self._clock = clock
        self._reranker = reranker

    def search(
        self, owner: str, text: str, *, within: Filter | None = None, limit: int | None = None,
        mode: SearchMode = SearchMode.HYBRID, rerank: bool | None = None,
    ) -> SearchResult:  # fmt: skip
        """The owner's passages that answer `text` best, best first; their `ranking` says why.

        Scores are cosine similarity for VECTOR, BM25 for TEXT, a weighted mean of both brought to 0 to 1 for
        HYBRID, and the reranker's where one was asked: comparable within one result only. `rerank` is whether
        to ask it, and None the default: where one is deployed, for HYBRID. If it fails, the order is as
        without it. Raises InvalidInput for anything out of bounds.
        """
        began = self._clock()
        count = DEFAULT_LIMIT if limit is None else limit
        self._check(text, count)
        reranker = self._asked(mode, rerank)
        scope = Scope(owner, checked_filter(within or Filter(), self._limits))
        candidates = max(count, RERANKED) if reranker else count
        found = self._found(Question(scope, text, _language(text)), mode, candidates)[:candidates]
        ranked = _reread(reranker, text, found) if reranker and found else found
        return SearchResult(tuple(ranked[:count]), mode, round((self._clock() - began) * 1000))

    def _check(self, text: str, limit: int) -> None:
        bounds = self._limits
        if not text.strip():
            raise InvalidInput("the search text is empty")
        if not _encodable(text):
            raise InvalidInput("the search text is not valid Unicode")
        if len(text) > bounds.question_chars:
            raise InvalidInput(
                f"the search text has {len(text)} characters; the limit is {bounds.question_chars}"
            )
        if not 1 <= limit <= bounds.search_results:
            raise InvalidInput(f"limit is {limit}; it must be from 1 to {bounds.search_results}")

    def _asked(self, mode: SearchMode, rerank: bool | None) -> Reranker | None:
        """Raises InvalidInput when reranking is asked for and there is no model for it."""
        if rerank and self._reranker is None:
            raise InvalidInput("rerank is true, and no reranking model is deployed here; leave it out")
        wanted = mode is SearchMode.HYBRID if rerank is None else rerank
        return self._reranker if wanted else None

    def _found(self, question: Question, mode: SearchMode, candidates: int) -> list[Passage]:
        match mode:
            case SearchMode.VECTOR:
                return near_first(self._near(question, candidates))
            case SearchMode.TEXT:
                return matching_first(_matching(self._index.view(), question, candidates))
            case SearchMode.HYBRID:
                return self._hybrid(question, max(_LEAST_CANDIDATES, _DEPTH * candidates))

    def _near(self, question: Question, limit: int) -> list[Passage]:
        """Storage tells of the newest passages while the model embeds the question."""
        with ThreadPoolExecutor(1, "viewing") as pool:
            viewing = pool.submit(self._index.view)
            vector = self._embedder.query(question.text)
            return viewing.result().nearest(question.scope, vector, limit)

    def _hybrid(self, question: Question, candidates: int) -> list[Passage]:
        """Both searches at once: the one by words need not wait for the embedding of the question."""
        with ThreadPoolExecutor(1, "matching") as pool:
            viewing = pool.submit(self._index.view)
            by_words = pool.submit(lambda: _matching(viewing.result(), question, candidates))
            vector = self._embedder.query(question.text)
            near = viewing.result().nearest(question.scope, vector, candidates)
            matching = by_words.result()
        return fused(near, matching, vector_weight(self._embedder.model, question.language))


def _matching(passages: Passages, question: Question, limit: int) -> list[Passage]:
    return passages.matching(question.scope, words(question.text, question.language), limit)


def _reread(reranker: Reranker, text: str, found: list[Passage]) -> list[Passage]:
    """By the reranker's scores; as they were found when it fails, since an answer late or in no better order
    is better than none."""
    try:
        return reranked(found, reranker.scores(text, [each.text for each in found]))
    except RiffleError as error:
        log.warning("passages are not reranked this time: %s", error)
        return found


def _language(text: str) -> str | None:
    """The question's; what is too short to tell and has plain letters only is likeliest English, or code."""
    return language_of(text) or ("en" if text.isascii() else None)


def _encodable(text: str) -> bool:
    """False for half a surrogate pair, which JSON can carry and UTF-8 cannot."""
    return not any("\ud800" <= each <= "\udfff" for each in text)
