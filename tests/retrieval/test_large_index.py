"""A table that is large enough for a vector index, by the sizes of these tests."""

import logging
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from random import Random

import pytest
from chalicelib.records import Document, Filter
from chalicelib.retrieval.index import Entry, PassageIndex, indexes, probing
from chalicelib.retrieval.index.probing import Probe, outgrown, partitions_for, probe
from chalicelib.retrieval.query import Scope
from chalicelib.retrieval.upkeep import check, recall
from chalicelib.retrieval.wording import words

from tests.retrieval.conftest import DIMENSIONS, a_document, passages_of
from tests.retrieval.test_index import PRODUCT

ROWS = 600


@pytest.fixture(autouse=True)
def small_sizes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(probing, "INDEXED_ROWS", ROWS)
    monkeypatch.setattr(probing, "EXACT_ROWS", 50)
    monkeypatch.setattr(probing, "_ROWS_A_PARTITION", 64)
    monkeypatch.setattr(probing, "_LEAST_PARTITIONS", 2)


def vectors(count: int, seed: int = 1, around: float = 0) -> list[list[float]]:
    random = Random(seed)  # noqa: S311  (the same in every run)
    return [[random.gauss(around, 1) for _ in range(DIMENSIONS)] for _ in range(count)]


def entry(document: Document, given: Sequence[Sequence[float]]) -> Entry:
    return Entry(document, passages_of(document, [f"text {n}" for n in range(len(given))]), given)


def fill(index: PassageIndex, count: int = ROWS, seed: int = 1) -> None:
    index.replace_all([entry(a_document(document_id=f"D{seed}"), vectors(count, seed))])


@pytest.fixture
def large(index: PassageIndex) -> PassageIndex:
    fill(index)
    index.maintain()
    return index


def vector_indexes(index: PassageIndex) -> list[tuple[str, int, int]]:
    """Kind, rows and parts of each."""
    return [(each.kind, each.rows, each.parts) for each in index.figures().indexes if each.column == "vector"]


def test_vectors_have_an_index_from_a_size_on(index: PassageIndex) -> None:
    fill(index, ROWS - 1)
    index.maintain()
    assert vector_indexes(index) == []
    fill(index, 1, seed=2)
    index.maintain()
    assert vector_indexes(index) == [("IvfRq", ROWS, 1)]


def test_what_the_vector_index_finds_is_nearly_what_comparing_all_finds(large: PassageIndex) -> None:
    found = check(large, queries=30, random=Random(3))  # noqa: S311
    assert found.recall is not None
    assert found.recall >= 0.9
    assert {each.unindexed for each in found.figures.indexes} == {0}


def test_passages_that_the_vector_index_does_not_know_yet_are_found(large: PassageIndex) -> None:
    [vector] = vectors(1, seed=9)
    large.replace_all([entry(a_document(document_id="D9"), [vector])])
    best = large.nearest(Scope("ann"), vector, 1)[0]
    assert best.document_id == "D9"
    assert best.score == pytest.approx(1, abs=1e-5)


def test_a_narrow_scope_is_compared_exactly(large: PassageIndex) -> None:
    large.replace_all([entry(a_document("bob", "B"), vectors(40, seed=2))])
    large.maintain()
    for query in vectors(10, seed=4):
        found, exact = (large.nearest(Scope("bob"), query, 10, exact=each) for each in (False, True))
        assert recall(found, exact) == 1


def test_an_owner_whose_passages_lie_far_from_the_question_has_all_he_asks_for(large: PassageIndex) -> None:
    far = vectors(60, seed=2, around=-9)
    large.replace_all([entry(a_document("bob", "B"), far)])
    large.maintain()
    found = large.nearest(Scope("bob"), [1.0] * DIMENSIONS, 10)
    assert {each.document_id for each in found} == {"B"}
    assert len(found) == 10


def test_a_vector_index_is_made_anew_when_the_table_has_outgrown_it(large: PassageIndex) -> None:
    fill(large, 4 * ROWS, seed=2)
    large.maintain()
    assert vector_indexes(large) == [("IvfRq", 5 * ROWS, 1)]
    assert len(large.nearest(Scope("ann"), vectors(1)[0], 20)) == 20


