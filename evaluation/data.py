"""The evaluation data on disk, as typed rows. Its format is described beside it."""

import json
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

type Row = dict[str, Any]  # Any: a line of JSON; becomes one of the types below at once


@dataclass(frozen=True, slots=True)
class Question:
    """A question on the articles; without `answers` the articles do not say."""

    id: str
    text: str
    answers: tuple[str, ...]
    answerable: bool
    language: str
    file: str


@dataclass(frozen=True, slots=True)
class Text:
    """A passage of the retrieval corpus."""

    id: str
    text: str


@dataclass(frozen=True, slots=True)
class Pool:
    """A retrieval set: passages, queries by id, and which passages are relevant to which query."""

    texts: tuple[Text, ...]
    queries: dict[str, str]
    judged: dict[str, dict[str, int]]


def questions(folder: Path) -> list[Question]:
    return [_question(row) for row in _rows(folder / "questions.jsonl")]


def _question(row: Row) -> Question:
    answers = tuple(row["answers"])
    return Question(row["id"], row["text"], answers, row["answerable"], row["lang"], row["file"])


def pool(folder: Path) -> Pool:
    """A pooled set: its corpus is put together from the sets beside it, by the ids that it lists."""
    judged = judgements(folder / "qrels.tsv")
    asked = {row["id"]: row["text"] for row in _rows(folder / "queries.jsonl")}
    return Pool(tuple(_corpus(folder)), {name: asked[name] for name in judged}, judged)


def _corpus(folder: Path) -> Iterator[Text]:
    kept = set((folder / "doc_ids.txt").read_text("utf-8").split("\n"))
    for part in json.loads((folder / "meta.json").read_text("utf-8"))["corpus_parts"]:
        for row in _rows(folder.parent / part / "corpus.jsonl"):
            if (name := f"{part}/{row['id']}") in kept:
                yield Text(name, " ".join(filter(None, [row["title"], row["text"]])))


def judgements(path: Path) -> dict[str, dict[str, int]]:
    """The relevant passages of each query that has any."""
    found: dict[str, dict[str, int]] = defaultdict(dict)
    for line in path.read_text("utf-8").splitlines()[1:]:
        query, text, gain = line.split("\t")
        if int(gain) > 0:
            found[query][text] = int(gain)
    return dict(found)


def _rows(path: Path) -> Iterator[Row]:
    with path.open(encoding="utf-8") as lines:
        yield from map(json.loads, lines)
