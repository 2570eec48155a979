"""The row of a document that the registry lost, made again from the key of its upload."""

from dataclasses import replace
from datetime import datetime

from ulid import ULID

from chalicelib.documents.formats import declared_format
from chalicelib.documents.keys import UploadKey
from chalicelib.documents.library import DEFAULT_COLLECTION
from chalicelib.errors import UnsupportedType
from chalicelib.records import Document, DocumentStatus


def restored(
    key: UploadKey, known: Document | None, now: datetime, collection: str | None = None
) -> Document:
    """A QUEUED document of the key's version; an older row keeps what it knows beyond the key."""
    if known:
        return replace(
            known, version=key.version, name=key.name, content_type=_content_type(key.name),
            status=DocumentStatus.QUEUED, error=None, progress=None,
        )  # fmt: skip
    return Document(
        id=key.document_id, owner=key.owner, version=key.version, name=key.name,
        collection=collection or DEFAULT_COLLECTION, content_type=_content_type(key.name),
        status=DocumentStatus.QUEUED, created_at=_born(key.document_id, now), updated_at=now,
    )  # fmt: skip


def _content_type(name: str) -> str:
    """What the name promises; a name that promises nothing was an added text's."""
    try:
        return declared_format(name, None).value
    except UnsupportedType:
        return "text/plain"


def _born(document_id: str, now: datetime) -> datetime:
    """The time that a ULID carries."""
    try:
        return ULID.from_str(document_id).datetime
    except ValueError:
        return now
