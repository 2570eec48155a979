"""Reciprocal rank fusion: one ranking out of several whose scores cannot be compared.

Cormack, Clarke and Büttcher, "Reciprocal Rank Fusion outperforms Condorcet and individual Rank Learning
Methods", SIGIR 2009, https://doi.org/10.1145/1571941.1572114; k = 60 is the constant of that paper.
"""

from collections.abc import Hashable, Iterable, Sequence

K = 60


def fuse[Id: Hashable](rankings: Iterable[Sequence[Id]], k: int = K) -> list[tuple[Id, float]]:
    """Every id with the sum of 1 / (k + rank) over the rankings that have it (ranks from 1), best first.

    Ids of equal score keep the order in which they were first met.
    """
    scores: dict[Id, float] = {}
    for ranking in rankings:
        for rank, each in enumerate(dict.fromkeys(ranking), start=1):
            scores[each] = scores.get(each, 0.0) + 1 / (k + rank)
    return sorted(scores.items(), key=lambda item: -item[1])
