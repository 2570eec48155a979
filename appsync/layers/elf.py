"""The little of ELF that a layer needs, for either architecture on any machine.

Only 64-bit little-endian files occur: both of Lambda's architectures are that. Nothing here moves a byte
that a program loads; see the System V ABI, "Program Header" and "Dynamic Section".
"""

import io
import struct
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from functools import cached_property

from elftools.elf.elffile import ELFFile

MAGIC = b"\x7fELF"

_SECTION_TABLE, _SECTION_COUNTS = 0x28, 0x3C  # places in the header: of the table's offset, of its size
_NULL, _NEEDED, _STRINGS, _VERSIONS, _VERSION_COUNT = 0, 1, 5, 0x6FFFFFFE, 0x6FFFFFFF
_ENTRY, _FILE, _VERSION = struct.Struct("<QQ"), struct.Struct("<HHIII"), struct.Struct("<IHHII")


def is_elf(content: bytes) -> bool:
    return content.startswith(MAGIC)


def stripped(content: bytes) -> bytes:
    """The file without what is never loaded: symbols for debuggers, and the table of sections itself.

    Linkers put both behind everything that is loaded, and loaders look at segments only.
    """
    segments = ELFFile(io.BytesIO(content)).iter_segments()
    kept = bytearray(content[: max(each["p_offset"] + each["p_filesz"] for each in segments)])
    struct.pack_into("<Q", kept, _SECTION_TABLE, 0)
    struct.pack_into("<HH", kept, _SECTION_COUNTS, 0, 0)
    return bytes(kept)


def unlinked(content: bytes, libraries: Collection[str]) -> bytes:
    """The file without its request to load `libraries`, of which it must use nothing when it is loaded."""
    dynamic = _Dynamic(content)
    kept = [
        _ENTRY.pack(tag, value)
        for tag, value in dynamic.entries
        if tag != _NEEDED or dynamic.string(value) not in libraries
    ]
    length = _ENTRY.size * len(dynamic.entries)
    table = b"".join(kept).ljust(length, b"\0")  # entries of zeroes end it
    return content[: dynamic.start] + table + content[dynamic.start + length :]


def needed(content: bytes) -> list[str]:
    """The libraries that the file asks for."""
    dynamic = _Dynamic(content)
    return [dynamic.string(value) for tag, value in dynamic.entries if tag == _NEEDED]


def versions(content: bytes) -> Iterator[str]:
    """The versions of symbols that the file asks of other libraries, such as GLIBC_2.28."""
    return _Dynamic(content).versions()


def machine(content: bytes) -> str:
    """What the file is made for, as the System V ABI calls it."""
    return str(ELFFile(io.BytesIO(content))["e_machine"])


@dataclass(frozen=True)
class _Dynamic:
    """What the loader reads of a file: its dynamic section, by address instead of by section."""

    content: bytes

    @cached_property
    def _file(self) -> ELFFile:
        return ELFFile(io.BytesIO(self.content))

    @cached_property
    def _table(self) -> tuple[int, int]:
        """Where the table is, and how long."""
        [segment] = self._file.iter_segments("PT_DYNAMIC")
        return segment["p_offset"], segment["p_filesz"]

    @property
    def start(self) -> int:
        return self._table[0]

    @cached_property
    def entries(self) -> list[tuple[int, int]]:
        """Tags and values, as far as the one that ends the table."""
        return list(self._entries())

    def _entries(self) -> Iterator[tuple[int, int]]:
        for tag, value in _ENTRY.iter_unpack(self.content[self.start : sum(self._table)]):
            if tag == _NULL:
                return
            yield tag, value

    def string(self, offset: int) -> str:
        start = self._place(_STRINGS) + offset
        return self.content[start : self.content.index(b"\0", start)].decode()

    def versions(self) -> Iterator[str]:
        """The versions of symbols that are asked of other libraries: "GNU Symbol Versioning" of the LSB."""
        place = self._place(_VERSIONS)
        for _ in range(dict(self.entries).get(_VERSION_COUNT, 0)):
            _, count, _, first, following = _FILE.unpack_from(self.content, place)
            yield from self._names(place + first, count)
            place += following

    def _names(self, place: int, count: int) -> Iterator[str]:
        for _ in range(count):
            *_, name, following = _VERSION.unpack_from(self.content, place)
            yield self.string(name)
            place += following

    def _place(self, tag: int) -> int:
        """Where in the file the address is that a tag has; 0 if there is no such tag."""
        address = dict(self.entries).get(tag)
        return 0 if address is None else int(next(self._file.address_offsets(address)))
