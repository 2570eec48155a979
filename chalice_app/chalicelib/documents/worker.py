"""Does what the ingest queue asks for: ingests documents, and deletes them.

Messages come at least once and in any order, and a worker may die at any point, so everything starts from the
row: a message about a version that is no longer awaited, or already dealt with, changes nothing.
"""

import logging
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from chalicelib.documents.extracting import Bounds
from chalicelib.documents.ingesting import Ingestion, Means, PassageEmbedder
from chalicelib.documents.journal import Events, Journal
from chalicelib.documents.keys import UploadKey, text_prefix, upload_prefix
from chalicelib.documents.messages import Delete, Ingest, Task, Uploaded, message_for, tasks
from chalicelib.documents.restoring import restored
from chalicelib.errors import Conflict, RiffleError, Superseded, Throttled, Unavailable
from chalicelib.records import Document, DocumentStatus, Problem
from chalicelib.retrieval.index import PassageIndex
from chalicelib.retrieval.query import Scope
from chalicelib.settings import Limits
from chalicelib.stores.blobs import BlobStore
from chalicelib.stores.documents import DocumentStore, utc_now
from chalicelib.stores.queues import Queue
from chalicelib.waiting import Patience

log = logging.getLogger(__name__)

GONE = frozenset({DocumentStatus.DELETING, DocumentStatus.DELETED})
HELD = timedelta(minutes=15)
"""How long a silent worker keeps a document to itself: as long as the ingest function can run."""

PATIENCE = Patience(first=15, longest=900, times=12)
"""For a model that asks to slow down: more than an hour, of which nothing counts as a failed delivery."""

_IN_WORK = frozenset({DocumentStatus.EXTRACTING, DocumentStatus.EMBEDDING})
_WORKABLE = frozenset(
    {
        DocumentStatus.AWAITING_UPLOAD,
        DocumentStatus.QUEUED,
        DocumentStatus.EXTRACTING,
        DocumentStatus.EMBEDDING,
    }
)


class DocumentWorker:
    def __init__(
        self, store: DocumentStore, blobs: BlobStore, index: PassageIndex, embedder: PassageEmbedder,
        events: Events, queue: Queue, limits: Limits | None = None, bounds: Bounds | None = None, *,
        now: Callable[[], datetime] = utc_now, patience: Patience = PATIENCE,
    ) -> None:  # fmt: skip
        allowed = limits or Limits()
        self._store = store
        self._blobs = blobs
        self._index = index
        self._journal = Journal(store, events)
        self._queue = queue
        self._now = now
        self._patience = patience
        self._means = Means(
            self._journal, blobs, index, embedder, allowed.document_bytes,
            bounds or Bounds(chars=allowed.document_chars),
        )  # fmt: skip

    def handle(self, message: Mapping[str, Any], *, fresh: bool = False, last_attempt: bool = False) -> None:
        """Does what a message of the ingest queue asks for.

        One delivered for the first time is `fresh`, and leaves a document alone that is in work already: S3
        notifies twice, and reconciliation queues again what has waited for long.
        Raises what is worth trying again (Unavailable, a defect), so that the queue delivers the message once
        more; on the last attempt the document has FAILED instead. While a service asks to slow down, the
        document waits, QUEUED, for a message of its own.
        """
        for task in tasks(message):
            document = self._document_of(task)
            if document is None:
                continue
            if isinstance(task, Delete):
                self._delete(document)
            elif fresh and self._held(document):
                log.info("document %s is in work already", document.id)
            elif document.status in _WORKABLE:
                waits = task.waits if isinstance(task, Ingest) else 0
                self._ingest(document, waits, last_attempt=last_attempt)

    def _held(self, document: Document) -> bool:
        """Whether a worker has it, which has a message of its own that comes back if the worker fails."""
        return document.status in _IN_WORK and document.updated_at > self._now() - HELD

    def _document_of(self, task: Task) -> Document | None:
        match task:
            case Uploaded(key):
                return self._awaited(key)
            case Ingest(owner, document_id, version):
                found = self._store.find(owner, document_id)
                return found if found and found.version == version else None
            case Delete(owner, document_id):
                return self._store.find(owner, document_id)

    def _awaited(self, key: UploadKey) -> Document | None:
        """The row an upload belongs to; None, and the file is removed, when nobody waits for it any more.

        We sign the key of every upload, so one that the registry does not know was known before the
        registry lost it: its row is made again from the key.
        """
        known = self._store.find(key.owner, key.document_id)
        if known and (known.status in GONE or known.version > key.version):
            self._blobs.delete_prefix(upload_prefix(key.owner, key.document_id, key.version))
            return None
        if known and known.version == key.version:
            return known
        return self._restore(key, known)

    def _restore(self, key: UploadKey, known: Document | None) -> Document | None:
        lost = restored(key, known, self._now())
        try:
            return self._store.renew(lost) if known else self._store.create(lost)
        except (Conflict, Superseded):  # someone else restored it just now; the next message finds it
            return self._store.find(key.owner, key.document_id)

    def _ingest(self, document: Document, waits: int, *, last_attempt: bool) -> None:
        ingestion = Ingestion(self._means, document)
        try:
            ingestion.run()
        except Superseded as ended:
            log.info("%s", ended)
            self._clear_if_deleted(document)
        except Throttled as busy:
            self._wait(ingestion, busy, waits)
        except RiffleError as failure:
            if failure.retryable and not last_attempt:
                raise
            _fail(ingestion, Problem(failure.type, failure.message, retryable=failure.retryable))
        except Exception:
            if last_attempt:
                _fail(
                    ingestion, Problem(RiffleError.type, "processing broke down; try again", retryable=True)
                )
            raise
        else:  # apart from the run: a document that is READY stays so, whatever becomes of this
            self._index.tidy()

    def _wait(self, ingestion: Ingestion, busy: Throttled, waits: int) -> None:
        """Puts the document back in line, or ends it when it has waited for long enough."""
        pause = self._patience.pause(waits)
        if pause is None:
            message = f"{busy.message}, for longer than a document waits; try again later"
            _fail(ingestion, Problem(busy.type, message, retryable=True))
            return
        try:
            waiting = ingestion.wait(
                Problem(busy.type, f"{busy.message}; it goes on by itself", retryable=True)
            )
        except Superseded as ended:
            log.info("%s", ended)
        else:
            self._queue.send(message_for(waiting) | {"waits": waits + 1}, pause)

    def _clear_if_deleted(self, document: Document) -> None:
        """Text and passages stored while their document was being deleted would otherwise stay."""
        now = self._store.find(document.owner, document.id)
        if now is None or now.status in GONE:
            self._index.delete(document.owner, document.id)
            self._blobs.delete_prefix(text_prefix(document.owner, document.id))

    def _delete(self, document: Document) -> None:
        if document.status is not DocumentStatus.DELETING:
            return
        self._index.delete(document.owner, document.id)
        self._blobs.delete_prefix(upload_prefix(document.owner, document.id))
        self._blobs.delete_prefix(text_prefix(document.owner, document.id))
        if self._index.count(Scope.of_document(document.owner, document.id)):
            raise Unavailable(f"document {document.id!r} is still found after its deletion")
        self._end(document)

    def _end(self, document: Document) -> None:
        try:
            self._journal.save(replace(document, status=DocumentStatus.DELETED, progress=None))
        except Superseded as ended:  # another worker deleted it just as well
            log.info("%s", ended)


def _fail(ingestion: Ingestion, problem: Problem) -> None:
    try:
        ingestion.fail(problem)
    except Superseded as ended:
        log.info("%s", ended)
