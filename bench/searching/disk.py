"""The index on this disk: how long it takes to make, what it finds and how quickly, by whose passages."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import fmean

from chalicelib.retrieval.index import Entry, Figures, PassageIndex
from chalicelib.retrieval.query import Scope
from chalicelib.retrieval.upkeep import recall

from bench.searching.bare import Bare
from bench.searching.corpus import DIMENSIONS, SHARES, Corpus, Question
from bench.searching.timing import Times, taking_turns, timed

K = 10
PRODUCT = Path(__file__).parents[2] / "chalice_app"
EXACT = 15
"""Questions that are compared with everything at the largest sizes, where each takes seconds."""

_FRESH = """
import json, sys, time
from chalicelib.retrieval.index import PassageIndex, lance
from chalicelib.retrieval.query import Scope
uri, dimensions, owner, vector = json.loads(sys.stdin.read())
lance()
began = time.perf_counter()
PassageIndex(uri, dimensions).nearest(Scope(owner), vector, 10)
print((time.perf_counter() - began) * 1000)
"""


@dataclass(frozen=True, slots=True)
class Made:
    """Seconds to write the passages, to make the indexes, and to look after the table again when one more
    document is in it; and the table then."""

    writing: float
    upkeep: float
    again: float
    figures: Figures


@dataclass(frozen=True, slots=True)
class Owned:
    """Searches of one owner: the product's, the bare one as wide, the exact one, and recall@10."""

    owner: str
    passages: int
    ours: Times
    bare: Times
    exact: Times
    recall: float


def make(folder: Path, corpus: Corpus) -> Made:
    index = PassageIndex(str(folder), DIMENSIONS)
    began = time.monotonic()
    for batch in corpus.batches():
        index.replace_all(batch)
    written = time.monotonic()
    index.maintain()
    indexed = time.monotonic()
    index.replace_all([one_more(corpus)])
    index.maintain()
    return Made(written - began, indexed - written, time.monotonic() - indexed, index.figures())


def one_more(corpus: Corpus) -> Entry:
    """The first document as another one, of somebody else."""
    first = next(corpus.batches(1))[0]
    document = replace(first.document, id="more", owner="another")
    passages = [
        replace(each, id=f"more.1.{each.ordinal}", document_id=document.id) for each in first.passages
    ]
    return Entry(document, passages, first.vectors)


def owners(folder: Path, corpus: Corpus, asked: list[Question]) -> Iterator[Owned]:
    index = PassageIndex(str(folder), DIMENSIONS)
    for name in (corpus.owner, *reversed(SHARES)):
        if passages := index.count(Scope(name)):
            yield _owned(index, Bare(str(folder), {}, name), name, passages, asked)


def _owned(index: PassageIndex, bare: Bare, owner: str, passages: int, asked: list[Question]) -> Owned:
    scope = Scope(owner)
    ours, bares = taking_turns(
        asked, lambda each: index.nearest(scope, each.vector, K), lambda each: bare.nearest(each.vector, K)
    )
    few = asked[: EXACT if passages > 50_000 else None]
    exact = timed(few, lambda each: index.nearest(scope, each.vector, K, exact=True))
    found = fmean(_recall(index, scope, each) for each in few)
    return Owned(owner, passages, ours, bares, exact, found)


def _recall(index: PassageIndex, scope: Scope, question: Question) -> float:
    found = index.nearest(scope, question.vector, K)
    return recall(found, index.nearest(scope, question.vector, K, exact=True))


def first_query(folder: Path, corpus: Corpus, question: Question) -> float:
    """Milliseconds in a fresh process that has loaded LanceDB: to open the table, and to answer."""
    given = json.dumps([str(folder), DIMENSIONS, corpus.owner, question.vector])
    command = [sys.executable, "-c", _FRESH]
    environ = {**os.environ, "PYTHONPATH": str(PRODUCT)}
    done = subprocess.run(  # noqa: S603  # ours
        command, input=given, env=environ, capture_output=True, text=True, timeout=600, check=True
    )
    return float(done.stdout)
