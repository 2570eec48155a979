"""PDF by PDFium: the text layer in its own order, with the places of its lines. Images are not read."""

import ctypes
import math
from collections.abc import Iterator
from functools import reduce

import pypdfium2 as pdfium  # type: ignore[import-untyped]
import pypdfium2.raw as raw  # type: ignore[import-untyped]

from chalicelib.documents.extracted import Builder, Extracted
from chalicelib.documents.reading import fonts
from chalicelib.documents.reading.layout import APART, Line, Outlined, Page, add_pages, plain
from chalicelib.documents.reading.notes import notes, wide
from chalicelib.errors import NoText, TooLarge, Unreadable

MAX_PAGES = 10_000
_MOST_BOOKMARKS = 5_000
_BOLD = 600
"""The weight of a font from which it is bold, as in CSS."""

type _Box = tuple[float, float, float, float]


def read(data: bytes) -> Extracted:
    with opened(data) as document:
        if not len(document):
            raise NoText("the PDF has no pages")
        if len(document) > MAX_PAGES:
            raise TooLarge(f"the PDF has {len(document)} pages; the limit is {MAX_PAGES}")
        told = document.get_metadata_dict()
        builder = Builder(told.get("Title"), _language(document))
        for name in _attachments(document):
            builder.attach(name)
        pages = [_page(document, number) for number in range(len(document))]
        add_pages(builder, pages, _outlined(document))
        return builder.build()


def opened(data: bytes) -> pdfium.PdfDocument:
    """Also when it is encrypted with the empty password, which readers try unasked."""
    fonts.provide()
    try:
        return pdfium.PdfDocument(data)
    except pdfium.PdfiumError as error:
        if error.err_code == raw.FPDF_ERR_PASSWORD:
            raise Unreadable("the PDF is protected with a password; upload it without") from error
        raise Unreadable("the PDF is broken") from error


def _language(document: pdfium.PdfDocument) -> str | None:
    return wide(lambda buffer, size: raw.FPDFCatalog_GetLanguage(document, buffer, size)) or None


def _attachments(document: pdfium.PdfDocument) -> Iterator[str]:
    for number in range(min(document.count_attachments(), 100)):
        try:
            yield document.get_attachment(number).get_name()
        except pdfium.PdfiumError:
            continue


def _outlined(document: pdfium.PdfDocument) -> Outlined:
    """The document's bookmarks that lead to a page of it."""
    levels: dict[tuple[int, str], int] = {}
    try:
        for count, bookmark in enumerate(document.get_toc()):
            target = bookmark.get_dest()
            page = target.get_index() if target else None
            if page is not None:
                levels.setdefault((page, plain(bookmark.get_title())), bookmark.level + 1)
            if count == _MOST_BOOKMARKS:
                break
    except pdfium.PdfiumError:
        pass  # the text is there without
    return Outlined(levels)


def _page(document: pdfium.PdfDocument, number: int) -> Page:
    """One page's lines; a page that is broken has none, and the others are still read."""
    try:
        page = document[number]
        textpage = page.get_textpage()
    except pdfium.PdfiumError:
        return Page([])
    try:
        return Page(list(_lines(page, textpage)), tuple(notes(page)))
    finally:
        textpage.close()
        page.close()


def _lines(page: pdfium.PdfPage, textpage: pdfium.PdfTextPage) -> Iterator[Line]:
    left, bottom, right, top = page.get_bbox()
    for line in _read_lines(textpage):
        if left < line.right and line.left < right and bottom < line.top and line.bottom < top:
            yield line  # others lie beside the page, where nobody sees them


def _read_lines(page: pdfium.PdfTextPage) -> Iterator[Line]:
    start = 0
    for text in _text(page).split("\n"):
        if text.strip():
            yield _line(page, text.rstrip("\r"), start)
        start += len(text) + 1


def _text(page: pdfium.PdfTextPage) -> str:
    """All of a page's text: the offsets in it count PDFium's own characters, in UTF-16."""
    count = raw.FPDFText_CountChars(page)
    if count <= 0:
        return ""
    buffer = (ctypes.c_ushort * (count + 1))()
    written = raw.FPDFText_GetText(page, 0, count, buffer)
    return bytes(buffer)[: 2 * max(written - 1, 0)].decode("utf-16-le", "replace")


def _line(page: pdfium.PdfTextPage, text: str, start: int) -> Line:
    first = max(raw.FPDFText_GetCharIndexFromTextIndex(page, start), 0)
    middle = first + len(text) // 2
    size = max(_size(page, first), _size(page, middle))  # one may be a raised letter, or a space made up
    boxes = [_box(page, each) for each in range(raw.FPDFText_CountRects(page, first, len(text)))]
    left, bottom, right, top = reduce(_around, boxes, boxes[0]) if boxes else (0.0, 0.0, 0.0, 0.0)
    cells, bold = _cells(page, boxes, size), _is_bold(page, middle)
    return Line(text.strip(), left, right, bottom, top, size, bold, cells)


def _around(one: _Box, other: _Box) -> _Box:
    return min(one[0], other[0]), min(one[1], other[1]), max(one[2], other[2]), max(one[3], other[3])


def _size(page: pdfium.PdfTextPage, position: int) -> float:
    """As it is seen: a font may be set at size 1 and enlarged afterwards."""
    matrix = raw.FS_MATRIX()
    enlarged = raw.FPDFText_GetMatrix(page, position, matrix)
    scale = math.hypot(matrix.c, matrix.d) if enlarged else 1.0
    return max(float(raw.FPDFText_GetFontSize(page, position)) * scale, 1.0)


def _box(page: pdfium.PdfTextPage, number: int) -> _Box:
    """Left, bottom, right, top."""
    left, top, right, bottom = (ctypes.c_double() for _ in range(4))
    raw.FPDFText_GetRect(page, number, left, top, right, bottom)
    return left.value, bottom.value, right.value, top.value


def _is_bold(page: pdfium.PdfTextPage, position: int) -> bool:
    if raw.FPDFText_GetFontWeight(page, position) >= _BOLD:
        return True
    name = ctypes.create_string_buffer(128)
    flags = ctypes.c_int()
    raw.FPDFText_GetFontInfo(page, position, name, 128, flags)
    return b"bold" in name.value.lower()


def _cells(page: pdfium.PdfTextPage, boxes: list[_Box], size: float) -> tuple[str, ...]:
    """The texts of a line's parts where wide gaps are between them."""
    parts: list[_Box] = []
    for box in boxes:
        if parts and box[0] - parts[-1][2] < APART * size:
            parts[-1] = _around(parts[-1], box)
        else:
            parts.append(box)
    if len(parts) < 2:
        return ()
    texts = (" ".join(page.get_text_bounded(*part).split()) for part in parts)
    return tuple(text for text in texts if text)
