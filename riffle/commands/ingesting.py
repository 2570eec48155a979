"""`riffle ingest`: sending several items at a time, each once, and waiting until each is settled."""

import asyncio
import hashlib
from collections.abc import Callable, Collection, Iterable, Mapping
from contextlib import aclosing, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Self

from riffle.asynchronous import AsyncClient
from riffle.errors import Conflict, NotFound, RiffleError, UnsupportedType
from riffle.records import Document, DocumentStatus
from riffle.sources import Content, Fetched, Item
from riffle.uploads import media_type

CONCURRENCY = 4
DEFAULT_COLLECTION = "default"
GONE = frozenset({DocumentStatus.DELETING, DocumentStatus.DELETED})


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one item: its document so far, or why there is none."""

    item: Item
    document: Document | None = None
    error: RiffleError | None = None
    unchanged: bool = False
    """Whether its document had been made of the same bytes before."""

    @property
    def settled(self) -> bool:
        return self.document is None or self.document.status.settled

    @property
    def skipped(self) -> bool:
        """Whether its type cannot be read, and nobody asked for this very item."""
        return not self.item.named and isinstance(self.error, UnsupportedType)

    @property
    def failed(self) -> bool:
        """Whether the item is known not to become searchable."""
        lost = {DocumentStatus.FAILED, *GONE}
        return not self.skipped and (self.document is None or self.document.status in lost)

    @property
    def reason(self) -> str:
        if self.document is None:
            return str(self.error or "not uploaded")
        return self.document.error.message if self.document.error else ""

    def row(self) -> dict[str, object]:
        """The outcome as `--json` shows it."""
        rejected = "SKIPPED" if self.skipped else "REJECTED"
        known = (self.document.id, self.document.status) if self.document else (None, rejected)
        return {
            "path": self.item.label,
            "id": known[0],
            "status": known[1],
            "reason": self.reason or None,
            "unchanged": self.unchanged,
        }


@dataclass(frozen=True, slots=True)
class Shelf:
    """What a collection has already, by where it was taken from, the newest where there are several; and the
    media types that it takes."""

    collection: str | None
    known: Mapping[str, Document] = field(default_factory=dict)
    reads: Collection[str] = ()

    @classmethod
    async def of(cls, client: AsyncClient, collection: str | None) -> Self:
        wanted = collection or DEFAULT_COLLECTION
        found = [each async for each in client.documents(wanted) if each.status not in GONE]
        known = {each.source: each for each in reversed(found) if each.source}
        return cls(collection, known, (await client.about()).content_types)

    def takes(self, item: Item) -> bool:
        """Whether there may be text in it: images around what somebody asked for are often ornaments."""
        kind = media_type(item.label) or ""
        return item.named or not kind.startswith("image/") or kind in self.reads


async def send_all(
    client: AsyncClient,
    items: Iterable[Item],
    collection: str | None,
    tell: Callable[[Outcome], None],
    patience: float | None = None,
) -> list[Outcome]:
    """Uploads what is new or has changed, a few at a time, and waits for all, or for `patience` seconds.

    What came from the same place before becomes that document's next version. `tell` hears of every change of
    an outcome.
    """
    outcomes = await _sent(client, items, await Shelf.of(client, collection), tell)
    if patience == 0:
        return outcomes
    with suppress(TimeoutError):
        async with asyncio.timeout(patience):
            await _watched(client, outcomes, tell)
    return outcomes


async def _watched(client: AsyncClient, outcomes: list[Outcome], tell: Callable[[Outcome], None]) -> None:
    """Keeps the outcomes up to date until each is settled."""
    pending = {
        outcome.document.id: place
        for place, outcome in enumerate(outcomes)
        if outcome.document and not outcome.settled
    }
    async with aclosing(client.watch(pending)) as changes:
        async for document in changes:
            place = pending[document.id]
            outcomes[place] = replace(outcomes[place], document=document)
            tell(outcomes[place])


async def _sent(
    client: AsyncClient, items: Iterable[Item], shelf: Shelf, tell: Callable[[Outcome], None]
) -> list[Outcome]:
    slots = asyncio.Semaphore(CONCURRENCY)

    async def send(item: Item) -> Outcome:
        async with slots:
            outcome = await _taken(client, item, shelf)
        tell(outcome)
        return outcome

    return list(await asyncio.gather(*map(send, items)))


async def _taken(client: AsyncClient, item: Item, shelf: Shelf) -> Outcome:
    """An item read and uploaded, unless its document is of the same bytes and did not fail."""
    if not shelf.takes(item):
        return Outcome(item, error=UnsupportedType(f"{item.label} is an image, and those are not read here"))
    known = shelf.known.get(item.uri)
    sound = known if known and known.status is not DocumentStatus.FAILED else None
    try:
        fetched = await item.fetch(sound.created_at if sound else None)
        if sound and (fetched is None or _digest(fetched.content) == sound.sha256):
            return Outcome(item, sound, unchanged=True)
        if fetched is None:
            return Outcome(item, error=NotFound(f"{item.label} came back empty"))
        return Outcome(item, await _upload(client, item, fetched, shelf.collection, known))
    except RiffleError as error:
        return Outcome(item, error=error)


async def _upload(
    client: AsyncClient, item: Item, fetched: Fetched, collection: str | None, known: Document | None
) -> Document:
    """As the next version of what is known, or anew if that is being deleted just now."""

    async def upload(document_id: str | None) -> Document:
        return await client.upload(
            fetched.content,
            name=fetched.name,
            collection=collection,
            document_id=document_id,
            source=item.uri,
        )

    try:
        return await upload(known.id if known else None)
    except (Conflict, NotFound):
        if known is None:
            raise
        return await upload(None)


def _digest(content: Content) -> str | None:
    """SHA-256 in hexadecimal; None for a file that cannot be read, of which uploading says why."""
    if isinstance(content, bytes):
        return hashlib.sha256(content).hexdigest()
    try:
        with Path(content).open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return None
