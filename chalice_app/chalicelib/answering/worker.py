"""Answers queued questions: claim, retrieve, prompt, stream, cite. Each comes to an end, whatever happens."""

import logging
import time
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Protocol

from chalicelib.answering.choosing import CANDIDATES, Run, choose, gathered
from chalicelib.answering.delivering import AnswerEvents, Delivery, Messages, Pace
from chalicelib.answering.metering import Meter
from chalicelib.answering.prompting import TURNS, build_prompt
from chalicelib.answering.reading import Reading
from chalicelib.answering.streaming import Declined, StreamEvent, not_answered, nothing_found, sift
from chalicelib.answering.understanding import Understood, understand
from chalicelib.errors import (
    ModelRefused,
    ModelUnavailable,
    NotFound,
    RiffleError,
    Superseded,
    Throttled,
    TooLarge,
    Unavailable,
)
from chalicelib.models.chat import ChatModel, Finished, Prompt, TextDelta
from chalicelib.records import (
    Answer,
    AnswerStatus,
    Filter,
    Passage,
    Problem,
    SearchMode,
    SearchResult,
    Usage,
)
from chalicelib.stores.answers import AnswerStore
from chalicelib.waiting import Patience

log = logging.getLogger(__name__)

MAX_ATTEMPTS = 3
"""How often an answer is tried; the answer queue's maxReceiveCount should be no smaller."""

PATIENCE = Patience(first=2, longest=15, times=28)
"""For a model that asks to slow down: five minutes, on average, of which none counts as a try.

Pauses are many and short, which makes it fairer: whoever asks at the right moment is served, however long
others have waited.
"""

TEXT_CHARS = 60_000
"""Of an answer: 240 kB at most, so that its row stays below the 400 kB that DynamoDB stores."""

_CUT_SHORT = frozenset({"max_tokens", "model_context_window_exceeded"})
_CENSORED = frozenset({"content_filtered", "guardrail_intervened"})


class Search(Protocol):
    """Finds the passages of one owner's documents."""

    def search(
        self,
        owner: str,
        text: str,
        *,
        within: Filter | None = None,
        limit: int | None = None,
        mode: SearchMode = SearchMode.HYBRID,
    ) -> SearchResult: ...


