"""The reducer: whatever the delivery does, the text is the answer's text."""

from dataclasses import replace
from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from riffle.progress import (
    Finished,
    Progress,
    Restarted,
    StatusChange,
    StreamEvent,
    TextDelta,
    Understood,
    advance,
    restore,
)
from riffle.records import Answer, AnswerEvent, AnswerStatus

MOMENT = datetime(2026, 1, 1, tzinfo=UTC)


def step(seq: int, offset: int, text: str, status: str = "STREAMING", attempt: int = 1) -> AnswerEvent:
    return AnswerEvent("a", "o", seq, attempt, AnswerStatus(status), offset, text)


def stored(text: str, status: str = "STREAMING", attempt: int = 1, seq: int = 0) -> Answer:
    return Answer("a", "o", "c", "q", AnswerStatus(status), MOMENT, MOMENT, text, seq, attempt)


def play(*items: AnswerEvent | Answer) -> tuple[Progress, list[StreamEvent]]:
    progress, shown = Progress(), list[StreamEvent]()
    for item in items:
        progress, events = (
            advance(progress, item) if isinstance(item, AnswerEvent) else restore(progress, item)
        )
        shown += events
    return progress, shown


def read(events: list[StreamEvent]) -> str:
    """What a reader has on the screen after these events."""
    text = ""
    for event in events:
        match event:
            case Restarted():
                text = ""
            case TextDelta(addition, offset):
                assert offset == len(text)
                text += addition
    return text


def test_events_in_order_are_shown_as_they_come() -> None:
    _, shown = play(
        step(1, 0, "", "RETRIEVING"), step(2, 0, "ab"), step(3, 2, "c"), step(4, 3, "", "COMPLETE")
    )
    assert shown == [
        StatusChange(AnswerStatus.RETRIEVING),
        StatusChange(AnswerStatus.STREAMING),
        TextDelta("ab", 0),
        TextDelta("c", 2),
        Finished(AnswerStatus.COMPLETE, "abc"),
    ]


def test_a_repeated_event_changes_nothing() -> None:
    once, _ = play(step(1, 0, "ab"))
    assert advance(once, step(1, 0, "ab")) == (once, ())


def test_an_event_beyond_the_text_waits_for_what_is_before_it() -> None:
    progress, shown = play(step(1, 0, "a"), step(3, 2, "c"))
    assert progress.gap
    assert read(shown) == "a"
    progress, shown = play(step(1, 0, "a"), step(3, 2, "c"), step(2, 1, "b"))
    assert not progress.gap
    assert read(shown) == "abc"


def test_a_stored_answer_fills_the_gap_it_covers() -> None:
    progress, shown = play(step(1, 0, "a"), step(4, 3, "d"), stored("abc"))
    assert not progress.gap
    assert read(shown) == "abcd"


def test_a_stored_answer_that_lags_behind_leaves_the_gap_open() -> None:
    progress, shown = play(step(1, 0, "abc"), step(4, 9, "d"), stored("ab"))
    assert progress.gap
    assert read(shown) == "abc"


def test_what_is_searched_for_is_told_once_and_only_if_it_is_not_the_question() -> None:
    told = replace(step(1, 0, "", "RETRIEVING"), queries=("one", "two"))
    progress, shown = play(told, told, replace(stored("ab", seq=3), queries=("one", "two")))
    assert shown.count(Understood(("one", "two"))) == 1
    assert progress.queries == ("one", "two")
    assert play(replace(stored("ab"), queries=("q",)))[0].queries == ()


def test_a_higher_attempt_voids_what_was_shown() -> None:
    _, shown = play(step(1, 0, "wrong"), step(1, 0, "right", attempt=2), step(9, 5, "wrong", attempt=1))
    assert Restarted(2) in shown
    assert read(shown) == "right"


def test_a_new_attempt_before_any_text_is_not_worth_telling() -> None:
    _, shown = play(step(1, 0, "", "RETRIEVING"), step(1, 0, "x", attempt=2))
    assert not any(isinstance(event, Restarted) for event in shown)


def test_the_end_waits_for_the_missing_text() -> None:
    progress, shown = play(step(1, 0, "a"), step(3, 3, "", "COMPLETE"))
    assert progress.gap
    assert not progress.status.final
    assert shown[-1] == TextDelta("a", 0)


def test_nothing_follows_the_end() -> None:
    _, shown = play(
        step(1, 0, "ab", "COMPLETE"), step(2, 2, "c"), stored("abc", "COMPLETE"), step(1, 0, "x", attempt=2)
    )
    assert read(shown) == "ab"
    assert isinstance(shown[-1], Finished)


def test_a_stored_text_that_contradicts_the_shown_one_replaces_it() -> None:
    _, shown = play(step(1, 0, "ab"), stored("xyz"))
    assert Restarted(1) in shown
    assert read(shown) == "xyz"


@st.composite
def deliveries(draw: st.DrawFn) -> tuple[str, list[AnswerEvent | Answer]]:
    """Two attempts of which the first broke off, delivered with losses, repetitions and in any order."""
    items: list[AnswerEvent | Answer] = []
    for attempt in (1, 2):
        chunks = draw(st.lists(st.text("ab\U0001f9a6", max_size=3), min_size=1, max_size=6))
        offsets = [len("".join(chunks[:index])) for index in range(len(chunks))]
        items += [
            step(n + 1, offset, chunk, attempt=attempt)
            for n, (offset, chunk) in enumerate(zip(offsets, chunks, strict=True))
        ]
        items += [
            stored("".join(chunks[:n]), attempt=attempt)
            for n in draw(st.lists(st.integers(0, len(chunks)), max_size=3))
        ]
    text = "".join(chunks)
    items.append(step(99, len(text), "", "COMPLETE", attempt=2))
    return text, draw(st.lists(st.sampled_from(items), max_size=30))


@given(deliveries())
def test_any_loss_repetition_or_order_ends_in_exactly_the_text(
    case: tuple[str, list[AnswerEvent | Answer]],
) -> None:
    text, delivered = case
    progress, shown = play(*delivered, stored(text, "COMPLETE", attempt=2, seq=99))
    ends = [event for event in shown if isinstance(event, Finished)]
    assert [event.text for event in ends] == [text]
    assert shown[-1] == ends[0]
    assert read(shown) == text == progress.text
    assert not progress.gap
