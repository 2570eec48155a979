"""`riffle ingest --watch`: what changes in folders goes into the collection as it changes."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from watchfiles import Change, awatch

from riffle.asynchronous import AsyncClient
from riffle.commands.console import complain, say
from riffle.commands.ingesting import Outcome, Shelf, send_all
from riffle.errors import RiffleError
from riffle.sources import Item, folders
from riffle.sources.places import WrongPlace

LOOK_MILLISECONDS = 1_000
"""Until the first look at everything: changes from before watching began are caught by it."""

type Changes = set[tuple[Change, str]]


@dataclass(frozen=True, slots=True)
class Following:
    """Folders kept in step with a collection; with `delete`, what disappears from them is deleted there."""

    client: AsyncClient
    roots: tuple[Path, ...]
    collection: str | None
    delete: bool

    async def run(self) -> None:
        """Until it is cancelled. Failures are told, and whatever is next goes on."""
        say(f"Watching {', '.join(map(str, self.roots))}; Ctrl-C ends it.")
        watching = awatch(
            *self.roots, watch_filter=self._wanted, yield_on_timeout=True, rust_timeout=LOOK_MILLISECONDS
        )
        everything = {(Change.modified, root) for root in map(str, self.roots)}
        async for changes in watching:
            try:
                await self.take(changes | everything)
            except RiffleError as failure:
                complain(failure)
            else:
                everything = set()

    async def take(self, changes: Changes) -> None:
        """Brings the collection in step with what has changed."""
        paths = sorted({Path(path) for _, path in changes})
        await self._removed([path for path in paths if not path.exists()])
        there = [item for path in paths if path.exists() for item in _inside(path)]
        if there:
            await send_all(self.client, there, self.collection, tell_settled)

    async def _removed(self, paths: Iterable[Path]) -> None:
        gone = list(paths)
        if not gone or not self.delete:
            return
        shelf = await Shelf.of(self.client, self.collection)
        for path in gone:
            if document := shelf.known.get(folders.uri_of(path)):
                await self.client.delete_document(document.id)
                say(f"{_clock()} DELETING {path}")

    def _wanted(self, _: Change, path: str) -> bool:
        return folders.wanted(Path(path), self.roots)


def _inside(path: Path) -> list[Item]:
    """A file, or all that a folder holds: what was there before, or was moved in as a whole."""
    if path.is_file():
        return [folders.item(path)]
    if not path.is_dir() or folders.empty(str(path)):
        return []
    return [replace(each, named=False) for each in folders.items(str(path))]


def roots(paths: Iterable[str]) -> tuple[Path, ...]:
    """Absolute folders to watch. Raises WrongPlace for anything else."""
    for path in paths:
        if not Path(path).is_dir():
            raise WrongPlace(f"{path!r} is not a folder; --watch follows folders")
    return tuple(Path(path).resolve() for path in paths)


def tell_settled(outcome: Outcome) -> None:
    """One line, once there is no more to be said of an item."""
    if not outcome.settled or outcome.skipped or outcome.unchanged:
        return
    status = outcome.document.status if outcome.document else "REJECTED"
    reason = f": {outcome.reason}" if outcome.reason else ""
    teller: Callable[[str], None] = complain if outcome.failed else say
    teller(f"{_clock()} {status} {outcome.item.label}{reason}")


def _clock() -> str:
    return f"{datetime.now().astimezone():%H:%M:%S}"
