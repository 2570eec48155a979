"""Those who are compared: each ingests texts into a folder of its own, and answers queries from there.

A module is imported only in a process of its own contender's environment.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Protocol

from bench.ingesting.corpus import Text
from bench.ingesting.embedder import Embedder, Vector

LIMIT = 10
"""Passages per answer."""

BATCH = 100
"""Documents per commit, for those who commit more than once."""

type Search = Callable[[str], Sequence[str]]
"""The texts of the passages found for a query, best first."""


@dataclass(frozen=True, slots=True)
class Stored:
    """Every passage's text and, in the same row, its vector."""

    texts: list[str]
    vectors: Vector


class Contender(Protocol):
    """Made outside of what is timed, so that imports, an empty table and helper processes are ready."""

    searches: dict[str, Search]
    """By name; the first is by vector."""

    def ingest(self, texts: Sequence[Text]) -> None:
        """Splits, embeds, writes and indexes."""

    def stored(self) -> Stored: ...


@dataclass(frozen=True, slots=True)
class Entry:
    """Where a contender is, and what it has that the reader of the table should know."""

    name: str
    title: str
    module: str
    peer: bool
    stores: str
    indexes: str

    def make(self, folder: Path, embedder: Embedder) -> Contender:
        module = import_module(f"{__name__}.{self.module}")
        made: Contender = module.contender(self.name, folder, embedder)
        return made


_TEXT = "id, text, vector"
_OURS = "id, document, owner, collection, type, date, place, headings, text, folded and stemmed text, vector"
_SAME = "owner, collection, document; full text three times"

ENTRIES = (
    Entry("langchain", "LangChain", "langchain", True, f"{_TEXT}, metadata", "none"),
    Entry("batched", "LangChain, 100 documents a call", "langchain", True, f"{_TEXT}, metadata", "none"),
    Entry("worded", "LangChain, its full text", "langchain", True, f"{_TEXT}, metadata", "full text once"),
    Entry("llamaindex", "LlamaIndex", "llamaindex", True, f"{_TEXT}, document, the node as JSON", "none"),
    Entry("bare", "bare loop", "bare", False, f"{_TEXT}, document", "none"),
    Entry("indexed", "bare loop, our indexes", "bare", False,
          f"{_TEXT}, document, owner, collection, folded text", _SAME),
    Entry("riffle", "Riffle", "riffle", False, _OURS, _SAME),
    Entry("markdown", "Riffle, files as Markdown", "riffle", False, _OURS, _SAME),
)  # fmt: skip


def entry(name: str) -> Entry:
    return next(each for each in ENTRIES if each.name == name)
