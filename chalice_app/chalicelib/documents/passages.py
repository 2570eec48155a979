"""A document's text as the passages that are searched and cited."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

from chalicelib.documents.extracted import Extracted
from chalicelib.documents.splitting import split
from chalicelib.documents.tokens import MAX_TOKENS
from chalicelib.records import Document, Passage
from chalicelib.retrieval.languages import language_of


def passages_of(document: Document, extracted: Extracted, max_tokens: float = MAX_TOKENS) -> list[Passage]:
    """In order; ids follow from document, version and place, so that a repeated run makes the same.

    A passage whose own language is unclear, a table say, is in the one that most of the others are in.
    """
    passages = list(_divided(document, extracted, max_tokens))
    usual = Counter(each.language for each in passages if each.language).most_common(1)
    language = usual[0][0] if usual else extracted.language
    return [each if each.language else replace(each, language=language) for each in passages]


def _divided(document: Document, extracted: Extracted, max_tokens: float) -> Iterator[Passage]:
    for number, span in enumerate(split(extracted, max_tokens)):
        text = extracted.text[span.start : span.end]
        yield Passage(
            id=f"{document.id}.{document.version}.{number}", document_id=document.id,
            document_name=document.name, version=document.version, text=text, start=span.start, end=span.end,
            page=span.page, headings=span.headings, language=language_of(text),
        )  # fmt: skip
