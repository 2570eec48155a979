"""The measures of a ranking with graded judgements. Pure: judgements and results in, figures out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from riffle.evaluating.measures import discounted, mean

type Relevance = Mapping[str, int]  # passage id → gain above 0


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
    return discounted([relevant.get(name, 0) for name in found[:depth]]) / discounted(
        sorted(relevant.values(), reverse=True)[:depth]
    )


def recall(relevant: Relevance, found: Sequence[str], depth: int) -> float:
    return len(set(found[:depth]) & relevant.keys()) / len(relevant)
