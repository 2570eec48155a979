"""What our pipeline adds to the time that the real local embedder takes for the same passages."""

import asyncio
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from bench.ingesting.contenders.riffle import Riffle
from bench.ingesting.corpus import texts
from bench.ingesting.embedder import Embedder
from evaluation.report import Grid
from localcloud.bedrock.embedding import Embedder as Model

DOCUMENTS = 60


class Clocked(Embedder):
    """The local cloud's model, and how long it was at work."""

    def __init__(self, model: Model) -> None:
        super().__init__()
        self._model = model
        self.seconds = 0.0

    def passages(self, texts: Sequence[str]) -> list[list[float]]:
        began = time.perf_counter()
        found = asyncio.run(self._model.embed(texts))
        self.seconds += time.perf_counter() - began
        vectors: list[list[float]] = found.vectors.tolist()
        return vectors


def table(rounds: int) -> Grid:
    """The median run; everything happens one after the other, so what is not embedding is added to it."""
    with tempfile.TemporaryDirectory() as folder:
        runs = sorted(
            (_run(Path(folder), number) for number in range(rounds)), key=lambda run: run[0] / run[1]
        )
    whole, embedding = runs[len(runs) // 2]
    row = (
        str(DOCUMENTS),
        f"{whole:.1f}",
        f"{embedding:.1f}",
        f"{whole / embedding - 1:.1%}".replace("%", " %"),
    )
    return Grid("With the real embedder", ("documents", "seconds", "of them embedding", "overhead"), (row,))


def _run(folder: Path, number: int) -> tuple[float, float]:
    embedder = Clocked(Model(folder / "graphs"))
    embedder.passages(["The first text takes longer."])
    embedder.seconds = 0.0
    riffle = Riffle(folder / str(number), embedder, "text/markdown")
    began = time.perf_counter()
    riffle.ingest(texts(DOCUMENTS))
    return time.perf_counter() - began, embedder.seconds
