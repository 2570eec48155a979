"""Finds answers that nobody is working on any more, queues them again, and ends those tried often enough."""

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Literal

from chalicelib.answering.delivering import AnswerEvents, Messages, publish
from chalicelib.answering.worker import MAX_ATTEMPTS
from chalicelib.errors import Unavailable
from chalicelib.records import Answer, AnswerEvent, AnswerStatus, Problem
from chalicelib.stores.answer_rows import Row
from chalicelib.stores.answers import AnswerStore, Stuck

log = logging.getLogger(__name__)

AGE = timedelta(minutes=2)
"""Longer than a working answer is ever silent: while it streams, it is saved every 0.4 s."""

PAGES = 20


@dataclass(frozen=True, slots=True)
class Reconciliation:
    """How many answers were queued again and ended; `start` is where the next call should go on."""

    queued: int
    ended: int
    start: Row | None


@dataclass(frozen=True, slots=True)
class Reconciler:
    """Everything that repairing needs; safe to run at any time, and twice at once."""

    answers: AnswerStore
    queue: Messages
    events: AnswerEvents
    max_attempts: int = MAX_ATTEMPTS
    now: Callable[[], datetime] = lambda: datetime.now(UTC)

    def run(self, age: timedelta, pages: int = PAGES, start: Row | None = None) -> Reconciliation:
        stuck, start = self.answers.stuck(self.now() - age, pages=pages, start=start)
        outcomes = [self._repair(each) for each in stuck]
        return Reconciliation(outcomes.count("queued"), outcomes.count("ended"), start)

    def _repair(self, stuck: Stuck) -> Literal["queued", "ended", "moved"]:
        answer = stuck.answer
        if stuck.stop_requested:
            return self._end(answer, AnswerStatus.STOPPED, None)
        if answer.tries < self.max_attempts:
            return self._queue_again(answer)
        problem = Problem(
            Unavailable.type, f"answering broke off {answer.tries} times", Unavailable.retryable
        )
        return self._end(answer, AnswerStatus.PARTIAL if answer.text else AnswerStatus.FAILED, problem)

    def _queue_again(self, answer: Answer) -> Literal["queued", "moved"]:
        """Frees it from a dead worker's lease first; the write also keeps others from queueing it as well."""
        if self.answers.swap(answer, answer) is None:
            return "moved"
        self.queue.send({"owner": answer.owner, "answerId": answer.id, "attempt": answer.attempt})
        log.warning("answer queued again", extra={"answerId": answer.id, "attempt": answer.attempt})
        return "queued"

    def _end(
        self, answer: Answer, status: AnswerStatus, problem: Problem | None
    ) -> Literal["ended", "moved"]:
        """Ends it as an attempt of its own, which supersedes a worker that is still alive after all.

        Nobody can tell what the last attempt had published, so subscribers are given the stored text anew.
        """
        ended = replace(answer, status=status, error=problem, attempt=answer.attempt + 1, last_seq=1)
        if self.answers.swap(answer, ended) is None:
            return "moved"
        event = AnswerEvent(
            answer.id, answer.owner, 1, ended.attempt, status, 0, ended.text, ended.citations, error=problem
        )
        publish(self.events, event)
        log.warning("answer ended", extra={"answerId": answer.id, "status": status.value})
        return "ended"


def reconcile_answers(
    answers: AnswerStore,
    queue: Messages,
    events: AnswerEvents,
    *,
    age: timedelta = AGE,
    pages: int = PAGES,
    start: Row | None = None,
) -> Reconciliation:
    """Repairs answers that are not final and have not moved for `age`, reading at most `pages` pages.

    Zero age is for a start after a crash, when no worker can be alive. Raises Throttled or Unavailable when
    the queue or the table fails; what was not repaired is found again by the next call.
    """
    return Reconciler(answers, queue, events).run(age, pages, start)
