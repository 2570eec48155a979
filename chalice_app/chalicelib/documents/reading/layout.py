"""What the lines of printed pages are: headings, paragraphs, rows of tables, or what every page has.

Pure: lines with their places in, parts of a document out. It goes by sizes, gaps and repetition, which suits
common pages and loses no text of others: what is not recognised is a paragraph.
"""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby, pairwise

from chalicelib.documents.extracted import DEEPEST, Builder
from chalicelib.documents.reading.tables import head_of

type Lines = Sequence["Line"]

_EDGE = 2
"""Lines at the top and bottom of a page that may be furniture."""

_REPEATED = 3
"""Pages on which a line at the same place is furniture."""

_PAGE_NUMBER = re.compile(
    r"[-–—|\s]*(?:(?:page|trang|seite|página|стр\.?|p\.)\s*)?(?:\d{1,5}|[ivxlc]{1,7})(?:\s*(?:/|of|von|de|trên)\s*\d{1,5})?[-–—|\s]*",
    re.IGNORECASE,
)
_DIGITS = re.compile(r"\d+")
_LARGER = 1.15
"""Times the size of most text from which a line is a heading."""

_HEADING_CHARS = 150
_MOST_HEADINGS = 0.3
"""Share of all characters above which large type is no sign of a heading, as on slides."""

_FULL = 0.85
"""Share of the widest line from which a line runs on into the next."""

_GAP = 1.35
"""Times the usual distance of lines from which a paragraph ends."""

APART = 1.2
"""Times a line's size by which two parts of it stand apart as cells do."""

_WIDE_CELL = 30
"""Characters of a cell from which two cells are rather two columns of running text."""

_END = re.compile(r"[.!?:;…。！？][\"'”’»)\]]*$")
_BULLET = re.compile(r"(?:[-–—•●▪◦*·■□○►✓\uf0b7\uf0a7\uf0d8\uf0fc]|\(?\d{1,3}[.)]|[a-z][.)])\s")
_DIVIDED = re.compile(r"[\x02\ufffe\u00ad]+$")
"""What PDFium ends a line with where a word was divided."""

_IDEOGRAPHS = re.compile(r"[\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff\uff00-\uffef]")


@dataclass(frozen=True, slots=True)
class Line:
    """Text on a page whose vertical axis goes up; `cells` are parts that stand clearly apart."""

    text: str
    left: float
    right: float
    bottom: float
    top: float
    size: float
    bold: bool = False
    cells: tuple[str, ...] = ()
    level: int = 0
    """As a heading, from 1; else 0."""


@dataclass(frozen=True, slots=True)
class Page:
    """What is printed, and what somebody has added: a note or a filled field each."""

    lines: Lines
    added: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Outlined:
    """A document's own table of contents: levels by page, counted from 0, and by title in small letters."""

    levels: Mapping[tuple[int, str], int]

    def level(self, page: int, line: Line) -> int:
        return self.levels.get((page, plain(line.text)), 0)


def add_pages(builder: Builder, pages: Sequence[Page], outlined: Outlined) -> None:
    """Adds what is on the pages, without their furniture."""
    body = [_rows(lines) for lines in _without_furniture([page.lines for page in pages])]
    marked = _with_levels(body, outlined)
    for number, (lines, page) in enumerate(zip(marked, pages, strict=True), start=1):
        builder.page(number)
        _add_page(builder, lines)
        builder.paragraph("\n".join(page.added))


def plain(text: str) -> str:
    """A title as it is compared: without case, spaces and the number before it."""
    return re.sub(r"^[\d.\s]+|\W+", "", text.casefold())


def _without_furniture(pages: Sequence[Lines]) -> list[list[Line]]:
    places = Counter(place for page in pages for place in {_place(line) for line in _edges(page)})
    furniture = {place for place, count in places.items() if count >= _REPEATED}
    several = len(pages) > 1
    largest = _LARGER * _usual_size(pages)
    return [list(_kept(page, furniture, largest, several)) for page in pages]


def _usual_size(pages: Sequence[Lines]) -> float:
    sizes: Counter[float] = Counter()
    for page in pages:
        for line in page:
            sizes[line.size] += len(line.text)
    return sizes.most_common(1)[0][0] if sizes else 0.0


def _kept(page: Lines, furniture: set[tuple[str, int]], largest: float, several: bool) -> Iterator[Line]:
    """Large type at an edge is a title, which several slides may share."""
    edges = {id(line) for line in _edges(page) if line.size <= largest}
    for line in page:
        if id(line) in edges:
            numbered = several and _PAGE_NUMBER.fullmatch(line.text.strip())
            if numbered or _place(line) in furniture:
                continue
        yield line


def _edges(page: Lines) -> list[Line]:
    ordered = sorted(page, key=lambda line: line.bottom)
    return ordered if len(ordered) <= 2 * _EDGE else ordered[:_EDGE] + ordered[-_EDGE:]


def _place(line: Line) -> tuple[str, int]:
    """What a line at an edge is recognised by; numbers on it count up."""
    return _DIGITS.sub("#", line.text.strip()), round(line.bottom / 6)


def _rows(page: Lines) -> list[Line]:
    """Lines at the same height, one after the other to the right, are cells of one."""
    rows: list[Line] = []
    for line in page:
        if rows and _beside(rows[-1], line):
            rows[-1] = _together(rows[-1], line)
        else:
            rows.append(line)
    return rows


def _beside(left: Line, right: Line) -> bool:
    shared = min(left.top, right.top) - max(left.bottom, right.bottom)
    height = min(left.top - left.bottom, right.top - right.bottom)
    return right.left >= left.right and shared > 0.5 * height > 0


