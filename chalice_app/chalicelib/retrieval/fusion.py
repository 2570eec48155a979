"""Two searches' scores made one: each brought to the range from 0 to 1, then averaged with weights.

A convex combination keeps by how much one passage is better than the next, which ranks alone lose. Bruch,
Gai and Ingber, "An Analysis of Fusion Functions for Hybrid Retrieval", ACM Transactions on Information
Systems 42, 2023, https://doi.org/10.1145/3596512; `docs/evaluation.md` has both measured.
"""

from collections.abc import Hashable, Mapping


def fuse[Id: Hashable](
    near: Mapping[Id, float], matching: Mapping[Id, float], vector_weight: float
) -> list[tuple[Id, float]]:
    """Every id that either search found with its fused score, best first; `vector_weight` is from 0 to 1.

    Where one search did not find it, it has nothing of that one. Equal ones keep the order they came in.
    """
    vectors, words = spread(near), share(matching)
    scores = {
        each: vector_weight * vectors.get(each, 0.0) + (1 - vector_weight) * words.get(each, 0.0)
        for each in {**near, **matching}
    }
    return sorted(scores.items(), key=lambda item: -item[1])


def spread[Id: Hashable](scores: Mapping[Id, float]) -> dict[Id, float]:
    """Cosines from the least found, 0, to the highest, 1: models differ in how wide theirs lie apart."""
    least, most = min(scores.values(), default=0.0), max(scores.values(), default=0.0)
    return {each: (score - least) / (most - least) if most > least else 1.0 for each, score in scores.items()}


def share[Id: Hashable](scores: Mapping[Id, float]) -> dict[Id, float]:
    """BM25 as a share of the highest: its 0, no word in common, means the same for every question."""
    most = max(scores.values(), default=0.0)
    return {each: score / most if most > 0 else 0.0 for each, score in scores.items()}
