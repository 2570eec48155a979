"""Stands in the place of LanceDB's compiled module, which this layer has packed, and becomes it."""

import sys
from importlib.machinery import ExtensionFileLoader, ModuleSpec
from importlib.util import module_from_spec
from pathlib import Path

import _packed  # type: ignore[import-not-found]


def _load(path: str) -> None:
    loader = ExtensionFileLoader(__name__, path)
    module = module_from_spec(ModuleSpec(__name__, loader, origin=path))
    loader.exec_module(module)
    sys.modules[__name__] = module


_packed.begin()
import pyarrow.compute  # type: ignore[import-untyped]  # noqa: E402, F401  (meanwhile, as lancedb is going to)
import pydantic  # noqa: E402, F401

_load(_packed.unpacked(Path(__file__).with_name("_lancedb.abi3.so")))
