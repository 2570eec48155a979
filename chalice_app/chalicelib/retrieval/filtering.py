"""Checks what a search or a question is narrowed to, before any of it goes into a query or a row."""

import re
from dataclasses import replace
from datetime import UTC, datetime

from chalicelib.errors import InvalidInput
from chalicelib.records import Filter
from chalicelib.settings import Limits

LANGUAGE_CHARS = 35
CONTENT_TYPE_CHARS = 127
_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
_LANGUAGE = re.compile(r"[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8}){0,3}")


def checked_filter(given: Filter, limits: Limits) -> Filter:
    """The filter without repetitions and surrounding spaces. Raises InvalidInput, naming what is wrong."""
    collection = _text("collection", given.collection or "", limits.collection_chars) or None
    checked = replace(
        given,
        collection=collection,
        document_ids=_texts("documentIds", given.document_ids, limits.document_ids, 64),
        names=_texts("names", given.names, limits.filter_values, limits.name_chars),
        content_types=_texts("contentTypes", given.content_types, limits.filter_values, CONTENT_TYPE_CHARS),
        languages=_texts("languages", given.languages, limits.filter_values, LANGUAGE_CHARS),
        created_after=_instant("createdAfter", given.created_after),
        created_before=_instant("createdBefore", given.created_before),
    )
    if not all(map(_ID.fullmatch, checked.document_ids)):
        raise InvalidInput("documentIds must be 1 to 64 of the characters A-Z, a-z, 0-9, '_' and '-'")
    if odd := next((each for each in checked.languages if not _LANGUAGE.fullmatch(each)), None):
        raise InvalidInput(f"languages has {odd!r}, which is no language tag such as 'vi' or 'en'")
    return checked


def _instant(name: str, moment: datetime | None) -> datetime | None:
    """In UTC, which the first and the last day there are may not have, by their offset."""
    try:
        return None if moment is None else moment.astimezone(UTC)
    except OverflowError as error:
        raise InvalidInput(f"{name} is {moment}, which is beyond the years 1 to 9999 in UTC") from error


def _texts(name: str, values: tuple[str, ...], most: int, chars: int) -> tuple[str, ...]:
    if len(values) > most:
        raise InvalidInput(f"{name} has {len(values)} values; the limit is {most}")
    return tuple(dict.fromkeys(filter(None, (_text(name, each, chars) for each in values))))


def _text(name: str, value: str, most: int) -> str:
    """Raises InvalidInput also for half a surrogate pair, which JSON can carry and UTF-8 cannot."""
    trimmed = value.strip()
    if any("\ud800" <= each <= "\udfff" for each in trimmed):
        raise InvalidInput(f"{name} is not valid Unicode")
    if len(trimmed) > most:
        raise InvalidInput(f"{name} has {len(trimmed)} characters; the limit is {most}")
    return trimmed
