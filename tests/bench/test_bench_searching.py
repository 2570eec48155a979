"""The benchmark of searches: its corpus, its figures of a small table, its tables."""

from pathlib import Path

import pytest

from bench.searching import report, scattering
from bench.searching.cloud import Compared
from bench.searching.corpus import DIMENSIONS, SHARES, Corpus
from bench.searching.disk import Owned, first_query, make, owners
from bench.searching.report import Size
from bench.searching.timing import Times, taking_turns


def test_a_corpus_is_the_same_in_every_run() -> None:
    one, other = (Corpus(1_000, "me") for _ in range(2))
    assert list(one.batches()) == list(other.batches())
    assert one.questions(3) == other.questions(3)


def test_owners_have_their_share_of_the_passages() -> None:
    entries = [each for batch in Corpus(20_000, "me").batches() for each in batch]
    shares = {name: sum(each.document.owner == name for each in entries) / len(entries) for name in SHARES}
    assert shares == pytest.approx({"one in a hundred": 0.0075, "one in ten thousand": 0.0025})
    assert {len(vector) for each in entries[:2] for vector in each.vectors} == {DIMENSIONS}


def test_a_small_table_is_made_and_searched(tmp_path: Path) -> None:
    corpus = Corpus(200, "me")
    made = make(tmp_path, corpus)
    assert (made.figures.rows, made.again > 0) == (250, True)
    found = list(owners(tmp_path, corpus, corpus.questions(8)))
    assert [(each.owner, each.passages, each.recall) for each in found] == [
        ("me", 150, 1.0), ("one in ten thousand", 50, 1.0),
    ]  # fmt: skip
    assert first_query(tmp_path, corpus, corpus.questions(1)[0]) > 0


def test_single_ingests_are_compared_with_a_bulk_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scattering, "DOCUMENTS", 12)
    found, rate = scattering.scattered(7)
    assert [each.mode for each in found] == ["vector", "text"]
    assert rate > 0


def test_calls_take_turns_and_the_first_are_left_out() -> None:
    called: list[str] = []
    times = taking_turns("abcdefg", called.append, lambda each: called.append(each * 2))
    assert called[:4] == ["a", "aa", "b", "bb"]
    assert len(times) == 2


def test_the_tables_say_how_much_more_graphql_takes(tmp_path: Path) -> None:
    made = make(tmp_path, Corpus(100, "me"))
    compared = Compared("text", Times(3, 4), Times(4, 5), Times(9.5, 20))
    owned = Owned("me", 100, Times(1, 2), Times(1, 2), Times(5, 6), 0.995)
    grids = report.grids([Size(100, made, [owned], 30.0, [compared])], None)
    assert grids[0].rows == (("100, text", "3.0 / 4.0", "4.0 / 5.0", "9.5 / 20.0", "+6.5"),)
    assert grids[1].rows[0][:3] == ("100, nearly all", "100", "0.995")
