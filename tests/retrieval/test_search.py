"""Search by meaning, by words and fused, over a real index."""

import pytest
from chalicelib.errors import InvalidInput
from chalicelib.records import Filter, SearchMode
from chalicelib.retrieval.index import PassageIndex
from chalicelib.retrieval.search import DEFAULT_LIMIT, Searcher
from chalicelib.settings import Limits

from tests.retrieval.conftest import HashingEmbedder, a_document, put

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


def test_hybrid_fuses_both_rankings(searcher: Searcher) -> None:
    best = searcher.search("ann", "the moon is far").passages[0]
    assert best.score == pytest.approx(2 / 61)


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
