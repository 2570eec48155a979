"""Writes a folder as a zip that is the same, byte for byte, whenever and wherever it is written."""

import zipfile
from collections.abc import Iterable
from pathlib import Path

_DATE = (1980, 1, 1, 0, 0, 0)  # the earliest that a zip can have
_PACKED = ".zst"
_MODE = 0o100644 << 16


def write(root: Path, paths: Iterable[str], zipped: Path, under: str = "python") -> None:
    """The files `paths` of `root` in that order, in the folder `under` of the zip."""
    with zipfile.ZipFile(zipped, "w") as archive:
        for path in paths:
            archive.writestr(_entry(f"{under}/{path}"), (root / path).read_bytes())


def _entry(name: str) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name, _DATE)
    entry.compress_type = zipfile.ZIP_STORED if name.endswith(_PACKED) else zipfile.ZIP_DEFLATED
    entry.external_attr = _MODE
    entry.create_system = 3  # Unix, on whatever system
    return entry
