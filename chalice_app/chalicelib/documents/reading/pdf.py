"""PDF by PDFium: the text layer page by page, lines joined into paragraphs. Images are not read."""

import re
from collections.abc import Iterator

import pypdfium2 as pdfium  # type: ignore[import-untyped]

from chalicelib.documents.extracted import Extracted, paged
from chalicelib.errors import NoText, Unreadable

_HYPHEN = re.compile(r"(?<=\w)[\x02\ufffe\u00ad]\s*\n?")
"""PDFium's mark for a word that was divided at the end of a line."""

_FULL = 0.75
"""Share of a page's usual line length from which a line runs on into the next."""


def read(data: bytes) -> Extracted:
    try:
        document = pdfium.PdfDocument(data)
    except pdfium.PdfiumError as error:
        raise Unreadable("the PDF is broken, or protected with a password") from error
    with document:
        if not len(document):
            raise NoText("the PDF has no pages")
        return paged(_pages(document), document.get_metadata_dict().get("Title"))


def _pages(document: pdfium.PdfDocument) -> Iterator[str]:
    for number in range(len(document)):
        yield paragraphs(_page_text(document, number))


def _page_text(document: pdfium.PdfDocument, number: int) -> str:
    """One page's text; a page that is broken has none, and the others are still read."""
    try:
        page = document[number]
        text = page.get_textpage().get_text_bounded(errors="replace")
        page.close()
    except pdfium.PdfiumError:
        return ""
    return str(text)


def paragraphs(text: str) -> str:
    """Joins the lines of running text: one that is nearly full runs on, a shorter one ends its paragraph."""
    lines = [line.strip() for line in _HYPHEN.sub("", text.replace("\r\n", "\n")).split("\n")]
    usual = _usual_length(lines)
    joined = "".join(f"{line} " if len(line) >= _FULL * usual else f"{line}\n" for line in lines)
    return re.sub(r"([.!?:;…][\"”’)\]]*)\n(?=\S)", r"\1\n\n", joined)


def _usual_length(lines: list[str]) -> int:
    lengths = sorted(len(line) for line in lines if line)
    return lengths[len(lengths) * 9 // 10] if lengths else 0
