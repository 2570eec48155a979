"""What people do with their documents: register an upload, add text, look, read, retry, restore, delete.

Nothing here reads or changes a document under another key than its owner's, so another owner's id is unknown.
A newer version of a document is registered over the row at once, while the passages of the older one answer
searches until the worker replaces them in one commit.
"""

import json
import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Protocol

from ulid import ULID

from chalicelib.documents.formats import Format, declared_format
from chalicelib.documents.keys import text_key, upload_key, upload_prefix
from chalicelib.documents.messages import message_for
from chalicelib.errors import Conflict, InvalidInput, NotFound, Superseded, TooLarge, UnsupportedType
from chalicelib.records import Document, DocumentStatus, DocumentText, DocumentVersion, Page, Upload
from chalicelib.settings import Limits
from chalicelib.stores.blobs import BlobStore
from chalicelib.stores.documents import DocumentStore, utc_now
from chalicelib.stores.queues import Queue

DEFAULT_COLLECTION = "default"
DEFAULT_PAGE = 25

_CHARACTER_BYTES = 12  # the most that one character takes in a stored text: an escaped surrogate pair


class Stores(Protocol):
    """Where documents are kept; each is connected to by the first use that needs it."""

    @property
    def documents(self) -> DocumentStore: ...
    @property
    def blobs(self) -> BlobStore: ...
    @property
    def ingest_queue(self) -> Queue: ...


