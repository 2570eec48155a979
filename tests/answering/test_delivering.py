"""Saving and publishing one attempt, in virtual time, over MiniStack's DynamoDB."""

import pytest
from chalicelib.answering.choosing import Run
from chalicelib.answering.coalescing import CHUNK_CHARS
from chalicelib.answering.delivering import Delivery
from chalicelib.errors import Superseded, Unavailable
from chalicelib.records import AnswerEvent, AnswerStatus, Problem
from chalicelib.stores.answers import LEASE, AnswerStore

from tests.answering.recording import RecordingEvents
from tests.answering.scripted import passage
from tests.answering.tables import Clock, an_answer


class Watching(RecordingEvents):
    """Notes what was stored at the moment of each publish."""

    def __init__(self, answers: AnswerStore) -> None:
        super().__init__()
        self.answers = answers
        self.stored: list[tuple[str, int]] = []

    def answer_event(self, event: AnswerEvent) -> None:
        super().answer_event(event)
        answer = self.answers.get(event.owner, event.answer_id)
        self.stored.append((answer.text, answer.last_seq))


@pytest.fixture
def events(answers: AnswerStore) -> Watching:
    return Watching(answers)


@pytest.fixture
def delivery(answers: AnswerStore, events: Watching, clock: Clock) -> Delivery:
    answers.begin(an_answer(), "t")
    answer = answers.claim("ana", "a1")
    assert answer is not None
    return Delivery(answer, answers, events, clock.monotonic)


def test_the_first_event_is_the_status_without_text(delivery: Delivery, events: Watching) -> None:
    delivery.announce()
    assert events.events == [AnswerEvent("a1", "ana", 1, 1, AnswerStatus.RETRIEVING, 0, "")]


def test_first_text_is_saved_and_published_at_once(delivery: Delivery, events: Watching) -> None:
    delivery.announce()
    delivery.add("Tall")
    assert delivery.patience() == 0
    delivery.advance()
    assert events.events[-1] == AnswerEvent("a1", "ana", 2, 1, AnswerStatus.STREAMING, 0, "Tall")
    assert events.stored[-1] == ("Tall", 2)


def test_text_is_published_every_twentieth_and_saved_every_four_tenths_of_a_second(
    delivery: Delivery, events: Watching, clock: Clock
) -> None:
    for _ in range(1_000):
        delivery.add("w ")
        delivery.advance()
        clock.pass_by(0.001)
    delivery.finish(AnswerStatus.COMPLETE)
    assert 20 <= len(events.events) <= 22
    assert len(set(events.stored)) <= 4
    assert events.text == "w " * 1_000
    assert [event.seq for event in events.events] == list(range(1, len(events.events) + 1))


def test_there_is_nothing_to_do_until_a_save_is_due(delivery: Delivery, clock: Clock) -> None:
    assert delivery.patience() == pytest.approx(0.4)
    clock.pass_by(0.3)
    assert delivery.patience() == pytest.approx(0.1)


def test_a_stop_is_heard_within_half_a_second_of_silence(
    delivery: Delivery, answers: AnswerStore, clock: Clock
) -> None:
    delivery.advance()
    answers.request_stop("ana", "a1")
    clock.pass_by(delivery.patience())
    assert delivery.advance()
    assert clock.monotonic() < 0.5


def test_silence_renews_the_lease(delivery: Delivery, answers: AnswerStore, clock: Clock) -> None:
    for _ in range(3):
        clock.pass_by(LEASE.total_seconds() * 0.9)
        delivery.advance()
    assert answers.claim("ana", "a1") is None


def test_the_end_carries_the_rest_and_what_it_cites(
    delivery: Delivery, events: Watching, answers: AnswerStore
) -> None:
    delivery.shown = [Run((passage("It is 330 m tall."),))]
    delivery.add("It is 330 m tall [1].")
    ended = delivery.finish(AnswerStatus.PARTIAL, error=Problem("ModelUnavailable", "broke off", True))
    (event,) = events.events
    assert (event.status, event.text, event.error) == (
        AnswerStatus.PARTIAL,
        "It is 330 m tall [1].",
        ended.error,
    )
    assert event.citations == ended.citations == answers.get("ana", "a1").citations
    assert ended.citations[0].quote == "It is 330 m tall."


def test_one_event_never_carries_more_than_appsync_takes(delivery: Delivery, events: Watching) -> None:
    delivery.add("x" * (2 * CHUNK_CHARS + 5))
    delivery.finish(AnswerStatus.COMPLETE)
    assert [len(event.text) for event in events.events] == [CHUNK_CHARS, CHUNK_CHARS, 5]
    assert [event.status.final for event in events.events] == [False, False, True]
    assert events.text == "x" * (2 * CHUNK_CHARS + 5)


def test_a_failing_publish_loses_nothing_stored(
    delivery: Delivery, events: Watching, answers: AnswerStore
) -> None:
    delivery.add("Tall")
    events.failures = [Unavailable("gone"), Unavailable("gone")]
    delivery.advance()
    delivery.add(" indeed.")
    delivery.finish(AnswerStatus.COMPLETE)
    assert answers.get("ana", "a1").text == "Tall indeed."
    assert not events.events


def test_a_worker_that_was_taken_over_publishes_nothing(
    delivery: Delivery, events: Watching, answers: AnswerStore, clock: Clock
) -> None:
    clock.pass_by(LEASE.total_seconds())
    assert answers.claim("ana", "a1")
    delivery.add("Late")
    with pytest.raises(Superseded):
        delivery.advance()
    with pytest.raises(Superseded):
        delivery.finish(AnswerStatus.COMPLETE)
    assert not events.events


def unreachable(*_: object) -> bool:
    raise Unavailable("the table could not be reached")


def test_a_failing_save_is_made_up_for_at_the_end(
    delivery: Delivery, answers: AnswerStore, events: Watching, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(AnswerStore, "save", unreachable)
        delivery.add("Tall.")
        assert not delivery.advance()
    delivery.finish(AnswerStatus.COMPLETE)
    assert (events.text, answers.get("ana", "a1").text) == ("Tall.", "Tall.")
