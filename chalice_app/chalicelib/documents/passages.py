"""A document's text as the passages that are searched and cited."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace

from chalicelib.documents.extracted import Extracted
from chalicelib.documents.splitting import split
from chalicelib.documents.tokens import MAX_TOKENS
from chalicelib.records import Document, Passage
from chalicelib.retrieval.languages import language_of

_APART = 5
"""Passages of which the first and the last are looked at: to tell a language takes as long as to divide."""


def passages_of(document: Document, extracted: Extracted, max_tokens: float = MAX_TOKENS) -> list[Passage]:
    """In order; ids follow from document, version and place, so that a repeated run makes the same.

    A passage whose own language is unclear, a table say, is in the one that most of the others are in.
    """
    passages = list(_divided(document, extracted, max_tokens))
    usual = Counter(each.language for each in passages if each.language).most_common(1)
    language = usual[0][0] if usual else extracted.language
    return [each if each.language else replace(each, language=language) for each in passages]


def _divided(document: Document, extracted: Extracted, max_tokens: float) -> Iterator[Passage]:
    spans = split(extracted, max_tokens)
    texts = [extracted.text[span.start : span.end] for span in spans]
    for number, (span, text, language) in enumerate(zip(spans, texts, languages(texts), strict=True)):
        yield Passage(
            id=f"{document.id}.{document.version}.{number}", document_id=document.id,
            document_name=document.name, version=document.version, text=text, start=span.start, end=span.end,
            page=span.page, headings=span.headings, language=language,
        )  # fmt: skip


def languages(texts: Sequence[str]) -> list[str | None]:
    """Each passage's language. Between two in the same language, a few apart, all are taken to be in it."""
    found: list[str | None] = []
    for start in range(0, len(texts), _APART):
        some = texts[start : start + _APART]
        first, last = language_of(some[0]), language_of(some[-1])
        agreed = first is not None and first == last
        found += [first, *(first if agreed else language_of(each) for each in some[1:-1]), last][: len(some)]
    return found
