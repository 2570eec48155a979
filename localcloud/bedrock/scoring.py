"""Scores the sentences of the passages against the question and chooses those that answer it."""

from dataclasses import dataclass

import numpy as np

from localcloud.bedrock.embedding import Embedder
from localcloud.bedrock.prompt import Prompt
from localcloud.bedrock.sentences import split
from localcloud.bedrock.words import STOP, stem, words

_THRESHOLD = 0.45


@dataclass(frozen=True, slots=True)
class Candidate:
    """A sentence of the passage `n`; `place` is its position in the prompt."""

    n: int
    place: int
    text: str


async def choose(embedder: Embedder, prompt: Prompt) -> list[Candidate]:
    """The sentences that answer, in reading order; none when nothing answers."""
    found = [(passage.n, text) for passage in prompt.passages for text in split(passage.text)]
    candidates = [Candidate(n, place, text) for place, (n, text) in enumerate(found)]
    if not candidates:
        return []
    vectors = (await embedder.embed([prompt.question, *(candidate.text for candidate in candidates)])).vectors
    asked = {stem(word) for word in words(prompt.question)} - STOP
    overlap = [len(asked & {stem(word) for word in words(c.text)}) / (len(asked) or 1) for c in candidates]
    scores = 0.5 * (vectors[1:] @ vectors[0]) + 0.5 * np.array(overlap)
    best = int(scores.argmax())
    return [candidates[best]] if scores[best] >= _THRESHOLD else []
