"""The index of passages: one LanceDB table of every owner's, with vectors and full text side by side.

The only importer of lancedb and pyarrow, and only on first use: functions that never search never pay for
them. Writers commit optimistically, on S3 by conditional writes; a lost race is tried again a few times.
"""

import logging
import threading
import time
from array import array
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, timedelta
from itertools import islice
from random import SystemRandom
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import urlsplit

from chalicelib.errors import Superseded, Unavailable
from chalicelib.records import Document, Passage
from chalicelib.retrieval.folding import fold
from chalicelib.retrieval.importing import without_rest_client
from chalicelib.retrieval.query import Scope, Words, name_key, where

if TYPE_CHECKING:
    from types import ModuleType

    import pyarrow as pa  # type: ignore[import-untyped]
    from lancedb.db import DBConnection
    from lancedb.query import FullTextQuery, LanceVectorQueryBuilder
    from lancedb.table import Table

log = logging.getLogger(__name__)

TABLE = "passages_2"
"""The number counts schemas: a table of another one is not read, and its documents are ingested anew."""

KEPT = timedelta(hours=1)
"""How long replaced data stays for readers that still hold an older version of the table."""

SCATTERED = 16
"""Fragments from which the table is worth compacting: a search reads something of every one."""

_ROWS_A_FRAGMENT = 1_000  # a large table is rewritten for more fragments only, as that costs its size
_ATTEMPTS = 6
_PAUSES = SystemRandom()  # environments restored from one snapshot would agree on others
_PASSAGE_COLUMNS = [
    "id", "document_id", "document_name", "version", "text", "page", "start", "end", "headings", "language",
]  # fmt: skip
_SCALAR_INDEXES = ("owner", "collection", "document_id")
_TEXT_INDEXES = ("text", "folded")
_PRIMARY_KEY = {b"lance-schema:unenforced-primary-key": b"true"}
_EXACT_BOOST = 2.0
_VECTOR = 16  # the column's place in the schema

