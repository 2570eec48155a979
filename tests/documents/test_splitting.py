"""Dividing a text into passages."""

from itertools import pairwise

import pytest
from chalicelib.documents.extracted import PageSpan, paged
from chalicelib.documents.splitting import MAX_TOKENS, Span, split, tokens
from hypothesis import given
from hypothesis import strategies as st

WORDS = st.sampled_from(
    ["# Head", "word", "đường", "中文。", "end.", "\n", "\n\n", " ", "x" * 50, "a? ", "#", '"q."', "\t"]
)
TEXTS = st.one_of(st.lists(WORDS, max_size=60).map(" ".join), st.text(max_size=300))
LIMITS = st.sampled_from([1.0, 7.5, 40.0, MAX_TOKENS])

ENGLISH = "The moon is far away from here. It turns around the earth in a month. " * 40
VIETNAMESE = "Đường sắt nối liền các thành phố lớn của đất nước. Tàu chạy mỗi ngày hai chuyến. " * 40


@given(TEXTS, LIMITS)
def test_passages_follow_each_other_and_lose_nothing_but_whitespace(text: str, limit: float) -> None:
    passages = split(text, max_tokens=limit)
    edges = [0, *(edge for each in passages for edge in (each.start, each.end)), len(text)]
    assert edges == sorted(edges)
    assert all(not text[start:end].strip() for start, end in zip(edges[::2], edges[1::2], strict=True))


@given(TEXTS, LIMITS)
def test_no_passage_is_empty_or_exceeds_the_limit_or_has_margins(text: str, limit: float) -> None:
    for each in split(text, max_tokens=limit):
        passage = text[each.start : each.end]
        assert passage
        assert passage == passage.strip()
        assert tokens(passage) <= max(limit, 1)


@given(st.lists(TEXTS, max_size=6))
def test_every_passage_lies_on_its_page(pages: list[str]) -> None:
    extracted = paged(pages)
    numbers = {each.number: each for each in extracted.pages}
    for passage in split(extracted.text, extracted.pages):
        assert passage.page is not None
        page = numbers[passage.page]
        assert page.start <= passage.start < passage.end <= page.end


@pytest.mark.parametrize(("text", "least", "most"), [(ENGLISH, 600, 900), (VIETNAMESE, 320, 600)])
def test_passages_of_running_text_have_a_useful_size(text: str, least: int, most: int) -> None:
    lengths = [each.end - each.start for each in split(text)]
    assert least <= min(lengths)
    assert max(lengths) <= most


def test_passages_end_with_sentences() -> None:
    assert all(ENGLISH[each.start : each.end].endswith(".") for each in split(ENGLISH))


def test_a_text_that_just_exceeds_the_limit_is_divided_evenly() -> None:
    text = "\n\n".join(["A paragraph of forty characters, exactly"] * 24)
    first, second = split(text)
    assert abs((first.end - first.start) - (second.end - second.start)) < 100


def test_a_heading_begins_a_passage_and_stays_with_its_text() -> None:
    body = "A sentence about something in particular. " * 12
    text = f"# One\n\n## Sub\n\n{body}\n\n# Two\n\n{body}"
    assert [text[each.start :].partition("\n")[0] for each in split(text)] == ["# One", "# Two"]


def test_short_parts_under_headings_are_kept_together() -> None:
    text = "# A\n\nshort\n\n# B\n\nshort too"
    assert split(text) == [Span(0, len(text))]


def test_a_text_of_one_long_word_is_cut() -> None:
    passages = split("x" * 5_000)
    assert all(left.end == right.start for left, right in pairwise(passages))
    assert passages[-1].end == 5_000


def test_nothing_is_made_of_whitespace() -> None:
    assert split("") == split(" \n\n ") == []
    assert split("a", [PageSpan(3, 0, 1)]) == [Span(0, 1, 3)]