def test_a_vector_index_of_many_parts_is_made_anew(
    large: PassageIndex, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(probing, "_MOST_SEGMENTS", 2)
    for number in range(6):
        fill(large, 5, seed=100 + number)
        large.maintain()
        [(_, rows, parts)] = vector_indexes(large)
        assert (rows, parts <= 2) == (ROWS + 5 * (number + 1), True)


def test_a_table_too_large_to_index_is_searched_exactly_and_said(
    index: PassageIndex, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(indexes, "MOST_TRAINED", 1_000)
    fill(index)
    with caplog.at_level(logging.WARNING):
        index.maintain()
    assert "the limit is 1000" in caplog.text
    assert vector_indexes(index) == []
    assert index.nearest(Scope("ann"), vectors(1)[0], 1)[0].ordinal == 0
    assert check(index, queries=1).unindexed == ROWS


def test_documents_far_from_one_another_are_all_probed_for_at_once(large: PassageIndex) -> None:
    entries = [
        entry(a_document(document_id=f"P{n}"), vectors(60, seed=n, around=9 * (-1) ** n)) for n in range(4)
    ]
    large.replace_all(entries)
    large.maintain()
    assert large.unfound(entries) == set()
    large.delete("ann", "P2")
    assert large.unfound(entries) == {("ann", "P2")}


def test_every_filter_narrows_a_large_index(large: PassageIndex) -> None:
    document = a_document(document_id="X", collection="letters")
    large.replace_all([entry(document, vectors(3, seed=5))])
    large.maintain()
    for within in (Filter(collection="letters"), Filter(document_ids=("X",)), Filter(names=("x.TXT",))):
        scope = Scope("ann", within)
        assert {each.document_id for each in large.nearest(scope, vectors(1)[0], 10)} == {"X"}
        assert {each.document_id for each in large.matching(scope, words("text"), 10)} == {"X"}


WRITER = """
import sys
from chalicelib.retrieval.index import PassageIndex
from tests.retrieval.conftest import DIMENSIONS, a_document, put
index = PassageIndex(sys.argv[1], DIMENSIONS)
for number in range(6):
    put(index, a_document(document_id=f"{sys.argv[2]}-{number}"), "moon one", "moon two")
    index.delete("ann", f"{sys.argv[2]}-{number - 3}")
"""


def test_upkeep_beside_writers_loses_and_doubles_nothing(tmp_path: Path, index: PassageIndex) -> None:
    fill(index)
    environ = {"PYTHONPATH": f"{PRODUCT}:{PRODUCT.parent}"}
    command = [sys.executable, "-c", WRITER, str(tmp_path / "index")]
    writers = [subprocess.Popen([*command, name], env=environ) for name in ("v", "w")]
    while any(each.poll() is None for each in writers):
        index.maintain()
    assert [each.returncode for each in writers] == [0, 0]
    counts = {each.document_id: each.passages for each in index.documents()}
    assert counts == {"D1": ROWS} | {f"{name}-{n}": 2 for name in ("v", "w") for n in (3, 4, 5)}


def test_partitions_looked_into_grow_with_the_table_and_shrink_with_the_scope() -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(probing, "EXACT_ROWS", 10_000)
        patch.setattr(probing, "_LEAST_PARTITIONS", 20)
        assert probe(10, 10_000, 244) is None
        assert probe(10, 1_000_000, 0) is None
        assert probe(10, 100_000, 24) == Probe(20, 4)
        assert probe(10, 1_000_000, 244) == Probe(47, 4)
        assert probe(10, 20_000, 244) == Probe(122, 4)
        assert probe(50, 20_000, 244) == Probe(244, 4)


def test_an_index_is_outgrown_when_twice_the_partitions_would_be_made() -> None:
    partitions = partitions_for(1_000)
    assert not outgrown(1_900, partitions, 1)
    assert outgrown(2_100, partitions, 1)
    assert outgrown(1_000, partitions, 17)