@dataclass(frozen=True, slots=True)
class AnswerWorker:
    """Everything a worker needs; `clock` counts seconds from any start."""

    answers: AnswerStore
    search: Search
    chat: ChatModel
    quick: ChatModel
    """The same model, for short calls that are not tried again."""
    events: AnswerEvents
    queue: Messages
    clock: Callable[[], float] = time.monotonic
    pace: Pace = field(default_factory=Pace)
    max_attempts: int = MAX_ATTEMPTS
    patience: Patience = PATIENCE

    def handle(self, owner: str, answer_id: str, attempt: int | None = None) -> None:
        """Answers one question, or leaves it to whoever holds it.

        `attempt` is of a message that says what to do if nothing has happened since that attempt: the next
        one has messages of its own, so of those about one answer only the latest counts.
        Raises only when the end could not be stored or the next attempt not be queued: then the message has
        to be delivered again.
        """
        if attempt is not None and not self._still(owner, answer_id, attempt):
            return
        answer = self.answers.claim(owner, answer_id)
        if answer is None:
            self._leave(owner, answer_id)
            return
        self._look_after(answer)
        delivery = Delivery(answer, self.answers, self.events, self.clock, self.pace)
        try:
            self._work(delivery)
        except Superseded:
            log.info("answer was taken over", extra=_about(answer))

    def _still(self, owner: str, answer_id: str, attempt: int) -> bool:
        """Whether the answer is open, and this its newest attempt."""
        try:
            answer = self.answers.get(owner, answer_id)
        except NotFound:
            return False
        return not answer.status.final and answer.attempt == attempt

    def _look_after(self, answer: Answer) -> None:
        """Queues a look at the answer for when this worker's lease is over, in case it dies before the end.

        SQS would deliver a dead worker's message only after the queue's visibility timeout, which is six
        times the function's and far longer than anybody waits for an answer.
        """
        try:
            self._queue(answer, self._lease_over())
        except RiffleError:
            log.warning("nobody will look after the answer", exc_info=True, extra=_about(answer))

    def _leave(self, owner: str, answer_id: str) -> None:
        """Queues an answer that somebody holds for when the lease is over, in case its holder is dead."""
        try:
            answer = self.answers.get(owner, answer_id)
        except NotFound:
            log.warning("a message names an unknown answer", extra={"answerId": answer_id})
            return
        if not answer.status.final:
            self._queue(answer, self._lease_over())

    def _lease_over(self) -> int:
        """Seconds after which a lease given now has run out."""
        return round(self.answers.lease.total_seconds()) + 1

    def _work(self, delivery: Delivery) -> None:
        """Answers, or brings what went wrong to its end. Raises Superseded."""
        if delivery.answer.tries > self.max_attempts:
            broken = f"answering broke off {self.max_attempts} times"
            delivery.finish(AnswerStatus.FAILED, error=Problem(Unavailable.type, broken, True))
            return
        try:
            self._answer_or_stop(delivery)
        except Superseded:
            raise
        except RiffleError as error:
            log.warning("answering failed", exc_info=True, extra=_about(delivery.answer))
            self._settle(delivery, error)
        except Exception:
            log.exception("answering failed unexpectedly", extra=_about(delivery.answer))
            self._settle(
                delivery, RiffleError("the answer failed for a reason of our own; it has been logged")
            )
        log.info("answer left", extra=_about(delivery.answer) | {"status": delivery.answer.status.value})

    def _answer_or_stop(self, delivery: Delivery) -> None:
        try:
            self._answer(delivery)
        except _Stopped:
            delivery.finish(AnswerStatus.STOPPED)

    def _answer(self, delivery: Delivery) -> None:
        asked = delivery.answer
        meter = Meter(self.chat.model, self.clock)
        delivery.announce()
        history = self.answers.history(asked, TURNS)
        delivery.shown = self._retrieved(delivery, meter, history)
        meter.retrieved()
        if delivery.shown:
            queries = delivery.answer.queries
            self._stream(delivery, meter, build_prompt(asked.question, delivery.shown, history, queries))
        else:
            delivery.add(nothing_found(asked.question))
            delivery.finish(AnswerStatus.REFUSED, usage=meter.unused())

    def _retrieved(self, delivery: Delivery, meter: Meter, history: Sequence[Answer]) -> tuple[Run, ...]:
        """What to show; what is searched for is told before."""
        shown: tuple[Run, ...] = ()
        for step in _watched(delivery, self._retrieval(delivery.answer, history)):
            match step:
                case Understood(queries, spent):
                    meter.understood(spent)
                    delivery.search_for(queries)
                case found:
                    shown = choose(found)
        return shown

    def _retrieval(
        self, asked: Answer, history: Sequence[Answer]
    ) -> Generator[Understood | Sequence[Passage]]:
        """What to search for, then what was found, as a stream: no slow model keeps one from stopping.

        What an earlier attempt made of the question stays: those who wait for a busy model would otherwise
        use up, with their short calls, what it has left for answers (docs/scaling.md). An attempt that could
        not ask the model has searched for the question itself.
        """
        made_of_it = asked.queries if asked.queries != (asked.question,) else ()
        understood = Understood(made_of_it) if made_of_it else understand(asked, history, self.quick)
        yield understood
        with ThreadPoolExecutor(len(understood.queries), "searching") as pool:
            found = pool.map(lambda query: self._passages(asked, query), understood.queries)
            yield gathered(list(found))

    def _passages(self, asked: Answer, query: str) -> Sequence[Passage]:
        found = self.search.search(asked.owner, query, within=asked.within, limit=CANDIDATES)
        return found.passages

    def _stream(self, delivery: Delivery, meter: Meter, prompt: Prompt) -> None:
        """Reads and publishes side by side, until the model has finished or the reader has heard enough."""
        heard = _Hearing(delivery, meter)
        heard.hear(_watched(delivery, sift(self.chat.stream(prompt))))
        self._end(delivery, meter, heard)

    def _end(self, delivery: Delivery, meter: Meter, heard: "_Hearing") -> None:
        usage = meter.usage(heard.finished)
        if heard.declined:
            delivery.add(not_answered(delivery.answer.question))
            delivery.finish(AnswerStatus.REFUSED, usage=usage)
        elif error := _shortcoming(heard.finished.stop_reason, delivery.text, self.chat.model):
            self._settle(delivery, error, usage)
        else:
            delivery.finish(AnswerStatus.COMPLETE, usage=usage)

    def _settle(self, delivery: Delivery, error: RiffleError, usage: Usage | None = None) -> None:
        """Text is kept as PARTIAL; without any, the answer is tried again while that may help, or FAILED."""
        problem = Problem(error.type, error.message, error.retryable)
        if delivery.text:
            delivery.finish(AnswerStatus.PARTIAL, usage=usage, error=problem)
        elif isinstance(error, Throttled):
            self._wait(delivery, error)
        elif not error.retryable or delivery.answer.tries >= self.max_attempts:
            delivery.finish(AnswerStatus.FAILED, usage=usage, error=problem)
        else:
            self._give_back(delivery, 2**delivery.answer.tries)

    def _wait(self, delivery: Delivery, busy: Throttled) -> None:
        """Puts the answer back in line for as long as anybody would wait, then FAILED."""
        pause = self.patience.pause(delivery.answer.waits)
        if pause is None:
            message = f"{busy.message}, for longer than an answer waits; ask again in some minutes"
            delivery.finish(AnswerStatus.FAILED, error=Problem(busy.type, message, busy.retryable))
        else:
            self._give_back(delivery, pause, waits=1)

    def _give_back(self, delivery: Delivery, pause: int, waits: int = 0) -> None:
        """QUEUED, for the next attempt after the pause; the message goes first, or nobody might come."""
        if delivery.stop_requested():
            delivery.finish(AnswerStatus.STOPPED)
        else:
            self._queue(delivery.answer, pause)
            delivery.release(waits)

    def _queue(self, answer: Answer, delay: int) -> None:
        """A message of our own, since SQS would deliver the failed one only after its visibility timeout,
        and would count that towards the dead letters.
        """
        self.queue.send({"owner": answer.owner, "answerId": answer.id, "attempt": answer.attempt}, delay)


