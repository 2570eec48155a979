"""Search by meaning, by words and fused, over a real index."""

import threading
from collections.abc import Sequence
from typing import TYPE_CHECKING

import pytest
from chalicelib.errors import InvalidInput, Throttled
from chalicelib.records import Filter, Passage, Ranking, SearchMode
from chalicelib.retrieval.index import PassageIndex
from chalicelib.retrieval.index.table import PassageTable
from chalicelib.retrieval.search import DEFAULT_LIMIT, Searcher
from chalicelib.settings import Limits

from tests.retrieval.conftest import HashingEmbedder, a_document, put

if TYPE_CHECKING:
    from lancedb.table import Table

LIMITS = Limits(question_chars=100, search_results=20, document_ids=3)


@pytest.fixture
def searcher(index: PassageIndex) -> Searcher:
    put(index, a_document(), *(f"filler number {n}" for n in range(30)), "the moon is far", "bread is baked")
    put(index, a_document("bob", "D2"), "the moon of bob")
    return Searcher(index, HashingEmbedder(), LIMITS)


@pytest.mark.parametrize("mode", list(SearchMode))
def test_each_mode_finds_the_passage_and_says_which_it_was(searcher: Searcher, mode: SearchMode) -> None:
    result = searcher.search("ann", "moon far", mode=mode)
    assert result.passages[0].text == "the moon is far"
    assert result.mode is mode
    assert result.took_ms >= 0


def why(passage: Passage) -> Ranking:
    assert passage.ranking is not None
    return passage.ranking


def test_hybrid_says_what_both_searches_made_of_each_passage(searcher: Searcher) -> None:
    found = searcher.search("ann", "the moon is far", limit=20).passages
    best = why(found[0])
    assert (best.vector_rank, best.text_rank, best.fused_rank) == (1, 1, 1)
    assert (best.vector_score, best.fused_score) == pytest.approx((1, 1), abs=0.01)
    assert found[0].score == best.fused_score
    assert [why(each).fused_rank for each in found] == list(range(1, 21))
    assert why(found[-1]).text_rank is None


def test_one_search_alone_says_nothing_of_the_other(searcher: Searcher) -> None:
    near = searcher.search("ann", "moon far", mode=SearchMode.VECTOR).passages[0]
    matching = searcher.search("ann", "moon far", mode=SearchMode.TEXT).passages[0]
    assert near.ranking == Ranking(vector_score=near.score, vector_rank=1)
    assert matching.ranking == Ranking(text_score=matching.score, text_rank=1)


@pytest.mark.parametrize("mode", list(SearchMode))
def test_storage_is_asked_for_the_newest_passages_once_and_beside_the_model(
    index: PassageIndex, monkeypatch: pytest.MonkeyPatch, mode: SearchMode
) -> None:
    put(index, a_document(), "the moon is far")
    asked, newest = threading.Semaphore(0), PassageTable.newest

    class Waiting(HashingEmbedder):
        def query(self, text: str) -> list[float]:
            assert asked.acquire(timeout=10)
            asked.release()
            return super().query(text)

    def counted(table: PassageTable) -> "Table":
        asked.release()
        return newest(table)

    monkeypatch.setattr(PassageTable, "newest", counted)
    assert Searcher(index, Waiting()).search("ann", "moon", mode=mode).passages
    assert asked.acquire(blocking=False)
    assert not asked.acquire(blocking=False)


class Reversing:
    """A reranker that finds the last passage best."""

    def scores(self, question: str, texts: Sequence[str]) -> list[float]:  # noqa: ARG002  (the protocol's)
        return [float(place) for place in range(len(texts))]


class Failing:
    def scores(self, question: str, texts: Sequence[str]) -> list[float]:
        raise Throttled(f"no time for {len(texts)} passages on {question!r}")


