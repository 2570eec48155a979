"""The local embedder: all-MiniLM-L6-v2 in onnxruntime, one inference at a time."""

import asyncio
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
import onnxruntime  # type: ignore[import-untyped]
from numpy.typing import NDArray
from tokenizers import Encoding, Tokenizer

from localcloud.bedrock import graph, weights

MODEL_ID = "local.all-minilm-l6-v2"
DIMENSIONS = 384
MAX_TOKENS = 256  # what the model was trained to read; the rest of a text is not seen
_BATCH_TOKENS = 2_048  # small, so that a short question waits for one batch of a bulk upload and not for all
_THREADS = 2

type Vectors = NDArray[np.float32]
type Precision = Literal["fp32", "int8"]


@dataclass(frozen=True, slots=True)
class Embeddings:
    """Unit vectors, a row per text, and how many tokens each text has before truncation."""

    vectors: Vectors
    tokens: tuple[int, ...]


class Embedder:
    """Loads the model when made (about half a second); `embed` may be awaited by many at once."""

    def __init__(self, cache: Path, precision: Precision = "int8") -> None:
        files = weights.locate()
        self._session = _session(_graph(files, cache, precision))
        self._tokenizer = _tokenizer(files.tokenizer)
        self._turn = asyncio.Lock()
        self._thread = ThreadPoolExecutor(1, "embedder")

    async def embed(self, texts: Sequence[str]) -> Embeddings:
        """One unit vector of 384 per text, in order. An empty text has a vector too."""
        loop = asyncio.get_running_loop()
        encodings = await loop.run_in_executor(None, self._tokenizer.encode_batch, list(texts))
        vectors = np.empty((len(texts), DIMENSIONS), np.float32)
        for rows in _batches([min(len(encoding.ids), MAX_TOKENS) for encoding in encodings]):
            async with self._turn:
                found = await loop.run_in_executor(
                    self._thread, self._infer, [encodings[row] for row in rows]
                )
            vectors[rows] = found
        return Embeddings(vectors, tuple(len(encoding.ids) for encoding in encodings))

    def count_tokens(self, text: str) -> int:
        """How many word pieces `text` has, without the marks at its ends."""
        return len(self._tokenizer.encode(text, add_special_tokens=False).ids)

    def close(self) -> None:
        self._thread.shutdown(wait=False, cancel_futures=True)

    def _infer(self, encodings: Sequence[Encoding]) -> Vectors:
        ids, mask = _pad(encodings)
        vectors: Vectors = self._session.run(None, {"ids": ids, "mask": mask})[0]
        return vectors


def _pad(encodings: Sequence[Encoding]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Token ids and mask as rectangles; a text beyond the limit keeps its beginning and the end mark."""
    rows = [_truncate(encoding.ids) for encoding in encodings]
    ids = np.zeros((len(rows), max(map(len, rows))), np.int64)
    mask = np.zeros_like(ids)
    for row, tokens in enumerate(rows):
        ids[row, : len(tokens)] = tokens
        mask[row, : len(tokens)] = 1
    return ids, mask


def _truncate(ids: list[int]) -> list[int]:
    return ids if len(ids) <= MAX_TOKENS else [*ids[: MAX_TOKENS - 1], ids[-1]]


def _batches(lengths: Sequence[int]) -> Iterator[list[int]]:
    """Indices of texts of like length together, so that little padding is computed."""
    batch: list[int] = []
    for row in sorted(range(len(lengths)), key=lengths.__getitem__):
        if batch and (len(batch) + 1) * lengths[row] > _BATCH_TOKENS:
            yield batch
            batch = []
        batch.append(row)
    if batch:
        yield batch


def _graph(files: weights.ModelFiles, cache: Path, precision: Precision) -> Path:
    """The cached graph, written on first use: keyed by the weights and by the graph's version."""
    stem = f"{weights.WEIGHTS_SHA256[:16]}-{graph.VERSION}"
    target = cache / f"{stem}-{precision}.onnx"
    if not target.exists():
        files.verify()
        with tempfile.TemporaryDirectory() as folder:
            full = Path(folder) / "fp32.onnx"
            graph.write(files.weights, full)
            graph.write_atomically(target, lambda path: _convert(full, path, precision))
    return target


def _convert(full: Path, target: Path, precision: Precision) -> None:
    if precision == "fp32":
        shutil.copyfile(full, target)
    else:
        graph.write_int8(full, target)


def _session(path: Path) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = _THREADS
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])


def _tokenizer(path: Path) -> Tokenizer:
    tokenizer = Tokenizer.from_file(str(path))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return tokenizer