class _Stopped(Exception):
    """Raised when the answer's owner wants to hear no more of it."""


def _watched[Event](delivery: Delivery, events: Generator[Event]) -> Iterator[Event]:
    """The events as they come; meanwhile what is due is saved and published, and the lease kept.

    Raises _Stopped within a save's pace of a stop, however silent the source is.
    """
    with Reading(events) as reading:
        while True:
            yield from reading.take(delivery.patience())
            if reading.ended():
                return
            if delivery.advance():
                raise _Stopped


class _Hearing:
    """What the model has said so far, apart from the text, which goes to the delivery."""

    def __init__(self, delivery: Delivery, meter: Meter) -> None:
        self.declined = False
        self.finished = Finished("", 0, 0)
        self._delivery = delivery
        self._meter = meter

    def hear(self, events: Iterable[StreamEvent]) -> None:
        for event in events:
            match event:
                case TextDelta(text):
                    self._meter.spoke()
                    self._add(text)
                case Declined():
                    self.declined = True
                case Finished():
                    self.finished = event

    def _add(self, text: str) -> None:
        """Raises TooLarge for a model that knows no end."""
        left = TEXT_CHARS - len(self._delivery.text)
        self._delivery.add(text[:left])
        if len(text) > left:
            raise TooLarge(f"the answer is cut at {TEXT_CHARS} characters")


def _shortcoming(stop_reason: str, text: str, model: str) -> RiffleError | None:
    """Why an answer that the model has ended is not a whole one; None when it is."""
    if stop_reason in _CENSORED:
        return ModelRefused(f"model '{model}' was not allowed to go on ({stop_reason})")
    if stop_reason in _CUT_SHORT:
        return TooLarge(f"the answer is cut at the length that model '{model}' may write ({stop_reason})")
    return None if text else ModelUnavailable(f"model '{model}' gave no text")


def _about(answer: Answer) -> dict[str, object]:
    return {"answerId": answer.id, "attempt": answer.attempt}