def _together(left: Line, right: Line) -> Line:
    """Raised letters are lines to PDFium: only what is clearly apart is another cell."""
    before, after = left.cells or (left.text,), right.cells or (right.text,)
    if right.left - left.right < APART * min(left.size, right.size):
        before, after = before[:-1], (f"{before[-1]} {after[0]}", *after[1:])
    cells = before + after if len(before) + len(after) > 1 else ()
    return replace(
        left, text=f"{left.text} {right.text}", cells=cells, right=right.right,
        bottom=min(left.bottom, right.bottom), top=max(left.top, right.top), bold=left.bold and right.bold,
    )  # fmt: skip


def _with_levels(pages: Sequence[Lines], outlined: Outlined) -> list[list[Line]]:
    """By the table of contents where that is found in the text, otherwise by size."""
    listed = [
        [replace(line, level=outlined.level(number, line)) for line in page]
        for number, page in enumerate(pages)
    ]
    found = sum(line.level > 0 for page in listed for line in page)
    return listed if found and 2 * found >= len(outlined.levels) else _by_size(pages)


def _by_size(pages: Sequence[Lines]) -> list[list[Line]]:
    sizes: Counter[tuple[float, bool]] = Counter()
    for page in pages:
        for line in page:
            sizes[_look(line)] += len(line.text)
    if not sizes:
        return [list(page) for page in pages]
    usual = sizes.most_common(1)[0][0]
    large = sorted((look for look in sizes if _stands_out(look, usual)), reverse=True)
    if sum(sizes[look] for look in large) > _MOST_HEADINGS * sizes.total():
        return [list(page) for page in pages]
    levels = {look: min(level, DEEPEST) for level, look in enumerate(large, start=1)}
    return [[_as_heading(line, levels) for line in page] for page in pages]


def _look(line: Line) -> tuple[float, bool]:
    return round(line.size * 2) / 2, line.bold


def _stands_out(look: tuple[float, bool], usual: tuple[float, bool]) -> bool:
    return look[0] >= _LARGER * usual[0] or (look[1] and not usual[1] and look[0] >= usual[0])


def _as_heading(line: Line, levels: Mapping[tuple[float, bool], int]) -> Line:
    level = levels.get(_look(line), 0)
    fits = len(line.text) <= _HEADING_CHARS and not line.cells and any(map(str.isalpha, line.text))
    return replace(line, level=level) if level and fits else line


def _add_page(builder: Builder, page: Lines) -> None:
    for (level, cells), run in groupby(page, key=lambda line: (line.level, bool(line.cells))):
        lines = list(run)
        if level:
            _add_headings(builder, lines)
        elif cells and _is_table(lines):
            rows = [list(line.cells) for line in lines]
            builder.table(rows, head_of(rows))
        else:
            for paragraph in _paragraphs(_in_columns(lines) if cells else lines):
                builder.paragraph(paragraph)


def _add_headings(builder: Builder, lines: Sequence[Line]) -> None:
    """A heading that is too long for a line goes on in the next."""
    text = lines[0].text
    for before, line in pairwise(lines):
        if (
            before.bottom - line.top < 0.6 * line.size
            and before.top > line.top
            and not _BULLET.match(line.text)
        ):
            text = _joined(text, line.text)
        else:
            builder.heading(text, lines[0].level)
            text = line.text
    builder.heading(text, lines[0].level)


def _is_table(lines: Sequence[Line]) -> bool:
    """Two columns of running text have long lines in just two cells; a single row is hardly a table."""
    cells = [cell for line in lines for cell in line.cells]
    wide = sum(map(len, cells)) > _WIDE_CELL * len(cells)
    return len(lines) > 1 and not (wide and len(cells) <= 2 * len(lines))


def _in_columns(lines: Sequence[Line]) -> Sequence[Line]:
    if len(lines) < 3 or any(len(line.cells) != 2 for line in lines):
        return lines
    left = [replace(line, text=line.cells[0], cells=()) for line in lines]
    return left + [replace(line, text=line.cells[1], cells=()) for line in lines]


def _paragraphs(lines: Sequence[Line]) -> Iterator[str]:
    """Lines joined as far as they run on."""
    if not lines:
        return
    usual = _usual_distance(lines)
    widest = max(line.right - line.left for line in lines)
    text = lines[0].text
    for before, line in pairwise(lines):
        if _far(before, line, usual):
            yield text
            text = line.text
        elif _ends(before, line, widest):
            text = f"{text}\n{line.text}"
        else:
            text = _joined(text, line.text)
    yield text


def _usual_distance(lines: Sequence[Line]) -> float:
    distances = sorted(
        before.bottom - line.bottom for before, line in pairwise(lines) if before.bottom > line.bottom
    )
    return distances[len(distances) // 2] if distances else 0


def _far(before: Line, line: Line, usual: float) -> bool:
    """Whether a gap is between them; the top of the next column only ends a sentence."""
    distance = before.bottom - line.bottom
    if distance <= 0:
        return bool(_END.search(before.text))
    larger = max(before.size, line.size)
    return distance > _GAP * max(usual, larger) or (
        bool(_END.search(before.text)) and line.left - before.left > 0.8 * larger and distance > 0
    )


def _ends(before: Line, line: Line, widest: float) -> bool:
    short = before.right - before.left < _FULL * widest
    return (
        bool(_BULLET.match(line.text))
        or (short and bool(_END.search(before.text)))
        or (before.right - before.left < 0.5 * widest)
    )


def _joined(text: str, line: str) -> str:
    """Divided words are made whole again; ideographs stand without spaces."""
    if _DIVIDED.search(text):
        return _DIVIDED.sub("", text) + line
    if text and line and _IDEOGRAPHS.match(text[-1]) and _IDEOGRAPHS.match(line[0]):
        return text + line
    return f"{text} {line}"
