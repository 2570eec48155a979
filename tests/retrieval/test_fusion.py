"""Two searches' scores as one."""

import pytest
from chalicelib.retrieval.fusion import fuse, share, spread
from chalicelib.retrieval.weighing import KNOWN, LESS_KNOWN, UNKNOWN, vector_weight
from hypothesis import given
from hypothesis import strategies as st

FOUND = st.dictionaries(st.integers(0, 20), st.floats(0, 100), max_size=12)


def test_scores_are_weighted_means_of_what_both_searches_made_of_a_passage() -> None:
    fused = fuse({"a": 0.9, "b": 0.5, "c": 0.1}, {"b": 20.0, "d": 5.0}, vector_weight=0.25)
    assert fused == [("b", 0.75 + 0.125), ("a", 0.25), ("d", 0.1875), ("c", 0.0)]


def test_by_how_much_a_passage_is_better_is_kept() -> None:
    """By ranks alone, `a` and `b` would be equal."""
    assert [each for each, _ in fuse({"a": 0.9, "b": 0.8, "c": 0}, {"b": 9.0, "a": 1.0}, 0.5)] == [
        "b",
        "a",
        "c",
    ]


def test_weights_at_the_ends_leave_one_search_to_decide() -> None:
    near, matching = {"a": 0.9, "b": 0.2}, {"b": 3.0, "c": 2.0}
    assert [each for each, _ in fuse(near, matching, 0.0)] == ["b", "c", "a"]
    assert next(iter(fuse(near, matching, 1.0)))[0] == "a"


def test_cosines_are_spread_whatever_the_model_and_its_range() -> None:
    assert spread({"a": 0.83, "b": 0.82, "c": 0.81}) == pytest.approx({"a": 1.0, "b": 0.5, "c": 0.0})
    assert spread({"only": -0.2}) == {"only": 1.0}
    assert spread({}) == {}


def test_words_in_common_are_a_share_of_the_most() -> None:
    assert share({"a": 12.0, "b": 3.0}) == {"a": 1.0, "b": 0.25}
    assert share({"a": 0.0}) == {"a": 0.0}


@pytest.mark.parametrize(
    ("model", "english", "vietnamese"),
    [
        ("local.all-minilm-l6-v2", KNOWN, UNKNOWN),
        ("cohere.embed-english-v3", KNOWN, UNKNOWN),
        ("cohere.embed-multilingual-v3", KNOWN, KNOWN),
        ("us.cohere.embed-v4:0", KNOWN, KNOWN),
        ("amazon.titan-embed-text-v2:0", KNOWN, LESS_KNOWN),
        ("some.other-model", KNOWN, KNOWN),
    ],
)
def test_vectors_are_trusted_in_languages_that_the_model_knows(
    model: str, english: float, vietnamese: float
) -> None:
    assert (vector_weight(model, "en"), vector_weight(model, "vi")) == (english, vietnamese)


@given(FOUND, FOUND, st.floats(0, 1))
def test_fusion_keeps_every_id_once_best_first(
    near: dict[int, float], matching: dict[int, float], weight: float
) -> None:
    fused = fuse(near, matching, weight)
    assert {each for each, _ in fused} == {*near, *matching}
    assert len({each for each, _ in fused}) == len(fused)
    assert [score for _, score in fused] == sorted((score for _, score in fused), reverse=True)
    assert all(-1e-9 <= score <= 1 + 1e-9 for _, score in fused)
