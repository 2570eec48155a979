"""Repairs what a crash tore apart, so that registry, bucket and index agree again.

Documents that are open are looked at often, since an index has just them; everything is compared seldom, and
after a crash. Both only ever queue work, restore rows, or remove what no row stands for, each over exactly
the state it has read: beside writers the worst they do is nothing, and twice is as once.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import islice

from chalicelib.documents.course import Step, noticed, unkept
from chalicelib.documents.journal import Events, Journal
from chalicelib.documents.keys import (
    TEXTS,
    UPLOADS,
    UploadKey,
    is_parked,
    parse_text_key,
    parse_upload_key,
    text_prefix,
    upload_key,
    upload_prefix,
)
from chalicelib.documents.library import again
from chalicelib.documents.messages import message_for
from chalicelib.documents.restoring import restored
from chalicelib.errors import Conflict, NotFound, Superseded
from chalicelib.records import Document, DocumentStatus, DocumentVersion, Problem
from chalicelib.retrieval.index import Indexed, PassageIndex
from chalicelib.settings import Limits
from chalicelib.stores.blobs import BlobStore
from chalicelib.stores.documents import PENDING, DocumentStore, utc_now
from chalicelib.stores.queues import Queue

STUCK_AFTER = timedelta(minutes=20)
"""Longer than a worker may run: the ingest function's timeout is 15 minutes."""

EXPIRY_GRACE = timedelta(hours=1)
"""For a file that was on its way when its form expired, and for its notification."""

REPAIRS = 1_000
"""The most that one run makes; the next goes on."""

_KEPT = Limits().versions

_PARKED = 0
"""No version's number, so that more is there than what the newest version has to have."""

type Place = tuple[str, str]  # owner, document id


@dataclass(frozen=True, slots=True)
class Reconciled:
    """How many documents were repaired, by what was wrong."""

    stuck: int = 0
    unnoticed_uploads: int = 0
    expired_uploads: int = 0
    not_indexed: int = 0
    unknown_passages: int = 0
    lost_rows: int = 0
    left_over: int = 0


def reconcile_documents(
    store: DocumentStore, blobs: BlobStore, queue: Queue, index: PassageIndex, events: Events, *,
    full: bool, stuck_after: timedelta = STUCK_AFTER, repairs: int = REPAIRS, now: datetime | None = None,
) -> Reconciled:  # fmt: skip
    """Repairs every owner's documents that have not changed for `stuck_after`; 0 when nothing is running.

    `full` compares registry, bucket and index, each of which is read from end to end; otherwise documents
    that wait for a worker or a file are looked at. Raises Throttled or Unavailable, with the repairs so far
    made.
    """
    moment = now or utc_now()
    expired = moment - timedelta(seconds=Limits().upload_seconds) - EXPIRY_GRACE
    run = _Reconciliation(store, blobs, queue, index, events, moment, moment - stuck_after, expired)
    return Reconciled(**Counter(islice(run.repairs() if full else run.open_repairs(), repairs)))


