"""`python -m bench.ingesting.measuring NAME`: one contender, once; its figures as a last line of JSON."""

import json
import os
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import chain
from pathlib import Path

import numpy as np

from bench.ingesting.contenders import LIMIT, Contender, Search, Stored, entry
from bench.ingesting.corpus import Query, Text, queries, texts
from bench.ingesting.embedder import Embedder

SEEN = 20
"""Queries before those that are timed: the first ones open files and fill caches."""


@dataclass(frozen=True, slots=True)
class Answers:
    """One kind of query: per second, the share found of the exact nearest, and of what was asked for."""

    per_second: float
    recall: float
    hits: float


@dataclass(frozen=True, slots=True)
class Figures:
    """What one run found; memory in MB, at its most while ingesting and while answering."""

    seconds: float
    processor_seconds: float
    documents: int
    passages: int
    ingesting_mb: float
    answering_mb: float
    answers: dict[str, Answers]


def measured(
    contender: Contender, embedder: Embedder, corpus: Sequence[Text], asked: Sequence[Query]
) -> Figures:
    began, worked = time.perf_counter(), processor_seconds()
    contender.ingest(corpus)
    seconds, processor = time.perf_counter() - began, processor_seconds() - worked
    ingesting = peak_mb()
    stored = contender.stored()
    passages = {" ".join(each.split()): each for each in stored.texts}
    embedder.answers = {each.text: answering(each.text, passages) for each in asked}
    answers = {name: _asked(search, embedder, stored, asked) for name, search in contender.searches.items()}
    return Figures(seconds, processor, len(corpus), len(stored.texts), ingesting, peak_mb(), answers)


def answering(query: str, passages: Mapping[str, str]) -> str:
    """The first passage with those words; where a contender has cut between them, with a half of them.

    Passages are given by their text with single spaces.
    """
    words = query.split(" ")
    middle = len(words) // 2
    for part in (query, " ".join(words[:middle]), " ".join(words[middle:])):
        for spaced, passage in passages.items():
            if part in spaced:
                return passage
    raise LookupError(f"no passage answers {query!r}")


def recall(found: Sequence[str], vector: Sequence[float], stored: Stored) -> float:
    """The share of the exact nearest passages that are among those found."""
    near = stored.vectors @ np.array(vector, np.float32)
    exact = {stored.texts[row] for row in np.argsort(-near)[:LIMIT]}
    return len(exact & set(found)) / len(exact)


def peak_mb() -> float:
    """The most memory that this process has had, and that its children have had that are still there."""
    return sum(kb for process in ("self", *_children()) for kb in _peaks_kb(process)) / 1024


def processor_seconds() -> float:
    """What this process has taken with all its threads, and its children with theirs."""
    return time.process_time() + sum(map(_seconds, _children()))


def _asked(search: Search, embedder: Embedder, stored: Stored, asked: Sequence[Query]) -> Answers:
    for each in asked[:SEEN]:
        search(each.text)
    began = time.perf_counter()
    found = [search(each.text) for each in asked]
    seconds = time.perf_counter() - began
    shares = [
        recall(texts, embedder.query(each.text), stored) for texts, each in zip(found, asked, strict=True)
    ]
    hits = [embedder.answers[each.text] in texts for texts, each in zip(found, asked, strict=True)]
    return Answers(len(asked) / seconds, float(np.mean(shares)), float(np.mean(hits)))


def _children() -> Iterator[str]:
    return chain(*(path.read_text().split() for path in Path("/proc/self/task").glob("*/children")))


def _seconds(process: str) -> float:
    """Of a process and those of its children that have ended (proc_pid_stat(5), fields 14 to 17)."""
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(") ")[2].split()
    return sum(map(int, fields[11:15])) / os.sysconf("SC_CLK_TCK")


def _peaks_kb(process: str) -> Iterator[int]:
    status = Path(f"/proc/{process}/status").read_text().splitlines()
    yield from (int(line.split()[1]) for line in status if line.startswith("VmHWM:"))


def main(name: str) -> None:
    corpus = texts()
    embedder = Embedder()
    with tempfile.TemporaryDirectory() as folder:
        contender = entry(name).make(Path(folder), embedder)
        print(json.dumps(asdict(measured(contender, embedder, corpus, queries(corpus)))))


if __name__ == "__main__":
    main(sys.argv[1])
