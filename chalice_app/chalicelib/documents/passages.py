"""A document's text as the passages that are searched and cited."""

from collections.abc import Iterator

from chalicelib.documents.extracted import Extracted
from chalicelib.documents.splitting import split
from chalicelib.documents.tokens import MAX_TOKENS
from chalicelib.records import Document, Passage


def passages_of(document: Document, extracted: Extracted, max_tokens: float = MAX_TOKENS) -> list[Passage]:
    """In order; ids follow from document, version and place, so that a repeated run makes the same."""
    return list(_divided(document, extracted, max_tokens))


def _divided(document: Document, extracted: Extracted, max_tokens: float) -> Iterator[Passage]:
    for number, span in enumerate(split(extracted, max_tokens)):
        yield Passage(
            id=f"{document.id}.{document.version}.{number}", document_id=document.id,
            document_name=document.name, version=document.version, text=extracted.text[span.start : span.end],
            start=span.start, end=span.end, page=span.page, headings=span.headings,
        )  # fmt: skip
