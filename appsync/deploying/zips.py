"""Zips that are the same bytes whenever their content is the same, and what Lambda takes of them."""

import hashlib
import zipfile
from collections.abc import Mapping
from pathlib import Path

from appsync.deploying.errors import TooLarge

UNZIPPED_BYTES = 262_144_000
"""A function and its layers: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html"""

_EPOCH = (1980, 1, 1, 0, 0, 0)  # the oldest date that a zip can say


def pack(folder: Path, archive: Path) -> None:
    """Writes the folder's files into `archive`, in the order of their names and with one date."""
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as packed:
        for path in sorted(each for each in folder.rglob("*") if each.is_file()):
            entry = zipfile.ZipInfo(path.relative_to(folder).as_posix(), _EPOCH)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.create_system, entry.external_attr = 3, 0o100644 << 16  # Unix; readable by all
            packed.writestr(entry, path.read_bytes())


def digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def check_size(function: str, archives: Mapping[str, Path]) -> None:
    """Raises TooLarge, naming the largest file, when a function's parts exceed what Lambda unpacks."""
    entries = {
        f"{entry.filename} of {name}": entry.file_size
        for name, path in archives.items()
        for entry in zipfile.ZipFile(path).infolist()
    }
    if (total := sum(entries.values())) > UNZIPPED_BYTES:
        largest = max(entries, key=lambda name: entries[name])
        raise TooLarge(
            f"The function {function} is {total:,} bytes unpacked with its layers, "
            f"and Lambda takes {UNZIPPED_BYTES:,}; "
            f"the largest file is {largest} with {entries[largest]:,}."
        )
