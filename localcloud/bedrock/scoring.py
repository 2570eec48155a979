"""Chooses the sentences that answer a question, or none.

Each sentence is scored by a weighted sum of its evidence: a logistic regression, fitted and its thresholds
chosen on development data by `bench/bedrock_writer.py`; README.md has what each threshold would give.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from localcloud.bedrock import asking
from localcloud.bedrock.asking import Question
from localcloud.bedrock.embedding import Embedder
from localcloud.bedrock.evidence import DOUBTS, FEATURES, Numbers, Sentence, doubt, sentences, weigh
from localcloud.bedrock.prompt import Prompt

MOST = 3  # sentences of an answer
MARGIN = 1.5  # how far below the best another sentence may score and still be written
_MOST_READ = 400  # sentences: more than any prompt of ours has, and half a second of embedding


@dataclass(frozen=True, slots=True)
class Weights:
    """What each of FEATURES counts; what each of DOUBTS adds to the best sentence's score, once it is chosen;
    and from which sum on it is taken for an answer."""

    values: tuple[float, ...]
    bias: float
    threshold: float
    doubts: tuple[float, ...] = (0.0,) * len(DOUBTS)

    def score(self, evidence: Numbers) -> Numbers:
        """Log odds that each row's sentence answers."""
        scores: Numbers = evidence @ np.array(self.values) + self.bias
        return scores

    def certainty(self, question: Question, found: Sequence[Sentence], scores: Numbers) -> float:
        """The best score, less what speaks against its sentence."""
        best = int(scores.argmax())
        return float(scores[best] + np.dot(self.doubts, doubt(question, found, best)))


# Common words help to choose a sentence, and say less of whether it answers: what lacks some is made up for.
ENGLISH = Weights(
    (3.8, 1.3, 1.2, 0.4, 0.3, 2.5, 1.0, 0.8, 1.0, 2.5),
    bias=-11.6,
    threshold=-1.2,
    doubts=(1.5, 0.8, -0.5, -1.7, -0.4),
)
# The embedding model knows no Vietnamese: words count for more there, likeness for little.
VIETNAMESE = Weights((0.6, 2.0, 1.7, 2.7, 1.7, 0.7, 0.7, 1.3, 0.0, 0.9), bias=-8.7, threshold=-2.7)


def weights_for(question: Question) -> Weights:
    return VIETNAMESE if question.vietnamese else ENGLISH


async def choose(embedder: Embedder, prompt: Prompt) -> list[Sentence]:
    """The sentences that answer, part by part and each in reading order; none when nothing answers."""
    found = _distinct(sentences(prompt.passages))[:_MOST_READ]
    if not found:
        return []
    count = len(prompt.parts)
    vectors = (await embedder.embed([*prompt.parts, *(sentence.text for sentence in found)])).vectors
    similar = vectors[count:] @ vectors[:count].T
    chosen = [
        sentence
        for index, part in enumerate(prompt.parts)
        for sentence in pick(asking.read(part), found, similar[:, index].tolist())
    ]
    return list(dict.fromkeys(chosen))


def pick(question: Question, found: Sequence[Sentence], similar: Sequence[float]) -> list[Sentence]:
    """The best of `found` and those close behind it, given their cosines to the question."""
    weights = weights_for(question)
    scores = weights.score(weigh(question, found, similar))
    scores[[not _tells(question, sentence) for sentence in found]] = -np.inf
    best = float(scores.max())
    if best == -np.inf or weights.certainty(question, found, scores) < weights.threshold:
        return []
    order = np.argsort(-scores, kind="stable")[:MOST]
    return [found[index] for index in sorted(order) if scores[index] >= best - MARGIN]


def _tells(question: Question, sentence: Sentence) -> bool:
    """Whether it says more than the question does: a heading that repeats its subject answers nothing."""
    known = {*question.words, *question.names}
    return not sentence.text.startswith("#") and not sentence.words <= known


def _distinct(found: Sequence[Sentence]) -> list[Sentence]:
    """Passages overlap: each sentence once, where it stands first."""
    return list({sentence.text: sentence for sentence in reversed(found)}.values())[::-1]


assert len(FEATURES) == len(ENGLISH.values) == len(VIETNAMESE.values)  # noqa: S101 # a constant was edited