class _Reconciliation:
    """Each repair yields the name of what was wrong."""

    def __init__(
        self, store: DocumentStore, blobs: BlobStore, queue: Queue, index: PassageIndex, events: Events,
        now: datetime, stuck_before: datetime, expired_before: datetime,
    ) -> None:  # fmt: skip
        self._store = store
        self._blobs = blobs
        self._queue = queue
        self._index = index
        self._journal = Journal(store, events)
        self._now = now
        self._stuck_before = stuck_before
        self._expired_before = expired_before

    def open_repairs(self) -> Iterator[str]:
        """Of what waits for somebody; an upload is looked for where a row waits for it."""
        for row in self._store.open(self._stuck_before):
            yield from self._row(row, None, self._file(row))

    def _file(self, row: Document) -> list[UploadKey]:
        if row.status is not DocumentStatus.AWAITING_UPLOAD:
            return []
        return list(filter(None, map(parse_upload_key, self._blobs.keys(
            upload_prefix(row.owner, row.id, row.version)
        ))))  # fmt: skip

    def repairs(self) -> Iterator[str]:
        """Of everything, from four listings."""
        self._index.unbury(self._stuck_before)
        # Rows first: what is written meanwhile then shows up as a file or passages of a row not seen, and the
        # conditional writes find that row.
        rows = {(row.owner, row.id): (row, versions) for row, versions in self._store.scan()}
        indexed = _indexed(self._index)
        texts = _texts(self._blobs)
        files = _files(self._blobs)
        for place, (row, versions) in rows.items():
            if row.status is DocumentStatus.DELETED:
                if place in texts or place in files or place in indexed:
                    yield from self._left_over(row)
            else:
                yield from self._row(row, indexed.get(place), files.get(place))
                yield from self._versions(row, versions, indexed.get(place))
                yield from self._old(row, texts.get(place, set()) | _numbers(files.get(place)))
        for place in files.keys() - rows.keys():
            yield from self._lost(files[place][-1], None, indexed.get(place))
        for owner, document_id in (indexed.keys() | texts.keys()) - rows.keys() - files.keys():
            yield from self._orphan(owner, document_id)

    def _row(
        self, row: Document, indexed: Indexed | None, files: Sequence[UploadKey] | None
    ) -> Iterator[str]:
        file = files[-1] if files else None
        if row.status is not DocumentStatus.DELETING and file and file.version > row.version:
            yield from self._lost(file, row, indexed)
        elif row.status is DocumentStatus.AWAITING_UPLOAD and not (file and file.version == row.version):
            yield from self._expired(row)
        elif (wrong := _wrong(row, indexed)) and row.updated_at <= self._stuck_before:
            yield from self._queued(row, wrong)

    def _versions(
        self, row: Document, versions: Sequence[DocumentVersion], indexed: Indexed | None
    ) -> Iterator[str]:
        """Of a document whose newest version is not READY: whether an older one answers as the row says."""
        if row.status is not DocumentStatus.FAILED or row.updated_at > self._stuck_before:
            return
        found = noticed(Step(row, versions=tuple(versions)), indexed, self._now, _KEPT)
        if found:
            if self._store.outdone(replace(row, version=found[-1].version), found):
                yield "unknown_passages"
        elif not indexed and row.searchable_version and versions:
            yield from self._restored(row, versions[-1])

    def _restored(self, row: Document, kept: DocumentVersion) -> Iterator[str]:
        """Has a version ingested again whose passages the index lost, under a new number."""
        file = next(iter(self._blobs.keys(upload_prefix(row.owner, row.id, kept.version))), None)
        if file is None:
            return
        try:
            document = self._store.renew(again(row, kept))
        except Superseded:
            return
        self._blobs.copy(file, upload_key(document.owner, document.id, document.version, document.name))
        yield "not_indexed"

    def _old(self, row: Document, stored: AbstractSet[int]) -> Iterator[str]:
        """Files and texts of versions that nobody can ask for any more, by what the row says just now."""
        settled = row.status in {DocumentStatus.READY, DocumentStatus.FAILED}
        if not settled or row.updated_at > self._stuck_before or stored <= {row.version}:
            return
        try:
            now, versions = self._store.history(row.owner, row.id)
        except NotFound:  # deleted meanwhile
            return
        old = list(unkept(self._blobs, now, versions))
        if old and now.updated_at == row.updated_at:
            self._blobs.delete(old)
            yield "left_over"

    def _queued(self, row: Document, wrong: str) -> Iterator[str]:
        """Saves the row anew, which keeps the next run from doing the same, and has a worker take it."""
        status = row.status if row.status is DocumentStatus.DELETING else DocumentStatus.QUEUED
        if saved := self._saved(replace(row, status=status, progress=None)):
            self._queue.send(message_for(saved))
            yield wrong

    def _expired(self, row: Document) -> Iterator[str]:
        if row.updated_at > self._expired_before:
            return
        message = f"the file of {row.name!r} was never uploaded; upload it again"
        problem = Problem("NotFound", message, retryable=False)
        if self._saved(replace(row, status=DocumentStatus.FAILED, error=problem)):
            yield "expired_uploads"

    def _saved(self, document: Document) -> Document | None:
        try:
            return self._journal.save(document)
        except Superseded:  # it has moved on since it was read
            return None

    def _lost(self, key: UploadKey, known: Document | None, indexed: Indexed | None) -> Iterator[str]:
        """A file of a version that the registry forgot, since a row is made before its upload is signed."""
        lost = restored(key, known, self._now, indexed.collection if indexed else None)
        try:
            document = self._store.renew(lost) if known else self._store.create(lost)
        except (Conflict, Superseded):  # the row is there after all, or going away
            return
        self._queue.send(message_for(document))
        yield "lost_rows"

    def _left_over(self, row: Document) -> Iterator[str]:
        self._index.delete(row.owner, row.id)
        self._blobs.delete_prefix(upload_prefix(row.owner, row.id))
        self._blobs.delete_prefix(text_prefix(row.owner, row.id))
        yield "left_over"

    def _orphan(self, owner: str, document_id: str) -> Iterator[str]:
        """Passages or a text of neither row nor file. The row is looked up again: it may be newer."""
        if self._store.find(owner, document_id) is None:
            self._index.delete(owner, document_id)
            self._blobs.delete_prefix(text_prefix(owner, document_id))
            yield "left_over"


def _wrong(row: Document, indexed: Indexed | None) -> str | None:
    """What a row that nobody has touched for long would be waiting for."""
    if row.status in PENDING:
        return "stuck"
    if row.status is DocumentStatus.AWAITING_UPLOAD:
        return "unnoticed_uploads"
    held = indexed and (indexed.version, indexed.passages)
    if row.status is DocumentStatus.READY and held != (row.version, row.passages):
        return "not_indexed"
    return None


def _indexed(index: PassageIndex) -> dict[Place, Indexed]:
    """What the index has, by document; of two versions the newer."""
    ordered = sorted(index.documents(), key=lambda each: each.version)
    return {(each.owner, each.document_id): each for each in ordered}


def _texts(blobs: BlobStore) -> dict[Place, set[int]]:
    """The versions of every document that have a text, and `_PARKED` if vectors lie there."""
    found = defaultdict[Place, set[int]](set)
    for key in blobs.keys(TEXTS):
        if parsed := parse_text_key(key):
            found[parsed.owner, parsed.document_id].add(_PARKED if is_parked(key) else parsed.version)
    return found


def _files(blobs: BlobStore) -> dict[Place, list[UploadKey]]:
    """The uploads of every document, the newest last."""
    found = defaultdict[Place, list[UploadKey]](list)
    keys = filter(None, map(parse_upload_key, blobs.keys(UPLOADS)))
    for key in sorted(keys, key=lambda each: each.version):
        found[key.owner, key.document_id].append(key)
    return found


def _numbers(files: Sequence[UploadKey] | None) -> set[int]:
    return {each.version for each in files or ()}
