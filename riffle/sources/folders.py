"""Files on this machine: as they are named, all that a folder holds, what a pattern matches."""

import glob
import re
import socket
from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path

from riffle.errors import InvalidInput
from riffle.sources import Fetched, Item
from riffle.uploads import spelled

_TEMPORARY = re.compile(r"~\$.*|.*~|.*\.(?:tmp|part|partial|crdownload|sw[a-p])", re.IGNORECASE)
"""What editors, office programs and browsers leave while they work."""


def items(path: str) -> list[Item]:
    """Raises InvalidInput for what matches nothing. Hidden and temporary files in a folder are left out."""
    return [item(file, named=Path(path).is_file()) for file in dict.fromkeys(_files(path))]


def empty(path: str) -> bool:
    """Whether it is a folder with nothing in it that would be taken."""
    return Path(path).is_dir() and not any(_taken(Path(path)))


def item(file: Path, *, named: bool = False) -> Item:
    """A file by its absolute path on this machine, whatever links lead there."""

    async def fetch(_: datetime | None) -> Fetched:
        return Fetched(file, spelled(file.name))

    return Item(uri_of(file), spelled(str(file)), fetch, named)


def uri_of(file: Path) -> str:
    """`file://host/path`, as RFC 8089 has it: the same path on two machines is two files."""
    return file.resolve().as_uri().replace("file://", f"file://{socket.gethostname()}", 1)


def wanted(file: Path, folders: Iterable[Path]) -> bool:
    """Whether a file in one of the folders is to be ingested by itself."""
    inside = next((file.relative_to(each) for each in folders if file.is_relative_to(each)), None)
    return inside is not None and not _hidden(inside) and not _TEMPORARY.fullmatch(file.name)


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
    """Without pipes, devices and the like, of which some never end and others never begin."""
    if match.is_dir():
        return _inside(match)
    return [match] if match.is_file() else []


def _inside(folder: Path) -> list[Path]:
    files = sorted(_taken(folder))
    if not files:
        raise InvalidInput(f"the folder {str(folder)!r} holds no files")
    return files


def _taken(folder: Path) -> Iterator[Path]:
    return (file for file in folder.rglob("*") if wanted(file, [folder]) and file.is_file())


def _hidden(path: Path) -> bool:
    return any(part.startswith(".") for part in path.parts)
