"""Queries of the table: the nearest vectors and the best matches among the passages of a scope."""

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from typing import TYPE_CHECKING, cast

from chalicelib.records import Passage
from chalicelib.retrieval.index.indexes import vector_partitions
from chalicelib.retrieval.index.probing import Probe, probe
from chalicelib.retrieval.index.replacing import is_buried
from chalicelib.retrieval.index.rows import PASSAGE_COLUMNS, passage
from chalicelib.retrieval.query import Scope, where
from chalicelib.retrieval.wording import Words

if TYPE_CHECKING:
    from lancedb.query import FullTextQuery, LanceVectorQueryBuilder
    from lancedb.table import Table


@dataclass(frozen=True, slots=True)
class Sample:
    """A passage as a question to try: whose it is and where it lies."""

    owner: str
    vector: Sequence[float]


def nearest(
    table: "Table", scope: Scope, vector: Sequence[float], limit: int, *, exact: bool = False
) -> list[Passage]:
    """Passages by cosine similarity; the scope narrows before anything is compared.

    Passages that the vector index does not know yet are compared one by one beside it. Where the partitions
    looked into have fewer of the scope than are asked for, all are compared.
    """
    probe = None if exact else _probe(table, scope, limit)
    found = _nearest(table, scope, vector, limit, probe)
    return found if probe is None or len(found) == limit else _nearest(table, scope, vector, limit, None)


def _nearest(
    table: "Table", scope: Scope, vector: Sequence[float], limit: int, probe: Probe | None
) -> list[Passage]:
    search = table.search(list(vector), vector_column_name="vector", query_type="vector")
    query = cast("LanceVectorQueryBuilder", search).distance_type("cosine")  # declared too widely
    query = _probing(query, probe).where(where(scope), prefilter=True).limit(limit)
    rows = query.select([*PASSAGE_COLUMNS, "_distance"]).to_list()
    return [passage(each, 1 - each["_distance"]) for each in rows]


def matching(table: "Table", scope: Scope, words: Words, limit: int) -> list[Passage]:
    """Passages by BM25, as `wording` weighs the matches."""
    query = table.search(text_query(words), query_type="fts").where(where(scope), prefilter=True)
    found = query.limit(limit).select([*PASSAGE_COLUMNS, "_score"])
    return [passage(row, row["_score"]) for row in found.to_list()]


def sample(table: "Table", count: int, random: Random) -> list[Sample]:
    rows = table.count_rows()
    picked = random.sample(range(rows), min(count, rows))
    found = table.take_offsets(picked).select(["owner", "vector"]).to_list() if picked else []
    return [Sample(each["owner"], each["vector"]) for each in found if not is_buried(each["owner"])]


def _probe(table: "Table", scope: Scope, limit: int) -> Probe | None:
    """Counting the scope reads scalar indexes only, and nothing at all while there is no vector index."""
    partitions = vector_partitions(table)
    if not partitions:
        return None
    return probe(limit, table.count_rows(where(scope)), partitions)


def _probing(query: "LanceVectorQueryBuilder", probe: Probe | None) -> "LanceVectorQueryBuilder":
    if probe is None:
        return query.bypass_vector_index()
    return query.nprobes(probe.partitions).refine_factor(probe.refine)


def text_query(words: Words) -> "FullTextQuery":
    from lancedb.query import BooleanQuery, MatchQuery, Occur

    # Defaults made with pydantic's Field are invisible to the type checker.
    return BooleanQuery(
        [
            (Occur.SHOULD, MatchQuery(each.words, each.column, boost=each.boost))  # type: ignore[call-arg]
            for each in words
        ]
    )
