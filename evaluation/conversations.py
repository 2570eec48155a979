"""Questions that need understanding, made mechanically out of the plain ones, and what comes of them.

A follow-up is a question whose subject, the title of its article, gave way to a pronoun; it is asked after
another question of that article. A pair is two questions of different articles asked as one.
"""

import asyncio
import re
from collections.abc import Awaitable, Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from evaluation.answers import CONCURRENCY, cited_files
from evaluation.data import Question
from riffle import AsyncClient, Finished, RiffleError
from riffle.evaluating.measures import contains, mean

SECONDS = 120
PAIRS = 40
PEOPLE = ("Genghis_Khan", "Martin_Luther", "Nikola_Tesla")
"""Articles about a person; the others' subjects are things."""

_GENERIC = frozenset(
    {"University", "Union", "Museum", "War", "European", "French", "Indian", "Economic", "Computational"}
    | {"Private", "Prime"}
)
"""Words of titles that are no names by themselves."""


@dataclass(frozen=True, slots=True)
class FollowUp:
    """`asked` refers to the subject of `first` by a pronoun; its other fields are the question's own."""

    first: Question
    asked: Question


@dataclass(frozen=True, slots=True)
class Pair:
    """Two questions, and the one text that asks both."""

    parts: tuple[Question, Question]
    text: str


@dataclass(frozen=True, slots=True)
class Share:
    """What became of one kind of question: shares between 0 and 1 of those asked."""

    kind: str
    count: int
    cited: float
    """All the files that the question is about."""
    recalled: float
    """All the answers."""


def follow_ups(questions: Sequence[Question]) -> list[FollowUp]:
    """One for each question that names its article's subject, if another one of the article does."""
    named = [(each, pronounced(each)) for each in questions if each.answerable]
    found = [(each, replace(each, text=text)) for each, text in named if text is not None]
    return [FollowUp(first, asked) for (first, _), (_, asked) in pairwise(found) if first.file == asked.file]


def pronounced(question: Question) -> str | None:
    """The question with a pronoun for the first mention of the subject; None if it does not name it."""
    title = question.file.split(".")[0]
    subject = _subject(title).search(question.text)
    if subject is None:
        return None
    if question.language == "vi":
        pronoun = "ông ấy" if title in PEOPLE else "nó"
    else:
        pronoun = "its" if subject[0].endswith(("'s", "’s")) else "it"
    text = f"{question.text[: subject.start()]}{pronoun}{question.text[subject.end() :]}"
    return text[:1].upper() + text[1:]


def _subject(title: str) -> re.Pattern[str]:
    """The title, or a name in it that stands alone: no word with a capital and no number beside it."""
    names = [each for each in title.split("_") if each[0].isupper() and each not in _GENERIC]
    whole = rf"(?i:{re.escape(title.replace('_', ' '))})s?"
    alone = rf"(?<![A-Z&]\w)(?:{'|'.join(map(re.escape, names))})(?! (?:[A-Z0-9&]))" if names else whole
    return re.compile(rf"\b(?:[Tt]he )?(?:{whole}|{alone})(?:['’]s)?\b(?! [A-Z0-9&])")


def pairs(questions: Sequence[Question], count: int = PAIRS) -> list[Pair]:
    """Questions far apart in the list, joined in one language; every other one by a conjunction."""
    found: list[Pair] = []
    for language in sorted({each.language for each in questions}):
        asked = [each for each in questions if each.answerable and each.language == language]
        half = len(asked) // 2
        both = [
            pair for pair in zip(asked[:half], asked[half:], strict=False) if pair[0].file != pair[1].file
        ]
        step = max(1, 2 * len(both) // count)
        found += [_pair(*pair, joined=index % 2 == 1) for index, pair in enumerate(both[::step])]
    return found


def _pair(first: Question, second: Question, *, joined: bool) -> Pair:
    if not joined:
        return Pair((first, second), f"{first.text} {second.text}")
    link = "và" if first.language == "vi" else "and"
    begun = second.text[:1].lower() + second.text[1:]
    return Pair((first, second), f"{first.text.rstrip(' ?')}, {link} {begun}")


async def measure(client: AsyncClient, questions: Sequence[Question]) -> list[Share]:
    """Each kind as it is asked, then understood."""
    following, joined = follow_ups(questions), pairs(questions)
    return [
        await _share("follow-ups", [_followed(client, each, rewrite=False) for each in following]),
        await _share("follow-ups, rewritten", [_followed(client, each, rewrite=True) for each in following]),
        await _share("two questions in one", [_asked(client, each, split=False) for each in joined]),
        await _share("two questions in one, split", [_asked(client, each, split=True) for each in joined]),
    ]


async def _share(kind: str, asking: Sequence[Awaitable[tuple[bool, bool]]]) -> Share:
    """Asks a few at a time."""
    slots = asyncio.Semaphore(CONCURRENCY)

    async def one(asked: Awaitable[tuple[bool, bool]]) -> tuple[bool, bool]:
        async with slots:
            return await asked

    found = await asyncio.gather(*map(one, asking))
    return Share(kind, len(found), mean(each[0] for each in found), mean(each[1] for each in found))


async def _followed(client: AsyncClient, case: FollowUp, *, rewrite: bool) -> tuple[bool, bool]:
    """Whether the follow-up's answer cites its file, and holds what it should."""
    try:
        async with asyncio.timeout(SECONDS), await client.ask(case.first.text) as first:
            await first.result()
            conversation = first.conversation_id
        async with (
            asyncio.timeout(SECONDS),
            await client.ask(case.asked.text, conversation_id=conversation, rewrite=rewrite) as stream,
        ):
            return judged(await stream.result(), [case.asked])
    except (RiffleError, TimeoutError):
        return False, False


async def _asked(client: AsyncClient, case: Pair, *, split: bool) -> tuple[bool, bool]:
    try:
        async with asyncio.timeout(SECONDS), await client.ask(case.text, split=split) as stream:
            return judged(await stream.result(), case.parts)
    except (RiffleError, TimeoutError):
        return False, False


def judged(finished: Finished, questions: Iterable[Question]) -> tuple[bool, bool]:
    """Whether an answer cites the files of all the questions, and holds an answer to each."""
    files = set(cited_files(finished.text, finished.citations))
    asked = list(questions)
    return (
        all(each.file in files for each in asked),
        all(contains(finished.text, each.answers) for each in asked),
    )
