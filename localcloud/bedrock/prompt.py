"""Reads the numbered passages and the question out of the product's prompt."""

import re
from dataclasses import dataclass
from html import unescape

_PASSAGES = re.compile(r"<passages>(.*)</passages>", re.DOTALL)
_PASSAGE = re.compile(r'<passage\s+n="(\d+)"[^>]*>(.*?)</passage>', re.DOTALL)
_QUESTION = re.compile(r"<question>(.*?)</question>", re.DOTALL)
_QUERY = re.compile(r"<query>(.*?)</query>", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Passage:
    """What `[n]` refers to."""

    n: int
    text: str


@dataclass(frozen=True, slots=True)
class Prompt:
    """`queries` are the question as it was understood, in parts; none where that is the question itself."""

    passages: tuple[Passage, ...]
    question: str
    queries: tuple[str, ...] = ()

    @property
    def parts(self) -> tuple[str, ...]:
        return self.queries or (self.question,)


def parse(text: str) -> Prompt | None:
    """The prompt's parts, entities resolved; None when it is not in the format."""
    passages, question = _PASSAGES.search(text), _QUESTION.search(text)
    if passages is None or question is None:
        return None
    found = _PASSAGE.finditer(passages[1])
    asked = unescape(question[1]).strip()
    queries = [unescape(each[1]).strip() for each in _QUERY.finditer(text, question.end())]
    return Prompt(
        tuple(Passage(int(match[1]), unescape(match[2]).strip()) for match in found),
        asked,
        tuple(queries),
    )
