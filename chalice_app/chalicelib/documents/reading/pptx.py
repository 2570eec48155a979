"""Presentations: each slide is a page; its title, texts, tables and speaker's notes."""

import io
from collections.abc import Iterable, Iterator
from typing import Any

import pptx

from chalicelib.documents.extracted import Extracted, paged
from chalicelib.documents.reading import archive

type Shape = Any  # python-pptx finds out by attribute what a shape can do
type Slide = Any


def read(data: bytes) -> Extracted:
    archive.check(data)
    presentation = pptx.Presentation(io.BytesIO(data))
    pages = ["\n\n".join(_slide(each)) for each in presentation.slides]
    return paged(pages, presentation.core_properties.title or None)


def _slide(slide: Slide) -> Iterator[str]:
    title = slide.shapes.title
    if title is not None and title.has_text_frame and title.text_frame.text.strip():
        yield f"# {title.text_frame.text.strip()}"
    yield from _texts(shape for shape in slide.shapes if title is None or shape.shape_id != title.shape_id)
    if slide.has_notes_slide and slide.notes_slide.notes_text_frame is not None:
        yield slide.notes_slide.notes_text_frame.text


def _texts(shapes: Iterable[Shape]) -> Iterator[str]:
    for shape in shapes:
        if hasattr(shape, "shapes"):
            yield from _texts(shape.shapes)
        elif shape.has_text_frame:
            yield shape.text_frame.text.replace("\v", "\n")
        elif shape.has_table:
            yield "\n".join(" | ".join(cell.text for cell in row.cells) for row in shape.table.rows)
