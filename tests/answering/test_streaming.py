"""Holding back the sentinel and nothing else."""

import pytest
from chalicelib.answering.prompting import SENTINEL
from chalicelib.answering.streaming import (
    Declined,
    StreamEvent,
    not_answered,
    nothing_found,
    sift,
)
from chalicelib.models.chat import ModelEvent, TextDelta
from chalicelib.retrieval.languages import language_of
from hypothesis import given
from hypothesis import strategies as st

from tests.answering.scripted import DONE

PIECES = st.lists(
    st.sampled_from(["NO", "_ANS", "WER", "N", "NO_ANSWER", " ", "\n", ".", "x", "O_", "S", "Không"])
)


def sifted(*texts: str) -> list[StreamEvent]:
    return list(sift([*map(TextDelta, texts), DONE]))


@pytest.mark.parametrize(
    "deltas",
    [
        ["NO_ANSWER"],
        ["NO", "_", "ANSWER"],
        list("NO_ANSWER"),
        ["\n ", "NO_ANSWER", "\n"],
        ["NO_ANSWER."],
        ["NO_ANSWER", ". The passages ", "do not say."],
        ["NO_ANSWER \n", "The passages do not say."],
    ],
)
def test_the_sentinel_declines_however_it_is_cut(deltas: list[str]) -> None:
    assert sifted(*deltas) == [Declined(), DONE]


@pytest.mark.parametrize(
    "deltas",
    [["NO", " doubt."], ["NO_ANSWERS", " were found."], ["NO_ANSWER", " is a code."], ["N"], ["No_answer"]],
)
def test_what_only_begins_like_the_sentinel_is_said(deltas: list[str]) -> None:
    texts = [event.text for event in sifted(*deltas) if isinstance(event, TextDelta)]
    assert "".join(texts) == "".join(deltas)
    assert Declined() not in sifted(*deltas)


def test_text_goes_out_with_the_first_delta_that_rules_the_sentinel_out() -> None:
    stream = sift(map(TextDelta, ["\n", "NO", "T at ", "all."]))
    assert [next(stream), next(stream)] == [TextDelta("NOT at "), TextDelta("all.")]


def test_an_empty_reply_is_only_its_end() -> None:
    assert sifted() == sifted(" ", "\n") == [DONE]


def test_nothing_is_said_of_a_reply_that_breaks_off_undecided() -> None:
    def broken() -> list[ModelEvent]:
        raise ConnectionError

    def events() -> object:
        yield TextDelta("NO_AN")
        yield from broken()

    with pytest.raises(ConnectionError):
        next(sift(events()))  # type: ignore[arg-type]  # a generator of events


@given(PIECES)
def test_every_reply_is_said_whole_or_declined(pieces: list[str]) -> None:
    events = sifted(*pieces)
    said = "".join(event.text for event in events if isinstance(event, TextDelta))
    whole = "".join(pieces).lstrip()
    assert events[-1] == DONE
    assert said == whole or (events == [Declined(), DONE] and whole.startswith(SENTINEL))


@given(PIECES)
def test_text_is_held_back_only_while_it_could_be_the_sentinel(pieces: list[str]) -> None:
    stream = sift(map(TextDelta, pieces))
    said = "".join(event.text for event in stream if isinstance(event, TextDelta))
    whole = "".join(pieces).lstrip()
    assert said == whole or SENTINEL.startswith(whole) or whole.startswith(SENTINEL)


@pytest.mark.parametrize(
    ("question", "language"),
    [
        ("Ai là tác giả?", "vi"),
        ("Ai la\u0300 ta\u0301c gia\u0309?", "vi"),
        ("Tháp cao bao nhiêu?", "vi"),
        ("Thap cao bao nhieu?", "vi"),
        ("Cau nay duoc xay dung khi nao?", "vi"),
        ("Who wrote it?", "en"),
        ("Riffle?", "en"),
        ("Où est la forêt, maman?", "en"),
        ("谁建造了这座桥？", "en"),
    ],
)
def test_refusals_speak_the_questions_language_or_else_english(question: str, language: str) -> None:
    """Those that have no sentence of their own, too, and what is too short to tell."""
    assert language_of(not_answered(question)) == language_of(nothing_found(question)) == language


def test_a_refusal_says_whether_anything_was_found() -> None:
    assert not_answered("Who?") != nothing_found("Who?")
