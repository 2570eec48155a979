"""What speaks for a sentence as the answer to a question, as numbers from 0 to 1."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby
from math import log

import numpy as np
from numpy.typing import NDArray

from localcloud.bedrock import asking
from localcloud.bedrock.asking import Question
from localcloud.bedrock.prompt import Passage
from localcloud.bedrock.sentences import split
from localcloud.bedrock.words import fold, stem, words

FEATURES = (
    "similar",  # the sentence's embedding to the question's, as a cosine
    "exact",  # the question's words that it has, weighted by their rarity
    "folded",  # the same without diacritics
    "near",  # the same for it and the sentence before together: "He died in 1943."
    "pairs",  # neighbours in the question that are near each other in it
    "passage",  # the most similar sentence of its passage
    "kind",  # a person for who, a date for when, …, which the question did not name itself
    "names",  # names and numbers of the question that its passage has
    "agrees",  # it denies something, if the question does
    "first",  # how early its passage stands in the prompt
)
_GAP = 3  # words apart that still count as a pair

type Numbers = NDArray[np.float64]
type Pair = tuple[str, str]


@dataclass(frozen=True)
class Sentence:
    """A sentence of the passage `n`; `rank` is that passage's position in the prompt, from 0."""

    n: int
    rank: int
    text: str

    @cached_property
    def stems(self) -> tuple[str, ...]:
        return tuple(stem(word) for word in words(self.text))

    @cached_property
    def words(self) -> frozenset[str]:
        return frozenset(self.stems)

    @cached_property
    def folded(self) -> frozenset[str]:
        return frozenset(map(fold, self.stems))

    @cached_property
    def pairs(self) -> frozenset[Pair]:
        """Words up to _GAP apart, either way round."""
        near = [
            pair for gap in range(1, _GAP + 1) for pair in zip(self.stems, self.stems[gap:], strict=False)
        ]
        return frozenset([*near, *((after, before) for before, after in near)])


def sentences(passages: Sequence[Passage]) -> list[Sentence]:
    """The sentences of all passages in reading order."""
    return [
        Sentence(passage.n, rank, text)
        for rank, passage in enumerate(passages)
        for text in split(passage.text)
    ]


def weigh(question: Question, found: Sequence[Sentence], similar: Sequence[float]) -> Numbers:
    """A row of FEATURES for each sentence; `similar` holds their cosines to the question."""
    scale = _Scale(question, found)
    rows: list[list[float]] = []
    for _, group in groupby(range(len(found)), key=lambda index: found[index].rank):
        rows.extend(_passage(scale, [(found[index], similar[index]) for index in group]))
    return np.array(rows)


DOUBTS = (
    "absent",  # of the question's words, those that neither the sentence nor one beside it has
    "rarest",  # the rarest of the question's words that its passage does not have
    "unnamed",  # of the question's names and numbers, those that its passage does not have
    "affirms",  # the question denies something, and it does not
    "denies",  # it denies something, and the question does not
)


def doubt(question: Question, found: Sequence[Sentence], best: int) -> list[float]:
    """A number for each of DOUBTS: what speaks against `found[best]` as the answer, however well it fits."""
    passage = [index for index, each in enumerate(found) if each.rank == found[best].rank]
    around = _united(found[index] for index in passage if abs(index - best) <= 1)
    within = _united(found[index] for index in passage)
    rarity = _rarity(question.words, [sentence.words for sentence in found])
    missing = [weight for word, weight in rarity.items() if word not in within]
    denies = asking.negative(found[best].text)
    return [
        1 - _cover(rarity, around) if rarity else 0.0,
        max(missing, default=0.0) / log(1.5 + len(found)),
        sum(name not in within for name in question.names) / (len(question.names) or 1),
        float(question.negative and not denies),
        float(denies and not question.negative),
    ]


def _united(sentences: Iterable[Sentence]) -> frozenset[str]:
    return frozenset[str]().union(*(each.words for each in sentences))


class _Scale:
    """How much each word of a question counts: rare ones among the sentences at hand more (BM25's idf)."""

    def __init__(self, question: Question, found: Sequence[Sentence]) -> None:
        self.question = question
        self.asked = frozenset(question.words) | question.names
        self.pairs = frozenset(zip(question.words, question.words[1:], strict=False))
        self.exact = _rarity(question.words, [sentence.words for sentence in found])
        self.folded = {fold(word): weight for word, weight in self.exact.items()}


def _rarity(asked: Sequence[str], bags: Sequence[Collection[str]]) -> dict[str, float]:
    holding = {word: sum(word in bag for bag in bags) for word in asked}
    return {word: log(1 + (len(bags) - count + 0.5) / (count + 0.5)) for word, count in holding.items()}


def _passage(scale: _Scale, members: Sequence[tuple[Sentence, float]]) -> list[list[float]]:
    """The rows of one passage's sentences."""
    together = frozenset[str]().union(*(sentence.folded for sentence, _ in members))
    best = max(similar for _, similar in members)
    names = _share(scale.question.names, together)
    before = frozenset[str]()
    rows = []
    for sentence, similar in members:
        shared = [best, _kind(scale, sentence), names, _agrees(scale, sentence), 1 / (1 + sentence.rank)]
        rows.append([similar, *_overlap(scale, sentence, before), *shared])
        before = sentence.words
    return rows


def _overlap(scale: _Scale, sentence: Sentence, before: frozenset[str]) -> list[float]:
    return [
        _cover(scale.exact, sentence.words),
        _cover(scale.folded, sentence.folded),
        _cover(scale.exact, sentence.words | before),
        len(scale.pairs & sentence.pairs) / (len(scale.pairs) or 1),
    ]


def _cover(weights: Mapping[str, float], held: Collection[str]) -> float:
    total = sum(weights.values())
    return sum(weight for word, weight in weights.items() if word in held) / total if total else 0.0


def _share(names: Collection[str], held: Collection[str]) -> float:
    return sum(fold(name) in held for name in names) / len(names) if names else 1.0


def _kind(scale: _Scale, sentence: Sentence) -> float:
    kind = scale.question.kind
    return 0.5 if kind is None else float(asking.names_kind(kind, sentence.text, scale.asked))


def _agrees(scale: _Scale, sentence: Sentence) -> float:
    return float(not scale.question.negative or asking.negative(sentence.text))