_FAILURES = (RuntimeError, OSError)
"""What lancedb raises for a lost commit race and for storage out of reach alike."""


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
    """The table under `uri`, made on first use, for vectors of `dimensions` numbers."""

    def __init__(self, uri: str, dimensions: int, storage_options: Mapping[str, str] | None = None) -> None:
        self._uri = uri
        self._dimensions = dimensions
        self._storage_options = dict(storage_options or {})
        self._opened: Table | None = None
        self._opening = threading.Lock()

    @property
    def versions(self) -> str:
        """What the keys of the table's versions begin with, in the bucket."""
        return f"{urlsplit(self._uri).path.lstrip('/')}/{TABLE}.lance/_versions/"

    def replace(
        self, document: Document, passages: Sequence[Passage], vectors: Sequence[Sequence[float]]
    ) -> None:
        """Puts a document's passages in the place of whatever the index has of it, in one commit.

        Raises Superseded when the index already holds a newer version.
        """
        scope = Scope.of_document(document.owner, document.id)
        rows = self._rows(document, passages, vectors)

        def merge(table: "Table") -> None:
            if table.count_rows(f"{where(scope)} AND version > {document.version:d}"):
                raise Superseded(f"document {document.id!r} has a newer version than {document.version}")
            merging = table.merge_insert("id").when_matched_update_all().when_not_matched_insert_all()
            merging.when_not_matched_by_source_delete(where(scope)).execute(rows)

        self._writing(merge)

    def delete(self, owner: str, document_id: str) -> None:
        """Removes every passage of a document; there may be none."""
        scope = where(Scope.of_document(owner, document_id))
        self._writing(lambda table: table.delete(scope) if table.count_rows(scope) else None)

    def count(self, scope: Scope) -> int:
        """How many passages the scope has."""
        return self._trying(lambda table: table.count_rows(where(scope)))

    def nearest(self, scope: Scope, vector: Sequence[float], limit: int) -> list[Passage]:
        """Passages by cosine similarity, exactly: the owner's passages are filtered first, then compared."""

        def run(table: "Table") -> list[dict[str, Any]]:
            search = table.search(list(vector), vector_column_name="vector", query_type="vector")
            query = cast("LanceVectorQueryBuilder", search).distance_type("cosine")  # declared too widely
            found = query.where(where(scope), prefilter=True).limit(limit)
            return found.select([*_PASSAGE_COLUMNS, "_distance"]).to_list()

        return [_passage(row, 1 - row["_distance"]) for row in self._trying(run)]

    def matching(self, scope: Scope, words: Words, limit: int) -> list[Passage]:
        """Passages by BM25: words as they are written count double, folded ones once."""

        def run(table: "Table") -> list[dict[str, Any]]:
            query = table.search(_text_query(words), query_type="fts")
            found = query.where(where(scope), prefilter=True).limit(limit)
            return found.select([*_PASSAGE_COLUMNS, "_score"]).to_list()

        return [_passage(row, row["_score"]) for row in self._trying(run)]

    def documents(self) -> list[Indexed]:
        """Every document and version in the index, of all owners: for upkeep, never for a request."""
        columns = ["owner", "document_id", "version", "collection", "document_name"]
        counted = self._trying(lambda table: _counted(table.search().select(columns).to_batches(), columns))
        return [
            Indexed(**dict(zip(columns, key, strict=True)), passages=count) for key, count in counted.items()
        ]

    def maintain(self) -> None:
        """Compacts the table, takes new passages into its indexes and drops old versions.

        To be run from one place at a time: beside another it only makes both try again.
        """
        self._writing(lambda table: table.optimize(cleanup_older_than=KEPT))

    def tidy(self) -> None:
        """Compacts the table if commits have scattered it; worth asking after every few of them.

        Beside a writer or another worker's compaction one of the two is refused. This one then gives up:
        nothing depends on it, and the next to ask compacts more.
        """
        try:
            table = self._table()
            if _scattered(table):
                table.optimize()
        except _FAILURES:
            log.info("the index was not compacted this time", exc_info=True)

    def _writing(self, operation: "Callable[[Table], object]") -> None:
        self._trying(operation)

    def _trying[Result](self, operation: "Callable[[Table], Result]") -> Result:
        """Runs an operation, again on a reopened table when a commit lost its race or storage failed."""
        for attempt in range(_ATTEMPTS):
            try:
                return operation(self._table())
            except _FAILURES as error:
                self._opened = None
                if attempt == _ATTEMPTS - 1:
                    raise Unavailable("the index of passages could not be reached") from error
                time.sleep(_PAUSES.uniform(0, 0.05 * 2**attempt))
        raise AssertionError("unreachable")

    def _table(self) -> "Table":
        """The table at its newest version: a warm searcher must not answer from deleted documents.

        Asked for once an operation; a connection that always reads consistently asks several times a query.
        """
        with self._opening:
            if self._opened is None:
                self._opened = self._open()
                return self._opened
            table = self._opened
        table.checkout_latest()  # type: ignore[no-untyped-call]
        return table

    def _open(self) -> "Table":
        connection = lance().connect(self._uri, storage_options=self._storage_options)
        table = self._open_or_create(connection)
        _add_missing_indexes(table)
        return table

    def _open_or_create(self, connection: "DBConnection") -> "Table":
        try:
            return connection.open_table(TABLE)
        except ValueError:  # there is none yet; another process may be making it just now
            return connection.create_table(TABLE, schema=_schema(self._dimensions), exist_ok=True)

    def _rows(
        self, document: Document, passages: Sequence[Passage], vectors: Sequence[Sequence[float]]
    ) -> "pa.Table":
        import pyarrow as pa

        schema = _schema(self._dimensions)
        rows = pa.Table.from_pylist(
            [_row(document, each) for each in passages], schema=schema.remove(_VECTOR)
        )
        flat = array("f")
        for vector in vectors:
            flat.extend(vector)
        column = pa.FixedSizeListArray.from_arrays(pa.array(flat, pa.float32()), self._dimensions)
        return rows.append_column(schema.field(_VECTOR), column)


def lance() -> "ModuleType":
    """LanceDB, imported on first use: it takes longer than everything else together."""
    with without_rest_client():
        import lancedb
    return lancedb


def tended(keys: Iterable[str]) -> bool:
    """Whether the keys of a table's versions show one at most, as looking after it leaves them.

    Every commit adds a version, and `maintain` removes those that are too old for any reader. So this is how
    to see, without opening the table, that nothing was written since. None at all is a table not made yet.
    """
    return len(list(islice((key for key in keys if key.endswith(".manifest")), 2))) < 2


