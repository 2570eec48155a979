"""Looks after the index's answers: how many of the nearest passages a search finds, and how quickly.

Nothing of what the passages say, or whose they are, is in a report.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from random import Random
from statistics import fmean, quantiles
from typing import Protocol, TypedDict

from chalicelib.records import Passage
from chalicelib.retrieval.index import Figures, IndexFigures, Sample
from chalicelib.retrieval.index.probing import large
from chalicelib.retrieval.query import Scope

K = 10
"""Passages asked for: the check measures recall@10."""

_QUERIES = 50
_NOISE = 0.3  # as far from its passage as a question is: the cosine to it is 0.96
_EQUAL = 1e-5  # scores that differ by less are the same: passages of the same text have any order


class Measured(Protocol):
    """What the check needs of the index."""

    def sample(self, count: int, random: Random) -> list[Sample]: ...

    def nearest(
        self, scope: Scope, vector: Sequence[float], limit: int, *, exact: bool = False
    ) -> list[Passage]: ...

    def figures(self) -> Figures: ...


@dataclass(frozen=True, slots=True)
class Report:
    """Recall@10 over `compared` questions, None without any; times in milliseconds over all `queries`."""

    queries: int
    compared: int
    recall: float | None
    p50_ms: float | None
    p95_ms: float | None
    figures: Figures

    @property
    def unindexed(self) -> int:
        """Passages that the index which lags most does not know yet: they are searched one by one.

        All of a large table whose vectors have no index, which is how one shows that is too large for it.
        """
        indexes = self.figures.indexes
        if large(self.figures.rows) and not any(each.column == "vector" for each in indexes):
            return self.figures.rows
        return max((each.unindexed for each in indexes), default=0)


class IndexPart(TypedDict):
    """One index in an `IndexReport`."""

    column: str
    kind: str
    rows: int
    unindexedRows: int
    parts: int
    bytes: int


class IndexReport(TypedDict):
    """A report as the function `maintain` returns it for `{"check": true}`; times in milliseconds."""

    queries: int
    compared: int
    k: int
    recall: float | None
    p50Ms: float | None
    p95Ms: float | None
    rows: int
    unindexedRows: int
    fragments: int
    smallFragments: int
    bytes: int
    indexes: list[IndexPart]


def check(
    index: Measured,
    *,
    queries: int = _QUERIES,
    seconds: float = 120,
    random: Random | None = None,
    clock: Callable[[], float] = time.monotonic,
) -> Report:
    """Searches near passages picked by chance, within their owners', as every search is; and then exactly.

    Exact search reads every vector in scope, so no more comparisons are begun once `seconds` are over.
    """
    chance = random or Random()  # noqa: S311  (nothing secret hangs on it)
    tried = [
        _timed(index, each.owner, near(each.vector, chance), clock) for each in index.sample(queries, chance)
    ]
    end = clock() + seconds
    recalls = [recall(each.found, each.exactly(index)) for each in tried if clock() < end]
    times = [each.ms for each in tried]
    return Report(
        queries=len(tried),
        compared=len(recalls),
        recall=fmean(recalls) if recalls else None,
        p50_ms=_quantile(times, 50),
        p95_ms=_quantile(times, 95),
        figures=index.figures(),
    )


def to_json(report: Report) -> IndexReport:
    figures = report.figures
    return IndexReport(
        queries=report.queries,
        compared=report.compared,
        k=K,
        recall=_rounded(report.recall, 4),
        p50Ms=_rounded(report.p50_ms, 1),
        p95Ms=_rounded(report.p95_ms, 1),
        rows=figures.rows,
        unindexedRows=report.unindexed,
        fragments=figures.fragments,
        smallFragments=figures.small,
        bytes=figures.bytes,
        indexes=[_part(each) for each in figures.indexes],
    )


def near(vector: Sequence[float], random: Random) -> list[float]:
    """A vector beside another: noise of so many hundredths of its length, in all directions alike."""
    length = sum(each * each for each in vector) ** 0.5
    deviation = _NOISE * length / len(vector) ** 0.5
    return [each + random.gauss(0, deviation) for each in vector]


def recall(found: Sequence[Passage], nearest: Sequence[Passage]) -> float:
    """Of the nearest, how many were found, or others that are just as near."""
    if not nearest:
        return 1.0
    least = nearest[-1].score - _EQUAL
    return min(1.0, sum(each.score >= least for each in found) / len(nearest))


def _part(index: IndexFigures) -> IndexPart:
    return IndexPart(
        column=index.column,
        kind=index.kind,
        rows=index.rows,
        unindexedRows=index.unindexed,
        parts=index.parts,
        bytes=index.bytes,
    )


def _rounded(value: float | None, digits: int) -> float | None:
    return None if value is None else round(value, digits)


@dataclass(frozen=True, slots=True)
class _Tried:
    scope: Scope
    vector: Sequence[float]
    found: Sequence[Passage]
    ms: float

    def exactly(self, index: Measured) -> list[Passage]:
        return index.nearest(self.scope, self.vector, K, exact=True)


def _timed(index: Measured, owner: str, vector: Sequence[float], clock: Callable[[], float]) -> _Tried:
    began = clock()
    found = index.nearest(Scope(owner), vector, K)
    return _Tried(Scope(owner), vector, found, (clock() - began) * 1000)


def _quantile(values: Sequence[float], percent: int) -> float | None:
    if len(values) < 2:
        return next(iter(values), None)
    return quantiles(values, n=100, method="inclusive")[percent - 1]
