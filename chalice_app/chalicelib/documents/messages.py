"""What the ingest queue carries: S3's notifications of uploads, and our own messages."""

import logging
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote_plus

from chalicelib.documents.keys import UploadKey, parse_upload_key
from chalicelib.records import Document, DocumentStatus

log = logging.getLogger(__name__)

type Message = Mapping[str, Any]  # JSON as it came from the queue


@dataclass(frozen=True, slots=True)
class Uploaded:
    """A file lies in the bucket under `key`."""

    key: UploadKey


@dataclass(frozen=True, slots=True)
class Ingest:
    owner: str
    document_id: str
    version: int
    waits: int = 0
    """How often it has waited for a service that asked to slow down."""


@dataclass(frozen=True, slots=True)
class Delete:
    owner: str
    document_id: str


type Task = Uploaded | Ingest | Delete


def message_for(document: Document) -> dict[str, object]:
    """The message that has a worker go on with a document, which has not waited yet."""
    kind = "delete" if document.status is DocumentStatus.DELETING else "ingest"
    return {"kind": kind, "owner": document.owner, "documentId": document.id, "version": document.version}


def tasks(message: Message) -> list[Task]:
    """What a message asks for; nothing for S3's test event and for what no part of the product sends."""
    try:
        return list(_notified(message)) if "Records" in message else list(_asked(message))
    except (AttributeError, KeyError, TypeError, ValueError):
        log.warning("a message that nobody here sends was dropped")
        return []


def _notified(message: Message) -> Iterator[Task]:
    for record in message["Records"]:
        # S3 encodes keys as a form would (https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html)
        key = parse_upload_key(unquote_plus(record["s3"]["object"]["key"]))
        if key and str(record["eventName"]).startswith("ObjectCreated:"):
            yield Uploaded(key)


def _asked(message: Message) -> Iterator[Task]:
    match message.get("kind"):
        case "ingest":
            waits = int(message.get("waits", 0))
            yield Ingest(str(message["owner"]), str(message["documentId"]), int(message["version"]), waits)
        case "delete":
            yield Delete(str(message["owner"]), str(message["documentId"]))
        case _ if message.get("Event") != "s3:TestEvent":
            raise ValueError("unknown kind")
