"""The evaluation data on disk, as typed rows. Its format is described beside it."""

import hashlib
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
    """A retrieval set: passages, queries by id with their languages, and what is relevant to which.

    Queries without a relevant passage are left out.
    """

    texts: tuple[Text, ...]
    queries: dict[str, str]
    judged: dict[str, dict[str, int]]
    languages: dict[str, str]


def questions(folder: Path) -> list[Question]:
    return [_question(row) for row in _rows(folder / "questions.jsonl")]


def _question(row: Row) -> Question:
    answers = tuple(row["answers"])
    return Question(row["id"], row["text"], answers, row["answerable"], row["lang"], row["file"])


def pool(folder: Path) -> Pool:
    """A retrieval set with a corpus of its own, or with one put together from the sets beside it."""
    judged = judgements(folder / "qrels.tsv")
    asked = {row["id"]: row for row in _rows(folder / "queries.jsonl")}
    texts = {name: asked[name]["text"] for name in judged}
    return Pool(
        tuple(_corpus(folder)), texts, judged, {name: asked[name].get("lang", "en") for name in judged}
    )


def _corpus(folder: Path) -> Iterator[Text]:
    if not (folder / "doc_ids.txt").exists():
        yield from (Text(row["id"], _whole(row)) for row in _rows(folder / "corpus.jsonl"))
        return
    kept = set((folder / "doc_ids.txt").read_text("utf-8").split("\n"))
    for part in json.loads((folder / "meta.json").read_text("utf-8"))["corpus_parts"]:
        for row in _rows(folder.parent / part / "corpus.jsonl"):
            if (name := f"{part}/{row['id']}") in kept:
                yield Text(name, _whole(row))


def _whole(row: Row) -> str:
    return " ".join(filter(None, [row["title"], row["text"]]))


def anchors(folder: Path) -> dict[str, float]:
    """The nDCG@10 of a plain BM25 on each set, by its name; computed beside the data, by another program."""
    found = json.loads((folder / "bm25_baselines.json").read_text("utf-8"))
    return {name: figures["ndcg@10"] for name, figures in found.items()}


def is_for_tuning(name: str) -> bool:
    """Whether a question is of the half on which settings are chosen; the others report on them."""
    return hashlib.sha256(name.encode()).digest()[0] % 2 == 0


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
