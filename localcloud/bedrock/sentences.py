"""Splits English and Vietnamese text into sentences, each a verbatim stretch of the text."""

import re
from collections.abc import Iterator

_END = re.compile(r"[.!?…]+[\"'”’»)\]]*(?=\s|$)|\n\s*\n|\n(?=\s*(?:[-*•#]|\d+[.)]\s))")
_ABBREVIATIONS = frozenset(
    """
    mr mrs ms dr prof st sr jr vs etc e.g i.e cf no vol fig al inc ltd co corp gen col sgt rev hon
    approx dept est jan feb mar apr jun jul aug sep sept oct nov dec u.s u.k d.c a.m p.m ca p pp ts ths
    gs pgs tp tt vd tr
    """.split()  # noqa: SIM905
)
_LAST_WORD = re.compile(r"([^\W\d_][\w.]*)\.$")
_LONGEST = 700  # a list or table without full stops is cut at line ends beyond this many characters


def split(text: str) -> list[str]:
    """The sentences of `text` in order; headings and list items count as sentences."""
    pieces: list[str] = []
    start = 0
    for match in _END.finditer(text):
        if match[0].strip() and not _ends(text, start, match):
            continue
        pieces.extend(_cut(text[start : match.end()]))
        start = match.end()
    pieces.extend(_cut(text[start:]))
    return pieces


def _ends(text: str, start: int, match: re.Match[str]) -> bool:
    """Whether the full stop at `match` closes a sentence rather than an abbreviation or an initial."""
    rest = text[match.end() :].lstrip()
    if match[0] == "." and rest:
        word = _LAST_WORD.search(text, start, match.end())
        shortened = word is not None and (word[1].lower() in _ABBREVIATIONS or len(word[1]) == 1)
        return not shortened and not rest[0].islower()
    return not rest or not rest[0].islower()


def _cut(piece: str) -> Iterator[str]:
    lines = piece.split("\n") if len(piece) > _LONGEST else [piece]
    for line in lines:
        if any(letter.isalnum() for letter in line):
            yield line.strip()
