"""Puts the passages of many documents in the place of what the index has of them, all in one commit.

Of a document, the index has passages of one version only, and never goes back to an older one.
"""

from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from typing import TYPE_CHECKING, Any

from chalicelib.records import Document
from chalicelib.retrieval.index.rows import Entry, rows
from chalicelib.retrieval.query import quoted

if TYPE_CHECKING:
    from lancedb.table import Table

type Place = tuple[str, str]
"""Owner and id of a document."""

type Vectors = Mapping[str, array[float]]
"""By the text they were made of."""

_NOT_OLDER = "1 / CAST(target.version <= source.version AND target.owner = source.owner AS INT) = 1"
"""Always true, or a division by zero, which ends the merge.

Ids are ours and unlike one another; were two owners to have the same, neither would get the other's place.

A merge that loses its race for a commit is run again by Lance itself, over what the winner wrote. Should that
be a newer version, this is what notices: all versions have a row in common, their first.
"""


def place(document: Document) -> Place:
    return document.owner, document.id


def replace_all(table: "Table", entries: Sequence[Entry], dimensions: int) -> set[Place]:
    """Merges the entries but for those of which the index has a newer version; returns their documents."""
    newer = _found(table, [each.document for each in entries], "version > {}")
    current = [each for each in entries if place(each.document) not in newer]
    if current:
        older = _any_of([each.document for each in current], "version <= {}")
        merging = table.merge_insert("key").when_matched_update_all(where=_NOT_OLDER)
        merging = merging.when_not_matched_insert_all().when_not_matched_by_source_delete(older)
        merging.execute(rows(current, dimensions))
    return newer


def delete_all(table: "Table", documents: Iterable[Place]) -> None:
    """Removes all passages of documents, in one commit if there are any."""
    wanted = _of_places(documents)
    if wanted and table.count_rows(wanted):
        table.delete(wanted)


def unfound(table: "Table", entries: Sequence[Entry]) -> set[Place]:
    """The documents of entries of which a search by a vector does not find the first passage.

    One search for all: it is narrowed to their first passages, and asked for as many as there are.
    """
    first = {each.passages[0].id: place(each.document) for each in entries}
    query: Any = table.search(list(entries[0].vectors[0]), vector_column_name="vector", query_type="vector")
    # Compared one by one: an index would look for them near that one vector only.
    query = query.distance_type("cosine").bypass_vector_index()
    query = query.where(f"({_of_places(first.values())}) AND {_among('id', first)}", prefilter=True)
    found = query.limit(len(first)).select(["id", "_distance"]).to_arrow()["id"].to_pylist()
    return {document for passage, document in first.items() if passage not in set(found)}


def vectors_of(table: "Table", documents: Sequence[Document]) -> dict[Place, dict[str, array[float]]]:
    """The vectors that the index has of the documents' passages, by their text."""
    held: dict[Place, dict[str, array[float]]] = {place(each): {} for each in documents}
    columns = ["owner", "document_id", "text", "vector"]
    query: Any = table.search().where(_of_places(held)).select(columns)
    for batch in query.to_batches():
        owners, ids, texts = (batch[name].to_pylist() for name in columns[:3])
        for number, each in enumerate(zip(owners, ids, texts, strict=True)):
            held[each[:2]][each[2]] = array("f", batch["vector"][number].values.to_numpy().tobytes())
    return held


def _found(table: "Table", documents: Sequence[Document], version: str) -> set[Place]:
    """The documents of which the index has a passage of such a version, compared with the document's own."""
    query: Any = table.search().where(_any_of(documents, version)).select(["owner", "document_id"])
    return {(row["owner"], row["document_id"]) for row in query.to_list()}


def _any_of(documents: Sequence[Document], version: str) -> str:
    """A filter for rows of the documents whose version compares so with the document's own."""
    ordered = sorted(documents, key=lambda each: each.version)
    return " OR ".join(
        f"(({_of_places(map(place, those))}) AND {version.format(int(number))})"
        for number, those in groupby(ordered, key=lambda each: each.version)
    )


def _of_places(documents: Iterable[Place]) -> str:
    """A filter for rows of the documents, by owner, since only together they name a document."""
    return " OR ".join(
        f"(owner = {quoted(owner)} AND {_among('document_id', ids)})" for owner, ids in _by_owner(documents)
    )


def _by_owner(documents: Iterable[Place]) -> Iterator[tuple[str, list[str]]]:
    for owner, those in groupby(sorted(set(documents)), key=lambda each: each[0]):
        yield owner, [document_id for _, document_id in those]


def _among(column: str, values: Iterable[str]) -> str:
    return f"{column} IN ({', '.join(map(quoted, values))})"