class Library:
    def __init__(
        self, stores: Stores, limits: Limits, *, embedding_model: str | None = None,
        now: Callable[[], datetime] = utc_now, new_id: Callable[[], str] = lambda: str(ULID()),
    ) -> None:  # fmt: skip
        self._stores = stores
        self._limits = limits
        self._embedding_model = embedding_model
        self._now = now
        self._new_id = new_id

    def create_upload(
        self, owner: str, *, name: str, content_type: str | None = None, size: int,
        collection: str | None = None, document_id: str | None = None, source: str | None = None,
    ) -> Upload:  # fmt: skip
        """Registers a file of `size` bytes and returns the form that uploads it.

        With a `document_id` it is the next version of that document. Raises InvalidInput, TooLarge,
        UnsupportedType, NotFound or Conflict.
        """
        checked = checked_name(name, self._limits)
        kind = declared_format(checked, content_type)
        _check_size(checked, size, self._limits.document_bytes)
        draft = self._draft(owner, checked, kind, collection)
        draft = replace(draft, bytes=size, source=checked_source(source, self._limits))
        return self._form(self._register(draft, document_id, collection))

    def add_text(
        self,
        owner: str,
        *,
        name: str,
        text: str,
        collection: str | None = None,
        document_id: str | None = None,
    ) -> Document:
        """Stores a text as a document, as if it had been uploaded. Raises as `create_upload` does.

        The object's own notification queues it, as it does for every upload.
        """
        checked = checked_name(name, self._limits)
        data = _encoded(checked, text, self._limits.inline_text_bytes)
        draft = self._draft(owner, checked, _text_format(checked), collection)
        queued = replace(draft, bytes=len(data), status=DocumentStatus.QUEUED)
        document = self._register(queued, document_id, collection)
        self._stores.blobs.put(_key(document), data, document.content_type or Format.TEXT)
        return document

    def get(self, owner: str, document_id: str) -> Document:
        return self._stores.documents.get(owner, document_id)

    def list(
        self,
        owner: str,
        *,
        collection: str | None = None,
        limit: int | None = None,
        next_token: str | None = None,
    ) -> Page[Document]:
        """The owner's documents, newest first. Raises InvalidInput for a limit or token out of bounds."""
        count = DEFAULT_PAGE if limit is None else limit
        if not 1 <= count <= self._limits.page_size:
            raise InvalidInput(f"limit is {count}; it must be from 1 to {self._limits.page_size}")
        wanted = None if collection is None else checked_collection(collection, self._limits)
        return self._stores.documents.list(owner, collection=wanted, limit=count, next_token=next_token)

    def retry(self, owner: str, document_id: str) -> Document:
        """Queues a failed document again, or a READY one whose vectors are not of the model that is used now.

        Raises Conflict in any other state, or when its file never came.
        """
        document, versions = self._stores.documents.history(owner, document_id)
        foreign = self._foreign(versions) if document.status is DocumentStatus.READY else None
        if document.status is not DocumentStatus.FAILED and foreign is None:
            raise Conflict(
                f"document {document_id!r} is {document.status}; only a FAILED one can be retried, "
                "or a READY one that another model embedded"
            )
        if not any(self._stores.blobs.keys(upload_prefix(owner, document_id, document.version))):
            raise Conflict(f"document {document_id!r} has no file in the bucket; upload it again")
        queued = self._stores.documents.save(waiting(document), foreign)
        self._stores.ingest_queue.send(message_for(queued))
        return queued

    def versions(self, owner: str, document_id: str) -> Sequence[DocumentVersion]:
        """What can be read and restored of a document, newest first."""
        return self._stores.documents.history(owner, document_id)[1][::-1]

    def restore(self, owner: str, document_id: str, version: int) -> Document:
        """Makes an earlier version the newest once more: its file is ingested again under a new number.

        The copy's own notification queues it. Raises NotFound for a version that is not kept, Conflict for
        the newest.
        """
        document, versions = self._stores.documents.history(owner, document_id)
        kept = next((each for each in versions if each.version == version), None)
        file = next(iter(self._stores.blobs.keys(upload_prefix(owner, document_id, version))), None)
        if kept is None or file is None:
            raise NotFound(f"document {document_id!r} has no version {version} that could be restored")
        if version == document.version:
            raise Conflict(f"version {version} of document {document_id!r} is its newest already")
        restored = self._renew(again(document, kept))
        self._stores.blobs.copy(file, _key(restored))
        return restored

    def delete(self, owner: str, document_id: str) -> Document:
        """Begins to delete a document in whatever state; saying it twice is harmless."""
        deleting = self._leaving(self._stores.documents.get(owner, document_id))
        self._stores.ingest_queue.send(message_for(deleting))
        return deleting

    def text(
        self,
        owner: str,
        document_id: str,
        *,
        version: int | None = None,
        start: int = 0,
        end: int | None = None,
    ) -> DocumentText:
        """A window of the extracted text, by default of the version that answers searches, from its start.

        Raises NotFound for an unknown document or version, Conflict when none has been read yet.
        """
        document = self._stores.documents.get(owner, document_id)
        span = _window(start, end, self._limits.text_window_chars)
        wanted = self._readable_version(document) if version is None else version
        text = self._stored_text(document, wanted)
        window = text[span]
        begin = min(span.start, len(text))
        return DocumentText(document_id, wanted, window, begin, begin + len(window), len(text))

    def _draft(self, owner: str, name: str, kind: Format, collection: str | None) -> Document:
        now = self._now()
        return Document(
            id=self._new_id(), owner=owner, name=name, content_type=kind.value, version=1,
            collection=checked_collection(collection or DEFAULT_COLLECTION, self._limits),
            status=DocumentStatus.AWAITING_UPLOAD, created_at=now, updated_at=now,
        )  # fmt: skip

    def _register(self, draft: Document, document_id: str | None, collection: str | None) -> Document:
        """Stores the draft as a document of its own, or as the next version of the owner's."""
        if document_id is None:
            return self._stores.documents.create(draft)
        known = self._stores.documents.get(draft.owner, document_id)
        kept = draft.collection if collection else known.collection
        return self._renew(replace(
            draft, id=known.id, version=known.version + 1, created_at=known.created_at, collection=kept,
            pages=known.pages, passages=known.passages, searchable_version=known.searchable_version,
        ))  # fmt: skip

    def _renew(self, document: Document) -> Document:
        try:
            return self._stores.documents.renew(document)
        except Superseded as failure:
            raise Conflict(
                f"document {document.id!r} is being changed or deleted by another request"
            ) from failure

    def _form(self, document: Document) -> Upload:
        seconds = self._limits.upload_seconds
        url, fields = self._stores.blobs.presigned_post(
            _key(document),
            content_type=document.content_type or "",
            max_bytes=document.bytes or self._limits.document_bytes,
            seconds=seconds,
        )
        return Upload(document, url, fields, self._now() + timedelta(seconds=seconds))

    def _leaving(self, document: Document) -> Document:
        if document.status is DocumentStatus.DELETING:
            return document
        try:
            return self._stores.documents.leave(document)
        except Superseded as failure:
            raise NotFound(f"document {document.id!r} does not exist") from failure

    def _foreign(self, versions: Sequence[DocumentVersion]) -> Sequence[DocumentVersion] | None:
        """The history of a document that another model embedded, with that forgotten; None for any other.

        Until the document is READY again, its vectors may be of either model.
        """
        model = self._embedding_model
        if model is None or not versions or versions[-1].embedding_model == model:
            return None
        return (*versions[:-1], replace(versions[-1], embedding_model=None))

    def _readable_version(self, document: Document) -> int:
        if not document.searchable_version:
            raise Conflict(f"document {document.id!r} has no text yet: it is {document.status}")
        return document.searchable_version

    def _stored_text(self, document: Document, version: int) -> str:
        limit = _CHARACTER_BYTES * self._limits.document_chars
        try:
            stored = self._stores.blobs.get(text_key(document.owner, document.id, version), limit)
        except NotFound as failure:
            raise NotFound(f"document {document.id!r} has no text of version {version}") from failure
        return str(json.loads(stored)["text"])


