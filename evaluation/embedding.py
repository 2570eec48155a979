"""The local embedding model as retrieval wants it, with the corpus's vectors kept between runs."""

import asyncio
import hashlib
import inspect
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import batched
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from rich.progress import track

from localcloud.bedrock import embedding, graph, weights
from localcloud.bedrock.embedding import DIMENSIONS, MODEL_ID, Embedder

BATCH = 64

type Vectors = NDArray[np.float32]


class LocalEmbedder:
    """Calls the model in this process; keeps vectors, as sets share texts and search modes queries."""

    model = MODEL_ID
    dimensions = DIMENSIONS

    def __init__(self, embedder: Embedder, runner: asyncio.Runner, cache: Path) -> None:
        self._embedder = embedder
        self._runner = runner
        self._cache = cache
        self._turn = threading.Lock()
        self._queries: dict[str, list[float]] = {}
        self._texts: dict[str, Vectors] = {}

    def query(self, text: str) -> list[float]:
        """May be asked by several threads at once, unlike `corpus`."""
        with self._turn:
            if text not in self._queries:
                self._queries[text] = [float(number) for number in self._embed([text])[0]]
            return self._queries[text]

    def expect(self, queries: Sequence[str]) -> None:
        """Has the vectors of these ready, from the cache when they were asked before."""
        vectors = self.corpus(queries).tolist()
        self._queries.update(zip(queries, vectors, strict=True))

    def corpus(self, texts: Sequence[str]) -> Vectors:
        """One row per text; from the cache when just these were embedded before."""
        path = self._cache / f"{_fingerprint(texts)}.npy"
        vectors: Vectors = np.load(path) if path.exists() else self._embedded(texts)
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            np.save(path, vectors)
        self._texts.update(zip(texts, vectors, strict=True))
        return vectors

    def _embedded(self, texts: Sequence[str]) -> Vectors:
        """Sets share texts: what another one had is not embedded again."""
        parts = list(batched((each for each in texts if each not in self._texts), BATCH, strict=False))
        for part in track(parts, "Embedding the corpus"):
            self._texts.update(zip(part, self._embed(part), strict=True))
        return np.array([self._texts[each] for each in texts], np.float32)

    def _embed(self, texts: Sequence[str]) -> Vectors:
        return self._runner.run(self._embedder.embed(texts)).vectors


def _fingerprint(texts: Sequence[str]) -> str:
    """Changes with the texts, and with the code and weights that embed them."""
    code = "".join(map(inspect.getsource, (embedding, graph, weights)))
    digest = hashlib.sha256(code.encode())
    for text in texts:
        digest.update(hashlib.sha256(text.encode()).digest())
    return digest.hexdigest()[:20]


@contextmanager
def local_embedder(models: Path, cache: Path) -> Iterator[LocalEmbedder]:
    """Loads the model; `models` is where its prepared graph is kept, `cache` where vectors are."""
    embedder = Embedder(models)
    try:
        with asyncio.Runner() as runner:
            yield LocalEmbedder(embedder, runner, cache)
    finally:
        embedder.close()
