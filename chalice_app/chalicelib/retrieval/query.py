"""What a search asks of the index, as values and filter text; knows no library.

The owner is part of every filter that can be built here, so a search cannot be written without it.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from chalicelib.retrieval.folding import compose, fold

MAX_WORDS = 128
"""Words of a question that full-text search looks for; each costs a posting list."""


@dataclass(frozen=True, slots=True)
class Scope:
    """Whose passages to look at, and which of them; no collection and no ids mean all of the owner's."""

    owner: str
    collection: str | None = None
    document_ids: tuple[str, ...] = ()
    version: int | None = None


@dataclass(frozen=True, slots=True)
class Words:
    """A question for full-text search: as it is written, and folded."""

    exact: str
    folded: str


def where(scope: Scope) -> str:
    """The scope as a filter of the index."""
    conditions = [f"owner = {quoted(scope.owner)}"]
    if scope.collection is not None:
        conditions.append(f"collection = {quoted(scope.collection)}")
    if scope.document_ids:
        conditions.append(f"document_id IN ({', '.join(map(quoted, _distinct(scope.document_ids)))})")
    if scope.version is not None:
        conditions.append(f"version = {scope.version:d}")
    return " AND ".join(conditions)


def quoted(value: str) -> str:
    """A string literal of SQL: quotes doubled, nothing else is special (backslashes are plain characters)."""
    return "'" + value.replace("'", "''") + "'"


def words(text: str) -> Words:
    """The question's distinct words; punctuation is left to the tokenizer, which drops it."""
    kept = _distinct(compose(text).split())[:MAX_WORDS]
    return Words(" ".join(kept), fold(" ".join(kept)))


def _distinct(values: Sequence[str]) -> list[str]:
    return list(dict.fromkeys(values))
