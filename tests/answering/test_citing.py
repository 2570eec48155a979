"""Markers, and the sentences that support what they mark."""

import time
from dataclasses import replace

import pytest
from chalicelib.answering.choosing import Run
from chalicelib.answering.citing import QUOTE_CHARS, cite, cited_statements, sentences, supporting
from hypothesis import given
from hypothesis import strategies as st

from tests.answering.scripted import passage

TOWER = passage("The tower stands in Paris. It is 330 metres tall. Painters renew it every seven years.", 1)
BRIDGE = passage("The bridge opened in 1937. Its main span\nmeasures 1,280 metres.", 2)
SHOWN = [Run((TOWER,)), Run((BRIDGE,))]


def test_a_marker_quotes_the_sentence_that_supports_it() -> None:
    (citation,) = cite("The tower is 330 metres tall [1].", SHOWN)
    assert (citation.marker, citation.passage) == (1, TOWER)
    assert citation.quote == "It is 330 metres tall."


def test_each_marker_has_its_own_statement() -> None:
    citations = cite("The span measures 1,280 metres [2]. Painters renew the tower [1].", SHOWN)
    assert [(each.marker, each.quote) for each in citations] == [
        (1, "Painters renew it every seven years."),
        (2, "Its main span\nmeasures 1,280 metres."),
    ]


@pytest.mark.parametrize("markers", ["[1, 2]", "[1,2]", "[1][2]", "[2] [1]", "[1 , 2]"])
def test_markers_together_share_their_statement(markers: str) -> None:
    citations = cite(f"Both are measured in metres {markers}.", SHOWN)
    assert [each.marker for each in citations] == [1, 2]
    assert all("metres" in (each.quote or "") for each in citations)


@pytest.mark.parametrize("text", ["It is so [3].", "It is so [0].", "See [a] and [].", "[1a]", "No marker."])
def test_what_numbers_no_passage_is_ignored(text: str) -> None:
    assert cite(text, SHOWN) == ()


def test_a_passage_cited_twice_is_one_citation() -> None:
    (citation,) = cite("It is in Paris [1]. It stands there [1].", SHOWN[:1])
    assert citation.quote == "The tower stands in Paris."


def test_of_a_run_the_passage_that_supports_is_cited_with_its_own_offsets() -> None:
    later = replace(passage("It was painted red. It opened in 1889."), id="p9", start=80, end=118)
    (citation,) = cite("It opened in 1889 [1].", [Run((TOWER, later))])
    assert (citation.passage, citation.quote) == (later, "It opened in 1889.")


def test_without_a_shared_word_there_is_no_quote() -> None:
    (citation,) = cite("Nó cao lắm [1].", SHOWN[:1])
    assert citation.quote is None


def test_a_full_stop_before_the_marker_does_not_hide_the_statement() -> None:
    assert list(cited_statements("Old. It is tall. [1]")) == [("It is tall.", (1,))]


def test_sentences_end_at_stops_and_at_lines_that_are_not_wrapped() -> None:
    text = "Heading\nIt cost 3.5 m euros\nin all. Why?\n- one\n- two\n是的。不是。"
    assert sentences(text) == [
        "Heading", "It cost 3.5 m euros\nin all.", "Why?", "- one", "- two", "是的。", "不是。",
    ]  # fmt: skip


def test_a_very_long_sentence_is_cut() -> None:
    assert len(supporting("word " * 1_000, "word")[1] or "") <= QUOTE_CHARS


@given(st.text(), st.text())
def test_a_quote_is_always_a_stretch_of_its_passage(text: str, answer: str) -> None:
    for citation in cite(f"{answer} {text[:50]} [1]", [Run((passage(text),))]):
        assert citation.quote is None or citation.quote in text


def test_long_passages_and_answers_take_no_time() -> None:
    began = time.perf_counter()
    cite("It is tall [1]. " * 1_000, [Run((passage("\n".join(["a tall line"] * 10_000)),))])
    assert time.perf_counter() - began < 5
