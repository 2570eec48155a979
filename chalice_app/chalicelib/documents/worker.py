"""Does what the ingest queue asks for, many messages at a time: ingests documents, and deletes them.

Messages come at least once and in any order, and a worker may die at any point, so everything starts from the
row: a message about a version that is no longer awaited, or already dealt with, changes nothing.
"""

import logging
import math
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import batched
from typing import Any, Protocol

from chalicelib.documents.course import Course, Step, grown, past
from chalicelib.documents.deleting import Removal
from chalicelib.documents.extracting import Bounds, Late
from chalicelib.documents.ingesting import (
    DOCUMENTS,
    PassageEmbedder,
    Vectors,
    ahead,
    alive,
    by_size,
    embed,
    missing,
    prove,
    read,
    together,
    write,
)
from chalicelib.documents.journal import Events, Journal
from chalicelib.documents.keys import UploadKey, parked_key, text_key, upload_prefix
from chalicelib.documents.messages import Delete, Ingest, Task, Uploaded, message_for, tasks
from chalicelib.documents.restoring import restored
from chalicelib.documents.scanning import OcrReader, OcrScanner
from chalicelib.errors import Conflict, NotFound, RiffleError, Superseded, Throttled
from chalicelib.records import Document, DocumentStatus, DocumentVersion, Problem
from chalicelib.retrieval.index import PassageIndex, Place
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

BYTES = 16 * 1024 * 1024
"""Of files that one worker takes on at once, unless one alone has more; others may take the rest."""

LEAVE_SECONDS = 60.0
"""Before a worker's end, when it begins no document any more and lets go of those that are not embedded."""

_IN_WORK = frozenset({DocumentStatus.EXTRACTING, DocumentStatus.EMBEDDING})
_WORKABLE = _IN_WORK | {DocumentStatus.AWAITING_UPLOAD, DocumentStatus.QUEUED}


@dataclass(frozen=True, slots=True)
class Delivery:
    """A message of the queue, and how it came.

    One delivered for the first time is `fresh`, and leaves a document alone that is in work already: S3
    notifies twice, and reconciliation queues again what has waited for long.
    """

    message: Mapping[str, Any]
    fresh: bool = False
    last_attempt: bool = False


@dataclass(slots=True)
class _Order:
    """What the messages of a batch come to: each document once, and which deliveries asked for it."""

    ingest: dict[Place, Step] = field(default_factory=dict)
    delete: dict[Place, Step] = field(default_factory=dict)
    asked: dict[Place, list[int]] = field(default_factory=dict)
    failed: dict[int, Exception] = field(default_factory=dict)

    def outcomes(self, count: int) -> list[Exception | None]:
        """Of each delivery, what failed of what it asked for."""
        for place, step in (*self.ingest.items(), *self.delete.items()):
            for at in self.asked[place]:
                if step.failure:
                    self.failed.setdefault(at, step.failure)
        return [self.failed.get(at) for at in range(count)]


class NamedEmbedder(PassageEmbedder, Protocol):
    @property
    def model(self) -> str:
        """By which its vectors are told from others': no two models' can be compared."""


