"""Latency after many small ingests, beside that of one bulk ingest of the same documents."""

import shutil
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from chalicelib.retrieval.index import Entry, PassageIndex
from chalicelib.retrieval.query import Scope
from chalicelib.retrieval.wording import words

from bench.searching.corpus import DIMENSIONS, Corpus, Question
from bench.searching.timing import Times, taking_turns

DOCUMENTS = 1_002
"""Such a table is compacted at every third, so at the 1,000th: it is then as scattered as it gets."""

_PASSAGES = 8  # of a document of about 5 kB


@dataclass(frozen=True, slots=True)
class Scattered:
    """One kind of search over one table after the other, and how the table came about."""

    mode: str
    bulk: Times
    single: Times
    tended: Times


def scattered(questions: int) -> tuple[list[Scattered], float]:
    """The searches, and how many documents a second were ingested one by one, upkeep included."""
    corpus = Corpus(DOCUMENTS * 50, "bench")
    entries = [_short(each) for batch in corpus.batches() for each in batch]
    with _folder() as one, _folder() as other, _folder() as third:
        bulk, single, tended = (PassageIndex(each, DIMENSIONS) for each in (one, other, third))
        bulk.replace_all(entries)
        bulk.maintain()
        seconds = _ingest(single, entries)
        shutil.copytree(other, third, dirs_exist_ok=True)
        tended.maintain()
        found = list(_compared((bulk, single, tended), corpus.questions(questions)))
    return found, len(entries) / seconds


def _folder() -> "tempfile.TemporaryDirectory[str]":
    return tempfile.TemporaryDirectory(prefix="riffle-searching-")


def _short(entry: Entry) -> Entry:
    document = replace(entry.document, owner="bench")
    return Entry(document, entry.passages[:_PASSAGES], entry.vectors[:_PASSAGES])


def _ingest(index: PassageIndex, entries: Sequence[Entry]) -> float:
    began = time.monotonic()
    for entry in entries:
        index.replace_all([entry])
        index.tidy()
    return time.monotonic() - began


def _compared(indexes: Sequence[PassageIndex], asked: Sequence[Question]) -> Iterator[Scattered]:
    scope = Scope("bench")

    def nearest(index: PassageIndex) -> Callable[[Question], object]:
        return lambda each: index.nearest(scope, each.vector, 10)

    def matching(index: PassageIndex) -> Callable[[Question], object]:
        return lambda each: index.matching(scope, words(each.text), 10)

    for mode, search in (("vector", nearest), ("text", matching)):
        yield Scattered(mode, *taking_turns(asked, *map(search, indexes)))
