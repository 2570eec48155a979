"""A document's text as it is stored, shown and cited: every offset in the product counts its characters."""

import json
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

_GAP = "\n\n"
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufeff\ufffe\uffff\ud800-\udfff]")
_MARGIN = re.compile(r"[^\S\n]+(?=\n|$)")
_EMPTY_LINES = re.compile(r"\n{3,}")


@dataclass(frozen=True, slots=True)
class PageSpan:
    """A page or slide, counted from 1, and the characters [start, end) that are on it."""

    number: int
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Extracted:
    """Composed (NFC) text without control characters; `pages` is empty for formats that have none."""

    text: str
    pages: tuple[PageSpan, ...] = ()
    title: str | None = None

    def to_json(self) -> bytes:
        pages = [[each.number, each.start, each.end] for each in self.pages]
        return json.dumps(
            {"text": self.text, "pages": pages, "title": self.title}, ensure_ascii=False
        ).encode()

    @classmethod
    def from_json(cls, data: bytes) -> "Extracted":
        stored = json.loads(data)
        return cls(stored["text"], tuple(PageSpan(*each) for each in stored["pages"]), stored["title"])


def plain(text: str, title: str | None = None) -> Extracted:
    """A text without pages."""
    return Extracted(cleaned(text), title=_title(title))


def paged(pages: Iterable[str], title: str | None = None) -> Extracted:
    """The pages' text in order, and where each lies; one without text keeps its number and has no span."""
    text: list[str] = []
    spans: list[PageSpan] = []
    length = 0
    for number, page in enumerate(map(cleaned, pages), start=1):
        if page:
            gap = _GAP if text else ""
            start = length + len(gap)
            length = start + len(page)
            text.append(gap + page)
            spans.append(PageSpan(number, start, length))
    return Extracted("".join(text), tuple(spans), _title(title))


def cleaned(text: str) -> str:
    """Composed, with plain line ends and without control characters and empty margins."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").replace("\u2028", "\n").replace("\u2029", "\n")
    composed = unicodedata.normalize("NFC", _CONTROL.sub("", lines).replace("\xa0", " "))
    return _EMPTY_LINES.sub(_GAP, _MARGIN.sub("", composed)).strip()


def _title(title: str | None) -> str | None:
    return (cleaned(title or "")[:300] or None) if title else None