class DocumentWorker:
    def __init__(
        self, store: DocumentStore, blobs: BlobStore, index: PassageIndex, embedder: NamedEmbedder,
        events: Events, queue: Queue, limits: Limits | None = None, bounds: Bounds | None = None, *,
        now: Callable[[], datetime] = utc_now, patience: Patience = PATIENCE,
        clock: Callable[[], float] = time.monotonic, ocr: OcrReader | None = None,
    ) -> None:  # fmt: skip
        allowed = limits or Limits()
        journal = Journal(store, events)
        self._store = store
        self._blobs = blobs
        self._index = index
        self._embedder = embedder
        self._queue = queue
        self._bounds = bounds or Bounds(chars=allowed.document_chars)
        self._now = now
        self._patience = patience
        self._clock = clock
        self._limits = allowed
        self._ocr = ocr
        self._course = Course(journal, blobs, allowed, embedder.model, index.dimensions, now, clock)
        self._removal = Removal(journal, blobs, index, now)

    def handle(self, message: Mapping[str, Any], *, fresh: bool = False, last_attempt: bool = False) -> None:
        """Does what one message asks for; raises what `handle_all` would return for it."""
        for failure in self.handle_all([Delivery(message, fresh, last_attempt)]):
            if failure:
                raise failure

    def handle_all(self, deliveries: Sequence[Delivery], until: float = math.inf) -> list[Exception | None]:
        """Does what messages of the ingest queue ask for, all together, and ends about when the clock says.

        Returns for each what is worth trying again (Unavailable, a defect), so that the queue delivers the
        message once more; on the last attempt the document has FAILED instead. What there is no time for,
        and what has to wait for a service that asks to slow down, gets a message of its own.
        """
        order = self._ordered(deliveries)
        self._delete(list(order.delete.values()))
        self._ingest(list(order.ingest.values()), until)
        return order.outcomes(len(deliveries))

    def _ordered(self, deliveries: Sequence[Delivery]) -> _Order:
        order = _Order()
        for at, delivery in enumerate(deliveries):
            for task in tasks(delivery.message):
                try:
                    document = self._document_of(task)
                except RiffleError as failure:
                    order.failed[at] = failure
                else:
                    if document:
                        self._put(order, at, delivery, task, document)
        return order

    def _put(self, order: _Order, at: int, delivery: Delivery, task: Task, document: Document) -> None:
        place = document.owner, document.id
        order.asked.setdefault(place, []).append(at)
        if document.status in GONE:
            if self._leaves(document, task, delivery):
                order.delete.setdefault(place, Step(document))
        elif isinstance(task, Delete):
            log.info("document %s is not to be deleted", document.id)
        elif delivery.fresh and self._held(document):
            log.info("document %s is in work already", document.id)
        elif document.status in _WORKABLE:
            step = order.ingest.setdefault(place, Step(document))
            step.suspect = document.status in _IN_WORK
            step.again = step.suspect or document.error is not None
            step.waits = max(step.waits, task.waits if isinstance(task, Ingest) else 0)
            step.last_attempt = step.last_attempt or delivery.last_attempt

    def _leaves(self, document: Document, task: Task, delivery: Delivery) -> bool:
        """Whether there is something to delete, maybe once more.

        A worker that got the message before may have stored a text after the deletion, and died of it.
        """
        if document.status is DocumentStatus.DELETED:
            return not isinstance(task, Delete) and not delivery.fresh
        return isinstance(task, Delete)

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
        """The row an upload belongs to; None when nobody waits for it any more.

        We sign the key of every upload, so one that the registry does not know was known before the
        registry lost it: its row is made again from the key.
        """
        known = self._store.find(key.owner, key.document_id)
        if known and (known.status in GONE or known.version > key.version):
            self._discard(key, known)
            return known if known.status in GONE else None
        if known and known.version == key.version:
            return known
        return self._restore(key, known)

    def _discard(self, key: UploadKey, known: Document) -> None:
        """Removes a late file, unless its version is kept or may still come to answer searches."""
        if known.status not in GONE:
            with suppress(NotFound):  # deleted meanwhile
                if not past(*self._store.history(key.owner, key.document_id), key.version):
                    return
        self._blobs.delete_prefix(upload_prefix(key.owner, key.document_id, key.version))

    def _restore(self, key: UploadKey, known: Document | None) -> Document | None:
        if not any(self._blobs.keys(upload_prefix(key.owner, key.document_id, key.version))):
            return None  # a late message about what was deleted and forgotten
        lost = restored(key, known, self._now())
        try:
            return self._store.renew(lost) if known else self._store.create(lost)
        except (Conflict, Superseded):  # someone else restored it just now; the next message finds it
            return self._store.find(key.owner, key.document_id)

    def _delete(self, steps: Sequence[Step]) -> None:
        self._removal.delete(steps)
        if steps:
            self._index.tidy()

    def _ingest(self, steps: Sequence[Step], until: float) -> None:
        """Works the documents off in parts; the next part is read while one is embedded."""
        mine, others = _share(steps)
        self._hand_on(others)
        for part in ahead(self._read(mine, until)):
            vectors: Vectors = {}
            self._part(part, vectors, until)
            for step in part:
                self._settle(step, vectors)
        if any(step.written for step in mine):
            self._index.tidy()

    def _read(self, steps: Sequence[Step], until: float) -> Iterator[list[Step]]:
        for some in _parts(steps):
            if self._clock() >= until:
                self._hand_on(some)
            else:
                self._course.begin(some)
                read(some, self._bounds, self._scanner(until), self._late(until))
                self._course.keep_texts(some)
                yield from by_size(some)

    def _late(self, until: float) -> Late:
        return lambda: OutOfTime("others were read first") if self._clock() >= until else None

    def _scanner(self, until: float) -> OcrScanner | None:
        def check() -> None:
            if self._clock() >= until:
                raise OutOfTime("its images take longer to read than a worker runs")

        return OcrScanner(self._ocr, self._bounds, check) if self._ocr else None

    def _part(self, part: Sequence[Step], vectors: Vectors, until: float) -> None:
        together(part, lambda those: self._take_over(those, vectors))
        self._course.embedding(part, vectors)
        self._embed(part, vectors, until)
        for step in alive(part):
            step.reached = True
        write(part, vectors, self._index)
        for step in part:
            step.model = self._embedder.model if step.written else None
        prove(part, vectors, self._index)
        self._course.finish(part)

    def _take_over(self, steps: Sequence[Step], vectors: Vectors) -> None:
        """Adds the vectors that the index has of passages which have not changed, if this model made them."""
        model = self._embedder.model
        known = [step for step in steps if step.versions and step.versions[-1].embedding_model == model]
        answering = [replace(step.document, version=step.versions[-1].version) for step in known]
        held = self._index.vectors_of(answering) if known else {}
        for step in known:
            of_document = held[step.place]
            vectors |= {one.text: of_document[one.text] for one in step.passages if one.text in of_document}

    def _embed(self, part: Sequence[Step], vectors: Vectors, until: float) -> None:
        before = self._clock()
        for _ in embed(part, vectors, self._embedder):
            now = self._clock()
            self._course.rate.add(1, now - before)
            self._course.show(part, vectors)
            before = now
            if now >= until:
                break
        for step in alive(part):
            if missing([step], vectors):
                step.failure = OutOfTime("it takes longer than a worker runs")

    def _hand_on(self, steps: Iterable[Step]) -> None:
        """Leaves documents that were not begun to another worker, or to this one later."""
        for step in steps:
            self._queue.send(message_for(step.document) | {"waits": step.waits})

    def _settle(self, step: Step, vectors: Vectors) -> None:
        """Does what is to be done about a failure; what stays with the step is worth another delivery."""
        if step.failure is None or step.document.status is DocumentStatus.READY:
            self._forget(step)  # what could not be removed after READY is removed by reconciliation
            return
        try:
            self._deal_with(step, step.failure, vectors)
        except Superseded as ended:
            self._overtaken(step, ended)
        except RiffleError as failure:
            step.failure = failure

    def _deal_with(self, step: Step, failure: Exception, vectors: Vectors) -> None:
        match failure:
            case Superseded():
                self._overtaken(step, failure)
            case OutOfTime():
                self._wait(step, failure, vectors, 0, step.waits)
            case Throttled():
                self._wait_or_fail(step, failure, vectors)
            case RiffleError() if failure.retryable and not step.last_attempt:
                self._course.park(step, vectors)
                self._course.put_back(step, _waiting(failure))
            case RiffleError():
                self._fail(step, Problem(failure.type, failure.message, retryable=failure.retryable))
                self._forget(step)
            case _ if step.last_attempt:
                self._fail(
                    step, Problem(RiffleError.type, "processing broke down; try again", retryable=True)
                )

    def _fail(self, step: Step, problem: Problem) -> None:
        """Ends a document as FAILED, and has its row say which version the index holds by now.

        Raises Unavailable where that cannot be told: the row then stays open, and upkeep has it tried again.
        """
        uncertain = step.reached or step.again or step.document.version > 1
        self._course.fail(step, problem, self._index.held(*step.place) if uncertain else None)

    def _wait_or_fail(self, step: Step, busy: Throttled, vectors: Vectors) -> None:
        """Puts the document back in line, or ends it when it has waited for long enough."""
        pause = self._patience.pause(step.waits)
        if pause is None:
            message = f"{busy.message}, for longer than a document waits; try again later"
            self._fail(step, Problem(busy.type, message, retryable=True))
            self._forget(step)
        else:
            self._wait(step, busy, vectors, pause, step.waits + 1)

    def _wait(self, step: Step, why: RiffleError, vectors: Vectors, pause: int, waits: int) -> None:
        self._course.park(step, vectors)
        self._course.put_back(step, _waiting(why))
        self._queue.send(message_for(step.document) | {"waits": waits}, pause)
        self._forget(step)

    def _overtaken(self, step: Step, ended: Superseded) -> None:
        """The row has moved on. What was stored meanwhile would otherwise stay, or not be known of."""
        log.info("%s", ended)
        self._forget(step)
        now = self._store.find(*step.place)
        if now and step.written and step.document.version < now.version:
            self._answers(step)
        try:
            self._withdraw(step, *self._store.history(*step.place))
        except NotFound:
            self._removal.clear([step])

    def _withdraw(self, step: Step, now: Document, versions: Sequence[DocumentVersion]) -> None:
        """Removes what nobody will ask for, as the row says now; of its own version only."""
        number = step.document.version
        if now.status in GONE:
            self._removal.clear([step])
        elif past(now, versions, number):
            self._blobs.delete([text_key(*step.place, number)])
        if number < now.version or now.status is DocumentStatus.READY:
            self._blobs.delete([parked_key(*step.place, number)])

    def _answers(self, step: Step) -> None:
        """Says of passages that came into the index too late to be READY that they answer searches."""
        self._store.outdone(step.document, grown(step, self._now(), self._limits.versions))

    def _forget(self, step: Step) -> None:
        step.failure = None


class OutOfTime(RiffleError):
    """A worker must end before the document is done; another goes on with it."""

    type = "Unavailable"
    retryable = True


def _waiting(why: RiffleError) -> Problem:
    return Problem(why.type, f"{why.message}; it goes on by itself", retryable=True)


def _share(steps: Sequence[Step]) -> tuple[list[Step], list[Step]]:
    """What one worker takes on, and what it leaves to others."""
    mine: list[Step] = []
    size = 0
    for step in steps:
        size += step.document.bytes or 0
        if mine and size > BYTES:
            break
        mine.append(step)
    return mine, list(steps[len(mine) :])


def _parts(steps: Sequence[Step]) -> Iterator[list[Step]]:
    """Many at once; alone, and last, those that a worker died of, maybe."""
    for some in batched((step for step in steps if not step.suspect), DOCUMENTS, strict=False):
        yield list(some)
    for step in steps:
        if step.suspect:
            yield [step]
