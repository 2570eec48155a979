"""Divides a text into passages along its structure: pages, sections, paragraphs and rows, sentences, words.

Pure: offsets of characters in, offsets out. Every passage is `text[start:end]`, they follow one another, and
only whitespace lies between them. Where a paragraph had to be divided between sentences, the next passage
begins with the sentence that the one before ended with; nowhere else do they overlap.
"""

import math
import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from chalicelib.documents.extracted import Extracted, Table
from chalicelib.documents.sections import Path, Section, joined, sections
from chalicelib.documents.tokens import MAX_TOKENS, letter_weight, weight
from chalicelib.retrieval.languages import language_of

_CLOSERS = r"[\"'”’»›)\]）】」』〕]*"
_ITEM = r"[^\S\n]*(?:[-*•–]|\d{1,3}[.)])\s"
_GAPS = (
    re.compile(r"(\n[^\S\n]*\n\s*)"),  # between paragraphs
    re.compile(rf"(\n(?:(?<=[.!?:;…。！？｡．।؟۔|]\n)|(?={_ITEM}))\s*)"),  # between items of a list
    re.compile(
        rf"[.!?…।؟۔。！？｡．](?<!\b\w\.){_CLOSERS}(?:(\s+)|(?<=[。！？｡．）】」』〕])())"
    ),  # between sentences
    re.compile(r"(\n\s*)"),  # between lines
    re.compile(r"(\s+)"),  # between words
)
"""Where a text may be divided, the best places first; a group spans what is left out there."""

_SENTENCE = 3
"""How many kinds of gaps have been tried once a paragraph is in sentences."""

_ROWS = 3
"""Where the gaps begin that a table is divided at."""

_SMALL = 0.4
"""Share of a full passage below which the parts under two headings are kept together."""

_OVERLAP = 0.2
"""Share of a full passage that a sentence may have to be repeated."""

_LEADING = 0.3
"""Share of a full passage that a section's headings may have."""

_SAMPLE = 400
"""Characters from the middle of a text that its language is told by."""

_NAMES = 200
"""Characters of a table's head that the passages further down are told."""

type _Piece = tuple[int, int, int, int]
"""Start, end, weight, and how many kinds of gaps it was divided at: a tuple, as there are many."""


@dataclass(frozen=True, slots=True)
class Span:
    """Characters [start, end) of a text, the page they are on, and the headings they are under.

    Further down in a table, its head counts as the last of the headings.
    """

    start: int
    end: int
    page: int | None = None
    headings: Path = ()


def split(extracted: Extracted, max_tokens: float = MAX_TOKENS) -> list[Span]:
    """The passages of a text, in order; none reaches over the end of a page."""
    return list(_Splitter(extracted, int(max_tokens * 100)).passages())


