"""Fits and measures the extractive writer of `localcloud/bedrock` on development questions.

python -m bench.bedrock_writer <folder of retrieval sets> --leave-out <questions.jsonl of the evaluation>

Every question is given the five passages that a hybrid search ranks first, the right one among them. Half of
the articles are for fitting, half for the table. Questions of the evaluation set are left out of both.
"""

import argparse
import asyncio
import json
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from localcloud.bedrock import asking
from localcloud.bedrock.embedding import Embedder
from localcloud.bedrock.evidence import FEATURES, sentences, weigh
from localcloud.bedrock.prompt import Passage
from localcloud.bedrock.scoring import MARGIN, MOST, Weights, weights_for
from localcloud.bedrock.sentences import split
from localcloud.bedrock.words import stem, words

PASSAGES = 5
SHARES = (1.0, 0.95, 0.9, 0.85, 0.8, 0.7, 0.6)

type Json = dict[str, Any]  # Any: rows of the data sets
type Numbers = NDArray[np.float64]


@dataclass(frozen=True)
class Case:
    """One question with its passages: evidence per sentence, and which sentences hold an answer."""

    article: str
    answerable: bool
    weights: Weights
    certainty: float
    evidence: Numbers
    holds: NDArray[np.bool_]
    right: NDArray[np.bool_]


def read(path: Path) -> list[Json]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def plain(text: str) -> str:
    return " ".join(unicodedata.normalize("NFC", text).casefold().split())


class Corpus:
    """The passages of a set, searched by words (BM25) and by vectors, fused by reciprocal rank."""

    def __init__(self, documents: Sequence[Json], vectors: dict[str, Any]) -> None:
        self.ids = [document["id"] for document in documents]
        self.texts = {document["id"]: document["text"] for document in documents}
        self.vectors = vectors
        self.matrix = np.array([vectors[document["text"]] for document in documents])
        self.bags = [Counter(map(stem, words(document["text"]))) for document in documents]
        self.frequency = Counter(word for bag in self.bags for word in bag)
        self.length = sum(bag.total() for bag in self.bags) / len(self.bags)

    def search(self, text: str) -> list[str]:
        asked = [stem(word) for word in words(text)]
        by_words = np.array([sum(self._bm25(word, bag) for word in asked) for bag in self.bags])
        ranks = [np.argsort(np.argsort(-scores)) for scores in (by_words, self.matrix @ self.vectors[text])]
        fused = sum((1 / (60 + rank) for rank in ranks), np.zeros(len(self.ids)))
        return [self.ids[index] for index in np.argsort(-fused)[: PASSAGES + 1]]

    def _bm25(self, word: str, bag: Counter[str]) -> float:
        if word not in bag:
            return 0.0
        share = (len(self.bags) - self.frequency[word] + 0.5) / (self.frequency[word] + 0.5)
        return float(np.log1p(share) * bag[word] * 2.2 / (bag[word] + 0.3 + 0.9 * bag.total() / self.length))


def case(question: Json, corpus: Corpus, *, absent: bool = False) -> Case:
    """`absent`: the right passage is withheld, so that the question has no answer here."""
    right = question["source_doc"]
    ranked = corpus.search(question["text"])
    shown = [identifier for identifier in ranked if not (absent and identifier == right)][:PASSAGES]
    if not absent and right not in shown:
        shown[-1] = right
    found = sentences([Passage(n, corpus.texts[identifier]) for n, identifier in enumerate(shown, 1)])
    similar = [float(corpus.vectors[sentence.text] @ corpus.vectors[question["text"]]) for sentence in found]
    asked = asking.read(question["text"])
    answers = [plain(answer) for answer in question["answers"]]
    weights, evidence = weights_for(asked), weigh(asked, found, similar)
    return Case(
        article=right.rsplit("-p", 1)[0],
        answerable=question["answerable"] and not absent,
        weights=weights,
        certainty=weights.certainty(asked, found, weights.score(evidence)),
        evidence=evidence,
        holds=np.array([any(answer in plain(sentence.text) for answer in answers) for sentence in found]),
        right=np.array([shown[sentence.rank] == right for sentence in found]),
    )


