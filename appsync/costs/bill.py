"""Uses times prices: what idles, what a thousand questions or documents cost, what a month costs."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from appsync.costs import adding, asking, lasting
from appsync.costs.deployment import Deployment
from appsync.costs.prices import Price, price
from appsync.costs.uses import Use, times
from appsync.costs.workload import Workload

THOUSAND = 1_000


@dataclass(frozen=True, slots=True)
class Line:
    """Everything of one item, with its parts."""

    item: str
    price: Price
    uses: tuple[Use, ...]

    @property
    def amount(self) -> float:
        return sum(use.amount for use in self.uses)

    @property
    def listed(self) -> float:
        """US dollars by the list."""
        return self.amount * self.price.each

    @property
    def charged(self) -> float:
        """US dollars beyond what is free every month, when nothing else in the account uses that up."""
        return max(0.0, self.amount - self.price.free) * self.price.each


@dataclass(frozen=True, slots=True)
class Bill:
    lines: tuple[Line, ...]

    @property
    def listed(self) -> float:
        return sum(line.listed for line in self.lines)

    @property
    def charged(self) -> float:
        """Only for a whole month of an account: what is free is counted by the month."""
        return sum(line.charged for line in self.lines)

    def by_service(self) -> Mapping[str, "Bill"]:
        grouped = defaultdict[str, list[Line]](list)
        for line in self.lines:
            grouped[line.price.service].append(line)
        return {service: Bill(tuple(lines)) for service, lines in grouped.items()}

    def of(self, service: str) -> "Bill":
        return self.by_service().get(service, Bill(()))


def billed(uses: Iterable[Use]) -> Bill:
    """Raises NoPrice for a model that the table of prices does not have."""
    grouped = defaultdict[str, list[Use]](list)
    for use in uses:
        grouped[use.item].append(use)
    return Bill(tuple(Line(item, price(item), tuple(parts)) for item, parts in grouped.items()))


def idle(stage: Deployment) -> Bill:
    """A month without visitors: `listed` by the list, `charged` beyond what every account has free."""
    return billed(lasting.idle(stage))


def per_thousand_questions(stage: Deployment, work: Workload | None = None) -> Bill:
    """By the list. Models included, storage not. Raises NoPrice."""
    return billed(times(asking.question(stage, work or Workload()), THOUSAND))


def per_thousand_documents(stage: Deployment, work: Workload | None = None) -> Bill:
    """By the list: adding them. What keeping them costs is part of `month`. Raises NoPrice."""
    return billed(times(adding.document(stage, work or Workload()), THOUSAND))


def month(stage: Deployment, work: Workload) -> Bill:
    """Raises NoPrice."""
    return billed(lasting.month(stage, work))
