"""The measures, on cases small enough to be counted by hand."""

import math

import pytest

from evaluation.scoring import ndcg, rank, recall
from riffle.evaluating.measures import contains, mean, percentile


def test_ndcg_is_one_for_the_ideal_order_and_less_for_any_other() -> None:
    relevant = {"a": 2, "b": 1}
    assert ndcg(relevant, ["a", "b", "x"]) == 1
    assert ndcg(relevant, ["b", "a"]) == pytest.approx((1 + 2 / math.log2(3)) / (2 + 1 / math.log2(3)))
    assert ndcg(relevant, ["x", "y"]) == 0


def test_ndcg_looks_no_deeper_than_ten() -> None:
    assert ndcg({"a": 1}, [*map(str, range(10)), "a"]) == 0


def test_recall_counts_relevant_passages_within_the_depth() -> None:
    assert recall({"a": 1, "b": 1}, ["a", "x", "b"], 2) == 0.5


def test_a_query_without_results_scores_nothing_and_counts() -> None:
    ranking = rank({"q1": {"a": 1}, "q2": {"b": 1}}, {"q1": ["a", "a"]})
    assert (ranking.queries, ranking.ndcg_10, ranking.recall_5) == (2, 0.5, 0.5)


@pytest.mark.parametrize(
    ("text", "answers", "found"),
    [
        ("It was the Feed-Water [1].", ["feed water"], True),
        ("Venom [2] được thành lập năm 1979.", ["1979"], True),
        ("Waterloo", ["water"], False),
        ("Anything", [], False),
        ("An empty answer matches nothing", ["the"], False),
    ],
)
def test_an_answer_is_found_by_its_words(text: str, answers: list[str], found: bool) -> None:
    assert contains(text, answers) is found


def test_vietnamese_answers_match_however_their_letters_are_composed() -> None:
    assert contains("thành lập vào năm 1979", ["tha\u0300nh la\u0323\u0302p"])


def test_percentiles_are_values_that_occurred() -> None:
    assert percentile([3, 1, 2, 4], 0.5) == 2
    assert percentile([3, 1, 2, 4], 0.95) == 4
    assert math.isnan(percentile([], 0.5))
    assert math.isnan(mean([]))
