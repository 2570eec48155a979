"""Whether searches find what was written: each document's first passage, by its vector and by a word of it.

Two searches for a whole batch, narrowed to the first passages and asked for as many as there are.
"""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from chalicelib.retrieval.index.replacing import Place, among, of_places, place
from chalicelib.retrieval.index.rows import Entry
from chalicelib.retrieval.index.searching import text_query
from chalicelib.retrieval.wording import Match, Words, word_of

if TYPE_CHECKING:
    from lancedb.table import Table


def unfound(table: "Table", entries: Sequence[Entry]) -> set[Place]:
    """The documents of which one of the searches does not find the first passage.

    A passage without any word, of marks only, is looked for by its vector alone.
    """
    first = {each.passages[0].id: place(each.document) for each in entries}
    words = {each.passages[0].id: word for each in entries if (word := word_of(each.passages[0]))}
    within = f"({of_places(first.values())}) AND {among('id', first)}"
    near = _near(table, entries[0].vectors[0], within, len(first))
    missed = (first.keys() - near) | (
        words.keys() - _worded(table, _joined(words.values()), within, len(first))
    )
    return {first[passage] for passage in missed}


def _near(table: "Table", vector: Sequence[float], within: str, count: int) -> set[str]:
    query: Any = table.search(list(vector), vector_column_name="vector", query_type="vector")
    # Compared one by one: an index would look for them near that one vector only.
    query = query.distance_type("cosine").bypass_vector_index().where(within, prefilter=True)
    return _ids(query.limit(count).select(["id", "_distance"]))


def _worded(table: "Table", words: Words, within: str, count: int) -> set[str]:
    if not words:
        return set()
    query: Any = table.search(text_query(words), query_type="fts").where(within, prefilter=True)
    return _ids(query.limit(count).select(["id", "_score"]))


def _joined(words: Iterable[Match]) -> Words:
    """One match a column."""
    columns: dict[str, dict[str, None]] = {}
    for each in words:
        columns.setdefault(each.column, {})[each.words] = None
    return [Match(column, " ".join(those)) for column, those in columns.items()]


def _ids(query: Any) -> set[str]:  # noqa: ANN401  (a builder of either search)
    return set(query.to_arrow()["id"].to_pylist())
