"""A document's text as the passages that are searched and cited."""

from chalicelib.documents.dividing import Divided, parts_of
from chalicelib.documents.extracted import Extracted
from chalicelib.records import Document, Passage


def passages_of(document: Document, extracted: Extracted) -> list[Passage]:
    """In order; ids follow from document, version and place, so that a repeated run makes the same."""
    parts = extracted.parts if isinstance(extracted, Divided) else parts_of(extracted)
    return [
        Passage(
            id=f"{document.id}.{document.version}.{number}", document_id=document.id,
            document_name=document.name, version=document.version, text=extracted.text[each.start : each.end],
            start=each.start, end=each.end, page=each.page, headings=each.headings, language=each.language,
        )
        for number, each in enumerate(parts)
    ]  # fmt: skip
