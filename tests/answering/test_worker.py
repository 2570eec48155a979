"""The worker with a scripted model, over MiniStack's DynamoDB. Times are real and short."""

import json
import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from types import SimpleNamespace

import pytest
from chalicelib.answering.delivering import Pace
from chalicelib.answering.streaming import not_answered, nothing_found
from chalicelib.answering.worker import TEXT_CHARS, AnswerWorker
from chalicelib.errors import InvalidInput, ModelRefused, ModelUnavailable, Throttled, Unavailable
from chalicelib.models.chat import Finished
from chalicelib.records import Answer, AnswerEvent, AnswerStatus, Filter, Problem, SearchResult
from chalicelib.stores.answers import LEASE, AnswerStore
from chalicelib.waiting import Patience

from tests.answering.recording import RecordingEvents, RecordingQueue
from tests.answering.scripted import DONE, ScriptedModel, ScriptedSearch, Step, passage
from tests.answering.tables import Clock, an_answer

TOWER = passage("The tower is 330 metres tall.")
PACE = Pace(publish=0.005, save=0.04)
PATIENCE = Patience(first=2, longest=5, times=4, draw=lambda: 1.0)
AFTER_LEASE = 31
TOWERS = Filter(collection="towers", document_ids=("d1",))


def message(attempt: int) -> dict[str, object]:
    return {"owner": "ana", "answerId": "a1", "attempt": attempt}


@dataclass
class Scene:
    """A worker with everything it meets."""

    answers: AnswerStore
    clock: Clock
    model: ScriptedModel
    search: ScriptedSearch
    events: RecordingEvents
    queue: RecordingQueue

    quick: ScriptedModel

    @property
    def worker(self) -> AnswerWorker:
        return AnswerWorker(
            self.answers, self.search, self.model, self.quick, self.events, self.queue,
            pace=PACE, patience=PATIENCE,
        )  # fmt: skip

    def answer(self, *script: Step) -> Answer:
        """What has become of ana's question after one message, the model following this script."""
        self.model.scripts.append(script)
        self.worker.handle("ana", "a1")
        return self.answers.get("ana", "a1")

    @property
    def retries(self) -> list[int]:
        """The delays of messages queued, apart from those that look after a claimed answer."""
        return [delay for _, delay in self.queue.sent if delay != AFTER_LEASE]

    @property
    def statuses(self) -> list[AnswerStatus]:
        """As a subscriber sees them, repetitions left out."""
        seen = [event.status for event in self.events.events]
        return [status for before, status in zip([None, *seen], seen, strict=False) if status != before]


@pytest.fixture
def scene(answers: AnswerStore, clock: Clock) -> Scene:
    answers.begin(replace(an_answer(), within=TOWERS), "t")
    search = ScriptedSearch([TOWER])
    return Scene(
        answers, clock, ScriptedModel(), search, RecordingEvents(), RecordingQueue(), ScriptedModel()
    )


def eventually(happened: Callable[[], bool], seconds: float = 5) -> None:
    deadline = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < deadline
        time.sleep(0.002)


def test_an_answer_is_retrieved_streamed_and_cited(scene: Scene) -> None:
    answer = scene.answer("It is 330 metres ", "tall [1].", DONE)
    assert (answer.status, answer.text, answer.error) == (
        AnswerStatus.COMPLETE,
        "It is 330 metres tall [1].",
        None,
    )
    assert [(each.marker, each.quote) for each in answer.citations] == [(1, TOWER.text)]
    assert scene.events.text == answer.text
    assert scene.events.events[0] == AnswerEvent("a1", "ana", 1, 1, AnswerStatus.RETRIEVING, 0, "")
    assert scene.events.events[-1].citations == answer.citations
    assert scene.search.asked == [("ana", "How tall is it?", TOWERS)]


def test_an_answer_reports_what_it_took(scene: Scene) -> None:
    usage = scene.answer("Tall [1].", DONE).usage
    assert usage is not None
    assert (usage.input_tokens, usage.output_tokens, usage.cost_usd) == (100, 20, 0.0)
    assert usage.first_token_ms is not None
    assert 0 <= usage.retrieval_ms <= usage.first_token_ms <= usage.total_ms
    assert scene.events.events[-1].usage == usage


def test_events_count_from_one_and_their_offsets_join_up(scene: Scene) -> None:
    pauses = [step for number in range(30) for step in (f"w{number} ", lambda: time.sleep(0.002))]
    answer = scene.answer(*pauses, DONE)
    assert [event.seq for event in scene.events.events] == list(range(1, answer.last_seq + 1))
    assert scene.events.text == answer.text
    assert scene.statuses == [AnswerStatus.RETRIEVING, AnswerStatus.STREAMING, AnswerStatus.COMPLETE]


