"""The order of passages, and with each of them why it stands where it does. Pure: values in, values out."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from chalicelib.records import Passage, Ranking
from chalicelib.retrieval.fusion import fuse

_MISSED = (None, None)


def near_first(near: Sequence[Passage]) -> list[Passage]:
    """As a search by meaning found them."""
    return list(_explained(near, ()).values())


def matching_first(matching: Sequence[Passage]) -> list[Passage]:
    """As a search by words found them."""
    return list(_explained((), matching).values())


def fused(near: Sequence[Passage], matching: Sequence[Passage], vector_weight: float) -> list[Passage]:
    """What either found, by both scores together."""
    found = _explained(near, matching)
    scores = fuse(_scores(near), _scores(matching), vector_weight)
    return [
        _standing(found[each], score, fused_score=score, fused_rank=rank)
        for rank, (each, score) in enumerate(scores, start=1)
    ]


def reranked(found: Sequence[Passage], scores: Sequence[float]) -> list[Passage]:
    """By what a reranker made of each."""
    read = [_standing(each, score, rerank_score=score) for each, score in zip(found, scores, strict=True)]
    return sorted(read, key=lambda each: -each.score)


def _explained(near: Sequence[Passage], matching: Sequence[Passage]) -> dict[str, Passage]:
    """Every passage once, by its id, with the score and rank of each search that found it."""
    by_vector, by_text = _ranks(near), _ranks(matching)
    return {
        each.id: replace(
            each, ranking=Ranking(*by_vector.get(each.id, _MISSED), *by_text.get(each.id, _MISSED))
        )
        for each in (*near, *matching)
    }


def _ranks(found: Sequence[Passage]) -> dict[str, tuple[float, int]]:
    return {each.id: (each.score, rank) for rank, each in enumerate(found, start=1)}


def _scores(found: Sequence[Passage]) -> dict[str, float]:
    return {each.id: each.score for each in found}


def _standing(passage: Passage, score: float, **explained: Any) -> Passage:  # noqa: ANN401  (Ranking's own fields)
    return replace(passage, score=score, ranking=replace(passage.ranking or Ranking(), **explained))
