"""Puts the passages of many documents in the place of what the index has of them, all in one commit.

Of a document, the index has passages of one version only, and never goes back to an older one, nor to any
once the document is buried.
"""

from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import groupby
from typing import TYPE_CHECKING, Any

from chalicelib.records import Document, DocumentStatus, Passage
from chalicelib.retrieval.index.rows import Entry, rows
from chalicelib.retrieval.query import instant, quoted

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

_BURIED = "!"
"""Before the owner of a stone: a row in the place of a deleted document's first.

No caller's id begins so, and the owner is in every query, so nobody finds it. But every version of the
document needs its place, and a merge takes it neither from another owner's row nor from a higher version.
"""

_NO_OTHERS = f"1 / CAST(source.owner IN (target.owner, '{_BURIED}' || target.owner) AS INT) = 1"
"""Always true, or a division by zero, for the owner's own rows and stones that lie there already."""

_HIGHEST = 2**31 - 1


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
    wanted = of_places(documents)
    if wanted and table.count_rows(wanted):
        table.delete(wanted)


def bury_all(table: "Table", documents: Sequence[Place], now: datetime, dimensions: int) -> None:
    """Removes all passages of documents in one commit, and has the index refuse any more of them."""
    if documents:
        merging = table.merge_insert("key").when_matched_update_all(where=_NO_OTHERS)
        merging = merging.when_not_matched_insert_all()
        merging = merging.when_not_matched_by_source_delete(of_places(documents))
        stones = [_stone(buried(owner), each, now, dimensions) for owner, each in sorted(set(documents))]
        merging.execute(rows(stones, dimensions))


def unbury(table: "Table", before: datetime) -> None:
    """Takes away the stones that are older: for when no worker is left that may not know of the deletion."""
    last = chr(ord(_BURIED) + 1)
    old = f"owner >= {quoted(_BURIED)} AND owner < {quoted(last)} AND created_at < {instant(before)}"
    if table.count_rows(old):
        table.delete(old)


def buried(owner: str) -> str:
    """Whose row a stone is."""
    return _BURIED + owner


def is_buried(owner: str) -> bool:
    """Whether a row of that owner is a stone."""
    return owner.startswith(_BURIED)


def vectors_of(table: "Table", documents: Sequence[Document]) -> dict[Place, dict[str, array[float]]]:
    """The vectors that the index has of the passages of just these versions, by their text."""
    held: dict[Place, dict[str, array[float]]] = {place(each): {} for each in documents}
    columns = ["owner", "document_id", "text", "vector"]
    query: Any = table.search().where(_any_of(documents, "version = {}")).select(columns)
    for batch in query.to_batches():
        owners, ids, texts = (batch[name].to_pylist() for name in columns[:3])
        for number, each in enumerate(zip(owners, ids, texts, strict=True)):
            held[each[:2]][each[2]] = array("f", batch["vector"][number].values.to_numpy().tobytes())
    return held


def _versions(table: "Table", documents: Sequence[Document]) -> dict[Place, int]:
    """The version of each document that the index has passages of, the highest of one that is buried."""
    columns = ["owner", "document_id", "version"]
    wanted = {
        (owner, each.id): place(each) for each in documents for owner in (each.owner, buried(each.owner))
    }
    query: Any = table.search().where(of_places(wanted)).select(columns)
    found = query.to_arrow()
    owners, ids, versions = (found[name].to_pylist() for name in columns)
    return {wanted[owner, each]: number for owner, each, number in zip(owners, ids, versions, strict=True)}


def _stone(owner: str, document_id: str, now: datetime, dimensions: int) -> Entry:
    deleted = Document(
        id=document_id, owner=owner, collection="", name="", status=DocumentStatus.DELETED, version=_HIGHEST,
        created_at=now, updated_at=now,
    )  # fmt: skip
    nothing = Passage(f"{document_id}.{_HIGHEST}.0", document_id, "", _HIGHEST, "", 0, 0)
    return Entry(deleted, [nothing], [[1.0] + [0.0] * (dimensions - 1)])


def _any_of(documents: Sequence[Document], version: str) -> str:
    """A filter for rows of the documents whose version compares so with the document's own."""
    ordered = sorted(documents, key=lambda each: each.version)
    return " OR ".join(
        f"(({of_places(map(place, those))}) AND {version.format(int(number))})"
        for number, those in groupby(ordered, key=lambda each: each.version)
    )


def of_places(documents: Iterable[Place]) -> str:
    """A filter for rows of the documents, by owner, since only together they name a document."""
    return " OR ".join(
        f"(owner = {quoted(owner)} AND {among('document_id', ids)})" for owner, ids in _by_owner(documents)
    )


def _by_owner(documents: Iterable[Place]) -> Iterator[tuple[str, list[str]]]:
    for owner, those in groupby(sorted(set(documents)), key=lambda each: each[0]):
        yield owner, [document_id for _, document_id in those]


def among(column: str, values: Iterable[str]) -> str:
    return f"{column} IN ({', '.join(map(quoted, values))})"
