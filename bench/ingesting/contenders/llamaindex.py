"""LlamaIndex's sentence splitter, its vector index and its LanceDB store, as its documentation uses them."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from llama_index.core import Document, StorageContext, VectorStoreIndex  # type: ignore[import-not-found]  # apart
from llama_index.core.embeddings import BaseEmbedding  # type: ignore[import-not-found]
from llama_index.core.node_parser import SentenceSplitter  # type: ignore[import-not-found]
from llama_index.vector_stores.lancedb import LanceDBVectorStore  # type: ignore[import-not-found]

from bench.ingesting.contenders import LIMIT, Search, Stored
from bench.ingesting.corpus import Text
from bench.ingesting.embedder import DIMENSIONS, Embedder

TOKENS = 155
"""Of its own tokenizer; so that there are about as many passages as everybody else makes."""

EMBEDDED = 256
INSERTED = 512  # nodes; more at a time took longer


class Embedding(BaseEmbedding):  # type: ignore[misc]  # unknown here
    _embedder: Embedder

    def __init__(self, embedder: Embedder) -> None:
        super().__init__(model_name="constant-time", embed_batch_size=EMBEDDED)
        self._embedder = embedder

    def _get_text_embeddings(self, texts: list[str]) -> list[list[float]]:
        return self._embedder.passages(texts)

    def _get_text_embedding(self, text: str) -> list[float]:
        return self._embedder.passages([text])[0]

    def _get_query_embedding(self, query: str) -> list[float]:
        return self._embedder.query(query)

    async def _aget_query_embedding(self, query: str) -> list[float]:
        return self._embedder.query(query)


class LlamaIndex:
    def __init__(self, folder: Path, embedder: Embedder) -> None:
        self._splitter = SentenceSplitter(chunk_size=TOKENS, chunk_overlap=0)
        self._embedding = Embedding(embedder)
        self._store = LanceDBVectorStore(uri=str(folder), mode="create")
        self._retriever: Any = None
        self.searches: dict[str, Search] = {"vector": self._nearest}

    def ingest(self, texts: Sequence[Text]) -> None:
        documents = [Document(text=each.text, id_=each.name) for each in texts]
        index = VectorStoreIndex.from_documents(
            documents, storage_context=StorageContext.from_defaults(vector_store=self._store),
            transformations=[self._splitter], embed_model=self._embedding, insert_batch_size=INSERTED,
        )  # fmt: skip
        self._retriever = index.as_retriever(similarity_top_k=LIMIT)

    def stored(self) -> Stored:
        table = self._store.table.to_arrow()
        vectors = table["vector"].combine_chunks().flatten().to_numpy()
        return Stored(table["text"].to_pylist(), vectors.reshape(-1, DIMENSIONS))

    def _nearest(self, query: str) -> list[str]:
        return [each.node.get_content() for each in self._retriever.retrieve(query)]


def contender(_: str, folder: Path, embedder: Embedder) -> LlamaIndex:
    return LlamaIndex(folder, embedder)
