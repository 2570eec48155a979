"""Images of what has no text, for a model to read: image files, and pages of a PDF that are pictures.

An image file is passed on as it is; a page is drawn by PDFium, in grey, within bounds of pixels and bytes.
"""

import io
import struct
import zlib
from collections.abc import Collection
from dataclasses import dataclass

import pypdfium2 as pdfium  # type: ignore[import-untyped]
import pypdfium2.raw as raw  # type: ignore[import-untyped]

from chalicelib.documents.formats import IMAGE_BYTES, IMAGES, Format
from chalicelib.documents.reading import image
from chalicelib.documents.reading.pdf import MAX_PAGES, opened
from chalicelib.errors import TooLarge

MAX_PICTURES = 200
"""Of one document."""

_LONGEST = 2_000
"""Pixels on a page's longer side: small print can be read, and no model looks more closely."""

_CLOSEST = 300 / 72
"""Pixels to a point: what scanners take for sharp."""

_AT_ONCE = 8
_COVERED = 0.3
"""Share of a page from which an image is what the page is about."""


@dataclass(frozen=True, slots=True)
class Picture:
    """What is on a page, in the media type's words: png, jpeg, gif or webp."""

    page: int
    media: str
    data: bytes


def pictures(
    data: bytes, kind: Format, known: Collection[int], after: int
) -> tuple[list[Picture], int | None]:
    """Some of the pages that are pictures, by number from the one after `after`, and after which to go on.

    `known` are the pages whose text is known. Raises TooLarge, Unreadable or NoText.
    """
    if kind in IMAGES:
        return [_of_image(data, kind)], None
    if kind is not Format.PDF:
        return [], None
    with opened(data) as document:
        numbers = _pictured(document, known, after)
        some = [_drawn(document, number) for number in numbers[:_AT_ONCE]]
        return [each for each in some if each], numbers[_AT_ONCE - 1] if len(numbers) > _AT_ONCE else None


def _of_image(data: bytes, kind: Format) -> Picture:
    image.check(data, kind)
    if len(data) > IMAGE_BYTES and kind is Format.JPEG:
        return Picture(1, "png", _smaller(data))
    if len(data) > IMAGE_BYTES:
        raise TooLarge(f"the image has {len(data)} bytes; the limit is {IMAGE_BYTES}, so save it as JPEG")
    return Picture(1, kind.value.removeprefix("image/"), data)


def _smaller(data: bytes) -> bytes:
    """A photograph, drawn as a page of its own."""
    with pdfium.PdfDocument.new() as document:
        photograph = pdfium.PdfImage.new(document)
        photograph.load_jpeg(io.BytesIO(data), inline=True)
        width, height = photograph.get_px_size()
        photograph.set_matrix(pdfium.PdfMatrix().scale(width, height))
        page = document.new_page(width, height)
        page.insert_obj(photograph)
        page.gen_content()
        return _fitting(page)


def _pictured(document: pdfium.PdfDocument, known: Collection[int], after: int) -> list[int]:
    count = min(len(document), MAX_PAGES)
    numbers = [n for n in range(after + 1, count + 1) if n not in known and _is_picture(document, n)]
    if len(numbers) > MAX_PICTURES:
        raise TooLarge(f"{len(numbers)} pages are images; of one document at most {MAX_PICTURES} are read")
    return numbers


def _is_picture(document: pdfium.PdfDocument, number: int) -> bool:
    """Whether nothing on the page is text, or an image covers a good deal of it. A broken page is none."""
    try:
        page = document[number - 1]
    except pdfium.PdfiumError:
        return False
    try:
        return _is_wordless(page) or _shows_image(page)
    finally:
        page.close()


def _is_wordless(page: pdfium.PdfPage) -> bool:
    text = page.get_textpage()
    try:
        return bool(raw.FPDFPage_CountObjects(page) > 0 and text.count_chars() <= 0)
    finally:
        text.close()


def _shows_image(page: pdfium.PdfPage) -> bool:
    images = page.get_objects(filter=[raw.FPDF_PAGEOBJ_IMAGE], max_depth=3)
    return any(_covers(page, each) for each in images)


def _covers(page: pdfium.PdfPage, shown: pdfium.PdfObject) -> bool:
    left, bottom, right, top = shown.get_bounds()
    width, height = page.get_size()
    return bool((right - left) * (top - bottom) >= _COVERED * width * height)


def _drawn(document: pdfium.PdfDocument, number: int) -> Picture | None:
    """None of a page on which there is nothing to see."""
    page = document[number - 1]
    try:
        data = _fitting(page)
    finally:
        page.close()
    return Picture(number, "png", data) if data else None


def _fitting(page: pdfium.PdfPage) -> bytes:
    """As PNG that is small enough; empty where all is of one shade."""
    scale = min(_LONGEST / max(*page.get_size(), 1), _CLOSEST)
    while len(data := _png(page.render(scale=scale, grayscale=True))) > IMAGE_BYTES:
        scale *= 0.8
    return data


def _png(bitmap: pdfium.PdfBitmap) -> bytes:
    """A PNG of grey pixels (https://www.w3.org/TR/png-3/), whose rows are not filtered."""
    pixels = bytes(bitmap.buffer)
    rows = [pixels[at : at + bitmap.width] for at in range(0, len(pixels), bitmap.stride)]
    if not any(row.strip(pixels[:1]) for row in rows):
        return b""
    header = struct.pack(">IIBBBBB", bitmap.width, bitmap.height, 8, 0, 0, 0, 0)
    packed = zlib.compress(b"".join(b"\0" + row for row in rows), 6)
    chunks = ((b"IHDR", header), (b"IDAT", packed), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(*each) for each in chunks)


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
