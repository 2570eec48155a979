"""Numbered snapshots of one folder's worth of files: complete or absent, checked before they are believed.

Knows nothing of what the files mean. A snapshot is written beside the others, sealed with a manifest, and
only then given its number by a rename, so a crash in the middle leaves the one before it in charge.
"""

import hashlib
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_MANIFEST = "manifest.json"
_KEEP = 2


class DamagedSnapshot(Exception):
    """The newest snapshot does not hold what its manifest says; the message tells what to do about it."""


class Snapshots:
    """The snapshots below one folder; one process writes at a time."""

    def __init__(self, root: Path) -> None:
        self._root = root
        root.mkdir(parents=True, exist_ok=True)

    def numbers(self) -> list[int]:
        """The numbers of the sealed snapshots, oldest first."""
        return sorted(int(path.name) for path in self._root.iterdir() if path.name.isdigit())

    def newest(self) -> Path | None:
        """The folder to restore from, verified, or None at the very first start. Raises DamagedSnapshot."""
        numbers = self.numbers()
        if not numbers:
            return None
        folder = self._folder(numbers[-1])
        if fault := _fault(folder):
            raise DamagedSnapshot(_advice(folder, fault, len(numbers) > 1))
        return folder

    @contextmanager
    def writing(self) -> Iterator[Path]:
        """A folder to fill; on leaving without an exception it becomes the newest snapshot."""
        draft = self._root / f"draft-{os.getpid()}"
        shutil.rmtree(draft, ignore_errors=True)
        draft.mkdir(mode=0o700)
        try:
            yield draft
            self._seal(draft)
        finally:
            shutil.rmtree(draft, ignore_errors=True)

    def _seal(self, draft: Path) -> None:
        manifest = {path.name: _digest(path) for path in sorted(draft.iterdir())}
        (draft / _MANIFEST).write_text(json.dumps(manifest, indent=1))
        _flush(draft)
        draft.rename(self._folder((self.numbers() or [0])[-1] + 1))
        _sync(self._root)

    def prune(self) -> None:
        """Removes drafts of crashed writers and all but the newest snapshots."""
        for draft in self._root.glob("draft-*"):
            shutil.rmtree(draft, ignore_errors=True)
        for number in self.numbers()[:-_KEEP]:
            shutil.rmtree(self._folder(number), ignore_errors=True)

    def _folder(self, number: int) -> Path:
        return self._root / f"{number:08d}"


def _fault(folder: Path) -> str | None:
    try:
        manifest: dict[str, str] = json.loads((folder / _MANIFEST).read_text())
    except (OSError, ValueError) as error:
        return f"its manifest cannot be read ({error})"
    damaged = [name for name, digest in manifest.items() if _digest_or_none(folder / name) != digest]
    return f"{', '.join(damaged)} is not as it was saved" if damaged else None


def _advice(folder: Path, fault: str, another: bool) -> str:
    way = f"Move {folder} away to start from the snapshot before it, or" if another else "To start empty,"
    return f"The saved state in {folder} is damaged: {fault}. {way} move {folder.parent.parent} away."


def _digest_or_none(path: Path) -> str | None:
    try:
        return _digest(path)
    except OSError:
        return None


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _flush(folder: Path) -> None:
    for path in folder.iterdir():
        _sync(path)
    _sync(folder)


def _sync(path: Path) -> None:
    """Waits until the disk has it: a rename must not become durable before what it names."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
