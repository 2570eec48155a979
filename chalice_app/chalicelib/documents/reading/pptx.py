"""Presentations: each slide is a page under its title, with its texts, tables, figures, notes, comments."""

import io
from collections.abc import Iterable
from typing import Any

import pptx

from chalicelib.documents.extracted import Builder, Extracted
from chalicelib.documents.reading import archive, figures, package
from chalicelib.documents.reading.tables import head_of

type Shape = Any  # python-pptx finds out by attribute what a shape can do
type Slide = Any
type Grid = Any
type Part = Any


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
    for comment in _comments(slide):
        builder.paragraph(comment)


def _add_shapes(builder: Builder, shapes: Iterable[Shape]) -> None:
    for shape in shapes:
        if hasattr(shape, "shapes"):
            _add_shapes(builder, shape.shapes)
        elif shape.has_text_frame:
            builder.paragraph(shape.text_frame.text.replace("\v", "\n"))
        elif shape.has_table:
            _add_table(builder, shape.table)
        else:
            for part in _figures(shape):
                figures.add(builder, part.blob)


def _figures(shape: Shape) -> Iterable[Part]:
    """The chart or the diagram that a frame shows, if it does."""
    named = (each.get(key) for tag, key in figures.DRAWN.items() for each in shape._element.iter(tag))  # noqa: SLF001
    related = shape.part.rels
    return [related[each].target_part for each in named if each in related and not related[each].is_external]


def _comments(slide: Slide) -> Iterable[str]:
    """In the form of PowerPoint 2007 and in the one of today."""
    for related in slide.part.rels.values():
        if not related.is_external and related.reltype.endswith("/comments"):
            yield from figures.remarks(related.target_part.blob)


def _add_table(builder: Builder, table: Grid) -> None:
    rows = [[cell.text for cell in row.cells] for row in table.rows]
    builder.table(rows, head=1 if table.first_row and head_of(rows) else 0)
