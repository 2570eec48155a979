"""The local embedder: all-MiniLM-L6-v2 in onnxruntime, one inference at a time."""

import asyncio
import shutil
import tempfile
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Literal

import numpy as np
import onnxruntime  # type: ignore[import-untyped]
from numpy.typing import NDArray
from tokenizers import Tokenizer

from localcloud.bedrock import graph, weights

MODEL_ID = "local.all-minilm-l6-v2"
DIMENSIONS = 384
MAX_TOKENS = 256  # what the model was trained to read; the rest of a text is not seen
_TURN = 8  # texts: a short question waits for so many of a bulk upload, and not for all
_THREADS = 2
_LEAST_LIKENESS = 0.99
_PROBES = [
    "The committee has not yet decided when the two laboratories will move.",
    "Prices rose by 3.5 % in 2019, more than in any year since the war.",
    "Một câu tiếng Việt ngắn.",
    "How does a plant turn light into sugar?",
]

type Vectors = NDArray[np.float32]
type Precision = Literal["fp32", "fast"]  # fast: int8 where that is faithful


@dataclass(frozen=True, slots=True)
class Embeddings:
    """Unit vectors, a row per text, and how many tokens each text has before truncation."""

    vectors: Vectors
    tokens: tuple[int, ...]


class Embedder:
    """Loads the model when made (about half a second); `embed` may be awaited by many at once."""

    def __init__(self, cache: Path, precision: Precision = "fast") -> None:
        files = weights.locate()
        self._session = _session(_graph(files, cache, precision))
        self._tokenizer = _tokenizer(files.tokenizer)
        self._turn = asyncio.Lock()
        self._thread = ThreadPoolExecutor(1, "embedder")

    async def embed(self, texts: Sequence[str]) -> Embeddings:
        """One unit vector of 384 per text, in order. An empty text has a vector too."""
        loop = asyncio.get_running_loop()
        rows = await loop.run_in_executor(None, self._encode, texts)
        vectors = np.empty((len(texts), DIMENSIONS), np.float32)
        for start in range(0, len(rows), _TURN):
            async with self._turn:
                turn = rows[start : start + _TURN]
                vectors[start : start + _TURN] = await loop.run_in_executor(self._thread, self._infer, turn)
        return Embeddings(vectors, tuple(map(len, rows)))

    def count_tokens(self, text: str) -> int:
        """How many word pieces `text` has, without the marks at its ends."""
        return len(self._tokenizer.encode(text, add_special_tokens=False))

    def close(self) -> None:
        self._thread.shutdown(wait=False, cancel_futures=True)

    def _encode(self, texts: Sequence[str]) -> list[list[int]]:
        return [encoding.ids for encoding in self._tokenizer.encode_batch(list(texts))]

    def _infer(self, rows: Sequence[list[int]]) -> Vectors:
        return np.concatenate([_run(self._session, row) for row in rows])


def _run(session: onnxruntime.InferenceSession, ids: list[int]) -> Vectors:
    """One text at a time: no slower than a batch here, and no padding.

    Above all, a text's vector is the same in any company: the int8 graph scales activations by all that is in
    a batch, which moved one text's vectors apart to a cosine of 0.98.
    """
    kept = ids if len(ids) <= MAX_TOKENS else [*ids[: MAX_TOKENS - 1], ids[-1]]
    vectors: Vectors = session.run(None, {"ids": np.array([kept], np.int64)})[0]
    return vectors


def _graph(files: weights.ModelFiles, cache: Path, precision: Precision) -> Path:
    """The cached graph, written on first use: keyed by the weights and by the graph's version."""
    target = cache / f"{weights.WEIGHTS_SHA256[:16]}-{graph.VERSION}-{precision}.onnx"
    if not target.exists():
        files.verify()
        with tempfile.TemporaryDirectory() as folder:
            source = _build(files, Path(folder), precision)
            graph.write_atomically(target, partial(shutil.copyfile, source))
    return target


def _build(files: weights.ModelFiles, folder: Path, precision: Precision) -> Path:
    """Writes the graph of that precision into `folder`."""
    full, small = folder / "fp32.onnx", folder / "int8.onnx"
    graph.write(files.weights, full)
    if precision == "fp32":
        return full
    graph.write_int8(full, small)
    return small if _likeness(full, small, _tokenizer(files.tokenizer)) >= _LEAST_LIKENESS else full


def _likeness(full: Path, small: Path, tokenizer: Tokenizer) -> float:
    """The mean cosine of both graphs' vectors on this processor: old ones saturate in int8 products."""
    sessions = (_session(full), _session(small))
    pairs = [[_run(session, tokenizer.encode(text).ids)[0] for session in sessions] for text in _PROBES]
    return float(np.mean([one @ other for one, other in pairs]))


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
