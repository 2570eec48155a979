"""Slims and packs a layer's machine code: its largest file is kept compressed until it is imported.

`_lancedb.abi3.so` is most of the layer. As zstd of a third of its size it is unpacked into memory once per
process, by `standins/lancedb/_lancedb.py`. The blocks are independent, so that two processors share the work.
"""

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import zstandard

from appsync.layers import elf
from appsync.layers.tree import Tree

STANDINS = Path(__file__).parent / "standins"
PACKED = "lancedb/_lancedb.abi3.so"

LEVEL = 9
"""Beyond it a tenth of the time to build buys less than a hundredth of the size."""

BLOCK = 4 * 1024 * 1024

_UNUSED_LIBRARIES = ("libarrow_substrait.", "libarrow_dataset.", "libparquet.", "libarrow_s3.")
"""pyarrow names them in all of its modules, whether these use them or not."""


def slim(tree: Tree) -> None:
    """Leaves out of libraries what is never loaded, and out of pyarrow's the names of deleted ones."""
    for path in list(tree.owners):
        content = tree.read(path)
        if elf.is_elf(content):
            slimmed = elf.stripped(_unlinked(content) if tree.owners[path] == "pyarrow" else content)
            if slimmed != content:
                tree.rewrite(path, slimmed, "stripped")


def _unlinked(content: bytes) -> bytes:
    unused = [name for name in elf.needed(content) if name.startswith(_UNUSED_LIBRARIES)]
    return elf.unlinked(content, unused)


def pack(tree: Tree) -> None:
    """Compresses what is large, and puts what loads it in its place."""
    if PACKED in tree.owners:
        package, content = tree.owners[PACKED], tree.read(PACKED)
        blocks = compressed(content)
        tree.pack(PACKED, f"{PACKED}.zst", b"".join(blocks))
        lengths = {"size": len(content), "block": BLOCK, "packed": [len(block) for block in blocks]}
        tree.add(f"{PACKED}.json", json.dumps(lengths).encode(), package)


def stand_in(tree: Tree) -> None:
    """Adds the stand-ins of the packages that the layer has."""
    for source in sorted(STANDINS.rglob("*.py")):
        path = source.relative_to(STANDINS)
        if (tree.root / path.parent).is_dir():
            tree.add(path.as_posix(), source.read_bytes())


def compressed(content: bytes) -> list[bytes]:
    """The blocks of `content`, each a zstd frame; one after the other they are a .zst file."""
    blocks = [content[at : at + BLOCK] for at in range(0, len(content), BLOCK)]
    with ThreadPoolExecutor() as pool:
        return list(pool.map(_frame, blocks))


def _frame(block: bytes) -> bytes:
    return zstandard.ZstdCompressor(level=LEVEL).compress(block)
