"""Search over one owner's passages: by meaning, by words, or both fused."""

import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Protocol

from chalicelib.errors import InvalidInput
from chalicelib.records import Filter, Passage, SearchMode, SearchResult
from chalicelib.retrieval.filtering import checked_filter
from chalicelib.retrieval.fusion import fuse
from chalicelib.retrieval.query import Scope
from chalicelib.retrieval.wording import Words, words
from chalicelib.settings import Limits

DEFAULT_LIMIT = 8

_DEPTH = 5  # candidates of each kind per passage wanted, for fusion to choose from
_LEAST_CANDIDATES = 50


class QueryEmbedder(Protocol):
    def query(self, text: str) -> list[float]:
        """The vector that passages about `text` lie near."""


class Passages(Protocol):
    """What a search needs of the index."""

    def nearest(self, scope: Scope, vector: Sequence[float], limit: int) -> list[Passage]: ...

    def matching(self, scope: Scope, words: Words, limit: int) -> list[Passage]: ...


class Searcher:
    def __init__(
        self, index: Passages, embedder: QueryEmbedder, limits: Limits | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:  # fmt: skip
        self._index = index
        self._embedder = embedder
        self._limits = limits or Limits()
        self._clock = clock

    def search(
        self, owner: str, text: str, *, within: Filter | None = None,
        limit: int | None = None, mode: SearchMode = SearchMode.HYBRID,
    ) -> SearchResult:  # fmt: skip
        """The owner's passages that answer `text` best, best first.

        Scores are cosine similarity for VECTOR, BM25 for TEXT and the fused reciprocal ranks for HYBRID:
        comparable within one result only. Raises InvalidInput for anything out of bounds.
        """
        began = self._clock()
        count = DEFAULT_LIMIT if limit is None else limit
        self._check(text, count)
        scope = Scope(owner, checked_filter(within or Filter(), self._limits))
        found = self._found(scope, text, count, mode)
        return SearchResult(tuple(found[:count]), mode, round((self._clock() - began) * 1000))

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

    def _found(self, scope: Scope, text: str, limit: int, mode: SearchMode) -> list[Passage]:
        match mode:
            case SearchMode.VECTOR:
                return self._index.nearest(scope, self._embedder.query(text), limit)
            case SearchMode.TEXT:
                return self._index.matching(scope, words(text), limit)
            case SearchMode.HYBRID:
                return self._hybrid(scope, text, max(_LEAST_CANDIDATES, _DEPTH * limit))

    def _hybrid(self, scope: Scope, text: str, candidates: int) -> list[Passage]:
        """Both searches at once: the one by words need not wait for the embedding of the question."""
        with ThreadPoolExecutor(1, "matching") as pool:
            by_words = pool.submit(self._index.matching, scope, words(text), candidates)
            near = self._index.nearest(scope, self._embedder.query(text), candidates)
            matching = by_words.result()
        by_id = {each.id: each for each in (*near, *matching)}
        ranking = fuse([[each.id for each in near], [each.id for each in matching]])
        return [replace(by_id[passage_id], score=score) for passage_id, score in ranking]


def _encodable(text: str) -> bool:
    """False for half a surrogate pair, which JSON can carry and UTF-8 cannot."""
    return not any("\ud800" <= each <= "\udfff" for each in text)
