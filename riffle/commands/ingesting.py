"""`riffle ingest`: which files are meant, sending several at a time, and waiting until each is settled."""

import asyncio
import glob
from collections.abc import Callable, Iterable
from contextlib import aclosing, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Self

from riffle.asynchronous import AsyncClient
from riffle.errors import InvalidInput, RiffleError, UnsupportedType
from riffle.records import Document, DocumentStatus
from riffle.uploads import spelled

CONCURRENCY = 4


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one file: its document so far, or why there is none."""

    path: Path
    document: Document | None = None
    error: RiffleError | None = None
    skipped: bool = False

    @property
    def settled(self) -> bool:
        return self.document is None or self.document.status.settled

    @property
    def failed(self) -> bool:
        """Whether the file is known not to become searchable."""
        gone = {DocumentStatus.FAILED, DocumentStatus.DELETING, DocumentStatus.DELETED}
        return not self.skipped and (self.document is None or self.document.status in gone)

    @property
    def reason(self) -> str:
        if self.document is None:
            return str(self.error or "not uploaded")
        return self.document.error.message if self.document.error else ""

    def judged(self, *, named: bool) -> Self:
        """The same, skipped when its type cannot be read and nobody asked for this very file."""
        return replace(self, skipped=not named and isinstance(self.error, UnsupportedType))

    def row(self) -> dict[str, object]:
        """The outcome as `--json` shows it."""
        rejected = "SKIPPED" if self.skipped else "REJECTED"
        known = (self.document.id, self.document.status) if self.document else (None, rejected)
        return {
            "path": spelled(str(self.path)),
            "id": known[0],
            "status": known[1],
            "reason": self.reason or None,
        }


def expand(paths: Iterable[str]) -> list[Path]:
    """Files as they are, folders with all that is in them, patterns with what they match; each file once.

    Hidden files and folders inside a folder are left out. Raises InvalidInput for what matches nothing.
    """
    found = [file for path in paths for file in _files(path)]
    return list(dict.fromkeys(found))


def _files(path: str) -> list[Path]:
    if Path(path).is_file():
        return [Path(path)]
    if Path(path).is_dir():
        return _inside(Path(path))
    matches = [file for match in sorted(glob.glob(path, recursive=True)) for file in _matched(Path(match))]  # noqa: PTH207  # absolute patterns
    if not matches:
        raise InvalidInput(f"there is no file {path!r}")
    return matches


def _matched(match: Path) -> list[Path]:
    return _inside(match) if match.is_dir() else [match]


def _inside(folder: Path) -> list[Path]:
    shown = (file for file in sorted(folder.rglob("*")) if not _hidden(file.relative_to(folder)))
    files = [file for file in shown if file.is_file()]
    if not files:
        raise InvalidInput(f"the folder {str(folder)!r} holds no files")
    return files


def _hidden(path: Path) -> bool:
    return any(part.startswith(".") for part in path.parts)


async def send_all(
    client: AsyncClient,
    files: Iterable[Path],
    collection: str | None,
    tell: Callable[[Outcome], None],
    patience: float | None = None,
) -> list[Outcome]:
    """Uploads all, a few at a time, and waits for all, or for `patience` seconds.

    `tell` hears of every change of an outcome.
    """
    outcomes = await _sent(client, files, collection, tell)
    if patience == 0:
        return outcomes
    with suppress(TimeoutError):
        async with asyncio.timeout(patience):
            await _watched(client, outcomes, tell)
    return outcomes


async def _watched(client: AsyncClient, outcomes: list[Outcome], tell: Callable[[Outcome], None]) -> None:
    """Keeps the outcomes up to date until each is settled."""
    pending = {outcome.document.id: place for place, outcome in enumerate(outcomes) if outcome.document}
    async with aclosing(client.watch(pending)) as changes:
        async for document in changes:
            place = pending[document.id]
            outcomes[place] = replace(outcomes[place], document=document)
            tell(outcomes[place])


async def _sent(
    client: AsyncClient, files: Iterable[Path], collection: str | None, tell: Callable[[Outcome], None]
) -> list[Outcome]:
    slots = asyncio.Semaphore(CONCURRENCY)

    async def send(path: Path) -> Outcome:
        async with slots:
            outcome = await _upload(client, path, collection)
        tell(outcome)
        return outcome

    return list(await asyncio.gather(*map(send, files)))


async def _upload(client: AsyncClient, path: Path, collection: str | None) -> Outcome:
    try:
        return Outcome(path, await client.upload(path, collection=collection))
    except RiffleError as error:
        return Outcome(path, error=error)