class _Splitter:
    """Holds what every step needs: the text, its tables, what a letter of it weighs, and a full passage."""

    def __init__(self, extracted: Extracted, limit: int) -> None:
        self._extracted = extracted
        self._text = extracted.text
        self._limit = limit
        middle = max(0, len(self._text) // 2 - _SAMPLE // 2)
        self._letter = letter_weight(language_of(self._text[middle : middle + _SAMPLE]))
        self._tables = {each.start: each for each in extracted.tables}

    def passages(self) -> Iterator[Span]:
        for section, size in self._merged(sections(self._extracted)):
            if size <= self._limit:
                start, end = self._trimmed(section.start, section.end)
                if start < end:
                    yield Span(start, end, section.page, section.path)
            else:
                yield from self._divided(section)

    def _merged(self, parts: Iterable[Section]) -> Iterator[tuple[Section, int]]:
        """Neighbours on a page joined as long as they are small together, and their weight."""
        kept: Section | None = None
        size = 0
        for part in parts:
            added = self._weight(part.start, part.end)
            if kept and part.page == kept.page and size + added <= _SMALL * self._limit:
                kept, size = joined(kept, part), size + added
            else:
                if kept:
                    yield kept, size
                kept, size = part, added
        if kept:
            yield kept, size

    def _divided(self, section: Section) -> Iterator[Span]:
        leading = self._weight(section.start, section.body)
        body = section.body if leading <= _LEADING * self._limit else section.start
        room = self._limit - leading if body == section.body else self._limit
        pieces = list(self._pieces(body, section.end, room, 0))
        if pieces and body > section.start:
            # A heading stays with what it is above, for which its room was kept.
            _, end, size, depth = pieces[0]
            pieces[0] = self._trimmed(section.start, end)[0], end, size + leading, depth
        for start, end in self._packed(pieces):
            yield Span(start, end, section.page, section.path + self._names(start))

    def _pieces(self, start: int, end: int, room: int, depth: int) -> Iterator[_Piece]:
        """The stretch whole if there is room, otherwise divided at the best gaps it has, or anywhere."""
        start, end = self._trimmed(start, end)
        if start >= end:
            return
        size = self._weight(start, end)
        if size <= room:
            yield start, end, size, depth
            return
        whole = self._tables.get(start)
        in_rows = whole is not None and end <= whole.end
        gaps, depth = self._gaps(start, end, max(depth, _ROWS) if in_rows else depth)
        if not gaps:
            yield from self._cut(start, end, room)
            return
        for gap_start, gap_end in [*gaps, (end, end)]:
            yield from self._pieces(start, gap_start, room, depth + 1)
            start = gap_end

    def _gaps(self, start: int, end: int, depth: int) -> tuple[list[tuple[int, int]], int]:
        """The best gaps that there are, and how good they are."""
        for kind in range(depth, len(_GAPS)):
            found = [each.span(each.lastindex or 0) for each in _GAPS[kind].finditer(self._text, start, end)]
            if found:
                return found, kind
        return [], len(_GAPS)

    def _cut(self, start: int, end: int, room: int) -> Iterator[_Piece]:
        """A single word that is too long, in stretches that fit."""
        size = 0
        for position in range(start, end):
            added = self._weight(position, position + 1)
            if size + added > room and position > start:
                yield start, position, size, len(_GAPS)
                start, size = position, 0
            size += added
        yield start, end, size, len(_GAPS)

    def _packed(self, pieces: Sequence[_Piece]) -> Iterator[tuple[int, int]]:
        """Pieces joined to passages of about the same size, as few as the limit allows."""
        if not pieces:
            return
        left = sum(piece[2] for piece in pieces)
        start, end, size, _ = before = pieces[0]
        for piece in pieces[1:]:
            fair = left / math.ceil(left / self._limit)
            if size >= fair or size + piece[2] > self._limit:
                yield start, end
                left -= size
                repeated = before[0] > start and self._repeats(before, piece)
                start, size = (before[0], before[2]) if repeated else (piece[0], 0)
                left += size
            size += piece[2]
            end = piece[1]
            before = piece
        yield start, end

    def _repeats(self, before: _Piece, piece: _Piece) -> bool:
        """Whether both are sentences of a paragraph, and the first is short enough to be said again."""
        return (
            before[3] == piece[3] == _SENTENCE
            and before[2] <= _OVERLAP * self._limit
            and before[2] + piece[2] <= self._limit
            and "\n\n" not in self._text[before[1] : piece[0]]
        )

    def _names(self, start: int) -> Path:
        """The head of the table that a passage begins further down in."""
        table = _around(self._extracted.tables, start)
        if table is None or not table.head or start == table.start:
            return ()
        rows = self._text[table.start : table.end].split("\n", table.head)[: table.head]
        return ("\n".join(rows)[:_NAMES].rstrip(),)

    def _weight(self, start: int, end: int) -> int:
        return weight(self._text[start:end], self._letter)

    def _trimmed(self, start: int, end: int) -> tuple[int, int]:
        inside = self._text[start:end]
        trimmed = start + len(inside) - len(inside.lstrip())
        return trimmed, max(trimmed, start + len(inside.rstrip()))


def _around(tables: Sequence[Table], position: int) -> Table | None:
    """The table that a position is in."""
    found = bisect_right(tables, position, key=lambda table: table.start)
    return tables[found - 1] if found and position < tables[found - 1].end else None
