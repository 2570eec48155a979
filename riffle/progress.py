"""The reducer of an answer's stream: events and snapshots in any order, with any loss, in; exact text out.

Pure. `offset` says where an event's text belongs, so the text is right whatever the delivery did.
"""

from dataclasses import dataclass, replace

from riffle.records import Answer, AnswerEvent, AnswerStatus, Citation, Problem, Usage

PENDING_LIMIT = 512


@dataclass(frozen=True, slots=True)
class TextDelta:
    """More text, to be appended to all text of the present attempt so far."""

    text: str
    offset: int


@dataclass(frozen=True, slots=True)
class StatusChange:
    status: AnswerStatus


@dataclass(frozen=True, slots=True)
class Understood:
    """What is searched for instead of the question as it was asked: it by itself, or its parts."""

    queries: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Restarted:
    """The answer began anew: what was shown so far is void."""

    attempt: int


@dataclass(frozen=True, slots=True)
class Finished:
    """The last event: the whole text and what belongs to it."""

    status: AnswerStatus
    text: str
    citations: tuple[Citation, ...] = ()
    usage: Usage | None = None
    error: Problem | None = None
    queries: tuple[str, ...] = ()
    """What was searched for, if that was not the question as it was asked."""


type StreamEvent = TextDelta | StatusChange | Understood | Restarted | Finished


@dataclass(frozen=True, slots=True)
class Progress:
    """What is known of an answer. `pending` are events beyond the text: something before them is missing."""

    attempt: int = 0
    text: str = ""
    status: AnswerStatus = AnswerStatus.QUEUED
    citations: tuple[Citation, ...] = ()
    usage: Usage | None = None
    error: Problem | None = None
    queries: tuple[str, ...] = ()
    pending: tuple[AnswerEvent, ...] = ()

    @property
    def gap(self) -> bool:
        return bool(self.pending)


type Step = tuple[Progress, tuple[StreamEvent, ...]]
ORDER = {AnswerStatus.QUEUED: 0, AnswerStatus.RETRIEVING: 1, AnswerStatus.STREAMING: 2}


def advance(progress: Progress, event: AnswerEvent) -> Step:
    """Takes an event in. Late, repeated and outdated ones change nothing; early ones wait in `pending`."""
    if progress.status.final or event.attempt < progress.attempt:
        return progress, ()
    progress, events = _begun(progress, event.attempt)
    waiting = (*progress.pending, event)[-PENDING_LIMIT:]
    return _absorbed(replace(progress, pending=waiting), events)


def restore(progress: Progress, answer: Answer) -> Step:
    """Takes a stored answer in: the text up to some moment, which may lie before or after ours."""
    if progress.status.final or answer.attempt < progress.attempt:
        return progress, ()
    pending, start = progress.pending, progress
    agrees = answer.attempt == start.attempt and _agree(start.text, answer.text)
    progress, events = (start, ()) if agrees else _begun(replace(start, attempt=-1), answer.attempt)
    progress = replace(progress, pending=tuple(event for event in pending if event.attempt == answer.attempt))
    return _absorbed(replace(progress, pending=(*progress.pending, _snapshot(answer))), events)


def _agree(ours: str, theirs: str) -> bool:
    return ours.startswith(theirs) or theirs.startswith(ours)


def _snapshot(answer: Answer) -> AnswerEvent:
    queries = None if answer.queries in {(), (answer.question,)} else answer.queries
    return AnswerEvent(
        answer.id, answer.owner, answer.last_seq, answer.attempt, answer.status, 0, answer.text,
        answer.citations, queries, answer.usage, answer.error,
    )  # fmt: skip


def _begun(progress: Progress, attempt: int) -> Step:
    """A higher attempt starts over; only who has already been shown text needs to be told."""
    if attempt <= progress.attempt:
        return progress, ()
    return Progress(attempt=attempt), (Restarted(attempt),) if progress.text else ()


def _absorbed(progress: Progress, events: tuple[StreamEvent, ...]) -> Step:
    """Applies whatever of `pending` now fits, in the order of the text."""
    for event in sorted(progress.pending, key=lambda event: (event.offset, event.seq)):
        if event.offset > len(progress.text) or progress.status.final:
            break
        progress, more = _applied(progress, event)
        events += more
    left = tuple(event for event in progress.pending if event.offset > len(progress.text))
    return replace(progress, pending=() if progress.status.final else left), events


def _applied(progress: Progress, event: AnswerEvent) -> Step:
    addition = event.text[len(progress.text) - event.offset :]
    status = event.status if _later(progress.status, event.status) else progress.status
    events: list[StreamEvent] = (
        [StatusChange(status)] if status != progress.status and not status.final else []
    )
    if event.queries and event.queries != progress.queries:
        events.append(Understood(event.queries))
    if addition:
        events.append(TextDelta(addition, len(progress.text)))
    progress = _enriched(replace(progress, status=status, text=progress.text + addition), event)
    if status.final:
        events.append(_finished(progress))
    return progress, tuple(events)


def _later(now: AnswerStatus, then: AnswerStatus) -> bool:
    return ORDER.get(then, 3) > ORDER.get(now, 3)


def _enriched(progress: Progress, event: AnswerEvent) -> Progress:
    return replace(
        progress,
        citations=event.citations or progress.citations,
        queries=event.queries or progress.queries,
        usage=event.usage or progress.usage,
        error=event.error or progress.error,
    )


def _finished(progress: Progress) -> Finished:
    return Finished(
        progress.status, progress.text, progress.citations, progress.usage, progress.error, progress.queries
    )
