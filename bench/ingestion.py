"""Documents per second: through the whole deployment, and the product's steps alone without the embedding."""

import asyncio
import tempfile
import time
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path

from chalicelib.documents.ingesting import ingest
from chalicelib.records import Document, DocumentStatus
from chalicelib.retrieval.index import PassageIndex

from bench.corpus import Piece, pieces
from evaluation.report import Grid
from riffle import AsyncClient
from riffle.commands.ingesting import Outcome, send_all
from riffle.sources import folders

DOCUMENTS = 40
DIMENSIONS = 384


def documents_per_second(url: str, name: str, password: str) -> Grid:
    """From the first upload to the last READY, several at a time; and one after the other in this process."""
    chosen = pieces(DOCUMENTS)
    began = time.monotonic()
    outcomes = asyncio.run(_ingested(url, name, password, chosen))
    whole = time.monotonic() - began
    passages = sum(outcome.document.passages or 0 for outcome in outcomes if outcome.document)
    rows = [_row("whole deployment, embedding included", len(chosen), passages, whole)]
    rows.append(_row("extract, split and index alone, no embedding", len(chosen), *_alone(chosen)))
    failed = sum(outcome.failed for outcome in outcomes)
    title = f"Ingesting {len(chosen)} documents of a page, {failed} failed"
    return Grid(title, ("", "documents/s", "passages/s"), tuple(rows))


def _row(name: str, documents: int, passages: int, seconds: float) -> tuple[str, str, str]:
    return (name, f"{documents / seconds:.1f}", f"{passages / seconds:.1f}")


async def _ingested(url: str, name: str, password: str, chosen: Sequence[Piece]) -> list[Outcome]:
    with tempfile.TemporaryDirectory() as folder:
        paths = [_written(Path(folder), piece) for piece in chosen]
        async with await AsyncClient.connect(url, username=name, password=password) as client:
            return await send_all(client, map(folders.item, paths), "bench", lambda _: None)


def _written(folder: Path, piece: Piece) -> Path:
    path = folder / piece.name
    path.write_text(piece.text, "utf-8")
    return path


class SameVector:
    """An embedder that takes no time."""

    def passages(self, texts: Sequence[str]) -> Iterable[Sequence[float]]:
        return [[1.0] * DIMENSIONS] * len(texts)


def _alone(chosen: Sequence[Piece]) -> tuple[int, float]:
    """Passages and seconds, in one batch; the index is on this disk, and every vector the same."""
    files = [(_document(number, piece), piece.text.encode()) for number, piece in enumerate(chosen)]
    with tempfile.TemporaryDirectory() as folder:
        began = time.monotonic()
        works = list(ingest(files, PassageIndex(folder, DIMENSIONS), SameVector()))
        return sum(len(work.passages) for work in works), time.monotonic() - began


def _document(number: int, piece: Piece) -> Document:
    now = datetime.now(UTC)
    return Document(
        str(number), "bench", "bench", piece.name, DocumentStatus.EMBEDDING, 1, now, now, "text/markdown"
    )