def test_a_very_fast_model_is_not_published_token_by_token(scene: Scene) -> None:
    began = time.monotonic()
    answer = scene.answer(*["token "] * 5_000, DONE)
    assert scene.events.text == answer.text == "token " * 5_000
    assert len(scene.events.events) <= (time.monotonic() - began) / PACE.publish + 3


def test_no_passages_is_a_refusal_that_asks_no_model(scene: Scene) -> None:
    scene.search.found = ()
    answer = scene.answer("never said")
    assert (answer.status, answer.text) == (AnswerStatus.REFUSED, nothing_found("How tall is it?"))
    assert scene.events.text == answer.text
    assert not scene.model.prompts
    assert answer.usage is not None
    assert (answer.usage.input_tokens, answer.usage.cost_usd) == (0, 0.0)


def test_the_sentinel_is_a_refusal_and_never_shows(scene: Scene) -> None:
    answer = scene.answer("NO", "_ANS", "WER", ".", DONE)
    assert (answer.status, answer.text) == (AnswerStatus.REFUSED, not_answered("How tall is it?"))
    assert scene.events.text == answer.text
    assert scene.statuses == [AnswerStatus.RETRIEVING, AnswerStatus.REFUSED]


def test_a_model_that_breaks_off_leaves_a_partial_answer(scene: Scene) -> None:
    answer = scene.answer("It is 330 metres tall [1], and", ModelUnavailable("model 'm' broke off"))
    assert (answer.status, answer.text) == (AnswerStatus.PARTIAL, "It is 330 metres tall [1], and")
    assert answer.error == Problem("ModelUnavailable", "model 'm' broke off", True)
    assert len(answer.citations) == 1
    assert (scene.events.text, scene.events.events[-1].error) == (answer.text, answer.error)
    assert not scene.retries


@pytest.mark.parametrize("failure", [Throttled("slow down"), ModelUnavailable("stalled")])
def test_a_failure_before_any_text_is_tried_again(scene: Scene, failure: Exception) -> None:
    assert scene.answer(failure).status is AnswerStatus.QUEUED
    assert scene.retries == [2]
    answer = scene.answer("Tall [1].", DONE)
    assert (answer.status, answer.attempt) == (AnswerStatus.COMPLETE, 2)
    assert scene.events.text == "Tall [1]."
    retrieving, queued = AnswerStatus.RETRIEVING, AnswerStatus.QUEUED
    assert scene.statuses[:3] == [retrieving, queued, retrieving]


def test_attempts_are_bounded(scene: Scene) -> None:
    for _ in range(2):
        scene.answer(ModelUnavailable("model 'm' failed"))
    answer = scene.answer(ModelUnavailable("model 'm' failed"))
    assert (answer.status, answer.attempt) == (AnswerStatus.FAILED, 3)
    assert answer.error == Problem("ModelUnavailable", "model 'm' failed", True)
    assert scene.events.events[-1].error == answer.error
    assert scene.retries == [2, 4]


def test_an_answer_waits_for_a_busy_model_longer_and_longer_and_then_fails(scene: Scene) -> None:
    for _ in range(4):
        assert scene.answer(Throttled("model 'm' asked to slow down")).status is AnswerStatus.QUEUED
    answer = scene.answer(Throttled("model 'm' asked to slow down"))
    assert scene.retries == [2, 4, 5, 5]
    assert (answer.status, answer.attempt, answer.tries) == (AnswerStatus.FAILED, 5, 1)
    message = "model 'm' asked to slow down, for longer than an answer waits; ask again in some minutes"
    assert answer.error == Problem("Throttled", message, True)
    assert scene.events.events[-1].error == answer.error


def test_waiting_uses_up_no_attempt(scene: Scene) -> None:
    busy, broken = Throttled("slow down"), ModelUnavailable("broken")
    for failure in (busy, broken, busy, broken, busy):
        assert scene.answer(failure).status is AnswerStatus.QUEUED
    answer = scene.answer("Tall [1].", DONE)
    assert (answer.status, answer.attempt, answer.tries) == (AnswerStatus.COMPLETE, 6, 3)
    assert scene.events.text == "Tall [1]."


