"""Everything a document passes through on its way, real but for the embedder and the subscribers."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

from chalicelib.documents.keys import upload_key
from chalicelib.documents.library import Library
from chalicelib.documents.worker import DocumentWorker
from chalicelib.errors import Unavailable
from chalicelib.records import Document, SearchMode
from chalicelib.retrieval.index import PassageIndex
from chalicelib.retrieval.search import Searcher
from chalicelib.stores.documents import utc_now

from tests.documents.cloud import LIMITS, Cloud
from tests.retrieval.conftest import DIMENSIONS, HashingEmbedder

MOON = "The moon is far away. " * 100
PLANETS = "\n\n".join(
    f"{name} goes round the sun, as all of them do. " * 14 for name in ("Mars", "Venus", "Earth")
)
"""Three passages, none like another."""


@dataclass
class Subscribers:
    """Keeps what was published; fails instead while it is `broken`."""

    seen: list[Document] = field(default_factory=list)
    broken: bool = False

    def document_event(self, document: Document) -> None:
        if self.broken:
            raise Unavailable("nobody there")
        self.seen.append(document)


class FragileEmbedder(HashingEmbedder):
    """Does `disturb` before it embeds each batch."""

    def __init__(self) -> None:
        self.disturb: Callable[[], object] = lambda: None

    def passages(self, texts: Sequence[str]) -> list[list[float]]:
        self.disturb()
        return super().passages(texts)


@dataclass
class Later:
    """The worker's clock: what time it is, and as much later as a test says."""

    by: timedelta = timedelta()

    def pass_by(self, time: timedelta) -> None:
        self.by += time

    def now(self) -> datetime:
        return utc_now() + self.by


@dataclass
class World:
    cloud: Cloud
    library: Library
    index: PassageIndex
    embedder: FragileEmbedder
    subscribers: Subscribers
    worker: DocumentWorker
    later: Later

    def uploaded(self, name: str, data: bytes, document_id: str | None = None) -> Document:
        """Registers a document and puts its file in the bucket."""
        owner = self.cloud.owner
        document = self.library.create_upload(
            owner, name=name, size=len(data), document_id=document_id
        ).document
        self.cloud.blobs.put(upload_key(owner, document.id, document.version, name), data, "text/plain")
        return document

    def ingested(self, name: str, data: bytes, document_id: str | None = None) -> Document:
        document = self.uploaded(name, data, document_id)
        self.worker.handle(notice(document))
        return self.now(document)

    def now(self, document: Document) -> Document:
        found = self.cloud.documents.find(document.owner, document.id)
        assert found is not None
        return found

    def found(self, text: str) -> list[str]:
        """Ids of the documents that a search for words finds."""
        result = Searcher(self.index, self.embedder).search(self.cloud.owner, text, mode=SearchMode.TEXT)
        return [f"{each.document_id}.{each.version}" for each in result.passages]


def a_world(cloud: Cloud, library: Library, folder: Path) -> World:
    index = PassageIndex(str(folder / "index"), DIMENSIONS)
    embedder, subscribers, later = FragileEmbedder(), Subscribers(), Later()
    worker = DocumentWorker(
        cloud.documents, cloud.blobs, index, embedder, subscribers, cloud.ingest_queue, LIMITS, now=later.now
    )
    return World(cloud, library, index, embedder, subscribers, worker, later)


def notice(document: Document) -> dict[str, Any]:
    """S3's notification of a document's upload."""
    key = upload_key(document.owner, document.id, document.version, document.name)
    return {
        "Records": [{"eventName": "ObjectCreated:Post", "s3": {"object": {"key": quote(key), "size": 1}}}]
    }


def asked(kind: str, document: Document) -> dict[str, Any]:
    return {"kind": kind, "owner": document.owner, "documentId": document.id, "version": document.version}


def raising(failure: BaseException) -> Callable[[], object]:
    def fail() -> object:
        raise failure

    return fail
