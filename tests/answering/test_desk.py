"""Asking, stopping and listing, over MiniStack's DynamoDB."""

import logging
from dataclasses import replace

import pytest
from chalicelib.answering.desk import Desk, title_of
from chalicelib.errors import InvalidInput, NotFound, Throttled, Unavailable
from chalicelib.records import Answer, AnswerStatus, Filter
from chalicelib.stores.answers import AnswerStore

from tests.answering.recording import RecordingEvents, RecordingQueue
from tests.answering.tables import Clock


@pytest.fixture
def queue() -> RecordingQueue:
    return RecordingQueue()


@pytest.fixture
def events() -> RecordingEvents:
    return RecordingEvents()


@pytest.fixture
def desk(answers: AnswerStore, queue: RecordingQueue, events: RecordingEvents, clock: Clock) -> Desk:
    return Desk(answers, queue, events, "local.extractive-v1", now=clock.now)


def test_a_question_is_stored_trimmed_and_queued(desk: Desk, queue: RecordingQueue) -> None:
    answer = desk.ask(
        "ana",
        id="a1",
        question="  How tall is it? \n",
        within=Filter(collection=" law ", document_ids=("d1", "d1")),
        rewrite=False,
    )
    assert (answer.question, answer.status) == ("How tall is it?", AnswerStatus.QUEUED)
    assert answer.within == Filter(collection="law", document_ids=("d1",))
    assert (answer.rewrite, answer.split, answer.model) == (False, True, "local.extractive-v1")
    assert desk.get("ana", "a1") == answer
    assert queue.sent == [({"owner": "ana", "answerId": "a1"}, 0)]


def test_ids_are_made_for_a_client_that_gives_none(desk: Desk) -> None:
    first, second = (desk.ask("ana", question="Why?") for _ in range(2))
    assert len({first.id, second.id, first.conversation_id, second.conversation_id}) == 4


def test_asking_twice_with_one_id_is_one_answer(
    desk: Desk, queue: RecordingQueue, answers: AnswerStore
) -> None:
    first = desk.ask("ana", id="a1", question="Why?")
    answers.claim("ana", "a1")
    again = desk.ask("ana", id="a1", question="Why, again?")
    assert (again.question, again.created_at) == (first.question, first.created_at)
    assert len(desk.list("ana").items) == len(queue.sent) == 1


def test_a_conversation_is_titled_by_its_first_question(desk: Desk) -> None:
    desk.ask("ana", question="How tall\nis it?", conversation_id="made-by-the-client")
    desk.ask("ana", question="And how old?", conversation_id="made-by-the-client")
    (conversation,) = desk.conversations("ana").items
    assert (conversation.id, conversation.title) == ("made-by-the-client", "How tall is it?")


def test_a_long_title_is_cut_between_words() -> None:
    title = title_of("word " * 40)
    assert title.endswith("word…")
    assert len(title) <= 80
    assert len(title_of("x" * 500)) == 80


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"question": " \n"}, "question is empty"),
        ({"question": "Why \ud83d?"}, "question is not valid Unicode at character 5"),
        ({"question": "x" * 8_001}, "question has 8,001 characters; the limit is 8,000"),
        ({"id": "a/b"}, "id must be 1 to 64"),
        ({"id": ""}, "id must be"),
        ({"conversation_id": "x" * 65}, "conversationId must be"),
        ({"within": Filter(collection="x" * 65)}, "collection has 65 characters; the limit is 64"),
        (
            {"within": Filter(document_ids=tuple(f"d{number}" for number in range(51)))},
            "documentIds has 51 values; the limit is 50",
        ),
        ({"within": Filter(document_ids=("#",))}, "documentIds must be"),
        ({"model": "us.anthropic.claude"}, "model 'us.anthropic.claude' is not offered"),
    ],
)
def test_bad_input_is_refused_and_nothing_stored(
    desk: Desk, queue: RecordingQueue, arguments: dict[str, object], message: str
) -> None:
    with pytest.raises(InvalidInput, match=message):
        desk.ask("ana", **{"question": "Why?", **arguments})  # type: ignore[arg-type]  # parametrised
    assert not queue.sent
    assert not desk.list("ana").items


