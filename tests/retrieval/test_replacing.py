"""Many documents replaced at once, and races that would bring an older version back."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest
from chalicelib.errors import Superseded, Unavailable
from chalicelib.records import Document
from chalicelib.retrieval.index import Entry, PassageIndex
from chalicelib.retrieval.index.rows import rows
from chalicelib.retrieval.query import Scope

from tests.retrieval.conftest import DIMENSIONS, HashingEmbedder, a_document, passages_of, put

EMBEDDER = HashingEmbedder()
NOW = datetime(2026, 3, 1, tzinfo=UTC)


def entry(document: Document, *texts: str) -> Entry:
    return Entry(document, passages_of(document, texts), EMBEDDER.passages(texts))


def texts_of(index: PassageIndex, document: Document) -> list[str]:
    scope = Scope.of_document(document.owner, document.id)
    return sorted(each.text for each in index.nearest(scope, EMBEDDER.query("sun"), 50))


def test_documents_of_several_owners_are_replaced_in_one_commit(index: PassageIndex) -> None:
    ann, bob = a_document("ann", "D1"), a_document("bob", "D2")
    put(index, ann, "old one", "old two", "old three")
    before = index._table.newest().version
    assert index.replace_all([entry(ann, "new one"), entry(bob, "bob's")]) == set()
    assert index._table.newest().version == before + 1
    assert (texts_of(index, ann), texts_of(index, bob)) == (["new one"], ["bob's"])


def test_what_has_a_newer_version_is_left_and_named_and_the_others_are_replaced(index: PassageIndex) -> None:
    newer, other = a_document(document_id="D1", version=3), a_document(document_id="D2")
    put(index, newer, "newest")
    outcome = index.replace_all(
        [entry(a_document(document_id="D1", version=2), "late"), entry(other, "fine")]
    )
    assert outcome == {("ann", "D1")}
    assert (texts_of(index, newer), texts_of(index, other)) == (["newest"], ["fine"])


def test_an_id_that_two_owners_had_would_give_neither_the_others_place(
    index: PassageIndex, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("chalicelib.retrieval.index.table._ATTEMPTS", 1)
    ann, bob = a_document("ann", "D1"), a_document("bob", "D1", version=2)
    put(index, ann, "ann's")
    with pytest.raises(Unavailable):
        put(index, bob, "bob's")
    assert (texts_of(index, ann), texts_of(index, bob)) == (["ann's"], [])


@pytest.mark.parametrize("known", [0, 2], ids=["a new document", "a known one"])
def test_a_version_that_lost_its_race_is_not_put_in_a_newer_ones_place(
    index: PassageIndex, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, known: int
) -> None:
    """The newer one is written after the check for it and before the commit."""
    first, second = a_document(version=1), a_document(version=2)
    put(index, a_document(document_id="other"), "so that there is a table")
    if known:
        put(index, first, *["old"] * known)
    rival = PassageIndex(str(tmp_path / "index"), DIMENSIONS)
    interrupt(monkeypatch, lambda: put(rival, second, "newest"))
    with pytest.raises(Superseded):
        put(index, first, "late one", "late two", "late three")
    assert texts_of(index, first) == ["newest"]


def test_a_version_that_lost_its_race_to_an_older_one_leaves_nothing_of_it(
    index: PassageIndex, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither was known when the newer one was checked for, so its merge looked for nothing to delete."""
    put(index, a_document(document_id="other"), "so that there is a table")
    rival = PassageIndex(str(tmp_path / "index"), DIMENSIONS)
    interrupt(monkeypatch, lambda: put(rival, a_document(version=1), "old one", "old two", "old three"))
    put(index, a_document(version=2), "newest")
    assert texts_of(index, a_document()) == ["newest"]


def test_a_new_document_that_workers_write_at_once_is_there_once(index: PassageIndex, tmp_path: Path) -> None:
    put(index, a_document(document_id="other"), "so that there is a table")
    rivals = [PassageIndex(str(tmp_path / "index"), DIMENSIONS) for _ in range(4)]
    with ThreadPoolExecutor(len(rivals)) as pool:
        list(pool.map(lambda rival: put(rival, a_document(), "one", "two"), rivals))
    assert texts_of(index, a_document()) == ["one", "two"]


