"""Reciprocal rank fusion, by the paper's formula."""

from chalicelib.retrieval.fusion import fuse
from hypothesis import given
from hypothesis import strategies as st

RANKINGS = st.lists(st.lists(st.integers(0, 20), unique=True, max_size=12), max_size=4)


def test_scores_are_sums_of_reciprocal_ranks() -> None:
    assert fuse([["a", "b"], ["b"]]) == [("b", 1 / 62 + 1 / 61), ("a", 1 / 61)]


def test_what_both_rankings_have_beats_what_one_has_first() -> None:
    assert [each for each, _ in fuse([["x", "both"], ["y", "both"]])] == ["both", "x", "y"]


def test_a_repeated_id_counts_once_at_its_best_rank() -> None:
    assert fuse([["a", "a", "b"]]) == [("a", 1 / 61), ("b", 1 / 62)]


@given(RANKINGS)
def test_fusion_keeps_every_id_once_best_first(rankings: list[list[int]]) -> None:
    fused = fuse(rankings)
    assert {each for each, _ in fused} == {each for ranking in rankings for each in ranking}
    assert len({each for each, _ in fused}) == len(fused)
    assert [score for _, score in fused] == sorted((score for _, score in fused), reverse=True)


@given(st.lists(st.integers(), unique=True))
def test_one_ranking_is_kept_as_it_is(ranking: list[int]) -> None:
    assert [each for each, _ in fuse([ranking])] == ranking
