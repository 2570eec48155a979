"""Plain BM25 over a few thousand texts, in memory: a yardstick that no setting of the product moves."""

import math
import re
from collections import Counter, defaultdict
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

_WORD = re.compile(r"\w+")
_K1, _B = 1.2, 0.75  # as Lucene's


class Lexicon:
    """Texts by their words, as written but for case."""

    def __init__(self, texts: Sequence[str]) -> None:
        self._postings: dict[str, list[tuple[int, int]]] = defaultdict(list)
        lengths = []
        for place, text in enumerate(texts):
            counts = Counter(_words(text))
            lengths.append(counts.total())
            for word, count in counts.items():
                self._postings[word].append((place, count))
        self._norms = 1 - _B + _B * np.array(lengths) / (sum(lengths) / len(lengths))

    def scores(self, query: str) -> NDArray[np.float64]:
        """One score for each text."""
        scores = np.zeros(len(self._norms))
        for word in set(_words(query)):
            found = self._postings.get(word, [])
            rarity = math.log(1 + (len(scores) - len(found) + 0.5) / (len(found) + 0.5))
            for place, count in found:
                scores[place] += rarity * count * (_K1 + 1) / (count + _K1 * self._norms[place])
        return scores


def _words(text: str) -> list[str]:
    return _WORD.findall(text.casefold())
