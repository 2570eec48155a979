"""Unpacks this layer's packed libraries into memory, in processes beside the one that imports them.

Beside `x.so.zst`, blocks of zstd one after the other, lies `x.so.json`: the size of all, of a block, and of
each block when it is packed. Memory and not `/tmp`: it is quicker, and nobody else can write there. Processes
and not threads: whoever imports meanwhile holds Python's lock, for which threads would wait at every piece.
"""

import json
import os
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

_LAYER = Path(__file__).parent

_PROCESSES = 2
"""As many processors as Lambda gives while a function starts, whatever its memory."""

_PIECE = 256 * 1024
"""Of a block at a time: larger buffers are given back to the system between uses, and cleared at the next."""


class Unpacking:
    """A library on its way into a file in memory."""

    def __init__(self, library: Path) -> None:
        self._library = library
        self._whole = os.memfd_create(library.name)
        self._processes = [self._begin(first) for first in range(_PROCESSES)]

    def finished(self) -> str:
        """Waits for the end, once; the path of the whole. Raises OSError when there is none.

        The path is of a descriptor that stays open, because loaders know what they have loaded by its path.
        """
        for process in self._processes:
            _, status = os.waitpid(process, 0)
            if status:
                raise OSError(f"{self._library} could not be unpacked (status {status}, see the log)")
        return f"/proc/self/fd/{self._whole}"

    def _begin(self, first: int) -> int:
        """Starts the process of the blocks from `first` on, one in `_PROCESSES`; its id."""
        program = [sys.executable, "-I", "-S", "-B", __file__, f"{self._library}.json", f"{first}"]
        packed = (os.POSIX_SPAWN_OPEN, 0, f"{self._library}.zst", os.O_RDONLY, 0)
        whole = (os.POSIX_SPAWN_DUP2, self._whole, 1)
        return os.posix_spawn(sys.executable, program, os.environ, file_actions=[packed, whole])


def begin() -> None:
    """Begins to unpack all that this layer has packed, while the process imports what it needs besides."""
    for packed in _LAYER.glob("*/*.zst"):
        _begun(packed.with_suffix(""))


@cache
def unpacked(library: Path) -> str:
    """The path of `library` when it is whole. Raises OSError when it cannot be unpacked."""
    return _begun(library).finished()


@cache
def _begun(library: Path) -> Unpacking:
    return Unpacking(library)


def _unpack(block: int, packed: list[int], first: int) -> None:
    """From the blocks of standard input to their places in standard output."""
    for number in range(first, len(packed), _PROCESSES):
        place = number * block
        for piece in _pieces(os.pread(0, packed[number], sum(packed[:number]))):
            _write(piece, place)
            place += len(piece)


def _pieces(content: bytes) -> Iterator[bytes]:
    """What one block holds, in order. Raises EOFError if it breaks off."""
    if sys.version_info >= (3, 14):
        from compression.zstd import ZstdDecompressor
    else:
        from backports.zstd import ZstdDecompressor

    decompressor = ZstdDecompressor()
    while not decompressor.eof:
        yield decompressor.decompress(content, _PIECE)
        content = b""
        if decompressor.needs_input and not decompressor.eof:
            raise EOFError("a packed library breaks off")


def _write(piece: bytes, place: int) -> None:
    rest = memoryview(piece)
    while rest:
        written = os.pwrite(1, rest, place)
        rest, place = rest[written:], place + written


if __name__ == "__main__":
    sys.path.append(str(_LAYER))
    sizes = json.loads(Path(sys.argv[1]).read_bytes())
    _unpack(sizes["block"], sizes["packed"], int(sys.argv[2]))
