"""What a function begins with, before it imports anything else, and what it is made ready with.

Nothing that is imported is garbage, and looking for some takes a tenth of an import: the collector waits.
"""

import gc
from collections.abc import Mapping
from contextlib import suppress
from importlib import import_module

PARTS: Mapping[str, tuple[str, ...]] = {
    "resolve": ("resolver", "library", "documents", "desk"),
    "search": ("resolver", "searcher", "lance"),
    "ingest": ("document_worker", "ingest_queue", "lance"),
    "answer": ("answer_worker", "lance"),
    "maintain": ("documents", "answers"),
}
"""Of the services, what each function's first event is going to ask for."""


def begin(function: str) -> None:
    """For one named `…-search` and so on: has the layer unpack its libraries meanwhile, if it packs any."""
    gc.disable()
    if "lance" in parts(function):
        with suppress(ModuleNotFoundError):
            import_module("_packed").begin()


def parts(function: str) -> tuple[str, ...]:
    """What a function of this name needs; nothing of another name."""
    return PARTS.get(function.rpartition("-")[2], ())


def end() -> None:
    """What is loaded by now stays, and is not looked through again."""
    gc.freeze()
    gc.enable()
