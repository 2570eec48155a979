"""The bare LanceDB queries that the product's are compared with: its table, and as wide a look into it."""

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import cast

import lancedb
from chalicelib.retrieval.index import TABLE
from chalicelib.retrieval.index.indexes import vector_partitions
from chalicelib.retrieval.index.probing import probe
from chalicelib.retrieval.index.searching import text_query
from chalicelib.retrieval.wording import words
from lancedb.query import LanceVectorQueryBuilder

_COLUMNS = ["id", "document_id", "text", "start", "end"]


class Bare:
    """One open table, one owner; the text is read too, since a search is asked for it."""

    def __init__(self, uri: str, options: Mapping[str, str], owner: str) -> None:
        self._table = lancedb.connect(uri, storage_options=dict(options)).open_table(TABLE)
        self._filter = f"owner = '{owner}'"
        self._rows = self._table.count_rows(self._filter)
        self._pool = ThreadPoolExecutor(1)

    def nearest(self, vector: Sequence[float], limit: int = 10) -> list[str]:
        search = self._table.search(list(vector), vector_column_name="vector")
        query = cast("LanceVectorQueryBuilder", search).distance_type("cosine")  # declared too widely
        if wide := probe(limit, self._rows, vector_partitions(self._table)):
            query = query.nprobes(wide.partitions).refine_factor(wide.refine)
        found = query.where(self._filter, prefilter=True).limit(limit).select([*_COLUMNS, "_distance"])
        return [row["id"] for row in found.to_list()]

    def matching(self, text: str, limit: int = 10) -> list[str]:
        found = self._table.search(text_query(words(text)), query_type="fts").where(
            self._filter, prefilter=True
        )
        return [row["id"] for row in found.limit(limit).select([*_COLUMNS, "_score"]).to_list()]

    def hybrid(self, text: str, vector: Sequence[float], candidates: int = 50) -> None:
        """Both at once, as deep as the product looks; not fused."""
        matching = self._pool.submit(self.matching, text, candidates)
        self.nearest(vector, candidates)
        matching.result()
