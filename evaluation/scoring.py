"""The measures. Pure: judgements and results in, figures out."""

import math
import re
import string
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

type Relevance = Mapping[str, int]  # passage id → gain above 0

_PUNCTUATION = re.compile(f"[{re.escape(string.punctuation)}–—“”‘’…«»]")
_ARTICLES = re.compile(r"\b(a|an|the)\b")


@dataclass(frozen=True, slots=True)
class Ranking:
    """Averages over the queries that have a relevant passage."""

    queries: int
    ndcg_10: float
    recall_5: float
    recall_10: float


def rank(judged: Mapping[str, Relevance], run: Mapping[str, Sequence[str]]) -> Ranking:
    """Scores a run; a query that is missing from it scores 0."""
    results = [(relevant, list(dict.fromkeys(run.get(query, ())))) for query, relevant in judged.items()]
    return Ranking(
        len(results),
        mean(ndcg(relevant, found) for relevant, found in results),
        mean(recall(relevant, found, 5) for relevant, found in results),
        mean(recall(relevant, found, 10) for relevant, found in results),
    )


def ndcg(relevant: Relevance, found: Sequence[str], depth: int = 10) -> float:
    """Normalised discounted cumulative gain with linear gain, as trec_eval's ndcg_cut."""
    return _discounted([relevant.get(name, 0) for name in found[:depth]]) / _discounted(
        sorted(relevant.values(), reverse=True)[:depth]
    )


def _discounted(gains: Sequence[int]) -> float:
    return sum(gain / math.log2(place + 2) for place, gain in enumerate(gains))


def recall(relevant: Relevance, found: Sequence[str], depth: int) -> float:
    return len(set(found[:depth]) & relevant.keys()) / len(relevant)


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
    composed = unicodedata.normalize("NFC", re.sub(r"\[\d+\]", " ", text)).casefold()
    return " ".join(_ARTICLES.sub(" ", _PUNCTUATION.sub(" ", composed)).split())
