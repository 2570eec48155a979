"""A document's text as it is stored, shown and cited, and where its structure lies in it.

Every offset in the product counts characters of this text. What is a heading or a table is said by spans and
never by marks in the text: a line that begins with '#' is a heading only where the format has headings.
"""

import json
import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

_GAP = "\n\n"
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufeff\ufffe\uffff\ud800-\udfff]")
_ASCII_CONTROLS = bytes({*range(0x20), 0x7F} - {*b"\t\n"})
_SYMBOLS = str.maketrans("\uf0b7\uf0a7\uf0a8\uf06e\uf076\uf0d8\uf0fc\uf0fe\uf0e0\uf0df\uf02d", "•▪▪■❖➢✓☑→←-")
"""What Symbol and Wingdings show, whose letters Unicode has no names for: signs of lists above all."""

_EMPTY_LINES = re.compile(r"\n{3,}")

BETWEEN_CELLS = " | "
DEEPEST = 6
"""Levels of headings that are told apart."""

_LONGEST_HEADING = 300
_MOST_ATTACHMENTS = 100
_ATTACHMENTS_CHARS = 4_000
"""Of all names together: they are in every event about the document, which AppSync takes up to 240 kB of."""

_PROGRAM = re.compile(r"^Microsoft (?:Word|PowerPoint|Excel) - ")
_PLACEHOLDER = re.compile(
    r"(?:power ?point|word|excel)[ -](?:presentation|document|workbook|presentatie|präsentation|演示文稿)"
    r"|(?:untitled|unnamed)(?: (?:document|spreadsheet|presentation))?|(?:slide|book|document|sheet) ?1"
    r"|\S+\.(?:docx?|dvi|indd|odt|pdf|pptx?|qxd|rtf|tex|xlsx?)",
    re.IGNORECASE,
)

_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?=$|[-_])")


@dataclass(frozen=True, slots=True)
class PageSpan:
    """A page or slide, counted from 1, and the characters [start, end) that are on it."""

    number: int
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Heading:
    """Level 1 is the outermost; [start, end) is the heading's line."""

    level: int
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Table:
    """Characters [start, end), a row a line; the first `head` rows name the columns."""

    start: int
    end: int
    head: int = 0


@dataclass(frozen=True, slots=True)
class Extracted:
    """Composed (NFC) text without control characters; `pages` is empty for formats that have none."""

    text: str
    pages: tuple[PageSpan, ...] = ()
    title: str | None = None
    headings: tuple[Heading, ...] = ()
    tables: tuple[Table, ...] = ()
    attachments: tuple[str, ...] = ()
    """Names of files inside the file, which were not read."""
    language: str | None = None
    """What the file says of itself, as a BCP 47 language: a hint, which is often wrong."""

    def to_json(self) -> bytes:
        stored = {
            "text": self.text,
            "title": self.title,
            "language": self.language,
            "attachments": self.attachments,
            "pages": [[each.number, each.start, each.end] for each in self.pages],
            "headings": [[each.level, each.start, each.end] for each in self.headings],
            "tables": [[each.start, each.end, each.head] for each in self.tables],
        }
        return json.dumps(stored, ensure_ascii=False).encode()

    @classmethod
    def from_json(cls, data: bytes) -> "Extracted":
        """What `to_json` wrote, or a child that its file took over: short is kept short here too."""
        stored = json.loads(data)
        return cls(
            text=stored["text"],
            title=_title(stored["title"]),
            language=_language(stored["language"]),
            attachments=_attachments(stored["attachments"]),
            pages=tuple(PageSpan(*each) for each in stored["pages"]),
            headings=tuple(Heading(*each) for each in stored["headings"]),
            tables=tuple(Table(*each) for each in stored["tables"]),
        )


