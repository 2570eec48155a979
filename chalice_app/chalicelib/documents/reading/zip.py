"""Archives: each member that can be read under its path as heading, the others by name.

Nothing goes to a disk, so a member's path is a name and leads nowhere.
"""

import io
import zipfile
from collections.abc import Iterator

from chalicelib.documents.extracted import Builder, Extracted
from chalicelib.documents.formats import Format, actual_format, declared_format
from chalicelib.documents.reading import archive, reader
from chalicelib.documents.reading.text import guessed
from chalicelib.errors import NoText, TooLarge

MAX_MEMBERS = 1_000
"""Files that are read of an archive and those within it."""

_DEEPEST = 3
_NAMED = 10  # files that could not be read, in the reason why the archive could not
_UNICODE = 0x800
_OF_MACS = "__MACOSX/"


class _Budget:
    """What is left of an archive's bounds, shared with the archives inside it."""

    def __init__(self) -> None:
        self.members = MAX_MEMBERS
        self.bytes = archive.MAX_BYTES


def read(data: bytes) -> Extracted:
    return _Unpacking(_Budget(), 1).read(data)


class _Unpacking:
    """Reads an archive at some depth."""

    def __init__(self, budget: _Budget, depth: int) -> None:
        self._budget = budget
        self._depth = depth

    def read(self, data: bytes) -> Extracted:
        archive.check(data)
        builder = Builder()
        with zipfile.ZipFile(io.BytesIO(data)) as unpacked:
            for member in _files(unpacked):
                self._add(builder, unpacked, member)
        extracted = builder.build()
        if not extracted.text:
            some = ", ".join(extracted.attachments[:_NAMED]) or "it has none"
            raise NoText(f"none of its files could be: {some}")
        return extracted

    def _add(self, builder: Builder, unpacked: zipfile.ZipFile, member: zipfile.ZipInfo) -> None:
        name = _name(member)
        try:
            found = self._read(unpacked, member)
        except Exception:  # noqa: BLE001  (whatever a library raises for a broken file; the others are read)
            found = None
        if found is None or not found.text:
            builder.attach(name)
            return
        builder.heading(name, 1)
        builder.include(found, under=1)

    def _read(self, unpacked: zipfile.ZipFile, member: zipfile.ZipInfo) -> Extracted:
        self._budget.members -= 1
        self._budget.bytes -= member.file_size
        if self._budget.members < 0 or self._budget.bytes < 0:
            raise TooLarge("more than is read of one archive")
        data = unpacked.read(member)
        kind = actual_format(data, _name(member), declared_format(_name(member), None))
        if kind is not Format.ZIP:
            return reader(kind)(data)
        if self._depth == _DEEPEST:
            raise TooLarge("archives are nested too deeply within each other")
        return _Unpacking(self._budget, self._depth + 1).read(data)


def _name(member: zipfile.ZipInfo) -> str:
    """Old programs wrote names in their country's encoding, which zipfile takes for the first PC's."""
    if member.flag_bits & _UNICODE:
        return member.filename
    try:
        written = member.filename.encode("cp437")
        return written.decode("utf-8")
    except UnicodeEncodeError:
        return member.filename
    except UnicodeDecodeError:
        return written.decode(guessed(written), "replace")


def _files(unpacked: zipfile.ZipFile) -> Iterator[zipfile.ZipInfo]:
    for member in unpacked.infolist():
        last = member.filename.rpartition("/")[2]
        if not member.is_dir() and not member.filename.startswith(_OF_MACS) and last:
            yield member
