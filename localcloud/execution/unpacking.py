"""Zips as folders: each is unpacked once, by its content, and layers are laid over one another as in /opt."""

import hashlib
import io
import os
import shutil
import zipfile
from collections.abc import Iterable
from pathlib import Path
from threading import Lock

LIMIT = 262_144_000  # bytes of function and layers: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html


class Unfit(Exception):
    """Raised when what is deployed cannot run, or would not be taken by AWS; says why in one sentence."""


class Unpacking:
    """The unpacked zips below one folder. A folder appears whole; nothing in it is written again."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._lock = Lock()
        self._known: dict[int, tuple[bytes, str]] = {}

    def folders(self, code: bytes, layers: Iterable[bytes]) -> tuple[Path, Path]:
        """What a function has at /var/task and /opt. Raises Unfit when they are over Lambda's limit."""
        with self._lock:
            parts = [self._unpacked(data) for data in layers]
            task, opt = self._unpacked(code), self._laid_over(parts)
        size = sum(map(_size, [task, *parts]))
        if size > LIMIT:
            raise Unfit(f"Function and layers are {size:,} bytes unzipped; the limit is {LIMIT:,}.")
        return task, opt

    def _unpacked(self, data: bytes) -> Path:
        folder = self._root / self._digest(data)
        if not folder.exists():
            with zipfile.ZipFile(io.BytesIO(data)) as archive:
                draft = folder.with_suffix(".draft")
                archive.extractall(draft)
                (draft.with_suffix(".size")).write_text(str(sum(each.file_size for each in archive.filelist)))
            draft.rename(folder)
        return folder

    def _laid_over(self, parts: list[Path]) -> Path:
        """Later layers replace files of earlier ones."""
        name = hashlib.sha256("".join(part.name for part in parts).encode()).hexdigest()
        folder = self._root / f"opt-{name[:16]}"
        if not folder.exists():
            draft = folder.with_suffix(".draft")
            draft.mkdir()
            for part in parts:
                shutil.copytree(part, draft, copy_function=_linked, dirs_exist_ok=True)
            draft.rename(folder)
        return folder

    def _digest(self, data: bytes) -> str:
        """Of these very bytes, which the caller keeps: a layer is too large to be read for every event."""
        known, digest = self._known.get(id(data), (None, ""))
        if known is not data:
            digest = hashlib.sha256(data).hexdigest()[:16]
            self._known[id(data)] = (data, digest)
        return digest


def _size(folder: Path) -> int:
    return int(folder.with_suffix(".size").read_text())


def _linked(source: str, target: str) -> None:
    Path(target).unlink(missing_ok=True)
    os.link(source, target)
