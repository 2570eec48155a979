"""Answers the product's request for queries by rules: no language model, and it does not pretend to be one.

A question that only makes sense with the one before it is given the names of that one, or its telling words;
a question of several parts is divided at its question marks, its list items, and where another interrogative
follows a conjunction. English and Vietnamese; other questions are repeated as they are.
"""

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import unescape

from localcloud.bedrock.words import STOP, words

_LATEST = re.compile(r'<latest queries="(\d+)">(.*)</latest>', re.DOTALL)
_EARLIER = re.compile(r"<turn>\s*<question>(.*?)</question>", re.DOTALL)

_PRONOUN = re.compile(
    r"\b(its|his|her|their|it|he|she|they|him|them|this|that|these|those|there|"
    r"nó|hắn|ông ấy|ông ta|bà ấy|bà ta|anh ấy|anh ta|cô ấy|họ|chúng|(?:người|nơi|nước|thành phố|bảo tàng|"
    r"trường|điều|cái|việc|công ty|thời gian) (?:này|đó|ấy)|ở đó|ở đây)\b",
    re.IGNORECASE,
)
_POSSESSIVE = frozenset({"its", "his", "their"})
_POINTING = frozenset({"this", "that", "these", "those", "there", "her"})
_OPENING = re.compile(
    r"^\s*(?:and|but|so|also|what about|how about|còn|vậy còn|thế còn|vậy|thế|và)\b[,\s]*", re.IGNORECASE
)
_NAME = re.compile(r"[^\W\d_a-zà-ỹ][\w'’&-]*(?:\s+(?:of\s+|the\s+|and\s+|de\s+)?[^\W\d_a-zà-ỹ][\w'’&-]*)*")
_ASKING = frozenset(
    """
    what who whom whose when where why how which is are was were do does did can could in on at by for from
    according to of the a an and ai gì nào khi bao tại vì đâu ở có trong theo những các một sau trước loại
    điều tên từ với về
    """.split()  # noqa: SIM905
)
_FEW = 3  # telling words, below which a question without a name leans on what was said before

_BETWEEN = re.compile(
    r"(?<=[?？;])\s+|\n\s*(?:[-*•]|\(?[0-9a-z][.)])\s+|"
    r",?\s+(?:and|as well as)(?:\s+also)?\s+(?=(?:who|whom|whose|what|when|where|why|how|which)\b)|"
    r",?\s+(?:và|cũng như)\s+(?=(?:ai|khi nào|ở đâu|tại sao|vì sao|bao nhiêu|bao giờ|như thế nào)\b)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Request:
    """The latest question, those before it (oldest first), and how many queries may be made."""

    question: str
    earlier: tuple[str, ...]
    most: int


def parse(text: str) -> Request | None:
    """The request's parts, entities resolved; None when it is none."""
    latest = _LATEST.search(text)
    if latest is None:
        return None
    earlier = (unescape(found[1]).strip() for found in _EARLIER.finditer(text, 0, latest.start()))
    return Request(unescape(latest[2]).strip(), tuple(earlier), int(latest[1]))


def reply(request: Request) -> str:
    """The queries, as the request wants them."""
    topic = _topic(request.earlier)
    parts = _parts(request.question)[: request.most] if request.most > 1 else [request.question]
    queries: list[str] = []
    for part in parts:
        queries.append(_whole(part, topic))
        topic = _topic([part]) or topic
    return json.dumps({"queries": queries}, ensure_ascii=False)


def _parts(question: str) -> list[str]:
    """The question in parts that have words of their own."""
    parts = [part.strip(" \n,") for part in _BETWEEN.split(question)]
    return [part for part in parts if any(letter.isalnum() for letter in part)] or [question]


def _topic(questions: Sequence[str]) -> str:
    """What the latest question that names something is about; otherwise its telling words."""
    for question in reversed(questions):
        if named := _names(question):
            return named[0]
    return " ".join(_telling(questions[-1])) if questions else ""


def _whole(question: str, topic: str) -> str:
    """The question with its topic, where it lacks one."""
    pronoun = _PRONOUN.search(question)
    opened = _OPENING.sub("", question, count=1)
    if not topic or topic.casefold() in question.casefold():
        return question
    if pronoun:
        return _put(question, pronoun, topic)
    leans = opened != question or (len(_telling(question)) < _FEW and not _names(question))
    return f"{opened} ({topic})" if leans else question


def _put(question: str, pronoun: re.Match[str], topic: str) -> str:
    """The topic in the pronoun's place, or after the question where the pronoun may be something else."""
    said = pronoun[0].casefold()
    if said in _POINTING:
        return f"{question} ({topic})"
    put = f"{topic}'s" if said in _POSSESSIVE else topic
    return f"{question[: pronoun.start()]}{put}{question[pronoun.end() :]}"


def _names(question: str) -> list[str]:
    """Runs of capitalised words, without the word that only begins the question; the longest first."""
    found = (_trimmed(match[0].split()) for match in _NAME.finditer(question))
    return sorted(filter(None, found), key=len, reverse=True)


def _trimmed(name: Iterable[str]) -> str:
    kept = list(name)
    while kept and kept[0].casefold() in _ASKING:
        kept = kept[1:]
    return " ".join(kept)


def _telling(question: str) -> list[str]:
    return [word for word in words(question) if word not in STOP and word not in _ASKING]
