"""Answers end to end: the articles are uploaded, and every question goes through the whole deployment."""

import asyncio
import re
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.progress import Progress, TaskID

from evaluation.data import Question
from riffle import AnswerStatus, AsyncClient, Citation, Finished, RiffleError
from riffle.commands.ingesting import send_all
from riffle.evaluating.measures import contains, mean, percentile
from riffle.sources import folders

CONCURRENCY = 3
INGEST_SECONDS = 900
ALL = "all"


class NotIngested(Exception):
    """An article did not become searchable, so that the figures would mean nothing."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one question."""

    question: Question
    status: AnswerStatus
    text: str
    files: tuple[str, ...]  # in the order in which the text cites them
    seconds: float

    @property
    def refused(self) -> bool:
        return self.status is AnswerStatus.REFUSED

    @property
    def cites(self) -> bool:
        return self.question.file in self.files

    @property
    def cites_first(self) -> bool:
        return self.files[:1] == (self.question.file,)

    @property
    def answers(self) -> bool:
        return contains(self.text, self.question.answers)


@dataclass(frozen=True, slots=True)
class Figures:
    """Shares between 0 and 1; not a number where a language has no such questions."""

    language: str
    answerable: int
    cited: float
    cited_first: float
    recalled: float
    refused_wrongly: float
    unanswerable: int
    refused_rightly: float
    incomplete: int
    median_seconds: float
    p95_seconds: float


async def upload(client: AsyncClient, files: Sequence[Path]) -> None:
    """Ingests the articles. Raises NotIngested naming the first that failed."""
    with Progress() as progress:
        bar = progress.add_task("Ingesting", total=len(files))
        async with asyncio.timeout(INGEST_SECONDS):
            outcomes = await send_all(
                client,
                map(folders.item, files),
                None,
                lambda outcome: progress.advance(bar, int(outcome.settled)),
            )
    for outcome in outcomes:
        if outcome.failed:
            raise NotIngested(f"{outcome.item.label}: {outcome.reason}")


async def ask_all(client: AsyncClient, questions: Sequence[Question]) -> list[Outcome]:
    """Asks a few at a time; answers come over the subscription, as a person gets them."""
    slots = asyncio.Semaphore(CONCURRENCY)
    with Progress() as progress:
        bar = progress.add_task("Asking", total=len(questions))
        work = [_asked(client, question, slots, progress, bar) for question in questions]
        return list(await asyncio.gather(*work))


async def _asked(
    client: AsyncClient, question: Question, slots: asyncio.Semaphore, progress: Progress, bar: TaskID
) -> Outcome:
    async with slots:
        started = time.monotonic()
        finished = await _answer(client, question)
        progress.advance(bar)
        files = tuple(cited_files(finished.text, finished.citations))
        return Outcome(question, finished.status, finished.text, files, time.monotonic() - started)


async def _answer(client: AsyncClient, question: Question) -> Finished:
    """A defect of one answer counts as a failed answer and does not end the evaluation."""
    try:
        async with asyncio.timeout(120), await client.ask(question.text) as stream:
            return await stream.result()
    except (RiffleError, TimeoutError):
        return Finished(AnswerStatus.FAILED, "")


def cited_files(text: str, citations: Iterable[Citation]) -> Iterator[str]:
    """The names of the cited documents, in the order of their markers in the text."""
    names = {citation.marker: citation.passage.document_name for citation in citations}
    markers = dict.fromkeys(int(number) for number in re.findall(r"\[(\d+)\]", text))
    return (names[marker] for marker in markers if marker in names)


def figures(outcomes: Sequence[Outcome]) -> list[Figures]:
    """One row for all, and one per language."""
    languages = sorted({outcome.question.language for outcome in outcomes})
    by_language = {
        language: [o for o in outcomes if o.question.language == language] for language in languages
    }
    return [_figures(name, group) for name, group in {ALL: list(outcomes), **by_language}.items()]


def _figures(language: str, outcomes: Sequence[Outcome]) -> Figures:
    answerable = [outcome for outcome in outcomes if outcome.question.answerable]
    rest = [outcome for outcome in outcomes if not outcome.question.answerable]
    expected = {AnswerStatus.COMPLETE, AnswerStatus.REFUSED}
    return Figures(
        language,
        len(answerable),
        mean(outcome.cites for outcome in answerable),
        mean(outcome.cites_first for outcome in answerable),
        mean(outcome.answers for outcome in answerable),
        mean(outcome.refused for outcome in answerable),
        len(rest),
        mean(outcome.refused for outcome in rest),
        sum(outcome.status not in expected for outcome in outcomes),
        percentile([outcome.seconds for outcome in outcomes], 0.5),
        percentile([outcome.seconds for outcome in outcomes], 0.95),
    )