@pytest.mark.parametrize("limit", [0, 101, -1])
def test_a_page_size_out_of_bounds_is_refused(desk: Desk, limit: int) -> None:
    with pytest.raises(InvalidInput, match=f"limit is {limit}; it must be between 1 and 100"):
        desk.list("ana", limit=limit)


def test_a_failing_queue_loses_no_question(
    desk: Desk, queue: RecordingQueue, caplog: pytest.LogCaptureFixture
) -> None:
    queue.failure = Unavailable("queue 'answers': the service could not be reached")
    with caplog.at_level(logging.INFO):
        answer = desk.ask("ana", id="a1", question="A private question?")
    assert desk.get("ana", "a1") == answer
    assert "could not be queued" in caplog.text
    assert "private" not in caplog.text


def test_asking_again_queues_a_question_whose_message_was_lost(desk: Desk, queue: RecordingQueue) -> None:
    queue.failure = Unavailable("gone")
    desk.ask("ana", id="a1", question="Why?")
    queue.failure = None
    desk.ask("ana", id="a1", question="Why?")
    assert len(queue.sent) == 1


def test_stopping_a_queued_answer_ends_and_publishes_it(desk: Desk, events: RecordingEvents) -> None:
    desk.ask("ana", id="a1", question="Why?")
    assert desk.stop("ana", "a1").status is AnswerStatus.STOPPED
    (event,) = events.events
    assert (event.answer_id, event.owner, event.status) == ("a1", "ana", AnswerStatus.STOPPED)
    assert (event.seq, event.attempt, event.offset, event.text) == (1, 0, 0, "")


def test_stopping_survives_a_failing_publish(desk: Desk, events: RecordingEvents) -> None:
    events.failures = [Throttled("slow down")]
    desk.ask("ana", id="a1", question="Why?")
    assert desk.stop("ana", "a1").status is AnswerStatus.STOPPED


def test_stopping_a_worked_on_answer_leaves_its_end_to_the_worker(
    desk: Desk, answers: AnswerStore, events: RecordingEvents
) -> None:
    desk.ask("ana", id="a1", question="Why?")
    claimed = answers.claim("ana", "a1")
    assert claimed is not None
    assert desk.stop("ana", "a1").status is AnswerStatus.RETRIEVING
    assert answers.save(claimed)
    assert not events.events


def test_the_end_is_published_of_an_answer_given_back_while_it_is_stopped(
    desk: Desk, answers: AnswerStore, events: RecordingEvents, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.ask("ana", id="a1", question="Why?")
    claimed = answers.claim("ana", "a1")
    assert claimed is not None
    stop = answers.request_stop

    def given_back(owner: str, answer_id: str) -> Answer:
        answers.release(claimed)
        return stop(owner, answer_id)

    monkeypatch.setattr(answers, "request_stop", given_back)
    assert desk.stop("ana", "a1").status is AnswerStatus.STOPPED
    assert [(event.status, event.attempt) for event in events.events] == [(AnswerStatus.STOPPED, 1)]


def test_stopping_an_ended_answer_changes_nothing(
    desk: Desk, answers: AnswerStore, events: RecordingEvents
) -> None:
    desk.ask("ana", id="a1", question="Why?")
    claimed = answers.claim("ana", "a1")
    assert claimed is not None
    ended = answers.finish(replace(claimed, status=AnswerStatus.COMPLETE, text="Because."))
    assert desk.stop("ana", "a1") == ended
    assert not events.events


def test_another_owners_answer_cannot_be_stopped(desk: Desk) -> None:
    desk.ask("ana", id="a1", question="Why?")
    with pytest.raises(NotFound, match="answer 'a1' does not exist"):
        desk.stop("bob", "a1")


@pytest.mark.parametrize("answer_id", ["", "a b", "x" * 3_000])
def test_what_could_not_be_an_id_is_not_found(desk: Desk, answer_id: str) -> None:
    with pytest.raises(NotFound, match="does not exist"):
        desk.stop("ana", answer_id)
