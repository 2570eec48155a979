"""Vectors kept on disk by what was embedded, so that comparing ways of dividing embeds nothing twice."""

import asyncio
import hashlib
import inspect
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import batched
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from rich.progress import track

from localcloud.bedrock import embedding, graph, weights
from localcloud.bedrock.embedding import Embedder

type Vectors = NDArray[np.float32]

_BATCH = 64


class Model(Protocol):
    """What is needed of the model: vectors, and its own count of tokens."""

    def vectors(self, texts: Sequence[str]) -> Vectors: ...

    def count_tokens(self, text: str) -> int: ...


class Remembered:
    """A model, by the name of which its vectors are kept, and what it answered before."""

    def __init__(self, path: Path, name: str, model: Model) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._kept = sqlite3.connect(path)
        self._kept.execute("CREATE TABLE IF NOT EXISTS vectors (name BLOB PRIMARY KEY, vector BLOB)")
        self._name = name
        self._model = model
        self.count_tokens = model.count_tokens

    def vectors(self, texts: Sequence[str]) -> Vectors:
        """A row for each text, in order."""
        names = [hashlib.sha256(f"{self._name}\n{text}".encode()).digest() for text in texts]
        found = self._known()
        missing = {name: text for name, text in zip(names, texts, strict=True) if name not in found}
        for part in track(
            list(batched(missing.items(), _BATCH, strict=False)), "Embedding", disable=not missing
        ):
            rows = self._model.vectors([text for _, text in part])
            new = {name: row.tobytes() for (name, _), row in zip(part, rows, strict=True)}
            with self._kept:
                self._kept.executemany("INSERT OR REPLACE INTO vectors VALUES (?, ?)", new.items())
            found |= new
        return np.stack([np.frombuffer(found[name], np.float32) for name in names])

    def close(self) -> None:
        self._kept.close()

    def _known(self) -> dict[bytes, bytes]:
        return dict(self._kept.execute("SELECT name, vector FROM vectors"))


@dataclass(frozen=True, slots=True)
class _Local:
    """The local model, which is asynchronous."""

    embedder: Embedder
    runner: asyncio.Runner

    def vectors(self, texts: Sequence[str]) -> Vectors:
        return self.runner.run(self.embedder.embed(texts)).vectors

    def count_tokens(self, text: str) -> int:
        return self.embedder.count_tokens(text)


@contextmanager
def remembering(models: Path, path: Path) -> Iterator[Remembered]:
    """The local model; `models` is where its prepared graph is kept."""
    code = "".join(map(inspect.getsource, (embedding, graph, weights)))
    embedder = Embedder(models)
    with asyncio.Runner() as runner:
        remembered = Remembered(path, hashlib.sha256(code.encode()).hexdigest(), _Local(embedder, runner))
        try:
            yield remembered
        finally:
            remembered.close()
            embedder.close()