def storage_options(environ: Mapping[str, str]) -> dict[str, str]:
    """LanceDB's storage options out of the variables that boto3 reads.

    Nothing is set that the environment does not say: the default chain finds credentials as boto3 does.
    """
    endpoint = environ.get("AWS_ENDPOINT_URL_S3") or environ.get("AWS_ENDPOINT_URL", "")
    options = {
        "aws_endpoint": endpoint,
        "aws_region": environ.get("AWS_REGION") or environ.get("AWS_DEFAULT_REGION", ""),
        "aws_access_key_id": environ.get("AWS_ACCESS_KEY_ID", ""),
        "aws_secret_access_key": environ.get("AWS_SECRET_ACCESS_KEY", ""),
        "aws_session_token": environ.get("AWS_SESSION_TOKEN", ""),
        "allow_http": "true" if endpoint.startswith("http://") else "",
    }
    return {name: value for name, value in options.items() if value}


def _schema(dimensions: int) -> "pa.Schema":
    import pyarrow as pa

    # The primary key makes two merges of the same new rows conflict instead of doubling them, which holds
    # only as long as `id` has no index of its own.
    return pa.schema(
        [
            pa.field("id", pa.string(), nullable=False, metadata=_PRIMARY_KEY),
            *(pa.field(name, pa.string(), nullable=False) for name in ("owner", "collection", "document_id")),
            pa.field("document_name", pa.string(), nullable=False),
            pa.field("name_key", pa.string(), nullable=False),
            pa.field("content_type", pa.string()),
            pa.field("created_at", pa.timestamp("us"), nullable=False),
            pa.field("version", pa.int32(), nullable=False),
            pa.field("text", pa.string(), nullable=False),
            pa.field("folded", pa.string(), nullable=False),
            pa.field("page", pa.int32()),
            pa.field("start", pa.int32(), nullable=False),
            pa.field("end", pa.int32(), nullable=False),
            pa.field("headings", pa.list_(pa.string()), nullable=False),
            pa.field("language", pa.string()),
            pa.field("vector", pa.list_(pa.float32(), dimensions)),  # at _VECTOR
        ]
    )


def _scattered(table: "Table") -> bool:
    stats = cast("Mapping[str, Any]", table.stats())  # declared as an object, and a dictionary in fact
    most = max(SCATTERED, stats["num_rows"] // _ROWS_A_FRAGMENT)
    return bool(stats["fragment_stats"]["num_small_fragments"] >= most)


def _add_missing_indexes(table: "Table") -> None:
    from lancedb.index import FTS, Bitmap, BTree

    present = {column for each in table.list_indices() for column in each.columns}
    for column in _SCALAR_INDEXES:
        if column not in present:
            table.create_index(column, config=BTree() if column == "document_id" else Bitmap())
    # No stemming and no stop words: folded Vietnamese words collide with English ones (tô, ăn, nó, ít).
    for column in _TEXT_INDEXES:
        if column not in present:
            config = FTS(base_tokenizer="icu/split", stem=False, remove_stop_words=False, ascii_folding=False)
            table.create_index(column, config=config)


def _counted(batches: "Iterable[pa.RecordBatch]", columns: list[str]) -> Counter[tuple[Any, ...]]:
    """How many rows have the same values there; never with more than one batch of rows in memory."""
    import pyarrow as pa

    counted = Counter[tuple[Any, ...]]()
    for batch in batches:
        grouped = pa.Table.from_batches([batch]).group_by(columns).aggregate([([], "count_all")])
        for row in grouped.to_pylist():
            counted[tuple(row[name] for name in columns)] += row["count_all"]
    return counted


def _text_query(words: Words) -> "FullTextQuery":
    from lancedb.query import BooleanQuery, MatchQuery, Occur

    # Defaults made with pydantic's Field are invisible to the type checker.
    exact = MatchQuery(words.exact, "text", boost=_EXACT_BOOST)  # type: ignore[call-arg]
    folded = MatchQuery(words.folded, "folded")  # type: ignore[call-arg]
    return BooleanQuery([(Occur.SHOULD, exact), (Occur.SHOULD, folded)])


def _row(document: Document, passage: Passage) -> dict[str, object]:
    return {
        "id": passage.id, "owner": document.owner, "collection": document.collection,
        "document_id": document.id, "document_name": document.name, "version": document.version,
        "text": passage.text, "folded": fold(passage.text), "page": passage.page,
        "start": passage.start, "end": passage.end, "headings": list(passage.headings),
        "language": passage.language,
        "name_key": name_key(document.name), "content_type": document.content_type,
        "created_at": document.created_at.astimezone(UTC).replace(tzinfo=None),
    }  # fmt: skip


def _passage(row: Mapping[str, Any], score: float) -> Passage:
    values = {name: row[name] for name in _PASSAGE_COLUMNS}
    return Passage(**values | {"headings": tuple(values["headings"]), "score": score})
