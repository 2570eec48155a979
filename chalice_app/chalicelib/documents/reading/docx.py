"""Word documents: paragraphs, headings, lists, tables and text boxes in the order they are written."""

import io
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import docx
from docx.oxml.ns import qn

from chalicelib.documents.extracted import Extracted, plain
from chalicelib.documents.reading import archive

if TYPE_CHECKING:
    from docx.document import Document

type Element = Any  # lxml's element as python-docx subclasses it, which neither types

_PARAGRAPH, _TEXT, _CELL, _ROW = qn("w:p"), qn("w:t"), qn("w:tc"), qn("w:tr")
_LITERAL = {qn("w:tab"): "\t", qn("w:br"): "\n", qn("w:cr"): "\n", qn("w:noBreakHyphen"): "-"}
_FALLBACK = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"
_SKIPPED = {_FALLBACK, qn("w:del"), qn("w:instrText"), qn("w:pPr"), qn("w:moveFrom")}
"""A text box is written twice, the second time as a fallback; deleted text and field codes are not read."""


def read(data: bytes) -> Extracted:
    archive.check(data)
    document = docx.Document(io.BytesIO(data))
    blocks = _blocks(document.element.body, _heading_levels(document))
    return plain("\n\n".join(filter(str.strip, blocks)), _title(document))


def _title(document: "Document") -> str | None:
    try:
        return document.core_properties.title or None
    except (KeyError, ValueError):
        return None


def _heading_levels(document: "Document") -> dict[str, int]:
    """Heading level by style id; Word's own style names are English in every language version."""
    levels: dict[str, int] = {}
    for style in document.styles:
        name = str(style.name or "").lower()
        if found := re.fullmatch(r"heading ([1-6])", name):
            levels[style.style_id] = int(found[1])
        elif name == "title":
            levels[style.style_id] = 1
    return levels


def _blocks(parent: Element, levels: dict[str, int]) -> Iterator[str]:
    for element in parent.iterchildren():
        if element.tag == _PARAGRAPH:
            yield _paragraph(element, levels)
            yield from _boxes(element, levels)
        elif element.tag == _ROW:
            yield " | ".join(_cell(each, levels) for each in element.iterchildren(_CELL))
        elif element.tag not in _SKIPPED:
            yield from _blocks(element, levels)


def _paragraph(paragraph: Element, levels: dict[str, int]) -> str:
    text = "".join(_runs(paragraph)).strip()
    style = paragraph.find(f"{qn('w:pPr')}/{qn('w:pStyle')}")
    level = levels.get(style.get(qn("w:val")), 0) if style is not None else 0
    return f"{'#' * level} {text}" if level and text else text


def _runs(parent: Element) -> Iterator[str]:
    """The text within a paragraph; text boxes anchored in it are paragraphs of their own."""
    for element in parent.iterchildren():
        if element.tag == _TEXT:
            yield element.text or ""
        elif element.tag in _LITERAL:
            yield _LITERAL[element.tag]
        elif element.tag not in _SKIPPED and element.tag != qn("w:txbxContent"):
            yield from _runs(element)


def _boxes(paragraph: Element, levels: dict[str, int]) -> Iterator[str]:
    for box in paragraph.iter(qn("w:txbxContent")):
        if not any(each.tag == _FALLBACK for each in box.iterancestors()):
            yield from _blocks(box, levels)


def _cell(cell: Element, levels: dict[str, int]) -> str:
    return " ".join(filter(None, (each.strip() for each in _blocks(cell, levels))))
