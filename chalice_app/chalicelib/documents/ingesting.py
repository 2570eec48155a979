"""One run of taking a document from its upload to searchable passages.

Text, passages and their ids follow from document and version alone, so a run may be repeated from the start
at any point; each step is saved over exactly the state before it, so of two runs one ends `Superseded`.
"""

import time
from array import array
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import batched
from typing import Protocol

from chalicelib.documents.extracting import Bounds, extract
from chalicelib.documents.formats import declared_format
from chalicelib.documents.journal import Journal
from chalicelib.documents.keys import text_key, upload_prefix
from chalicelib.documents.passages import passages_of
from chalicelib.errors import NotFound, TooLarge, Unavailable, Unreadable
from chalicelib.records import Document, DocumentStatus, Passage, Problem
from chalicelib.retrieval.index import PassageIndex
from chalicelib.retrieval.query import Scope
from chalicelib.stores.blobs import BlobStore

BATCH = 32
"""Passages embedded at a time: few enough to show progress, enough to keep a model busy."""

MAX_ATTEMPTS = 6
"""At one version by all workers together, in case reading it kills the worker itself."""

_PROGRESS_SECONDS = 0.25


class PassageEmbedder(Protocol):
    def passages(self, texts: Sequence[str]) -> list[list[float]]:
        """One vector for each text, in order. Raises Throttled or ModelUnavailable."""


@dataclass(frozen=True, slots=True)
class Means:
    """What an ingestion works with; sizes in bytes, the clock in seconds."""

    journal: Journal
    blobs: BlobStore
    index: PassageIndex
    embedder: PassageEmbedder
    max_bytes: int
    bounds: Bounds
    clock: Callable[[], float] = time.monotonic


class Ingestion:
    """Holds the document as it was last saved."""

    def __init__(self, means: Means, document: Document) -> None:
        self._means = means
        self._document = document
        self._told = means.clock()

    def run(self) -> None:
        """Raises Superseded, or the RiffleError for which the document cannot be READY."""
        self._claim()
        data = self._file()
        passages = self._passages(data)
        self._move(DocumentStatus.EMBEDDING, bytes=len(data), progress=0.0)
        vectors = self._vectors(passages)
        self._means.index.replace(self._document, passages, vectors)
        self._probe(passages, vectors)
        pages = max((each.page or 0 for each in passages), default=0)
        ready = replace(
            self._document, status=DocumentStatus.READY, pages=pages or None, passages=len(passages),
            progress=1.0,
        )  # fmt: skip
        self._means.journal.save(ready, [])

    def fail(self, problem: Problem) -> None:
        self._move(DocumentStatus.FAILED, error=problem, progress=None)

    def wait(self, problem: Problem) -> Document:
        """Back to QUEUED, saying why. What was read so far is read again: a run keeps nothing."""
        self._move(DocumentStatus.QUEUED, error=problem, progress=None)
        return self._document

    def _claim(self) -> None:
        if self._document.status is DocumentStatus.AWAITING_UPLOAD:
            self._move(DocumentStatus.QUEUED)
        claimed = replace(self._document, status=DocumentStatus.EXTRACTING, error=None, progress=None)
        claim = self._means.journal.claim(claimed)
        self._document = claim.document
        if claim.attempts > MAX_ATTEMPTS:
            raise Unreadable(
                f"{self._document.name!r} was given up after {MAX_ATTEMPTS} attempts at reading it"
            )

    def _move(self, status: DocumentStatus, **changes: object) -> None:
        moved = replace(self._document, status=status, **changes)  # type: ignore[arg-type]  # fields by name
        self._document = self._means.journal.save(moved)
        self._told = self._means.clock()

    def _file(self) -> bytes:
        """The upload. Raises NotFound, or TooLarge once a file beyond the limit has been removed."""
        document, limit = self._document, self._means.max_bytes
        prefix = upload_prefix(document.owner, document.id, document.version)
        key = next(iter(self._means.blobs.keys(prefix)), None)
        if key is None:
            raise NotFound(f"the file of {document.name!r} is not there; upload it again")
        try:
            return self._means.blobs.get(key, limit)
        except TooLarge as failure:
            self._means.blobs.delete_prefix(prefix)
            raise TooLarge(f"{document.name!r} is larger than the limit of {limit} bytes") from failure

    def _passages(self, data: bytes) -> list[Passage]:
        """Extracts the text, stores it, and divides it."""
        document = self._document
        kind = document.content_type or declared_format(document.name, None)
        extracted = extract(data, document.name, kind, self._means.bounds)
        key = text_key(document.owner, document.id, document.version)
        self._means.blobs.put(key, extracted.to_json(), "application/json")
        return passages_of(document, extracted)

    def _vectors(self, passages: Sequence[Passage]) -> list[array[float]]:
        vectors: list[array[float]] = []
        for batch in batched(passages, BATCH, strict=False):
            embedded = self._means.embedder.passages([each.text for each in batch])
            vectors += [array("f", each) for each in embedded]
            self._show_progress(len(vectors) / len(passages))
        return vectors

    def _show_progress(self, share: float) -> None:
        if self._means.clock() - self._told >= _PROGRESS_SECONDS:
            self._move(DocumentStatus.EMBEDDING, progress=share)

    def _probe(self, passages: Sequence[Passage], vectors: Sequence[Sequence[float]]) -> None:
        """Proves by a search that the passages are found. Raises Unavailable when they are not."""
        document, index = self._document, self._means.index
        scope = Scope.of_document(document.owner, document.id, document.version)
        if index.count(scope) != len(passages) or not index.nearest(scope, vectors[0], 1):
            raise Unavailable(f"the passages of {document.name!r} are not found yet")