def test_an_answer_whose_question_cannot_be_embedded_in_time_waits_as_well(scene: Scene) -> None:
    scene.search.found = Throttled("model 'e' asked to slow down")
    assert scene.answer().waits == 1
    scene.search.found = [TOWER]
    scene.model.scripts.clear()
    assert scene.answer("Tall [1].", DONE).status is AnswerStatus.COMPLETE


def test_text_that_a_busy_model_leaves_unfinished_is_kept(scene: Scene) -> None:
    answer = scene.answer("It is", Throttled("slow down"))
    assert (answer.status, answer.text, answer.waits) == (AnswerStatus.PARTIAL, "It is", 0)
    assert not scene.retries


def test_an_answer_that_waits_is_stopped_at_once(scene: Scene) -> None:
    scene.answer(Throttled("slow down"))
    assert scene.answers.request_stop("ana", "a1").status is AnswerStatus.STOPPED
    scene.worker.handle("ana", "a1", 1)
    assert scene.answers.get("ana", "a1").status is AnswerStatus.STOPPED
    assert len(scene.model.prompts) == 1


def test_of_the_messages_about_an_answer_only_those_of_its_latest_attempt_count(scene: Scene) -> None:
    """Each attempt sends two, the look after it and the next try; otherwise they would double with each."""
    scene.answer(Throttled("slow down"))
    scene.answer(Throttled("slow down"))
    sent = [dict(message) for message, _ in scene.queue.sent]
    assert sent == [message(1), message(1), message(2), message(2)]
    scene.worker.handle("ana", "a1", 1)
    assert scene.answers.get("ana", "a1").attempt == 2
    scene.model.scripts.append(["Tall [1].", DONE])
    scene.worker.handle("ana", "a1", 2)
    scene.worker.handle("ana", "a1", 2)
    assert len(scene.model.prompts) == 3


def test_a_refused_request_fails_at_once(scene: Scene) -> None:
    answer = scene.answer(ModelRefused("model 'm' refused the request"))
    assert (answer.status, answer.text) == (AnswerStatus.FAILED, "")
    assert answer.error == Problem("ModelRefused", "model 'm' refused the request", False)


def test_a_failing_search_is_tried_again(scene: Scene) -> None:
    scene.search.found = Unavailable("the index could not be reached")
    assert scene.answer().status is AnswerStatus.QUEUED


def test_a_defect_ends_the_answer_and_is_logged(scene: Scene, caplog: pytest.LogCaptureFixture) -> None:
    answer = scene.answer(ZeroDivisionError("a secret detail"))
    assert (answer.status, answer.error and answer.error.type) == (AnswerStatus.FAILED, "InternalFailure")
    assert "secret" not in (answer.error.message if answer.error else "")
    assert "a secret detail" in caplog.text


@pytest.mark.parametrize(
    ("stop_reason", "kind"), [("max_tokens", "TooLarge"), ("guardrail_intervened", "ModelRefused")]
)
def test_an_answer_that_was_cut_says_so(scene: Scene, stop_reason: str, kind: str) -> None:
    answer = scene.answer("It is", Finished(stop_reason, 10, 2))
    assert (answer.status, answer.error and answer.error.type) == (AnswerStatus.PARTIAL, kind)
    assert answer.usage is not None


def test_an_answer_without_end_is_cut_where_its_row_would_grow_too_large(scene: Scene) -> None:
    answer = scene.answer("Tall [1]. ", *["ộ" * 9_000] * 50, DONE)
    assert (answer.status, answer.error and answer.error.type) == (AnswerStatus.PARTIAL, "TooLarge")
    assert len(answer.text) == TEXT_CHARS
    assert scene.events.text == answer.text
    assert len(answer.citations) == 1


def test_an_empty_reply_is_tried_again(scene: Scene) -> None:
    assert scene.answer(DONE).status is AnswerStatus.QUEUED


def test_a_stop_is_honoured_while_the_model_is_silent(scene: Scene) -> None:
    freed = threading.Event()
    scene.model.scripts = [["It is ", lambda: freed.wait(5), "late", DONE]]
    working = threading.Thread(target=scene.worker.handle, args=("ana", "a1"))
    working.start()
    eventually(lambda: scene.answers.get("ana", "a1").text == "It is ")
    scene.answers.request_stop("ana", "a1")
    asked = time.monotonic()
    working.join(5)
    assert time.monotonic() - asked < 0.5
    assert (scene.answers.get("ana", "a1").status, scene.events.text) == (AnswerStatus.STOPPED, "It is ")
    freed.set()
    assert scene.model.closed.wait(5)