def test_a_reranker_has_the_last_word_on_the_best_passages(index: PassageIndex, searcher: Searcher) -> None:
    reread = Searcher(index, HashingEmbedder(), LIMITS, reranker=Reversing())
    plain = searcher.search("ann", "filler number", limit=20).passages
    found = reread.search("ann", "filler number", limit=5).passages
    assert [each.score for each in found] == [29.0, 28.0, 27.0, 26.0, 25.0]
    assert all(why(each).rerank_score == each.score for each in found)
    assert why(found[0]).fused_rank == 30
    assert reread.search("ann", "filler number", limit=20, rerank=False).passages == plain


def test_a_reranker_is_asked_for_one_search_alone_only_when_that_is_said(index: PassageIndex) -> None:
    put(index, a_document(), "one moon", "two moons", "three")
    searcher = Searcher(index, HashingEmbedder(), reranker=Reversing())
    plain, asked = (
        searcher.search("ann", "moon", mode=SearchMode.TEXT, rerank=each) for each in (None, True)
    )
    assert why(plain.passages[0]).rerank_score is None
    assert why(asked.passages[0]).rerank_score is not None


def test_passages_stand_as_they_were_found_when_the_reranker_fails(
    index: PassageIndex, searcher: Searcher
) -> None:
    failing = Searcher(index, HashingEmbedder(), LIMITS, reranker=Failing())
    found = failing.search("ann", "the moon is far", rerank=True).passages
    assert found == searcher.search("ann", "the moon is far").passages
    assert why(found[0]).rerank_score is None


def test_reranking_is_refused_where_no_model_is_deployed(searcher: Searcher) -> None:
    with pytest.raises(InvalidInput, match="no reranking model is deployed"):
        searcher.search("ann", "moon", rerank=True)


@pytest.mark.parametrize("mode", list(SearchMode))
def test_another_owners_passages_are_never_found(searcher: Searcher, mode: SearchMode) -> None:
    for owner, other in (("ann", "bob"), ("bob", "ann"), ("eve", "ann")):
        result = searcher.search(owner, "the moon of bob", mode=mode, limit=20)
        assert all(
            other not in each.text and each.document_id == ("D1" if owner == "ann" else "D2")
            for each in result.passages
        )
    assert searcher.search("eve", "moon", mode=mode).passages == ()


def test_so_many_passages_as_asked_for_come_back(searcher: Searcher) -> None:
    assert len(searcher.search("ann", "filler number").passages) == DEFAULT_LIMIT
    assert len(searcher.search("ann", "filler number", limit=20).passages) == 20
    assert len({each.id for each in searcher.search("ann", "filler", limit=20).passages}) == 20


@pytest.mark.parametrize(
    ("text", "limit", "document_ids", "message"),
    [
        (" ", 5, (), "text is empty"),
        ("x" * 101, 5, (), "101 characters; the limit is 100"),
        ("x", 0, (), "limit is 0"),
        ("x", 21, (), "from 1 to 20"),
        ("x", 5, ("a", "b", "c", "d"), "documentIds has 4 values; the limit is 3"),
        ("x", 5, ("a", "' OR owner <> '"), "documentIds must be"),
        ("x", 5, ("a" * 65,), "documentIds has 65 characters; the limit is 64"),
        ("x\ud800", 5, (), "text is not valid Unicode"),
    ],
)
def test_a_search_out_of_bounds_is_refused(
    searcher: Searcher, text: str, limit: int, document_ids: tuple[str, ...], message: str
) -> None:
    with pytest.raises(InvalidInput, match=message):
        searcher.search("ann", text, limit=limit, within=Filter(document_ids=document_ids))


@pytest.mark.parametrize("collection", ["x" * 100_000, "a\udfff"])
def test_what_no_collection_is_called_is_refused(searcher: Searcher, collection: str) -> None:
    with pytest.raises(InvalidInput, match="collection"):
        searcher.search("ann", "x", within=Filter(collection=collection))


def test_a_search_is_narrowed_to_collection_and_documents(searcher: Searcher, index: PassageIndex) -> None:
    put(index, a_document(document_id="D3", collection="letters"), "the moon in a letter")
    for narrowed in (
        searcher.search("ann", "moon", within=Filter(collection="letters")),
        searcher.search("ann", "moon", within=Filter(document_ids=("D3",))),
    ):
        assert [each.text for each in narrowed.passages] == ["the moon in a letter"]
