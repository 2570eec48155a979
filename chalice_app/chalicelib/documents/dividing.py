"""A text divided into parts, each with its language: by the child that read the file, or wherever it is.

A child may have been taken over by its file. So what it says of the parts is believed only if it could be so;
otherwise the text is divided again.
"""

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from chalicelib.documents.extracted import Extracted
from chalicelib.documents.sections import Path
from chalicelib.documents.splitting import Span, split
from chalicelib.documents.tokens import MAX_TOKENS
from chalicelib.retrieval.languages import language_of

_APART = 5
"""Parts of which the first and the last are looked at: to tell a language takes as long as to divide."""

_DEEPEST = 20
"""Headings that a part may be under, the head of its table among them."""

_LONGEST = 200
"""Characters of such a heading."""

_TAG = re.compile(r"[a-z]{2,3}")


@dataclass(frozen=True, slots=True)
class Part(Span):
    """A span and the language that it is in, as a BCP 47 tag; None where that is unclear."""

    language: str | None = None


@dataclass(frozen=True, slots=True)
class Divided(Extracted):
    """A text as the child that read it has divided it."""

    parts: tuple[Part, ...] = ()


def parts_of(extracted: Extracted, max_tokens: float = MAX_TOKENS) -> list[Part]:
    """In order. One whose own language is unclear, a table say, is in the one that most others are in."""
    spans = split(extracted, max_tokens)
    found = languages([extracted.text[span.start : span.end] for span in spans])
    usual = Counter(filter(None, found)).most_common(1)
    otherwise = usual[0][0] if usual else extracted.language
    return [
        Part(span.start, span.end, span.page, span.headings, language or otherwise)
        for span, language in zip(spans, found, strict=True)
    ]


def languages(texts: Sequence[str]) -> list[str | None]:
    """Each text's language. Between two in the same language, a few apart, all are taken to be in it."""
    found: list[str | None] = []
    for start in range(0, len(texts), _APART):
        some = texts[start : start + _APART]
        first, last = language_of(some[0]), language_of(some[-1])
        agreed = first is not None and first == last
        found += [first, *(first if agreed else language_of(each) for each in some[1:-1]), last][: len(some)]
    return found


def to_json(parts: Sequence[Part]) -> bytes:
    """Paths of headings once each, and of every part its place among them."""
    paths = {path: place for place, path in enumerate(dict.fromkeys(each.headings for each in parts))}
    told = [[each.start, each.end, each.page, paths[each.headings], each.language] for each in parts]
    return json.dumps({"paths": list(paths), "parts": told}, ensure_ascii=False).encode()


def divided(extracted: Extracted, data: bytes) -> Extracted:
    """With the parts that a child says it has; as it is, if they cannot be its parts."""
    try:
        parts = tuple(_parts(json.loads(data), extracted))
    except (ValueError, TypeError, LookupError, RecursionError):
        return extracted
    return Divided(
        extracted.text, extracted.pages, extracted.title, extracted.headings, extracted.tables,
        extracted.attachments, extracted.language, parts,
    )  # fmt: skip


def _parts(told: Mapping[str, Any], extracted: Extracted) -> Iterator[Part]:
    """Any: a child's words. Raises for what no division comes to: parts out of order, or twice the text."""
    pages = {None: None} | {each.number: each.number for each in extracted.pages}
    paths = [_path(each) for each in told["paths"]]
    begun = ended = 0
    left = 2 * len(extracted.text)
    for start, end, page, place, language in told["parts"]:
        if not (_whole(start, begun, end - 1) and _whole(end, ended + 1, len(extracted.text))):
            raise ValueError((start, end))
        begun, ended, left = start, end, left - (end - start)
        if left < 0 or not _whole(place, 0, len(paths) - 1) or not _is_tag(language):
            raise ValueError((place, language))
        yield Part(start, end, pages[page], paths[place], language)


def _path(told: Sequence[str]) -> Path:
    if len(told) > _DEEPEST or not all(isinstance(each, str) and len(each) <= _LONGEST for each in told):
        raise ValueError("no path of headings")
    return tuple(told)


def _whole(number: object, least: int, most: int) -> bool:
    return type(number) is int and least <= number <= most


def _is_tag(language: object) -> bool:
    return language is None or (isinstance(language, str) and _TAG.fullmatch(language) is not None)
