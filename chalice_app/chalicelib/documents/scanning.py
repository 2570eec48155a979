"""The text of images and of pages that are pictures, as a model reads it (OCR)."""

import re
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Protocol

from chalicelib.documents.extracted import Builder, Extracted, Heading, PageSpan, Table, plain
from chalicelib.documents.extracting import Bounds, File, Shown, extract_all, shown
from chalicelib.documents.formats import Format
from chalicelib.documents.legibility import checked
from chalicelib.errors import NoText

_FENCE = re.compile(r"\A```\w*\n(.*?)\n?```\Z", re.DOTALL)
"""What models put round Markdown, though nobody asked for it."""


class OcrReader(Protocol):
    def texts(self, images: Iterable[Shown]) -> Iterator[str]:
        """The Markdown of each image in order, empty where there is no text.

        Raises Throttled, ModelUnavailable, ModelRefused or TooLarge. What was read before is not read again.
        """


class OcrScanner:
    """`check` is called before each page, to raise when there is no time for more."""

    def __init__(self, reader: OcrReader, bounds: Bounds, check: Callable[[], None] = lambda: None) -> None:
        self._reader = reader
        self._bounds = bounds
        self._check = check

    def complete(self, file: File, found: Extracted | NoText) -> Extracted:
        """What was found of a file, each page that is a picture among the others with what is read on it.

        Raises as the reader does and as `extract` does.
        """
        known = found if isinstance(found, Extracted) else Extracted("")
        numbers: list[int] = []
        texts = list(self._reader.texts(self._shown(file, known, numbers)))
        if not any(map(str.strip, texts)) and known.text:
            return known
        pages = dict(zip(numbers, self._read(file, texts), strict=True))
        whole = merged(known, pages, numbered=file.data[:1024].find(b"%PDF-") >= 0)
        if not whole.text:
            raise NoText(f"{file.name!r} holds no text: NO_TEXT, and OCR found none in its images")
        return checked(whole, file.name, Format.TEXT, self._bounds.chars)

    def _shown(self, file: File, known: Extracted, numbers: list[int]) -> Iterator[Shown]:
        for each in shown(file, [page.number for page in known.pages], self._bounds):
            self._check()
            numbers.append(each.page)
            yield each

    def _read(self, file: File, texts: Sequence[str]) -> list[Extracted]:
        """Takes the Markdown apart where files are read: whoever made the image may have had a say in it."""
        marked = [_FENCE.sub(r"\1", each.strip()) for each in texts]
        files = [File(each.encode(), "page.md", Format.MARKDOWN, file.owner) for each in marked]
        outcomes = extract_all(files, self._bounds)
        return [
            each if isinstance(each, Extracted) else plain("" if isinstance(each, NoText) else text)
            for each, text in zip(outcomes, marked, strict=True)
        ]


def merged(known: Extracted, others: dict[int, Extracted], *, numbered: bool) -> Extracted:
    """All pages in order; an image is no page, and has no number."""
    builder = Builder(known.title, known.language)
    pages = {each.number: _part(known, each) for each in known.pages} | others
    for number, page in sorted(pages.items()):
        if numbered:
            builder.page(number)
        builder.include(page)
    for name in known.attachments:
        builder.attach(name)
    return builder.build()


def _part(whole: Extracted, page: PageSpan) -> Extracted:
    """A page alone, its offsets its own."""
    return Extracted(
        whole.text[page.start : page.end],
        headings=tuple(_moved(_within(whole.headings, page), page.start)),
        tables=tuple(_moved(_within(whole.tables, page), page.start)),
    )


def _within[Mark: (Heading, Table)](marks: Sequence[Mark], page: PageSpan) -> Sequence[Mark]:
    """Those that begin on the page; they are in the order of the text."""
    first, after = (bisect_left(marks, at, key=lambda each: each.start) for at in (page.start, page.end))
    return marks[first:after]


def _moved[Mark: (Heading, Table)](marks: Iterable[Mark], by: int) -> Iterator[Mark]:
    return (replace(each, start=each.start - by, end=each.end - by) for each in marks)
