"""Finds the markers in an answer, the passages they number, and the sentence that supports best. Pure."""

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

from chalicelib.answering.choosing import Run
from chalicelib.records import Citation

QUOTE_CHARS = 400

_MARKER = re.compile(r"\[(\d{1,3}(?:\s*,\s*\d{1,3})*)\]")
_END = re.compile(r"[.!?…](?=\s)|[。！？]|\n")
_NEXT = re.compile(r"[^\S\n]*(\S?)")
_WORD = re.compile(r"\w+")


def cite(text: str, shown: Sequence[Run]) -> tuple[Citation, ...]:
    """What `text` cites, by number, each with a quote; numbers of nothing that was shown are ignored.

    Of a run it is the passage that supports best, so that offsets and words are those of one passage. A quote
    is a stretch of it, word for word, so that it can be found and shown in its place.
    """
    statements: dict[int, str] = {}
    for statement, numbers in cited_statements(text):
        for number in numbers:
            statements[number] = f"{statements.get(number, '')} {statement}"
    return tuple(
        _citation(number, shown[number - 1], statements[number])
        for number in sorted(statements)
        if 1 <= number <= len(shown)
    )


def _citation(number: int, run: Run, statement: str) -> Citation:
    """The first of the run where none of its passages shares a word with the statement."""
    found = [(*supporting(passage.text, statement), passage) for passage in run.passages]
    _, quote, passage = max(found, key=lambda each: each[0])
    return Citation(number, passage, quote)


def cited_statements(text: str) -> Iterator[tuple[str, tuple[int, ...]]]:
    """Each group of markers with the words before it; markers in a row share theirs."""
    start, statement = 0, ""
    for found in _MARKER.finditer(text):
        before = text[start : found.start()]
        statement = _last_sentence(before) if _WORD.search(before) else statement
        start = found.end()
        yield statement, tuple(map(int, found[1].split(",")))


def supporting(passage: str, statement: str) -> tuple[float, str | None]:
    """The passage's sentence that shares most with the statement, for its length; None if none does."""
    wanted = _words(statement)
    scored = [(_overlap(_words(sentence), wanted), sentence) for sentence in sentences(passage)]
    score, best = max(scored, key=lambda pair: pair[0], default=(0.0, ""))
    return score, best[:QUOTE_CHARS].rstrip() if score > 0 else None


def sentences(text: str) -> list[str]:
    """Stretches of the text, each up to the end of a sentence, of a line, or of lines wrapped midway."""
    ends = [
        found.end() for found in _END.finditer(text) if found[0] != "\n" or not _wrapped(text, found.end())
    ]
    parts = (text[start:end].strip() for start, end in pairwise([0, *ends, len(text)]))
    return [part for part in parts if part]


def _wrapped(text: str, line: int) -> bool:
    """Whether the line that starts here goes on with a sentence: it begins with a small letter."""
    found = _NEXT.match(text, line)
    return found is not None and found[1].islower()


def _overlap(found: set[str], wanted: set[str]) -> float:
    """Cosine of two word sets; a word weighs its length, which makes little of articles and prepositions."""
    return _weight(found & wanted) / ((_weight(found) * _weight(wanted)) ** 0.5 or 1)


def _weight(words: set[str]) -> int:
    return sum(len(word) ** 2 for word in words)


def _words(text: str) -> set[str]:
    return set(_WORD.findall(text.casefold()))


def _last_sentence(text: str) -> str:
    """What a marker refers to; a full stop may come before the marker or after it."""
    said = sentences(text.strip())
    return said[-1] if said else text
