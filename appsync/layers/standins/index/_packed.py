"""Unpacks this layer's packed libraries into memory.

Beside `x.so.zst`, blocks of zstd one after the other, lies `x.so.json`: the size of all, of a block, and of
each block when it is packed. Memory and not `/tmp`: it is quicker, and nobody else can write there.
"""

import json
import os
import sys
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

if sys.version_info >= (3, 14):
    from compression.zstd import ZstdDecompressor
else:
    from backports.zstd import ZstdDecompressor

_THREADS = 2
"""As many processors as Lambda gives while a function starts, whatever its memory."""

_PIECE = 256 * 1024
"""Of a block at a time: larger buffers are given back to the system between uses, and cleared at the next."""


def unpacking(library: Path) -> Callable[[], str]:
    """Begins to unpack `library`; what is returned waits for the end and tells the path of the whole.

    The path is of a descriptor that stays open, because loaders know what they have loaded by its path.
    """
    sizes = json.loads(library.with_name(f"{library.name}.json").read_text())
    whole = os.memfd_create(library.name)
    packed = os.open(library.with_name(f"{library.name}.zst"), os.O_RDONLY)

    def unpack(number: int) -> None:
        content = os.pread(packed, sizes["packed"][number], sum(sizes["packed"][:number]))
        _write(whole, _pieces(content), number * sizes["block"])

    pool = ThreadPoolExecutor(_THREADS)
    blocks = pool.map(unpack, range(len(sizes["packed"])))

    def finish() -> str:
        with pool:
            list(blocks)  # raises what a block has raised
        os.close(packed)
        return f"/proc/self/fd/{whole}"

    return finish


def _pieces(content: bytes) -> Iterator[bytes]:
    """What one block holds, in order. Raises EOFError if it breaks off."""
    decompressor = ZstdDecompressor()
    while not decompressor.eof:
        yield decompressor.decompress(content, _PIECE)
        content = b""
        if decompressor.needs_input and not decompressor.eof:
            raise EOFError("a packed library breaks off")


def _write(whole: int, pieces: Iterable[bytes], place: int) -> None:
    for piece in pieces:
        rest = memoryview(piece)
        while rest:
            written = os.pwrite(whole, rest, place)
            rest, place = rest[written:], place + written
