"""LangChain's splitter and its LanceDB store, as its documentation uses them.

`langchain` hands all documents over in one call, as the documentation does; `batched` a hundred at a time,
for which the store's mode is not its default, as that would replace what the call before has written.
`worded` makes the full-text index, too, which the store otherwise makes with its first hybrid search.
"""

from collections.abc import Sequence
from itertools import batched
from pathlib import Path

import numpy as np
from langchain_community.vectorstores import LanceDB  # type: ignore[import-not-found]  # in an environment of its own
from langchain_core.documents import Document  # type: ignore[import-not-found]  # likewise
from langchain_core.embeddings import Embeddings  # type: ignore[import-not-found]  # likewise
from langchain_text_splitters import RecursiveCharacterTextSplitter  # type: ignore[import-not-found]  # likewise

from bench.ingesting.contenders import BATCH, LIMIT, Search, Stored
from bench.ingesting.corpus import Text
from bench.ingesting.embedder import DIMENSIONS, Embedder

CHARS = 930
"""So that there are about as many passages as everybody else makes; so are the other's tokens."""


class Embedding(Embeddings):  # type: ignore[misc]  # unknown here
    def __init__(self, embedder: Embedder) -> None:
        self._embedder = embedder

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        return self._embedder.passages(texts)

    def embed_query(self, text: str) -> list[float]:
        return self._embedder.query(text)


class LangChain:
    def __init__(self, folder: Path, embedder: Embedder, batch: int | None, *, worded: bool) -> None:
        self._batch = batch
        self._worded = worded
        self._splitter = RecursiveCharacterTextSplitter(chunk_size=CHARS, chunk_overlap=0)
        self._store = LanceDB(uri=str(folder), embedding=Embedding(embedder), mode="append")
        self.searches: dict[str, Search] = {"vector": self._nearest}

    def ingest(self, texts: Sequence[Text]) -> None:
        for some in batched(texts, self._batch or len(texts), strict=False):
            documents = [Document(each.text, metadata={"source": each.name}) for each in some]
            self._store.add_documents(self._splitter.split_documents(documents))
        if self._worded:
            self._store.get_table().create_fts_index("text", replace=True)

    def stored(self) -> Stored:
        table = self._store.get_table().to_arrow()
        vectors = table["vector"].combine_chunks().flatten().to_numpy()
        return Stored(table["text"].to_pylist(), vectors.reshape(-1, DIMENSIONS).astype(np.float32))

    def _nearest(self, query: str) -> list[str]:
        return [each.page_content for each in self._store.similarity_search(query, k=LIMIT)]


def contender(name: str, folder: Path, embedder: Embedder) -> LangChain:
    return LangChain(folder, embedder, BATCH if name == "batched" else None, worded=name == "worded")
