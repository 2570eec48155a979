"""What others do with the index: put a document's passages, find some, count and delete them."""

import logging
from array import array
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import TYPE_CHECKING, Any

from chalicelib.errors import Superseded
from chalicelib.records import Document, Passage
from chalicelib.retrieval.index import searching
from chalicelib.retrieval.index.figures import Figures, figures
from chalicelib.retrieval.index.indexes import refresh
from chalicelib.retrieval.index.proving import unfound
from chalicelib.retrieval.index.replacing import (
    Place,
    bury_all,
    delete_all,
    is_buried,
    replace_all,
    unbury,
    vectors_of,
)
from chalicelib.retrieval.index.rows import Entry
from chalicelib.retrieval.index.searching import Sample
from chalicelib.retrieval.index.table import FAILURES, PassageTable
from chalicelib.retrieval.query import Scope, where
from chalicelib.retrieval.wording import Words

if TYPE_CHECKING:
    import pyarrow as pa  # type: ignore[import-untyped]
    from lancedb.table import Table

log = logging.getLogger(__name__)

KEPT = timedelta(hours=1)
"""How long replaced data stays for readers that still hold an older version of the table."""

SCATTERED = 4
"""Fragments from which the table is worth compacting: a search by words goes three times through those that
its indexes do not know yet, and on a small table three of them take half as long as all the rest."""

_ROWS_A_FRAGMENT = 3_000  # a large table is rewritten for more fragments only, as that costs its size


@dataclass(frozen=True, slots=True)
class Indexed:
    """What the index holds of one version of a document."""

    owner: str
    document_id: str
    version: int
    collection: str
    document_name: str
    passages: int


