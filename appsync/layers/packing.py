"""Slims and packs a layer's machine code: what is large stays compressed until it is imported.

LanceDB's compiled module is most of the index layer, and numpy's OpenBLAS is of no use to anyone here but
asked for at every import. Both are zstd of less than a third of their size; `standins/index/_packed.py`
unpacks them. Blocks are independent, so that processors share the work.
"""

import json
import sys
from concurrent.futures import ThreadPoolExecutor
from fnmatch import fnmatchcase
from pathlib import Path

from appsync.layers import elf
from appsync.layers.targets import Layer
from appsync.layers.tree import Tree

if sys.version_info >= (3, 14):
    from compression.zstd import compress
else:
    from backports.zstd import compress

STANDINS = Path(__file__).parent / "standins"
PACKED = ("lancedb/_lancedb.abi3.so", "numpy.libs/libscipy_openblas*")

LEVEL = 9
"""Level 19 takes a tenth less and twenty times as long."""

BLOCK = 4 * 1024 * 1024

_UNUSED_LIBRARIES = ("libarrow_substrait.", "libarrow_dataset.", "libparquet.")
"""All of pyarrow's modules name them, whether they use them or not."""


def slim(tree: Tree) -> None:
    """Leaves out of libraries what is never loaded, and out of pyarrow's the names of deleted ones."""
    for path, package in list(tree.owners.items()):
        content = tree.read(path)
        if elf.is_elf(content):
            tree.rewrite(
                path, elf.stripped(_unlinked(content) if package == "pyarrow" else content), "stripped"
            )


def _unlinked(content: bytes) -> bytes:
    unused = [name for name in elf.needed(content) if name.startswith(_UNUSED_LIBRARIES)]
    return elf.unlinked(content, unused)


def pack(tree: Tree) -> None:
    """Compresses what is large, with the sizes beside it that are needed to unpack it."""
    for path, package in list(tree.owners.items()):
        if any(fnmatchcase(path, pattern) for pattern in PACKED):
            size = tree.size(path)
            blocks = compressed(tree.read(path))
            tree.pack(path, f"{path}.zst", b"".join(blocks))
            sizes = {"size": size, "block": BLOCK, "packed": [len(block) for block in blocks]}
            tree.add(f"{path}.json", json.dumps(sizes).encode(), package)


def stand_in(tree: Tree, layer: Layer) -> None:
    """Adds the layer's stand-ins, for what was packed or left out."""
    for source in sorted((STANDINS / layer).rglob("*.py")):
        tree.add(source.relative_to(STANDINS / layer).as_posix(), source.read_bytes())


def compressed(content: bytes) -> list[bytes]:
    """The blocks of `content`, each a zstd frame; one after the other they are a .zst file."""
    blocks = [content[at : at + BLOCK] for at in range(0, len(content), BLOCK)]
    with ThreadPoolExecutor() as pool:
        return list(pool.map(lambda block: compress(block, LEVEL), blocks))
