"""Presentations: each slide is a page under its title, with its texts, tables and speaker's notes."""

import io
from collections.abc import Iterable
from typing import Any

import pptx

from chalicelib.documents.extracted import Builder, Extracted
from chalicelib.documents.reading import archive, package
from chalicelib.documents.reading.tables import head_of

type Shape = Any  # python-pptx finds out by attribute what a shape can do
type Slide = Any
type Grid = Any


def read(data: bytes) -> Extracted:
    archive.check(data)
    presentation = pptx.Presentation(io.BytesIO(package.usual(data)))
    properties = presentation.core_properties
    builder = Builder(properties.title or None, properties.language or None)
    for number, slide in enumerate(presentation.slides, start=1):
        builder.page(number)
        _add_slide(builder, slide)
    return builder.build()


def _add_slide(builder: Builder, slide: Slide) -> None:
    title = slide.shapes.title
    if title is not None and title.has_text_frame:
        builder.heading(title.text_frame.text.replace("\v", " "), 1)
    _add_shapes(builder, (each for each in slide.shapes if title is None or each.shape_id != title.shape_id))
    if slide.has_notes_slide and slide.notes_slide.notes_text_frame is not None:
        builder.paragraph(slide.notes_slide.notes_text_frame.text)


def _add_shapes(builder: Builder, shapes: Iterable[Shape]) -> None:
    for shape in shapes:
        if hasattr(shape, "shapes"):
            _add_shapes(builder, shape.shapes)
        elif shape.has_text_frame:
            builder.paragraph(shape.text_frame.text.replace("\v", "\n"))
        elif shape.has_table:
            _add_table(builder, shape.table)


def _add_table(builder: Builder, table: Grid) -> None:
    rows = [[cell.text for cell in row.cells] for row in table.rows]
    builder.table(rows, head=1 if table.first_row and head_of(rows) else 0)
