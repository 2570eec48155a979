"""A document as a row of DynamoDB and back: attributes named as in the schema, absent rather than null."""

from collections.abc import Mapping, Sequence
from dataclasses import fields
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from chalicelib.records import Document, DocumentStatus, DocumentVersion, Problem

type Row = Mapping[str, Any]  # what boto3 makes of a DynamoDB item: its values are of any type it stores

PENDING = frozenset(
    {DocumentStatus.QUEUED, DocumentStatus.EXTRACTING, DocumentStatus.EMBEDDING, DocumentStatus.DELETING}
)
"""States that a worker, not a person, is expected to move on from."""

OPEN = PENDING | {DocumentStatus.AWAITING_UPLOAD}
"""States that a document does not stay in; the index `byOpen` has the documents in them."""

KEYS = frozenset({"owner", "id"})

_LEFT = frozenset({"owner", "id", "status", "version", "createdAt", "updatedAt"})
"""All that stays of a deleted document."""


def to_row(document: Document) -> dict[str, Any]:
    error = document.error
    values: dict[str, Any] = {
        "owner": document.owner, "id": document.id, "collection": document.collection, "name": document.name,
        "status": document.status.value, "version": document.version, "contentType": document.content_type,
        "bytes": document.bytes, "pages": document.pages, "passages": document.passages,
        "createdAt": stamp(document.created_at), "updatedAt": stamp(document.updated_at),
        "progress": None if document.progress is None else Decimal(f"{document.progress:.4f}"),
        "error": error and {"type": error.type, "message": error.message, "retryable": error.retryable},
        "title": document.title, "language": document.language, "sha256": document.sha256,
        "attachments": list(document.attachments) or None, "source": document.source,
        "passagesDone": document.passages_done, "secondsLeft": document.seconds_left,
        "searchableVersion": document.searchable_version,
        "openSince": stamp(document.created_at) if document.status in OPEN else None,
    }  # fmt: skip
    gone = document.status is DocumentStatus.DELETED
    return {
        name: value for name, value in values.items() if value is not None and (name in _LEFT or not gone)
    }


ATTRIBUTES = (
    "collection", "name", "contentType", "bytes", "pages", "passages", "progress", "error", "openSince",
    "title", "language", "sha256", "attachments", "source", "passagesDone", "secondsLeft",
)  # fmt: skip
"""What a row may be without, but for what it says of versions."""

VERSIONS = ("searchableVersion", "versions")
"""What changes when other passages answer searches, and never else."""


def from_row(row: Row) -> Document:
    """The document of a row that `to_row` made; a deleted one has no name."""
    progress = row.get("progress")
    return Document(
        id=row["id"], owner=row["owner"], collection=row.get("collection", ""), name=row.get("name", ""),
        status=DocumentStatus(row["status"]), version=int(row["version"]),
        created_at=datetime.fromisoformat(row["createdAt"]),
        updated_at=datetime.fromisoformat(row["updatedAt"]),
        content_type=row.get("contentType"), bytes=_whole(row.get("bytes")),
        error=Problem(**row["error"]) if "error" in row else None, pages=_whole(row.get("pages")),
        passages=_whole(row.get("passages")), progress=None if progress is None else float(progress),
        title=row.get("title"), language=row.get("language"), sha256=row.get("sha256"),
        attachments=tuple(row.get("attachments", ())), source=row.get("source"),
        passages_done=_whole(row.get("passagesDone")), seconds_left=_whole(row.get("secondsLeft")),
        searchable_version=_whole(row.get("searchableVersion")),
    )  # fmt: skip


def to_versions(versions: Sequence[DocumentVersion]) -> list[dict[str, Any]]:
    """The attribute that keeps a document's history, oldest first."""
    return [
        {name: value for name, value in _of_version(each).items() if value is not None} for each in versions
    ]


def from_versions(row: Row) -> tuple[DocumentVersion, ...]:
    """The history that a row keeps, oldest first."""
    searchable = _whole(row.get("searchableVersion"))
    return tuple(_version(each, searchable) for each in row.get("versions", ()))


def stamp(moment: datetime) -> str:
    """A timestamp of fixed width in UTC, so that comparing strings compares times."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds")


def _of_version(version: DocumentVersion) -> dict[str, Any]:
    """By the names of the record; whether it is current follows from the row."""
    kept = [each.name for each in fields(version) if each.name != "current"]
    return {name: getattr(version, name) for name in kept} | {"created_at": stamp(version.created_at)}


def _version(stored: Row, searchable: int | None) -> DocumentVersion:
    whole = {name: _whole(stored.get(name)) for name in ("bytes", "pages", "passages")}
    number = int(stored["version"])
    return DocumentVersion(
        version=number, name=stored["name"], created_at=datetime.fromisoformat(stored["created_at"]),
        current=number == searchable, content_type=stored.get("content_type"), sha256=stored.get("sha256"),
        embedding_model=stored.get("embedding_model"), **whole,
    )  # fmt: skip


def _whole(value: Decimal | None) -> int | None:
    return None if value is None else int(value)