async def load(folder: Path, left_out: set[str], embedder: Embedder) -> tuple[list[Json], Corpus]:
    """The questions, each with its `source_doc`, and the passages of one set."""
    documents, questions = read(folder / "corpus.jsonl"), read(folder / "queries.jsonl")
    relevant = dict(line.split("\t")[:2] for line in (folder / "qrels.tsv").read_text().splitlines()[1:])
    kept = [
        {**question, "source_doc": question.get("source_doc") or relevant[question["id"]]}
        for question in questions
        if question["text"] not in left_out
    ]
    texts = [document["text"] for document in documents]
    every = list(
        dict.fromkeys(
            [*(row["text"] for row in kept), *texts, *(part for text in texts for part in split(text))]
        )
    )
    vectors = (await embedder.embed(every)).vectors
    return kept, Corpus(documents, dict(zip(every, vectors, strict=True)))


def fit(cases: Iterable[Case], penalty: float = 1.0) -> Numbers:
    """Logistic regression by Newton's method: which sentences answer. The last number is the bias."""
    cases = list(cases)
    rows = np.vstack([np.c_[item.evidence, np.ones(len(item.evidence))] for item in cases])
    answers = np.concatenate([item.holds & item.right & item.answerable for item in cases])
    ridge = np.diag([penalty] * len(FEATURES) + [0])
    values = np.zeros(rows.shape[1])
    for _ in range(12):
        chance = 1 / (1 + np.exp(-rows @ values))
        slope = rows.T @ (chance - answers) + ridge @ values
        values -= np.linalg.solve((rows * (chance * (1 - chance))[:, None]).T @ rows + ridge, slope)
    return values


def hit(item: Case) -> bool:
    """Whether a sentence that would be written holds an answer."""
    scores = item.weights.score(item.evidence)
    written = [index for index in np.argsort(-scores)[:MOST] if scores[index] >= scores.max() - MARGIN]
    return bool(item.holds[written].any())


def table(title: str, fitted: Sequence[Case], held: Sequence[Case]) -> None:
    """Thresholds by the share of answerable questions they keep in the fitting half; figures of the other."""
    scores = np.array([item.certainty for item in fitted if item.answerable])
    shipped = held[0].weights.threshold
    print(f"\n{title}\n| threshold | answered | answer string written | unanswerable refused |")
    print("| --- | --- | --- | --- |")
    for threshold in sorted({shipped, *(float(np.quantile(scores, 1 - share)) for share in SHARES)}):
        row(threshold, held, mark=" (shipped)" if threshold == shipped else "")


def row(threshold: float, held: Sequence[Case], mark: str) -> None:
    asked = [item for item in held if item.answerable]
    hopeless = [item for item in held if not item.answerable]
    kept = [item for item in asked if item.certainty >= threshold]
    refused = sum(item.certainty < threshold for item in hopeless) / len(hopeless)
    found = sum(map(hit, kept)) / len(asked)
    print(f"| {threshold:.2f}{mark} | {len(kept) / len(asked):.3f} | {found:.3f} | {refused:.3f} |")


def halves(cases: Sequence[Case]) -> tuple[list[Case], list[Case]]:
    fitting = set(sorted({item.article for item in cases})[::2])
    first = [item for item in cases if item.article in fitting]
    return first, [item for item in cases if item.article not in fitting]


def report(language: str, cases: Sequence[Case], absent: Sequence[Case]) -> None:
    adversarial = any(not item.answerable for item in cases)
    fitted, held = halves(cases)
    fitted_absent, held_absent = halves(absent)
    values = fit(fitted if adversarial else [*fitted, *fitted_absent], penalty=1 if adversarial else 3)
    print(f"\n{language}, fitted:", dict(zip([*FEATURES, "bias"], values.round(2).tolist(), strict=True)))
    if adversarial:
        table(f"{language}: unanswerable from the passage that looks right", fitted, held)
    asked = [item for item in held if item.answerable]
    table(f"{language}: the right passage withheld", fitted, [*asked, *held_absent])


async def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("sets", type=Path)
    parser.add_argument("--leave-out", type=Path, required=True)
    arguments = parser.parse_args()
    embedder = Embedder(Path(".riffle/models"))
    left_out = {question["text"] for question in read(arguments.leave_out)}
    for language, name, every in (("English", "squad2_dev", 3), ("Vietnamese", "xquad_vi_dev", 1)):
        questions, corpus = await load(arguments.sets / name, left_out, embedder)
        answerable = [question for question in questions if question["answerable"]]
        absent = [case(question, corpus, absent=True) for question in answerable[::every]]
        report(language, [case(question, corpus) for question in questions], absent)
    embedder.close()


if __name__ == "__main__":
    asyncio.run(main())
