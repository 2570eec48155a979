"""The parts that a document's headings and pages divide its text into, each with the headings it is under."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import takewhile

from chalicelib.documents.extracted import Extracted, Heading

_LONGEST = 150
"""Characters of a heading that passages are told: an answer's last event has up to six of each it cites."""

type Path = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Section:
    """Characters [start, end) on one page; up to `body` there are headings only."""

    start: int
    body: int
    end: int
    page: int | None = None
    path: Path = ()
    """The headings that it is under and its own, outermost first."""


def sections(extracted: Extracted) -> Iterator[Section]:
    """All of the text, in order. A page goes on under the headings of the page before."""
    outline = _Outline(extracted.text, extracted.headings)
    for place in _places(extracted):
        yield from outline.divided(place)


def joined(left: Section, right: Section) -> Section:
    """Two neighbours as one, under the headings that both are under."""
    both = zip(left.path, right.path, strict=False)
    return replace(
        left, end=right.end, path=tuple(a for a, _ in takewhile(lambda pair: pair[0] == pair[1], both))
    )


def _places(extracted: Extracted) -> Iterator[Section]:
    """The pages, and what is on none of them."""
    covered = 0
    for page in extracted.pages:
        if extracted.text[covered : page.start].strip():
            yield Section(covered, covered, page.start)
        yield Section(page.start, page.start, page.end, page.number)
        covered = page.end
    yield Section(covered, covered, len(extracted.text))


class _Outline:
    """Goes through the headings once, from page to page."""

    def __init__(self, text: str, headings: Sequence[Heading]) -> None:
        self._text = text
        self._left = list(reversed(headings))
        self._open: list[tuple[int, str]] = []

    def divided(self, place: Section) -> Iterator[Section]:
        """Headings right after each other begin one section."""
        start = body = place.start
        while self._left and self._left[-1].start < place.end:
            heading = self._left.pop()
            if self._text[body : heading.start].strip():
                yield replace(place, start=start, body=body, end=heading.start, path=self._path())
                start = heading.start
            self._enter(heading)
            body = heading.end
        yield replace(place, start=start, body=body, path=self._path())

    def _enter(self, heading: Heading) -> None:
        while self._open and self._open[-1][0] >= heading.level:
            self._open.pop()
        line = self._text[heading.start : heading.end]
        self._open.append((heading.level, line[:_LONGEST].rstrip()))

    def _path(self) -> Path:
        return tuple(line for _, line in self._open)
