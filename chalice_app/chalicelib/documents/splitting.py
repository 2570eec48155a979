"""Divides a text into passages along its structure: pages, headings, paragraphs, sentences, words.

Pure: spans of characters in, spans out. Every passage is `text[start:end]`, they follow one another without
overlap, and only whitespace lies between them. Sizes are in estimated tokens of the embedding model, whose
window is 256: English takes one per four characters or so, accented and ideographic letters about one each,
so that a passage of English has up to 880 characters and one of Vietnamese some 500.
"""

import math
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

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
        passage
        for place in places
        for section in _merged(text, _sections(text, place), _SMALL * max_tokens)
        for passage in _packed(text, list(_pieces(text, section, max_tokens, _GAPS)), max_tokens)
    ]


def tokens(text: str) -> float:
    """A cautious estimate of the tokens that a word-piece model makes of a text."""
    plain = len(text.encode("ascii", "ignore"))
    return _PER_ASCII * plain + _PER_OTHER * (len(text) - plain)


def _sections(text: str, place: Span) -> Iterator[Span]:
    """Parts of a page that begin with a heading; headings right after each other begin one part."""
    start = after_heading = place.start
    for heading in _HEADING.finditer(text, place.start, place.end):
        if text[after_heading : heading.start()].strip():
            yield replace(place, start=start, end=heading.start())
            start = heading.start()
        after_heading = heading.end()
    yield replace(place, start=start)


def _merged(text: str, sections: Iterable[Span], limit: float) -> Iterator[Span]:
    """Neighbours joined as long as they are small together."""
    kept: Span | None = None
    for section in sections:
        if kept and tokens(text[kept.start : section.end]) <= limit:
            kept = replace(kept, end=section.end)
        else:
            if kept:
                yield kept
            kept = section
    if kept:
        yield kept


def _pieces(text: str, span: Span, limit: float, gaps: Sequence[re.Pattern[str]]) -> Iterator[Span]:
    """The span whole if it fits, otherwise divided at the best gaps it has, down to single characters."""
    span = _trimmed(text, span)
    if span.start >= span.end:
        return
    if tokens(text[span.start : span.end]) <= limit:
        yield span
    elif not gaps:
        yield from _cut(text, span, limit)
    else:
        for part in _divided(text, span, gaps[0]):
            yield from _pieces(text, part, limit, gaps[1:])


def _divided(text: str, span: Span, gap: re.Pattern[str]) -> Iterator[Span]:
    start = span.start
    for found in gap.finditer(text, span.start, span.end):
        gap_start, gap_end = found.span(found.lastindex or 0)
        yield replace(span, start=start, end=gap_start)
        start = gap_end
    yield replace(span, start=start)


def _cut(text: str, span: Span, limit: float) -> Iterator[Span]:
    """A single word too long for a passage, in stretches that fit."""
    start, weight = span.start, 0.0
    for position in range(span.start, span.end):
        added = tokens(text[position])
        if weight + added > limit and position > start:
            yield replace(span, start=start, end=position)
            start, weight = position, 0.0
        weight += added
    yield replace(span, start=start)


def _packed(text: str, pieces: Sequence[Span], limit: float) -> Iterator[Span]:
    """Pieces joined to passages of about the same size, as few as the limit allows."""
    if not pieces:
        return
    left = tokens(text[pieces[0].start : pieces[-1].end])
    passage, weight = pieces[0], tokens(text[pieces[0].start : pieces[0].end])
    for piece in pieces[1:]:
        fair = left / math.ceil(left / limit)
        added = tokens(text[passage.end : piece.end])
        if weight >= fair or weight + added > limit:
            yield passage
            left -= weight
            passage, weight = piece, tokens(text[piece.start : piece.end])
        else:
            passage, weight = replace(passage, end=piece.end), weight + added
    yield passage


def _trimmed(text: str, span: Span) -> Span:
    inside = text[span.start : span.end]
    start = span.start + len(inside) - len(inside.lstrip())
    return replace(span, start=start, end=max(start, span.start + len(inside.rstrip())))
