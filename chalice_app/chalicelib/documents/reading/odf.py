"""OpenDocument texts, sheets and presentations: headings, paragraphs, tables, slides."""

import io
import zipfile
from collections.abc import Iterator

from chalicelib.documents.extracted import Builder, Extracted
from chalicelib.documents.reading import archive
from chalicelib.documents.reading.markup import Element, local, parsed
from chalicelib.documents.reading.sheets import dense, sample
from chalicelib.documents.reading.tables import head_of
from chalicelib.errors import Unreadable

_TEXT = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"
_TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
_DRAW = "{urn:oasis:names:tc:opendocument:xmlns:drawing:1.0}"
_OFFICE = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}"
_PRESENTATION = "{urn:oasis:names:tc:opendocument:xmlns:presentation:1.0}"
_DUBLIN = "{http://purl.org/dc/elements/1.1/}"
_SKIPPED = {
    f"{_TEXT}tracked-changes", f"{_OFFICE}annotation", f"{_TEXT}sequence-decls", f"{_OFFICE}forms",
    f"{_TABLE}shapes", f"{_OFFICE}event-listeners",
}  # fmt: skip
_MOST_REPEATED = 1_000
"""Of a cell. Sheets end in one empty cell that is repeated to the last column there could be."""


def read(data: bytes) -> Extracted:
    members = archive.check(data)
    with zipfile.ZipFile(io.BytesIO(data)) as unpacked:
        if b"encryption-data" in _member(unpacked, members, "META-INF/manifest.xml"):
            raise Unreadable("the document is protected with a password")
        builder = _builder(_member(unpacked, members, "meta.xml"))
        _Reading(builder).over(parsed(unpacked.read("content.xml")))
    for name in members:
        if name.startswith(("ObjectReplacements/", "Basic/", "Scripts/")) and not name.endswith("/"):
            builder.attach(name)
    return builder.build()


def _member(unpacked: zipfile.ZipFile, members: list[str], name: str) -> bytes:
    return unpacked.read(name) if name in members else b""


def _builder(meta: bytes) -> Builder:
    if not meta:
        return Builder()
    root = parsed(meta, forgiving=True)
    return Builder(root.findtext(f".//{_DUBLIN}title"), root.findtext(f".//{_DUBLIN}language"))


class _Reading:
    """Walks down to paragraphs, headings and tables."""

    def __init__(self, builder: Builder) -> None:
        self._builder = builder
        self._slides = 0

    def over(self, parent: Element) -> None:
        for element in parent:
            match element.tag:
                case tag if tag in _SKIPPED:
                    continue
                case tag if tag == f"{_TEXT}h":
                    self._builder.heading(_line(element), _level(element))
                case tag if tag == f"{_TEXT}p":
                    self._paragraph(element)
                case tag if tag == f"{_TEXT}list":
                    self._builder.paragraph("\n".join(_items(element, 0)))
                case tag if tag == f"{_TABLE}table":
                    self._table(element)
                case _:
                    self._inside(element)

    def _inside(self, element: Element) -> None:
        """Slides are pages; what lies in a frame with a title's role is a heading."""
        if element.tag == f"{_DRAW}page":
            self._slides += 1
            self._builder.page(self._slides)
        if element.get(f"{_PRESENTATION}class") == "title":
            self._builder.heading(_line(element), 1)
        else:
            self.over(element)

    def _paragraph(self, element: Element) -> None:
        self._builder.paragraph(_line(element))
        for box in element.iter(f"{_DRAW}text-box"):
            self.over(box)
        self._remarks(element)

    def _remarks(self, element: Element) -> None:
        """Comments follow what they are about."""
        for remark in element.iter(f"{_OFFICE}annotation"):
            self._builder.paragraph("\n".join(map(_line, remark.iter(f"{_TEXT}p"))))

    def _table(self, element: Element) -> None:
        rows = [list(_cells(row)) for row in element.iter(f"{_TABLE}table-row")]
        filled = dense(rows)
        if filled and _is_sheet(element):
            self._builder.heading(element.get(f"{_TABLE}name") or "", 1)
        said = sum(1 for _ in element.iterfind(f"{_TABLE}table-header-rows/{_TABLE}table-row"))
        self._builder.table(filled, said or head_of(sample(filled)))
        self._remarks(element)


def _is_sheet(element: Element) -> bool:
    parent = element.getparent()
    return parent is not None and local(parent) == "spreadsheet"


def _level(element: Element) -> int:
    said = element.get(f"{_TEXT}outline-level") or "1"
    return int(said) if said.isdecimal() else 1


def _items(element: Element, depth: int) -> Iterator[str]:
    for item in element:
        mark = "- "
        for part in item:
            if part.tag == f"{_TEXT}list":
                yield from _items(part, depth + 1)
            elif line := _line(part):
                yield f"{'  ' * depth}{mark}{line}"
                mark = "  "


def _cells(row: Element) -> Iterator[str]:
    for cell in row:
        repeated = cell.get(f"{_TABLE}number-columns-repeated") or "1"
        text = " ".join(filter(None, (_line(each) for each in cell if each.tag not in _SKIPPED)))
        for _ in range(min(int(repeated), _MOST_REPEATED) if repeated.isdecimal() else 1):
            yield text


def _line(element: Element) -> str:
    """What is written in a paragraph, without its notes and boxes, which stand elsewhere."""
    return "".join(_pieces(element)).strip()


def _pieces(element: Element) -> Iterator[str]:
    yield element.text or ""
    for child in element:
        match local(child):
            case "s":
                count = child.get(f"{_TEXT}c") or "1"
                yield " " * (min(int(count), 100) if count.isdecimal() else 1)
            case "tab":
                yield "\t"
            case "line-break":
                yield "\n"
            case "annotation" | "text-box" | "":
                pass
            case _:
                yield from _pieces(child)
        yield child.tail or ""
