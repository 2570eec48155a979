"""One run: every question is searched for and asked under one setting."""

import asyncio
import math
import re
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass, replace

from riffle.asynchronous import AsyncClient, Scope
from riffle.errors import InvalidInput, RiffleError
from riffle.evaluating.measures import contains, mean, ndcg, percentile, recall, reciprocal_rank
from riffle.evaluating.questions import Question
from riffle.progress import Finished
from riffle.records import AnswerStatus, Citation, Passage, SearchMode

CONCURRENCY = 3
SECONDS = 180.0
_YES_NO = {"yes": True, "true": True, "no": False, "false": False}


@dataclass(frozen=True, slots=True)
class Setting:
    """What a run may differ in; None leaves a choice to the deployment."""

    mode: SearchMode | None = None
    rerank: bool | None = None
    rewrite: bool | None = None
    split: bool | None = None

    def changed(self, change: str) -> "Setting":
        """The setting with one `name=value`. Raises InvalidInput."""
        name, _, value = change.partition("=")
        if name == "mode" and value.upper() in list(SearchMode):
            return replace(self, mode=SearchMode(value.upper()))
        if name in {"rerank", "rewrite", "split"} and value in _YES_NO:
            return replace(self, **{name: _YES_NO[value]})  # type: ignore[arg-type]  # one of the flags
        raise InvalidInput(
            f"{change!r} is not a setting; try mode=text, mode=vector, rerank=no, rewrite=no or split=no"
        )

    def __str__(self) -> str:
        values = {name: value for name, value in asdict(self).items() if value is not None}
        shown = (f"{name}={_said(value)}" for name, value in values.items())
        return ", ".join(shown) or "as deployed"


def _said(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value).lower()


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one question: documents as names and ids, best first; `status` None if not asked."""

    question: Question
    found: tuple[tuple[str, str], ...]
    passages: tuple[str, ...]
    status: AnswerStatus | None = None
    text: str = ""
    cited: tuple[tuple[str, str], ...] = ()
    seconds: float = math.nan
    cost_usd: float | None = None

    @property
    def refused(self) -> bool:
        return self.status is AnswerStatus.REFUSED

    @property
    def ranked(self) -> tuple[str, ...]:
        """The documents found, as the question names them if it does."""
        return tuple(dict.fromkeys(_as_named(self.question, each) for each in self.found))

    @property
    def sources(self) -> tuple[str, ...]:
        return tuple(_as_named(self.question, each) for each in self.cited)


def _as_named(question: Question, document: tuple[str, str]) -> str:
    """A document by what the question calls it: its id, or its name whatever its case."""
    name, document_id = document
    if document_id in question.documents:
        return document_id
    return next((each for each in question.documents if each.casefold() == name.casefold()), name)


@dataclass(frozen=True, slots=True)
class Run:
    """The results under one setting, and how deep was searched."""

    setting: Setting
    depth: int
    results: tuple[Result, ...]

    @property
    def figures(self) -> dict[str, float]:
        """By name; not a number where no question is of a kind that the figure is about."""
        located = [each for each in self.results if each.question.documents and each.question.answerable]
        told = [each for each in self.results if each.question.answers and each.question.answerable]
        asked = [each for each in self.results if each.status is not None]
        able = [each for each in asked if each.question.answerable]
        unable = [each for each in asked if not each.question.answerable]
        k = self.depth
        return {
            f"recall@{k}": mean(recall(r.question.documents, r.ranked) for r in located),
            f"MRR@{k}": mean(reciprocal_rank(r.question.documents, r.ranked) for r in located),
            f"nDCG@{k}": mean(ndcg(r.question.documents, r.ranked) for r in located),
            f"answer in the {k} passages": mean(
                contains("\n".join(r.passages), r.question.answers) for r in told
            ),
            "right document cited": mean(_cites(r) for r in able if r.question.documents),
            "citations that are right": mean(_precision(r) for r in able if r.question.documents and r.cited),
            "answer in the text": mean(
                contains(r.text, r.question.answers) for r in able if r.question.answers
            ),
            "refused wrongly": mean(r.refused for r in able),
            "refused rightly": mean(r.refused for r in unable),
            "not completed": mean(r.status not in _ENDED for r in asked),
        }

    @property
    def seconds(self) -> tuple[float, float]:
        """Median and 95th percentile of the time from asking to the last word."""
        known = [each.seconds for each in self.results if each.status is not None]
        return percentile(known, 0.5), percentile(known, 0.95)

    @property
    def cost_usd(self) -> float:
        return sum(each.cost_usd or 0.0 for each in self.results)


_ENDED = frozenset({AnswerStatus.COMPLETE, AnswerStatus.REFUSED})
LOWER_IS_BETTER = frozenset({"refused wrongly", "not completed"})


def _cites(result: Result) -> bool:
    return bool(set(result.sources) & set(result.question.documents))


def _precision(result: Result) -> float:
    return mean(each in result.question.documents for each in result.sources)


async def run(
    client: AsyncClient, questions: Sequence[Question], setting: Setting, *,
    depth: int = 10, scope: Scope | None = None, ask: bool = True, tell: Callable[[], None] = lambda: None,
) -> Run:  # fmt: skip
    """Searches for every question, and asks it unless told not to; `tell` hears of each that is done."""
    slots = asyncio.Semaphore(CONCURRENCY)
    within = scope or Scope()

    async def one(question: Question) -> Result:
        async with slots:
            result = await _searched(client, question, setting, depth, within)
            result = await _asked(client, result, setting, within) if ask else result
        tell()
        return result

    return Run(setting, depth, tuple(await asyncio.gather(*map(one, questions))))


async def _searched(
    client: AsyncClient, question: Question, setting: Setting, depth: int, scope: Scope
) -> Result:
    found = await client.search(
        question.text, mode=setting.mode, rerank=setting.rerank, limit=depth, scope=scope
    )
    return Result(question, _documents(found.passages), tuple(each.text for each in found.passages))


async def _asked(client: AsyncClient, result: Result, setting: Setting, scope: Scope) -> Result:
    began = time.monotonic()
    finished = await _answer(client, result.question, setting, scope)
    return replace(
        result, status=finished.status, text=finished.text,
        cited=_documents(_cited(finished.text, finished.citations)), seconds=time.monotonic() - began,
        cost_usd=finished.usage.cost_usd if finished.usage else None,
    )  # fmt: skip


async def _answer(client: AsyncClient, question: Question, setting: Setting, scope: Scope) -> Finished:
    """What goes wrong with one answer counts against it, and does not end the run."""
    asked = client.ask(question.text, scope=scope, rewrite=setting.rewrite, split=setting.split)
    try:
        async with asyncio.timeout(SECONDS), await asked as stream:
            return await stream.result()
    except (RiffleError, TimeoutError):
        return Finished(AnswerStatus.FAILED, "")


def _cited(text: str, citations: Iterable[Citation]) -> list[Passage]:
    """The passages that the text refers to, in its order."""
    by_marker = {each.marker: each.passage for each in citations}
    markers = [
        int(number) for each in re.findall(r"\[([\d, ]+)\]", text) for number in re.findall(r"\d+", each)
    ]
    return [by_marker[marker] for marker in dict.fromkeys(markers) if marker in by_marker]


def _documents(passages: Iterable[Passage]) -> tuple[tuple[str, str], ...]:
    return tuple((each.document_name, each.document_id) for each in passages)