class Builder:
    """Takes a document's parts in reading order and knows where each came to lie.

    Parts are cleaned one by one and stand a blank line apart, so that their offsets hold.
    """

    def __init__(self, title: str | None = None, language: str | None = None) -> None:
        self.title = title
        self.language = language
        self._parts: list[str] = []
        self._length = 0
        self._page: PageSpan | None = None
        self._pages: list[PageSpan] = []
        self._headings: list[Heading] = []
        self._tables: list[Table] = []
        self._attachments: list[str] = []

    def page(self, number: int) -> None:
        """What follows is on this page."""
        self._page = PageSpan(number, 0, 0)

    def heading(self, text: str, level: int) -> None:
        """One line. What is too long for a heading is kept as a paragraph."""
        line = _line(text)
        start, end = self._add(line)
        if start < end <= start + _LONGEST_HEADING:
            self._headings.append(Heading(min(max(level, 1), DEEPEST), start, end))

    def paragraph(self, text: str) -> None:
        """A paragraph, or several with blank lines between them; a list or code, a line for each item."""
        self._add(cleaned(text))

    def table(self, rows: Iterable[Sequence[str]], head: int = 0) -> None:
        """Rows of cells, the first `head` of which name the columns. Rows without text are left out."""
        lines = [(number < head, _row(cells)) for number, cells in enumerate(rows)]
        kept = [(names, line) for names, line in lines if line]
        start, end = self._add("\n".join(line for _, line in kept).strip())
        if start < end:
            naming = sum(names for names, _ in kept)
            self._tables.append(Table(start, end, min(naming, len(kept) - 1)))

    def attach(self, name: str) -> None:
        """The name of a file inside the file."""
        if len(self._attachments) < _MOST_ATTACHMENTS:
            self._attachments = list(_attachments([*self._attachments, name]))

    def include(self, part: Extracted, under: int = 0) -> None:
        """All of another document but its pages, its headings so many levels further in."""
        shift, end = self._add(part.text)
        if shift < end:
            self._headings += [_moved(each, shift, under) for each in part.headings]
            self._tables += [
                replace(each, start=each.start + shift, end=each.end + shift) for each in part.tables
            ]
        for name in part.attachments:
            self.attach(name)

    def build(self) -> Extracted:
        return Extracted(
            text="".join(self._parts), pages=tuple(self._pages), title=_title(self.title),
            headings=tuple(self._headings), tables=tuple(self._tables),
            attachments=tuple(self._attachments), language=_language(self.language),
        )  # fmt: skip

    def _add(self, text: str) -> tuple[int, int]:
        """Where a cleaned text came to lie; an empty one lies nowhere."""
        if not text:
            return self._length, self._length
        gap = _GAP if self._parts else ""
        self._parts.append(gap + text)
        start = self._length + len(gap)
        self._length = start + len(text)
        self._lay(start, self._length)
        return start, self._length

    def _lay(self, start: int, end: int) -> None:
        """Puts a part on the page that is open, which begins with its first part."""
        if self._page is None:
            return
        if self._page.end:
            self._page = replace(self._page, end=end)
            self._pages[-1] = self._page
        else:
            self._page = replace(self._page, start=start, end=end)
            self._pages.append(self._page)


def plain(text: str, title: str | None = None) -> Extracted:
    """A text without pages and structure."""
    return Extracted(cleaned(text), title=_title(title))


def paged(pages: Iterable[str], title: str | None = None) -> Extracted:
    """The pages' text in order, and where each lies; one without text keeps its number and has no span."""
    builder = Builder(title)
    for number, page in enumerate(pages, start=1):
        builder.page(number)
        builder.paragraph(page)
    return builder.build()


def cleaned(text: str) -> str:
    """Composed, with plain line ends and without control characters and empty margins."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").replace("\u2028", "\n").replace("\u2029", "\n")
    composed = unicodedata.normalize("NFC", _without_controls(lines).replace("\xa0", " "))
    trimmed = "\n".join(map(str.rstrip, composed.split("\n")))
    return (_EMPTY_LINES.sub(_GAP, trimmed) if "\n\n\n" in trimmed else trimmed).strip()


def _without_controls(text: str) -> str:
    """Bytes are a good deal faster where they will do."""
    if text.isascii():
        return text.encode().translate(None, _ASCII_CONTROLS).decode()
    return _CONTROL.sub("", text.translate(_SYMBOLS) if max(text) >= "\uf020" else text)


def _row(cells: Iterable[str]) -> str:
    return BETWEEN_CELLS.join(_line(each) for each in cells).rstrip(" |")


def _line(text: str) -> str:
    return " ".join(cleaned(text).split())


def _moved(heading: Heading, shift: int, under: int) -> Heading:
    level = min(heading.level + under, DEEPEST)
    return Heading(level, heading.start + shift, heading.end + shift)


def _attachments(names: Iterable[str]) -> tuple[str, ...]:
    """Each once, as many as are kept."""
    kept: dict[str, None] = {}
    chars = 0
    for line in (_line(name)[:255] for name in names):
        if (
            line
            and line not in kept
            and len(kept) < _MOST_ATTACHMENTS
            and chars + len(line) <= _ATTACHMENTS_CHARS
        ):
            kept[line] = None
            chars += len(line)
    return tuple(kept)


def _title(title: str | None) -> str | None:
    """Without what a program wrote for want of one."""
    line = _PROGRAM.sub("", _line(title or "")[:300]).rstrip()
    return None if not line or _PLACEHOLDER.fullmatch(line) else line


def _language(language: str | None) -> str | None:
    """The language without its region: 'en' of 'en-GB'."""
    found = _LANGUAGE.match(language.strip()) if language else None
    return found[0].lower() if found else None