def test_a_stop_is_honoured_while_the_search_is_silent(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    freed, begun = threading.Event(), threading.Event()
    search = scene.search.search

    def slowly(*arguments: str, **options: object) -> SearchResult:
        begun.set()
        freed.wait(5)
        return search(*arguments, **options)  # type: ignore[arg-type]  # passed on as they came

    monkeypatch.setattr(scene.search, "search", slowly)
    working = threading.Thread(target=scene.worker.handle, args=("ana", "a1"))
    working.start()
    assert begun.wait(5)
    scene.answers.request_stop("ana", "a1")
    asked = time.monotonic()
    working.join(3)
    took = time.monotonic() - asked
    freed.set()
    assert took < 0.5
    assert (scene.answers.get("ana", "a1").status, scene.statuses[-1]) == (AnswerStatus.STOPPED,) * 2


def test_a_stop_before_the_retry_is_honoured(scene: Scene) -> None:
    def stop() -> None:
        scene.answers.request_stop("ana", "a1")

    answer = scene.answer(stop, Throttled("slow down"))
    assert answer.status is AnswerStatus.STOPPED
    assert not scene.retries


def test_a_slow_publish_does_not_stall_the_model(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    finished = threading.Event()
    outrun: list[bool] = []
    publish = scene.events.answer_event

    def slowly(event: AnswerEvent) -> None:
        if event.text and not outrun:
            outrun.append(finished.wait(5))
        publish(event)

    monkeypatch.setattr(scene.events, "answer_event", slowly)
    answer = scene.answer("a", lambda: time.sleep(0.01), *["b"] * 100, finished.set, DONE)
    assert outrun == [True]
    assert scene.events.text == answer.text == "a" + "b" * 100


def test_failing_publishes_never_lose_the_answer(scene: Scene) -> None:
    scene.events.failures = [InvalidInput("the event was rejected")] * 50
    answer = scene.answer("Tall [1].", DONE)
    assert (answer.status, answer.text) == (AnswerStatus.COMPLETE, "Tall [1].")


def test_a_worker_that_is_taken_over_ends_quietly(scene: Scene) -> None:
    def lose() -> None:
        scene.clock.pass_by(LEASE.total_seconds())
        while not scene.answers.claim("ana", "a1"):  # the worker has just renewed its lease
            scene.clock.pass_by(LEASE.total_seconds())

    answer = scene.answer(lose, "Late.", DONE)
    assert (answer.attempt, answer.status) == (2, AnswerStatus.RETRIEVING)
    assert scene.statuses == [AnswerStatus.RETRIEVING]


class Killed(BaseException):
    """What nothing in a worker catches: the end of its process."""


def test_an_answer_whose_worker_dies_is_taken_over_once_the_lease_is_over(scene: Scene) -> None:
    def die(_event: AnswerEvent) -> None:
        raise Killed

    dying = replace(scene.worker, events=SimpleNamespace(answer_event=die))
    with pytest.raises(Killed):
        dying.handle("ana", "a1")
    assert scene.queue.sent == [(message(1), AFTER_LEASE)]
    scene.clock.pass_by(AFTER_LEASE)
    answer = scene.answer("Tall [1].", DONE)
    assert (answer.status, answer.attempt, answer.text) == (AnswerStatus.COMPLETE, 2, "Tall [1].")


def test_an_answer_that_kills_every_worker_is_given_up(scene: Scene) -> None:
    for _ in range(3):
        scene.answers.claim("ana", "a1")
        scene.clock.pass_by(AFTER_LEASE)
    answer = scene.answer("Never asked.", DONE)
    assert (answer.status, scene.statuses) == (AnswerStatus.FAILED, [AnswerStatus.FAILED])
    assert answer.error == Problem("Unavailable", "answering broke off 3 times", True)
    assert not scene.model.prompts


def test_a_second_message_for_a_held_answer_waits_for_the_lease(scene: Scene) -> None:
    scene.answers.claim("ana", "a1")
    scene.worker.handle("ana", "a1")
    assert scene.queue.sent == [(message(1), AFTER_LEASE)]
    assert not scene.events.events


def test_messages_about_ended_and_unknown_answers_do_nothing(scene: Scene) -> None:
    ended = scene.answer("Tall [1].", DONE)
    scene.events.events.clear()
    scene.worker.handle("ana", "a1")
    scene.worker.handle("bob", "a1")
    assert scene.answers.get("ana", "a1") == ended
    assert not scene.events.events
    assert not scene.retries


def test_a_queue_that_fails_leaves_the_message_to_be_delivered_again(scene: Scene) -> None:
    scene.queue.failure = Unavailable("queue 'answers' could not be reached")
    with pytest.raises(Unavailable):
        scene.answer(Throttled("slow down"))
    scene.queue.failure = None
    scene.clock.pass_by(AFTER_LEASE)
    assert scene.answer("Tall [1].", DONE).attempt == 2


def test_the_conversation_goes_along(scene: Scene) -> None:
    scene.answer("It is tall [1].", DONE)
    scene.clock.pass_by(60)
    scene.answers.begin(replace(an_answer("a2", scene.clock.now()), question="And how old?"), "t")
    scene.quick.scripts.append(['{"queries": ["How old is the tower?"]}', DONE])
    scene.model.scripts.append(["Old [1].", DONE])
    scene.worker.handle("ana", "a2")
    roles = [(message.role, message.text) for message in scene.model.prompts[-1].messages[:-1]]
    assert roles == [("user", "How tall is it?"), ("assistant", "It is tall.")]


def test_what_is_searched_for_is_told_and_recorded(scene: Scene) -> None:
    scene.answer("It is tall [1].", DONE)
    assert scene.answers.get("ana", "a1").queries == ("How tall is it?",)
    assert not [event for event in scene.events.events if event.queries]
    scene.clock.pass_by(60)
    asked = replace(an_answer("a2", scene.clock.now()), question="How old is it, and who built it?")
    scene.answers.begin(asked, "t")
    queries = ("How old is the tower?", "Who built the tower?")
    scene.quick.scripts.append([json.dumps({"queries": queries}), DONE])
    scene.model.scripts.append(["Old [1].", DONE])
    scene.worker.handle("ana", "a2")
    answer = scene.answers.get("ana", "a2")
    told = [(event.status, event.queries) for event in scene.events.events if event.queries]
    assert (answer.queries, told) == (queries, [(AnswerStatus.RETRIEVING, queries)])
    assert {text for _, text, _ in scene.search.asked[1:]} == set(queries)
    assert "<query>Who built the tower?</query>" in scene.model.prompts[-1].messages[-1].text
    assert answer.usage is not None
    assert (answer.usage.input_tokens, answer.usage.output_tokens) == (200, 40)


def test_an_answer_that_waited_for_the_model_is_not_understood_anew(scene: Scene) -> None:
    question = replace(an_answer("a2", scene.clock.now()), question="How old is it, and who built it?")
    scene.answers.begin(question, "t")
    queries = ("How old is the tower?", "Who built the tower?")
    scene.quick.scripts.append([json.dumps({"queries": queries}), DONE])
    scene.model.scripts += [[Throttled("slow down")], ["Old [1].", DONE]]
    for status in (AnswerStatus.QUEUED, AnswerStatus.COMPLETE):
        scene.worker.handle("ana", "a2")
        assert scene.answers.get("ana", "a2").status is status
    assert scene.answers.get("ana", "a2").queries == queries
    assert len(scene.quick.prompts) == 1
    assert sorted(text for _, text, _ in scene.search.asked) == sorted(queries * 2)


def test_an_answer_that_could_not_be_understood_is_understood_at_its_next_attempt(scene: Scene) -> None:
    question = replace(an_answer("a2", scene.clock.now()), question="How old is it, and who built it?")
    scene.answers.begin(question, "t")
    queries = ("How old is the tower?", "Who built the tower?")
    scene.quick.scripts += [[Throttled("slow down")], [json.dumps({"queries": queries}), DONE]]
    scene.model.scripts += [[Throttled("slow down")], ["Old [1].", DONE]]
    for _ in range(2):
        scene.worker.handle("ana", "a2")
    assert scene.answers.get("ana", "a2").queries == queries


def test_a_question_that_cannot_be_understood_is_answered_all_the_same(scene: Scene) -> None:
    scene.answer("It is tall [1].", DONE)
    scene.clock.pass_by(60)
    scene.answers.begin(replace(an_answer("a2", scene.clock.now()), question="And how old?"), "t")
    scene.quick.scripts.append([Throttled("slow down")])
    scene.model.scripts.append(["Old [1].", DONE])
    scene.worker.handle("ana", "a2")
    answer = scene.answers.get("ana", "a2")
    assert (answer.status, answer.queries) == (AnswerStatus.COMPLETE, ("And how old?",))


def test_the_log_holds_ids_and_no_question(scene: Scene, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        scene.answer("Tall [1].", DONE)
    assert [
        vars(record)["answerId"] for record in caplog.records if record.name.startswith("chalicelib")
    ] == ["a1"]
    assert "How tall" not in caplog.text
