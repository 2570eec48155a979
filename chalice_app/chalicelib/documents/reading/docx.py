"""Word documents: paragraphs, headings, lists, tables, text boxes and notes in the order they are written.

A note or comment follows the paragraph that refers to it. The headers and footers of pages repeat, and are
not read.
"""

import io
import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import docx
from docx.opc.constants import RELATIONSHIP_TYPE
from docx.oxml import parse_xml
from docx.oxml.ns import qn

from chalicelib.documents.extracted import Builder, Extracted
from chalicelib.documents.reading import archive, figures, package
from chalicelib.documents.reading.tables import head_of

if TYPE_CHECKING:
    from docx.document import Document

type Element = Any  # lxml's element as python-docx subclasses it, which neither types
type Style = Any  # one of four classes

_PARAGRAPH, _TEXT, _TABLE, _CELL, _ROW = qn("w:p"), qn("w:t"), qn("w:tbl"), qn("w:tc"), qn("w:tr")
_LITERAL = {qn("w:tab"): "\t", qn("w:br"): "\n", qn("w:cr"): "\n", qn("w:noBreakHyphen"): "-"}
_FORMULA_TEXT = qn("m:t")
_FALLBACK = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"
_SKIPPED = {_FALLBACK, qn("w:del"), qn("w:instrText"), qn("w:pPr"), qn("w:moveFrom")}
"""A text box is written twice, the second time as a fallback; deleted text and field codes are not read."""

_BOX = qn("w:txbxContent")
_NOTES = {
    qn("w:footnoteReference"): RELATIONSHIP_TYPE.FOOTNOTES,
    qn("w:endnoteReference"): RELATIONSHIP_TYPE.ENDNOTES,
    qn("w:commentReference"): RELATIONSHIP_TYPE.COMMENTS,
}
_DEEPEST_STYLE = 10


def read(data: bytes) -> Extracted:
    archive.check(data)
    document = docx.Document(io.BytesIO(package.usual(data)))
    builder = Builder(_property(document, "title"), _property(document, "language"))
    for name in _embedded(document):
        builder.attach(name)
    _Reading(document, builder).add(document.element.body)
    return builder.build()


def _property(document: "Document", name: str) -> str | None:
    try:
        return getattr(document.core_properties, name) or None
    except (KeyError, ValueError):
        return None


def _embedded(document: "Document") -> Iterator[str]:
    for each in document.part.rels.values():
        if not each.is_external and each.reltype in {RELATIONSHIP_TYPE.PACKAGE, RELATIONSHIP_TYPE.OLE_OBJECT}:
            yield str(each.target_part.partname).rpartition("/")[2]


def _heading_levels(document: "Document") -> dict[str, int]:
    """Heading level by style id, also of styles made from others; the file may be without any."""
    if all(each.reltype != RELATIONSHIP_TYPE.STYLES for each in document.part.rels.values()):
        return {}  # python-docx would open a file of its own for them
    return {str(each.style_id): level for each in document.styles if (level := _level(each))}


def _level(style: Style) -> int:
    """Word's own styles have English names in every language version."""
    for _ in range(_DEEPEST_STYLE):
        if style is None:
            break
        name = str(style.name or "").lower()
        if found := re.fullmatch(r"heading ([1-9])", name):
            return int(found[1])
        if name == "title":
            return 1
        style = getattr(style, "base_style", None)
    return 0


def _notes(document: "Document", kind: str) -> dict[str, Element]:
    """The elements of foot-, endnotes or comments by id."""
    part = next((each.target_part for each in document.part.rels.values() if each.reltype == kind), None)
    return {str(each.get(qn("w:id"))): each for each in parse_xml(part.blob)} if part is not None else {}


class _Reading:
    """Adds a document's elements to the builder; lines of a list are kept until it ends."""

    def __init__(self, document: "Document", builder: Builder) -> None:
        self._builder = builder
        self._parts = document.part.related_parts
        self._levels = _heading_levels(document)
        self._notes: Mapping[str, Mapping[str, Element]] = {
            tag: _notes(document, kind) for tag, kind in _NOTES.items()
        }
        self._items: list[str] = []

    def add(self, parent: Element) -> None:
        self._add_all(parent)
        self._end_list()

    def _add_all(self, parent: Element) -> None:
        for element in parent.iterchildren():
            if element.tag == _PARAGRAPH:
                self._add_paragraph(element)
            elif element.tag == _TABLE:
                self._end_list()
                self._add_table(element)
            elif element.tag not in _SKIPPED:
                self._add_all(element)

    def _add_paragraph(self, paragraph: Element) -> None:
        text = "".join(_runs(paragraph)).strip()
        level = self._heading_level(paragraph)
        if text and not level and paragraph.find(f"{qn('w:pPr')}/{qn('w:numPr')}") is not None:
            self._items.append(f"- {text}")
            return
        self._end_list()
        if level:
            self._builder.heading(text, level)
        else:
            self._builder.paragraph(text)
        self._add_aside(paragraph)

    def _add_aside(self, paragraph: Element) -> None:
        """Text boxes and figures that are anchored in a paragraph, and the notes that it refers to."""
        for box in paragraph.iter(_BOX):
            if not any(each.tag == _FALLBACK for each in box.iterancestors()):
                self.add(box)
        named = (each.get(key) for tag, key in figures.DRAWN.items() for each in paragraph.iter(tag))
        for part in filter(None, map(self._parts.get, named)):
            figures.add(self._builder, part.blob)
        for tag, notes in self._notes.items():
            for reference in paragraph.iter(tag):
                if (note := notes.get(reference.get(qn("w:id")))) is not None:
                    self._builder.paragraph(_all_text(note))

    def _heading_level(self, paragraph: Element) -> int:
        """By its style, or by the level of the outline that it has itself."""
        style = paragraph.find(f"{qn('w:pPr')}/{qn('w:pStyle')}")
        if style is not None and (level := self._levels.get(style.get(qn("w:val")), 0)):
            return level
        outline = paragraph.find(f"{qn('w:pPr')}/{qn('w:outlineLvl')}")
        value = str(outline.get(qn("w:val"))) if outline is not None else ""
        return int(value) + 1 if value.isdigit() and int(value) < 9 else 0  # 9 is running text

    def _add_table(self, table: Element) -> None:
        lines = list(_inside(table, _ROW))
        rows = [[_all_text(cell) for cell in _inside(row, _CELL)] for row in lines]
        named = sum(row.find(f"{qn('w:trPr')}/{qn('w:tblHeader')}") is not None for row in lines)
        self._builder.table(rows, named or head_of(rows))

    def _end_list(self) -> None:
        self._builder.paragraph("\n".join(self._items))
        self._items = []


def _inside(parent: Element, tag: str) -> Iterator[Element]:
    """A table's own rows or a row's own cells, also those that a form field is around."""
    for element in parent.iterchildren():
        if element.tag == tag:
            yield element
        elif element.tag not in _SKIPPED:
            yield from _inside(element, tag)


def _all_text(parent: Element) -> str:
    """What a cell or a note holds, on one line."""
    paragraphs = ("".join(_runs(each)) for each in parent.iter(_PARAGRAPH))
    return " ".join(" ".join(paragraphs).split())


def _runs(parent: Element) -> Iterator[str]:
    """The text within a paragraph; text boxes anchored in it are paragraphs of their own."""
    for element in parent.iterchildren():
        if element.tag in {_TEXT, _FORMULA_TEXT}:
            yield element.text or ""
        elif element.tag in _LITERAL:
            yield _LITERAL[element.tag]
        elif element.tag not in _SKIPPED and element.tag != _BOX:
            yield from _runs(element)