@pytest.mark.parametrize("known", [0, 2], ids=["a new document", "a known one"])
def test_a_writer_that_lost_its_race_to_a_deletion_brings_nothing_back(
    index: PassageIndex, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, known: int
) -> None:
    """The document is deleted after the writer looked for newer versions and before its commit."""
    deleted, other = a_document(version=2), a_document(document_id="other")
    if known:
        put(index, a_document(version=1), *["old"] * known)
    rival = PassageIndex(str(tmp_path / "index"), DIMENSIONS)
    interrupt(monkeypatch, lambda: rival.bury_all([("ann", "D1")], NOW))
    assert index.replace_all([entry(deleted, "late one", "late two"), entry(other, "there")]) == {
        ("ann", "D1")
    }
    assert (texts_of(index, deleted), texts_of(index, other)) == ([], ["there"])


def test_writers_and_a_deletion_at_once_leave_nothing(index: PassageIndex, tmp_path: Path) -> None:
    put(index, a_document(document_id="other"), "so that there is a table")
    rivals = [PassageIndex(str(tmp_path / "index"), DIMENSIONS) for _ in range(4)]

    def write(number: int) -> None:
        with suppress(Superseded):
            put(rivals[number], a_document(version=number), "one", "two")

    with ThreadPoolExecutor(len(rivals)) as pool:
        writing = [pool.submit(write, number) for number in (1, 2, 3)]
        rivals[0].bury_all([("ann", "D1")], NOW)
        assert [each.result() for each in writing] == [None] * 3
    assert texts_of(index, a_document()) == []


def test_the_mark_of_a_deletion_is_nobodys_passage_and_goes_in_time(index: PassageIndex) -> None:
    put(index, a_document("bob", "D2"), "bob's")
    for _ in range(2):
        index.bury_all([("ann", "D1"), ("ann", "D3")], NOW)
    assert [each.document_id for each in index.documents()] == ["D2"]
    assert {each.owner for each in index.sample(10, Random(1))} == {"bob"}  # noqa: S311  (no secret)
    index.unbury(NOW)
    with pytest.raises(Superseded):
        put(index, a_document(version=9), "late")
    index.unbury(NOW + timedelta(seconds=1))
    assert index.figures().rows == 1
    put(index, a_document(), "found again")
    assert texts_of(index, a_document()) == ["found again"]


def test_an_id_that_two_owners_had_would_let_neither_delete_the_others(
    index: PassageIndex, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("chalicelib.retrieval.index.table._ATTEMPTS", 1)
    put(index, a_document("ann", "D1"), "ann's")
    with pytest.raises(Unavailable):
        index.bury_all([("bob", "D1")], NOW)
    assert texts_of(index, a_document("ann", "D1")) == ["ann's"]


def interrupt(monkeypatch: pytest.MonkeyPatch, act: Callable[[], None]) -> None:
    """Does something once, right before rows are made for a merge."""
    make = rows
    pending = [act]

    def interrupted(*given: Any) -> Any:
        if pending:
            pending.pop()()
        return make(*given)

    monkeypatch.setattr("chalicelib.retrieval.index.replacing.rows", interrupted)


def test_a_search_that_misses_a_document_names_it(index: PassageIndex) -> None:
    there, missing = a_document(document_id="D1"), a_document(document_id="D2")
    put(index, there, "here", "and there")
    entries = [entry(there, "here", "and there"), entry(missing, "nowhere")]
    assert index.unfound(entries) == {("ann", "D2")}


def test_vectors_are_taken_over_of_just_the_version_that_is_asked_for(index: PassageIndex) -> None:
    put(index, a_document(version=2), "one")
    assert index.vectors_of([a_document(version=1)]) == {("ann", "D1"): {}}
    assert index.vectors_of([a_document(version=2)])["ann", "D1"].keys() == {"one"}


def test_vectors_are_taken_over_by_text_and_by_owner(index: PassageIndex) -> None:
    mine, other = a_document("ann", "D1"), a_document("bob", "D1")
    put(index, mine, "one", "two")
    held = index.vectors_of([mine, other])
    assert held["bob", "D1"] == {}
    assert {text: list(vector) for text, vector in held["ann", "D1"].items()} == {
        text: pytest.approx(EMBEDDER.query(text), abs=1e-6) for text in ("one", "two")
    }


def test_documents_are_deleted_in_one_commit_and_owners_apart(index: PassageIndex) -> None:
    ann, bob = a_document("ann", "D1"), a_document("bob", "D2")
    index.replace_all([entry(ann, "ann's"), entry(bob, "bob's")])
    index.delete_all([("ann", "D1"), ("ann", "D2"), ("bob", "D3")])
    assert (texts_of(index, ann), texts_of(index, bob)) == ([], ["bob's"])