class PassageIndex:
    """The passages under `uri`, in a table made on first use, for vectors of `dimensions` numbers."""

    def __init__(self, uri: str, dimensions: int, storage_options: Mapping[str, str] | None = None) -> None:
        self._table = PassageTable(uri, dimensions, storage_options or {})

    @property
    def dimensions(self) -> int:
        """Of its vectors."""
        return self._table.dimensions

    @property
    def versions(self) -> str:
        """What the keys of the table's versions begin with, in the bucket."""
        return self._table.versions

    def replace(
        self, document: Document, passages: Sequence[Passage], vectors: Sequence[Sequence[float]]
    ) -> None:
        """Puts a document's passages in the place of whatever the index has of it, in one commit.

        Raises Superseded when the index already holds a newer version.
        """
        if self.replace_all([Entry(document, passages, vectors)]):
            raise Superseded(f"document {document.id!r} has a newer version than {document.version}")

    def replace_all(self, entries: Sequence[Entry]) -> set[Place]:
        """Does so for many documents, all in one commit; each has a passage at least.

        Returns those that it left as they were, because the index already holds a newer version of them, or
        they are buried.
        """
        return self._table.trying(lambda table: replace_all(table, entries, self._table.dimensions))

    def unfound(self, entries: Sequence[Entry]) -> set[Place]:
        """The documents that a search by vector or one by words misses; each has a passage at least."""
        return self._table.trying(lambda table: unfound(table, entries))

    def vectors_of(self, documents: Sequence[Document]) -> dict[Place, dict[str, array[float]]]:
        """The vectors of documents' passages, by the passages' text; none where another version is there."""
        return self._table.trying(lambda table: vectors_of(table, documents))

    def delete(self, owner: str, document_id: str) -> None:
        """Removes every passage of a document; there may be none."""
        self.delete_all([(owner, document_id)])

    def delete_all(self, documents: Iterable[Place]) -> None:
        """Removes every passage of many documents, by owner and id, in one commit at most."""
        wanted = list(documents)
        self._table.trying(lambda table: delete_all(table, wanted))

    def bury_all(self, documents: Iterable[Place], now: datetime) -> None:
        """Does so for good: nothing of them is put into the index any more, however late its writer."""
        wanted = list(documents)
        self._table.trying(lambda table: bury_all(table, wanted, now, self._table.dimensions))

    def unbury(self, before: datetime) -> None:
        """Forgets which documents were buried before: for upkeep, when all who might still write are gone."""
        self._table.trying(lambda table: unbury(table, before))

    def count(self, scope: Scope) -> int:
        """How many passages the scope has."""
        return self._table.trying(lambda table: table.count_rows(where(scope)))

    def nearest(
        self, scope: Scope, vector: Sequence[float], limit: int, *, exact: bool = False
    ) -> list[Passage]:
        """Passages by cosine similarity, out of the scope's only; `exact` compares with every one of them.

        Otherwise the size of the scope decides whether the vector index is asked, and how widely.
        """
        return self._table.trying(lambda table: searching.nearest(table, scope, vector, limit, exact=exact))

    def matching(self, scope: Scope, words: Words, limit: int) -> list[Passage]:
        """Passages by BM25, as `wording` weighs the matches."""
        return self._table.trying(lambda table: searching.matching(table, scope, words, limit))

    def view(self) -> "View":
        """The passages as they are now, for the questions of one search.

        Storage is asked for the newest version here and not by each of them, so it can be while something
        else is waited for; and they all answer from one version.
        """
        self._table.trying(lambda _: None)
        return View(self._table)

    def figures(self) -> Figures:
        """Sizes of the table and its indexes."""
        return self._table.trying(figures)

    def sample(self, count: int, random: Random) -> list[Sample]:
        """Passages' owners and vectors, picked by chance; fewer where there are fewer. For upkeep only."""
        return self._table.trying(lambda table: searching.sample(table, count, random))

    def documents(self) -> list[Indexed]:
        """Every document and version in the index, of all owners: for upkeep, never for a request."""
        found = self._table.trying(lambda table: _documents(table.search()))
        return [each for each in found if not is_buried(each.owner)]

    def held(self, owner: str, document_id: str) -> Indexed | None:
        """What is in the index of one document: for when its registry row may not say."""
        scope = Scope.of_document(owner, document_id)
        found = self._table.trying(lambda table: _documents(table.search().where(where(scope))))
        return max(found, key=lambda each: each.version, default=None)

    def maintain(self) -> None:
        """Compacts the table, takes new passages into its indexes, drops old versions, and makes the indexes
        that its size asks for.

        To be run from one place at a time: beside another it only makes both try again.
        """
        self._table.trying(lambda table: table.optimize(cleanup_older_than=KEPT))
        self._table.trying(refresh)

    def tidy(self) -> None:
        """Compacts the table if commits have scattered it; worth asking after every few of them.

        Beside a writer or another worker's compaction one of the two is refused. This one then gives up:
        nothing depends on it, and the next to ask compacts more.
        """
        try:
            table = self._table.newest()
            if _scattered(table):
                table.optimize()
        except FAILURES:
            log.info("the index was not compacted this time", exc_info=True)


@dataclass(frozen=True, slots=True)
class View:
    """What searches ask of the index, as it was when `PassageIndex.view` was called, or newer."""

    _table: PassageTable

    def nearest(self, scope: Scope, vector: Sequence[float], limit: int) -> list[Passage]:
        return self._table.trying(lambda table: searching.nearest(table, scope, vector, limit), seen=True)

    def matching(self, scope: Scope, words: Words, limit: int) -> list[Passage]:
        return self._table.trying(lambda table: searching.matching(table, scope, words, limit), seen=True)


def _scattered(table: "Table") -> bool:
    found = figures(table)
    return found.small >= max(SCATTERED, found.rows // _ROWS_A_FRAGMENT)


def _documents(query: Any) -> list[Indexed]:  # noqa: ANN401  (a query of lancedb, which declares it too widely)
    """What a query for passages finds, by document and version."""
    columns = ["owner", "document_id", "version", "collection", "document_name"]
    counted = _counted(query.select(columns).to_batches(), columns)
    return [Indexed(**dict(zip(columns, key, strict=True)), passages=count) for key, count in counted.items()]


def _counted(batches: "Iterable[pa.RecordBatch]", columns: list[str]) -> Counter[tuple[Any, ...]]:
    """How many rows have the same values there; never with more than one batch of rows in memory."""
    import pyarrow as pa

    counted = Counter[tuple[Any, ...]]()
    for batch in batches:
        grouped = pa.Table.from_batches([batch]).group_by(columns).aggregate([([], "count_all")])
        for row in grouped.to_pylist():
            counted[tuple(row[name] for name in columns)] += row["count_all"]
    return counted
