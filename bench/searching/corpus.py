"""Passages made of chance, the same in every run: vectors in clusters, words as rare as words are."""

from array import array
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice

import numpy as np
from chalicelib.records import Document, DocumentStatus, Passage
from chalicelib.retrieval.index import Entry
from numpy.typing import NDArray

DIMENSIONS = 384
SHARES = {"one in ten thousand": 0.0001, "one in a hundred": 0.01}
"""Owners beside the one who has nearly everything, and what share of the passages each has."""

_TOPICS = 2_000
_SPREAD = 0.6  # of passages around their topic, relative to the distance of topics
_VOCABULARY = 20_000
_WORDS = 40  # of a passage
_ASKED = 3  # words of a question
_PASSAGES = 50  # of a document
_NOW = datetime(2026, 1, 1, tzinfo=UTC)

type Vectors = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Question:
    text: str
    vector: list[float]


class Corpus:
    """`size` passages; all but the shares of others belong to `owner`."""

    def __init__(self, size: int, owner: str) -> None:
        self.size = size
        self.owner = owner
        self._chance = np.random.default_rng(size)
        self._topics = self._chance.standard_normal((_TOPICS, DIMENSIONS), dtype=np.float32)
        self._weights = _falling(_TOPICS, 0.5)
        self._words = np.array([f"w{number:x}" for number in range(_VOCABULARY)])
        self._rarity = _falling(_VOCABULARY, 1.0)

    def batches(self, documents: int = 400) -> Iterator[list[Entry]]:
        """Documents in the order of their ids, so many at a time."""
        entries = (self._entry(number) for number in range(self.size // _PASSAGES))
        while batch := list(islice(entries, documents)):
            yield batch

    def questions(self, count: int) -> list[Question]:
        """About the same topics, in words that are neither the commonest nor the rarest."""
        vectors = self._vectors(count)
        words = self._chance.choice(self._words[100:5_000], (count, _ASKED))
        return [
            Question(" ".join(text), vector.tolist()) for text, vector in zip(words, vectors, strict=True)
        ]

    def _entry(self, number: int) -> Entry:
        document = Document(
            f"D{number:07}", self._owner(number), "bench", f"{number}.txt", DocumentStatus.EMBEDDING, 1,
            _NOW, _NOW,
        )  # fmt: skip
        texts = self._chance.choice(self._words, (_PASSAGES, _WORDS), p=self._rarity)
        passages = [
            _passage(document, ordinal, " ".join(text)) for ordinal, text in enumerate(texts.tolist())
        ]
        return Entry(document, passages, [array("f", each.tobytes()) for each in self._vectors(_PASSAGES)])

    def _owner(self, number: int) -> str:
        """Others' documents lie between his, as they come."""
        for name, share in SHARES.items():
            if number % round(1 / share) == 1:
                return name
        return self.owner

    def _vectors(self, count: int) -> Vectors:
        topics = self._topics[self._chance.choice(_TOPICS, count, p=self._weights)]
        found = topics + _SPREAD * self._chance.standard_normal((count, DIMENSIONS), dtype=np.float32)
        return np.asarray(found / np.linalg.norm(found, axis=1, keepdims=True), np.float32)


def _passage(document: Document, ordinal: int, text: str) -> Passage:
    return Passage(
        f"{document.id}.1.{ordinal}", document.id, document.name, 1, text, ordinal * 500, ordinal * 500 + 400
    )


def _falling(count: int, power: float) -> NDArray[np.float64]:
    weights = 1 / np.arange(1, count + 1) ** power
    return np.asarray(weights / weights.sum(), np.float64)
