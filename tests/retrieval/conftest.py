"""An index on a temporary path, a small living embedder, and documents to put in it."""

import hashlib
import math
import re
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest
from chalicelib.records import Document, DocumentStatus, Passage
from chalicelib.retrieval.index import PassageIndex
from chalicelib.retrieval.languages import language_of

START = datetime(2030, 1, 1, tzinfo=UTC)
DIMENSIONS = 32


class HashingEmbedder:
    """Words hashed onto a few dimensions: texts that share words lie near each other."""

    model = "hashing"
    dimensions = DIMENSIONS

    def passages(self, texts: Sequence[str]) -> list[list[float]]:
        return [self.query(text) for text in texts]

    def query(self, text: str) -> list[float]:
        vector = [1e-3] * self.dimensions
        for word in re.findall(r"\w+", text.casefold()):
            vector[hashlib.sha256(word.encode()).digest()[0] % self.dimensions] += 1
        length = math.sqrt(sum(each * each for each in vector))
        return [each / length for each in vector]


def a_document(
    owner: str = "ann", document_id: str = "D1", version: int = 1, collection: str = "default"
) -> Document:
    return Document(
        id=document_id, owner=owner, collection=collection, name=f"{document_id}.txt", version=version,
        status=DocumentStatus.EMBEDDING, created_at=START, updated_at=START,
    )  # fmt: skip


def passages_of(document: Document, texts: Sequence[str]) -> list[Passage]:
    key = f"{document.id}.{document.version}"
    return [
        Passage(
            f"{key}.{n}", document.id, document.name, document.version, text, 0, len(text),
            language=language_of(text),
        )
        for n, text in enumerate(texts)
    ]  # fmt: skip


def put(index: PassageIndex, document: Document, *texts: str) -> None:
    """Indexes texts as the passages of a document."""
    index.replace(document, passages_of(document, texts), HashingEmbedder().passages(texts))


@pytest.fixture
def index(tmp_path: Path) -> PassageIndex:
    return PassageIndex(str(tmp_path / "index"), DIMENSIONS)
