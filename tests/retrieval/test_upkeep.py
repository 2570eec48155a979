"""The check of the index: what it measures, and that it tells nothing of anybody."""

import json
from collections.abc import Sequence
from itertools import count
from random import Random

import pytest
from chalicelib.records import Passage
from chalicelib.retrieval.index import PassageIndex
from chalicelib.retrieval.query import Scope
from chalicelib.retrieval.upkeep import check, near, recall, to_json

from tests.retrieval.conftest import DIMENSIONS, a_document, put


def seeded() -> Random:
    return Random(1)  # noqa: S311  (the same in every run)


def found(*scores: float) -> list[Passage]:
    return [Passage(f"D.1.{n}", "D", "D", 1, "", 0, 0, score=score) for n, score in enumerate(scores)]


class Forgetful:
    """An index that does not find the nearest passage unless it compares all."""

    def __init__(self, index: PassageIndex) -> None:
        self.sample, self.figures = index.sample, index.figures
        self._index = index

    def nearest(
        self, scope: Scope, vector: Sequence[float], limit: int, *, exact: bool = False
    ) -> list[Passage]:
        return self._index.nearest(scope, vector, limit, exact=exact)[0 if exact else 1 :]


def test_an_index_that_compares_everything_finds_all_of_the_nearest(index: PassageIndex) -> None:
    put(index, a_document(), *(f"text number {n}" for n in range(40)))
    report = check(index, queries=20, random=seeded())
    assert (report.queries, report.compared, report.recall) == (20, 20, 1.0)
    assert (report.figures.rows, report.figures.fragments, report.unindexed) == (40, 1, 40)


def test_a_search_that_misses_one_of_ten_is_seen(index: PassageIndex) -> None:
    put(index, a_document(), *(f"{'word ' * n} number {n}" for n in range(40)))
    report = check(Forgetful(index), queries=20, random=seeded())
    assert report.recall == pytest.approx(0.9)


def test_an_empty_index_has_no_recall(index: PassageIndex) -> None:
    report = to_json(check(index))
    assert (report["queries"], report["recall"], report["p50Ms"], report["rows"]) == (0, None, None, 0)


def test_a_check_compares_no_longer_than_it_may(index: PassageIndex) -> None:
    put(index, a_document(), *(f"text number {n}" for n in range(40)))
    ticks = count()
    report = check(index, queries=9, seconds=3.5, clock=lambda: float(next(ticks)), random=seeded())
    assert (report.queries, report.compared, report.p50_ms) == (9, 3, 1000)


def test_a_report_says_nothing_of_owners_and_documents(index: PassageIndex) -> None:
    put(index, a_document("owner-of-it", "document-of-it", 1, "collection-of-it"), "secret words", "more")
    index.maintain()
    told = json.dumps(to_json(check(index)))
    assert not [each for each in ("of-it", "secret", "more") if each in told]
    assert {"owner", "text", "document_id"} <= {each["column"] for each in json.loads(told)["indexes"]}


def test_a_question_lies_beside_its_passage() -> None:
    vector = [1.0] * DIMENSIONS
    beside = near(vector, seeded())
    length = sum(each * each for each in beside) ** 0.5
    cosine = sum(beside) / (length * DIMENSIONS**0.5)
    assert 0.9 < cosine < 0.999


def test_a_passage_as_near_as_the_last_one_counts() -> None:
    assert recall(found(0.9, 0.8, 0.8), found(0.9, 0.8, 0.8)) == 1
    assert recall(found(0.9, 0.7), found(0.9, 0.8)) == 0.5
    assert recall([], []) == 1