def checked_name(name: str, limits: Limits) -> str:
    """The name without spaces around it. Raises InvalidInput when it cannot name a file."""
    trimmed = name.strip()
    if not trimmed:
        raise InvalidInput("name is empty")
    if len(trimmed) > limits.name_chars:
        raise InvalidInput(f"name has {len(trimmed)} characters; the limit is {limits.name_chars}")
    if trimmed in {".", ".."} or re.search(r"[/\\\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]", trimmed):
        raise InvalidInput(f"name {trimmed!r} has a path separator or a control character")
    return trimmed


def checked_collection(collection: str, limits: Limits) -> str:
    """Raises InvalidInput unless it is made of letters, digits, `-`, `_` and `.`, within the limit."""
    if len(collection) > limits.collection_chars:
        raise InvalidInput(
            f"collection has {len(collection)} characters; the limit is {limits.collection_chars}"
        )
    if not re.fullmatch(r"[\w.-]+", collection):
        raise InvalidInput(f"collection {collection!r} may hold letters, digits, '-', '_' and '.' only")
    return collection


def checked_source(source: str | None, limits: Limits) -> str | None:
    """Raises InvalidInput unless it reads like a URI, within the limit."""
    trimmed = (source or "").strip()
    if len(trimmed) > limits.source_chars:
        raise InvalidInput(f"source has {len(trimmed)} characters; the limit is {limits.source_chars}")
    if trimmed and not re.fullmatch(
        r"[A-Za-z][A-Za-z0-9+.-]*:[^\s\x00-\x1f\x7f-\x9f\ud800-\udfff]+", trimmed
    ):
        raise InvalidInput(f"source {trimmed!r} is not a URI such as 'https://example.org/a.html'")
    return trimmed or None


def waiting(document: Document) -> Document:
    """The document QUEUED once more, without what was said of the last attempt."""
    return replace(
        document, status=DocumentStatus.QUEUED, error=None, progress=None, passages_done=None,
        seconds_left=None,
    )  # fmt: skip


def again(document: Document, kept: DocumentVersion) -> Document:
    """The document's next version, made of an earlier one's file."""
    return replace(
        waiting(document), version=document.version + 1, name=kept.name, content_type=kept.content_type,
        bytes=kept.bytes, sha256=kept.sha256, pages=kept.pages, passages=kept.passages, title=None,
        language=None, attachments=(), source=None,
    )  # fmt: skip


def _key(document: Document) -> str:
    return upload_key(document.owner, document.id, document.version, document.name)


def _check_size(name: str, size: int, limit: int) -> None:
    if size <= 0:
        raise InvalidInput(f"bytes of {name!r} is {size}; a file has at least 1")
    if size > limit:
        raise TooLarge(f"{name!r} is {size:,} bytes ({_megabytes(size)}); the limit is {_megabytes(limit)}")


def _megabytes(size: int) -> str:
    """As file managers show it: units of 1,048,576 bytes, one decimal where it says something."""
    return f"{size / 2**20:,.1f}".removesuffix(".0") + " MB"


def _encoded(name: str, text: str, limit: int) -> bytes:
    if not text.strip():
        raise InvalidInput(f"the text of {name!r} is empty")
    data = text.encode("utf-8", "replace")
    if len(data) > limit:
        raise TooLarge(
            f"the text of {name!r} is {len(data)} bytes; the limit is {limit}; upload it as a file"
        )
    return data


def _text_format(name: str) -> Format:
    """How an added text is read: as its name says where that is a kind of text, plainly otherwise."""
    try:
        kind = declared_format(name, None)
    except UnsupportedType:
        return Format.TEXT
    return kind if kind in {Format.MARKDOWN, Format.HTML} else Format.TEXT


def _window(start: int, end: int | None, limit: int) -> slice:
    stop = start + limit if end is None else end
    if start < 0 or stop < start:
        raise InvalidInput(f"start {start} and end {end} are not a span of text")
    if stop - start > limit:
        raise InvalidInput(f"{stop - start} characters were asked for; the limit is {limit}")
    return slice(start, stop)
