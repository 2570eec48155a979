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
    from lancedb.merge import LanceMergeInsertBuilder
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

_UNKNOWN = "1 / CAST(target.version < 0 AS INT) = 1"
"""A division by zero for whatever row is there already, which ends a merge of documents that have none.

So such a merge need not look for rows to delete, which takes as long as all the rest of it. One that loses
its race to whatever version of such a document ends so too, and is tried again as a merge of known ones.
"""


def place(document: Document) -> Place:
    return document.owner, document.id


def replace_all(table: "Table", entries: Sequence[Entry], dimensions: int) -> set[Place]:
    """Merges the entries but for those of which the index has a newer version; returns their documents."""
    documents = [each.document for each in entries]
    held = _versions(table, documents)
    newer = {place(each) for each in documents if held.get(place(each), 0) > each.version}
    current = [each for each in entries if place(each.document) not in newer]
    if current:
        known = any(place(each.document) in held for each in current)
        merging = _merging(table, [each.document for each in current], known=known)
        merging.execute(rows(current, dimensions))
    return newer


def _merging(table: "Table", documents: Sequence[Document], *, known: bool) -> "LanceMergeInsertBuilder":
    """A merge of documents, of which the index has passages of some, or of none."""
    merging = table.merge_insert("key").when_not_matched_insert_all()
    if not known:
        return merging.when_matched_update_all(where=_UNKNOWN)
    merging = merging.when_matched_update_all(where=_NOT_OLDER)
    return merging.when_not_matched_by_source_delete(_any_of(documents, "version <= {}"))


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


def _versions(table: "Table", documents: Sequence[Document]) -> dict[Place, int]:
    """The version of each document that the index has passages of."""
    columns = ["owner", "document_id", "version"]
    query: Any = table.search().where(_of_places(map(place, documents))).select(columns)
    found = query.to_arrow()
    owners, ids, versions = (found[name].to_pylist() for name in columns)
    return dict(zip(zip(owners, ids, strict=True), versions, strict=True))


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
