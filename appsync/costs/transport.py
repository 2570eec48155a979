"""What streaming an answer costs on its way: a publish for every token, and the product's coalesced ones."""

from dataclasses import dataclass, replace

from appsync.costs import asking
from appsync.costs.bill import billed
from appsync.costs.prices import OUTPUT, price
from appsync.costs.workload import Workload


@dataclass(frozen=True, slots=True)
class Transport:
    """One answer. Costs in US dollars; ratios are to the price of the tokens that the model writes."""

    by_token: float
    coalesced: float
    publishes: int
    written: float

    @property
    def saved(self) -> float:
        """How many times cheaper."""
        return self.by_token / self.coalesced

    @property
    def by_token_ratio(self) -> float:
        return self.by_token / self.written

    @property
    def coalesced_ratio(self) -> float:
        return self.coalesced / self.written


def streamed(model: str, work: Workload) -> Transport:
    """The same answer both ways: its tokens one by one between the announcement and the end, or coalesced.

    Publishes and deliveries only. Raises NoPrice for a model without a price.
    """
    one_each = asking.transport(work, published=1 + work.answer_tokens + 1)
    return Transport(
        by_token=billed(one_each).listed,
        coalesced=billed(asking.transport(work)).listed,
        publishes=asking.publishes(work),
        written=work.answer_tokens * price(OUTPUT + model).each,
    )


def at_pace(work: Workload, tokens_per_second: float) -> Workload:
    return replace(work, tokens_per_second=tokens_per_second)
