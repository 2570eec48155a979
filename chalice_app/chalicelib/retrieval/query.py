"""What a search asks of the index, as values and filter text; knows no library.

The owner is part of every filter that can be built here, so a search cannot be written without it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from chalicelib.records import Filter
from chalicelib.retrieval.folding import compose

EVERYTHING = Filter()


@dataclass(frozen=True, slots=True)
class Scope:
    """Whose passages to look at, and which of them."""

    owner: str
    within: Filter = EVERYTHING
    version: int | None = None

    @classmethod
    def of_document(cls, owner: str, document_id: str, version: int | None = None) -> "Scope":
        """One document's passages, or those of one version of it."""
        return cls(owner, Filter(document_ids=(document_id,)), version)


def where(scope: Scope) -> str:
    """The scope as a filter of the index."""
    within = scope.within
    conditions = [f"owner = {quoted(scope.owner)}"]
    if within.collection is not None:
        conditions.append(f"collection = {quoted(within.collection)}")
    conditions += [
        f"{column} IN ({', '.join(map(quoted, _distinct(values)))})"
        for column, values in (
            ("document_id", within.document_ids),
            ("name_key", tuple(map(name_key, within.names))),
            ("content_type", within.content_types),
            ("language", within.languages),
        )
        if values
    ]
    if within.created_after is not None:
        conditions.append(f"created_at > {instant(within.created_after)}")
    if within.created_before is not None:
        conditions.append(f"created_at < {instant(within.created_before)}")
    if scope.version is not None:
        conditions.append(f"version = {scope.version:d}")
    return " AND ".join(conditions)


def name_key(name: str) -> str:
    """A file name as it is compared: composed, without regard to case."""
    return compose(name).casefold()


def instant(moment: datetime) -> str:
    """As SQL reads it; not by `strftime`, which writes the years before 1000 with too few digits."""
    utc = moment.astimezone(UTC).replace(tzinfo=None)
    return f"timestamp {quoted(utc.isoformat(' ', 'microseconds'))}"


def quoted(value: str) -> str:
    """A string literal of SQL: quotes doubled, nothing else is special (backslashes are plain characters)."""
    return "'" + value.replace("'", "''") + "'"


def _distinct(values: Sequence[str]) -> list[str]:
    return list(dict.fromkeys(values))
