"""Stands in the place of LanceDB's compiled module, which the layer has as `_lancedb.abi3.so.zst`.

Unpacks it into memory, half by half of what there are processors, and becomes it. Memory and not `/tmp`:
with the file's pages in memory anyway it is the same, and nothing else can have put the file there.
"""

import json
import os
import sys
from concurrent.futures import ThreadPoolExecutor
from importlib.machinery import ExtensionFileLoader, ModuleSpec
from importlib.util import module_from_spec
from pathlib import Path

import pyarrow as pa  # type: ignore[import-untyped]

_PACKED = Path(__file__).with_name("_lancedb.abi3.so.zst")


def _unpacked() -> str:
    """The path of the module's file. The descriptor stays open: loaders know a file by its path."""
    lengths = json.loads(_PACKED.with_name("_lancedb.abi3.so.json").read_text())
    descriptor = os.memfd_create("_lancedb.abi3.so")
    codec, source = pa.Codec("zstd"), pa.memory_map(str(_PACKED))

    def unpack(number: int) -> None:
        start = number * lengths["block"]
        size = min(lengths["block"], lengths["size"] - start)
        packed = source.read_at(lengths["packed"][number], sum(lengths["packed"][:number]))
        _write(descriptor, codec.decompress(packed, size), start)

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(unpack, range(len(lengths["packed"]))))
    return f"/proc/self/fd/{descriptor}"


def _write(descriptor: int, content: "pa.Buffer", place: int) -> None:
    rest = memoryview(content)
    while rest:
        written = os.pwrite(descriptor, rest, place)
        rest, place = rest[written:], place + written


def _load(path: str) -> None:
    loader = ExtensionFileLoader(__name__, path)
    module = module_from_spec(ModuleSpec(__name__, loader, origin=path))
    loader.exec_module(module)
    sys.modules[__name__] = module


_load(_unpacked())
