"""One attempt at an answer on its way to its reader: saved, then published, in order and at a steady pace."""

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from chalicelib.answering.choosing import Run
from chalicelib.answering.citing import cite
from chalicelib.answering.coalescing import INTERVAL, Chunk, Coalescer
from chalicelib.errors import RiffleError, Superseded
from chalicelib.records import Answer, AnswerEvent, AnswerStatus, Problem, Usage
from chalicelib.stores.answers import AnswerStore

log = logging.getLogger(__name__)


class AnswerEvents(Protocol):
    """Where the steps of an answer are published. It retries by itself; what it raises is final."""

    def answer_event(self, event: AnswerEvent) -> None: ...


class Messages(Protocol):
    """Where answers are queued for a worker."""

    def send(self, message: Mapping[str, object], delay: int = 0) -> None: ...


@dataclass(frozen=True, slots=True)
class Pace:
    """Seconds between the starts of two publishes, and between two saves.

    Every save asks whether to stop, so the second bounds how long a stop takes.
    """

    publish: float = INTERVAL
    save: float = 0.4


class Delivery:
    """Holds a claimed answer. One thread only: that nothing overtakes anything follows from it."""

    def __init__(
        self,
        answer: Answer,
        answers: AnswerStore,
        events: AnswerEvents,
        clock: Callable[[], float],
        pace: Pace | None = None,
    ) -> None:
        self.answer = answer
        self.text = ""
        self.shown: Sequence[Run] = ()
        self._answers = answers
        self._events = events
        self._clock = clock
        self._pace = pace or Pace()
        self._coalescer = Coalescer(self._pace.publish)
        self._saved = clock()

    def announce(self) -> None:
        """Publishes the status as claiming stored it, without text."""
        self._publish([self._step(self.answer.status, Chunk(0, ""))])

    def search_for(self, queries: tuple[str, ...]) -> None:
        """Notes what is searched for; tells it where that is not just the question. Raises Superseded."""
        self.answer = replace(self.answer, queries=queries)
        if queries != (self.answer.question,):
            step = self._step(self.answer.status, Chunk(0, ""))
            self._save(self._clock())
            self._publish([replace(step, queries=queries)])

    def add(self, text: str) -> None:
        """Appends to the answer; `advance` or `finish` will publish it."""
        self.text += text
        self._coalescer.add(text)

    def patience(self) -> float:
        """Seconds for which there is nothing to do unless more text comes."""
        now = self._clock()
        until_save = max(0.0, self._saved + self._pace.save - now)
        due = self._coalescer.due_in(now)
        return until_save if due is None else min(until_save, due)

    def advance(self) -> bool:
        """Saves and publishes what is due; returns whether a save has heard of a stop.

        Raises Superseded, and has published nothing then.
        """
        now = self._clock()
        begins = self._coalescer.pending and self.answer.status is not AnswerStatus.STREAMING
        steps: list[AnswerEvent] = []
        if self._coalescer.due_in(now) == 0:
            steps = [self._step(AnswerStatus.STREAMING, self._coalescer.take(now))]
        stopped = self._save(now) if begins or now >= self._saved + self._pace.save else False
        self._publish(steps)
        return stopped

    def finish(
        self, status: AnswerStatus, *, usage: Usage | None = None, error: Problem | None = None
    ) -> Answer:
        """Stores the end with the citations of the text, then publishes it with all text that is left.

        Raises Superseded, and has published nothing then.
        """
        steps = [self._step(AnswerStatus.STREAMING, chunk) for chunk in self._rest()]
        citations = cite(self.text, self.shown)
        last = replace(steps[-1], status=status, citations=citations, usage=usage, error=error)
        ended = replace(self.answer, status=status, citations=citations, usage=usage, error=error)
        self.answer = self._answers.finish(ended)
        self._publish([*steps[:-1], last])
        return self.answer

    def stop_requested(self) -> bool:
        """Asks now instead of at the next save. Raises Superseded."""
        return self._answers.save(self.answer)

    def release(self, waits: int = 0) -> None:
        """Gives the answer back for another attempt, which is told; `waits` more do not count as tries.

        Raises Superseded, and has published nothing then.
        """
        step = self._step(AnswerStatus.QUEUED, Chunk(0, ""))
        self.answer = self._answers.release(replace(self.answer, waits=self.answer.waits + waits))
        self._publish([step])

    def _rest(self) -> list[Chunk]:
        """At least one chunk, since the end is told even when no text is left."""
        chunks = [self._coalescer.take(self._clock())]
        while self._coalescer.pending:
            chunks.append(self._coalescer.take(self._clock()))
        return chunks

    def _step(self, status: AnswerStatus, chunk: Chunk) -> AnswerEvent:
        """The next event; from here on the answer is what it will be once that is published."""
        text = self.text[: chunk.offset + len(chunk.text)]
        self.answer = replace(self.answer, status=status, text=text, last_seq=self.answer.last_seq + 1)
        return AnswerEvent(
            self.answer.id,
            self.answer.owner,
            self.answer.last_seq,
            self.answer.attempt,
            status,
            chunk.offset,
            chunk.text,
        )

    def _save(self, now: float) -> bool:
        """A save that fails is made up for by the next: only the last one must not fail."""
        self._saved = now
        try:
            return self._answers.save(self.answer)
        except Superseded:
            raise
        except RiffleError:
            log.warning("progress could not be saved", exc_info=True, extra={"answerId": self.answer.id})
            return False

    def _publish(self, steps: Iterable[AnswerEvent]) -> None:
        """A lost event shows as a gap to subscribers, who fill it from the stored answer."""
        for step in steps:
            publish(self._events, step)


def publish(events: AnswerEvents, event: AnswerEvent) -> None:
    """Publishes, or logs that it cannot: the stored answer is what counts."""
    try:
        events.answer_event(event)
    except RiffleError:
        about = {"answerId": event.answer_id, "attempt": event.attempt, "seq": event.seq}
        log.warning("event could not be published", exc_info=True, extra=about)
