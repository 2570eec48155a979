"""The measures. Pure: what was expected and what came in, figures out. All shares are between 0 and 1."""

import math
import re
import string
import unicodedata
from collections.abc import Iterable, Sequence

_PUNCTUATION = re.compile(f"[{re.escape(string.punctuation)}–—“”‘’…«»]")
_ARTICLES = re.compile(r"\b(a|an|the)\b")
_MARKERS = re.compile(r"\[\d+(?:,\s*\d+)*\]")


def recall(relevant: Sequence[str], found: Sequence[str]) -> float:
    """The share of what is relevant that was found."""
    return len(set(found) & set(relevant)) / len(set(relevant))


def reciprocal_rank(relevant: Sequence[str], found: Sequence[str]) -> float:
    """1 over the rank of the first relevant one, 0 without any."""
    ranks = (rank for rank, each in enumerate(found, start=1) if each in set(relevant))
    return 1 / first if (first := next(ranks, 0)) else 0.0


def ndcg(relevant: Sequence[str], found: Sequence[str]) -> float:
    """Normalised discounted cumulative gain; all that is relevant is equally so."""
    gains = [float(each in set(relevant)) for each in found]
    ideal = [1.0] * min(len(set(relevant)), max(len(found), 1))
    return discounted(gains) / discounted(ideal)


def discounted(gains: Sequence[float]) -> float:
    """The sum of gains, each divided by the binary logarithm of its rank and one."""
    return sum(gain / math.log2(place + 2) for place, gain in enumerate(gains))


def mean(values: Iterable[float]) -> float:
    """The average; not a number when there are no values."""
    known = list(values)
    return sum(known) / len(known) if known else math.nan


def percentile(values: Sequence[float], share: float) -> float:
    """The value below which `share` of the values lie (nearest rank); not a number when there are none."""
    return sorted(values)[max(0, math.ceil(share * len(values)) - 1)] if values else math.nan


def contains(text: str, answers: Iterable[str]) -> bool:
    """Whether a text holds one of the accepted answers, compared as SQuAD's scorer does: words only."""
    padded = f" {normalised(text)} "
    return any(f" {normalised(answer)} " in padded for answer in answers if normalised(answer))


def normalised(text: str) -> str:
    """Lower case, composed, without punctuation, English articles and the markers of sources."""
    composed = unicodedata.normalize("NFC", _MARKERS.sub(" ", text)).casefold()
    return " ".join(_ARTICLES.sub(" ", _PUNCTUATION.sub(" ", composed)).split())
