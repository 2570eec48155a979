"""Divides a text into passages along its structure: pages, headings, paragraphs, sentences, words.

Pure: spans of characters in, spans out. Every passage is `text[start:end]`, they follow one another without
overlap, and only whitespace lies between them. Sizes are in estimated tokens of the embedding model, whose
window is 256: English takes one per four characters or so, accented and ideographic letters about one each,
so that a passage of English has up to 880 characters and one of Vietnamese some 500.
"""

import math
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from chalicelib.documents.extracted import PageSpan

MAX_TOKENS = 220.0
"""Estimated tokens of the longest passage: the model's 256 less its marks and the estimate's error."""

_PER_ASCII = 0.25
_PER_OTHER = 1.0

_HEADING = re.compile(r"^#{1,6} \S.*$", re.MULTILINE)
_GAPS = (
    re.compile(r"(\n[^\S\n]*\n\s*)"),  # between paragraphs
    re.compile(r"(\n\s*)"),  # between lines
    re.compile(r"[.!?…][\"”’»)\]]*(\s+)|[。！？]()"),  # between sentences
    re.compile(r"(\s+)"),  # between words
)
"""Where a text may be divided, the best places first; a group spans what is left out there."""

_SMALL = 0.4
"""Share of a full passage below which the parts under two headings are kept together."""


type _Stretch = tuple[int, int]
"""Characters [start, end) on the way to a passage; a tuple, as there are many more of them than passages."""


@dataclass(frozen=True, slots=True)
class Span:
    """Characters [start, end) of a text, and the page they are on."""

    start: int
    end: int
    page: int | None = None


def split(text: str, pages: Iterable[PageSpan] = (), max_tokens: float = MAX_TOKENS) -> list[Span]:
    """The passages of a text, in order; none reaches over the end of a page."""
    places = [Span(each.start, each.end, each.number) for each in pages] or [Span(0, len(text))]
    return [
        Span(start, end, place.page)
        for place in places
        for section in _merged(text, _sections(text, place.start, place.end), _SMALL * max_tokens)
        for start, end in _packed(text, list(_pieces(text, *section, max_tokens, _GAPS)), max_tokens)
    ]


def tokens(text: str) -> float:
    """A cautious estimate of the tokens that a word-piece model makes of a text."""
    if text.isascii():
        return _PER_ASCII * len(text)
    plain = len(text.encode("ascii", "ignore"))
    return _PER_ASCII * plain + _PER_OTHER * (len(text) - plain)


def _sections(text: str, start: int, end: int) -> Iterator[_Stretch]:
    """Parts of a page that begin with a heading; headings right after each other begin one part."""
    after_heading = start
    for heading in _HEADING.finditer(text, start, end):
        if text[after_heading : heading.start()].strip():
            yield start, heading.start()
            start = heading.start()
        after_heading = heading.end()
    yield start, end


def _merged(text: str, sections: Iterable[_Stretch], limit: float) -> Iterator[_Stretch]:
    """Neighbours joined as long as they are small together."""
    kept: _Stretch | None = None
    for start, end in sections:
        if kept and tokens(text[kept[0] : end]) <= limit:
            kept = kept[0], end
        else:
            if kept:
                yield kept
            kept = start, end
    if kept:
        yield kept


def _pieces(
    text: str, start: int, end: int, limit: float, gaps: Sequence[re.Pattern[str]]
) -> Iterator[_Stretch]:
    """The stretch whole if it fits, otherwise divided at the best gaps it has, down to single characters."""
    start, end = _trimmed(text, start, end)
    if start >= end:
        return
    if tokens(text[start:end]) <= limit:
        yield start, end
    elif not gaps:
        yield from _cut(text, start, end, limit)
    else:
        for part in _divided(text, start, end, gaps[0]):
            yield from _pieces(text, *part, limit, gaps[1:])


def _divided(text: str, start: int, end: int, gap: re.Pattern[str]) -> Iterator[_Stretch]:
    for found in gap.finditer(text, start, end):
        gap_start, gap_end = found.span(found.lastindex or 0)
        yield start, gap_start
        start = gap_end
    yield start, end


def _cut(text: str, start: int, end: int, limit: float) -> Iterator[_Stretch]:
    """A single word too long for a passage, in stretches that fit."""
    weight = 0.0
    for position in range(start, end):
        added = _PER_ASCII if text[position].isascii() else _PER_OTHER
        if weight + added > limit and position > start:
            yield start, position
            start, weight = position, 0.0
        weight += added
    yield start, end


def _packed(text: str, pieces: Sequence[_Stretch], limit: float) -> Iterator[_Stretch]:
    """Pieces joined to passages of about the same size, as few as the limit allows."""
    if not pieces:
        return
    start, end = pieces[0]
    left, weight = tokens(text[start : pieces[-1][1]]), tokens(text[start:end])
    for piece_start, piece_end in pieces[1:]:
        fair = left / math.ceil(left / limit)
        added = tokens(text[end:piece_end])
        if weight >= fair or weight + added > limit:
            yield start, end
            left -= weight
            start, weight = piece_start, tokens(text[piece_start:piece_end])
        else:
            weight += added
        end = piece_end
    yield start, end


def _trimmed(text: str, start: int, end: int) -> _Stretch:
    inside = text[start:end]
    trimmed_start = start + len(inside) - len(inside.lstrip())
    return trimmed_start, max(trimmed_start, start + len(inside.rstrip()))
