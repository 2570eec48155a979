"""Repairing what crashes tore apart, over MiniStack's DynamoDB."""

from dataclasses import replace
from datetime import timedelta

import pytest
from chalicelib.answering.reconciling import AGE, Reconciler
from chalicelib.errors import Superseded
from chalicelib.records import Answer, AnswerStatus
from chalicelib.stores.answers import LEASE, AnswerStore

from tests.answering.recording import RecordingEvents, RecordingQueue
from tests.answering.tables import Clock, an_answer

NO_AGE = timedelta(0)


def message(attempt: int) -> tuple[dict[str, object], int]:
    return {"owner": "ana", "answerId": "a1", "attempt": attempt}, 0


@pytest.fixture
def queue() -> RecordingQueue:
    return RecordingQueue()


@pytest.fixture
def events() -> RecordingEvents:
    return RecordingEvents()


@pytest.fixture
def reconciler(
    answers: AnswerStore, queue: RecordingQueue, events: RecordingEvents, clock: Clock
) -> Reconciler:
    return Reconciler(answers, queue, events, now=clock.now)


def crashed(answers: AnswerStore, clock: Clock, text: str = "", attempts: int = 1) -> Answer:
    """An answer whose worker died this many times, having saved so much of it."""
    answers.begin(an_answer(), "t")
    for _ in range(attempts):
        clock.pass_by(LEASE.total_seconds())
        answer = answers.claim("ana", "a1")
        assert answer is not None
        answers.save(replace(answer, status=AnswerStatus.STREAMING, text=text, last_seq=2))
    return answers.get("ana", "a1")


def test_a_question_whose_message_was_lost_is_queued_again(
    reconciler: Reconciler, answers: AnswerStore, queue: RecordingQueue, clock: Clock
) -> None:
    answers.begin(an_answer(), "t")
    assert reconciler.run(AGE).queued == 0
    clock.pass_by(AGE.total_seconds())
    assert reconciler.run(AGE).queued == 1
    assert queue.sent == [message(0)]


def test_an_answer_of_a_dead_worker_can_be_claimed_at_once(
    reconciler: Reconciler, answers: AnswerStore, queue: RecordingQueue, clock: Clock
) -> None:
    dead = crashed(answers, clock, "It is")
    assert reconciler.run(NO_AGE).queued == 1
    assert queue.sent == [message(1)]
    assert answers.claim("ana", "a1") is not None
    with pytest.raises(Superseded):
        answers.save(dead)


def test_reconciling_twice_queues_once(
    reconciler: Reconciler, answers: AnswerStore, queue: RecordingQueue, clock: Clock
) -> None:
    crashed(answers, clock)
    clock.pass_by(AGE.total_seconds())
    assert [reconciler.run(AGE).queued, reconciler.run(AGE).queued] == [1, 0]
    assert len(queue.sent) == 1


def test_waiting_for_a_busy_model_does_not_count_as_breaking_off(
    reconciler: Reconciler, answers: AnswerStore, queue: RecordingQueue, clock: Clock
) -> None:
    crashed(answers, clock, attempts=2)
    for _ in range(3):
        clock.pass_by(LEASE.total_seconds())
        answer = answers.claim("ana", "a1")
        assert answer is not None
        answers.release(replace(answer, waits=answer.waits + 1))
    assert reconciler.run(NO_AGE).queued == 1
    assert queue.sent == [message(5)]


def test_text_of_an_answer_tried_often_enough_is_kept_as_partial(
    reconciler: Reconciler, answers: AnswerStore, events: RecordingEvents, clock: Clock
) -> None:
    crashed(answers, clock, "It is 330 m", attempts=3)
    assert reconciler.run(NO_AGE).ended == 1
    answer = answers.get("ana", "a1")
    assert (answer.status, answer.text) == (AnswerStatus.PARTIAL, "It is 330 m")
    assert answer.error is not None
    assert (answer.error.type, answer.error.message) == ("Unavailable", "answering broke off 3 times")
    (event,) = events.events
    assert (event.attempt, event.seq, event.offset, event.text) == (4, 1, 0, "It is 330 m")


def test_an_answer_without_text_fails(reconciler: Reconciler, answers: AnswerStore, clock: Clock) -> None:
    crashed(answers, clock, attempts=3)
    reconciler.run(NO_AGE)
    assert answers.get("ana", "a1").status is AnswerStatus.FAILED
    assert reconciler.run(NO_AGE).ended == 0


def test_a_stop_that_no_worker_heard_is_honoured(
    reconciler: Reconciler, answers: AnswerStore, queue: RecordingQueue, clock: Clock
) -> None:
    crashed(answers, clock, "It is")
    answers.request_stop("ana", "a1")
    reconciler.run(NO_AGE)
    answer = answers.get("ana", "a1")
    assert (answer.status, answer.text, answer.error) == (AnswerStatus.STOPPED, "It is", None)
    assert not queue.sent


def test_a_worker_that_lives_is_left_alone(
    reconciler: Reconciler, answers: AnswerStore, queue: RecordingQueue, clock: Clock
) -> None:
    crashed(answers, clock)
    clock.pass_by(AGE.total_seconds() - 1)
    assert reconciler.run(AGE).queued == 0
    assert not queue.sent


def test_ended_answers_are_not_touched(reconciler: Reconciler, answers: AnswerStore, clock: Clock) -> None:
    ended = answers.finish(replace(crashed(answers, clock), status=AnswerStatus.COMPLETE))
    clock.pass_by(3_600)
    assert reconciler.run(NO_AGE).queued == 0
    assert answers.get("ana", "a1") == ended
