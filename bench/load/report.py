"""The tables of docs/scaling.md: quotas, ceilings, what to ask for, outcomes, and a comparison."""

import math
from collections.abc import Iterator, Sequence

from bench.load.outcome import Outcome
from bench.load.paper import Ceiling, by_region, ceilings
from bench.load.people import People
from bench.load.quotas import Quota, Quotas, published
from bench.load.real import Comparison
from bench.load.scenarios import Scenario
from evaluation.report import Grid

SIZES = (10, 1_000, 10_000, 100_000)
RESERVE = 1.5
"""Of a quota to ask for, over what the model needs: people do not ask evenly."""

CEILINGS = ("quota", "default", "a question uses", "questions/s at its end", "people at work at once")

CHECKED = {"page": "AWS's page", "elsewhere": "quoted elsewhere", "no": "not confirmed"}


def quotas() -> Grid:
    headers = ("quota", "default", "unit", "adjustable", "confirmed by")
    rows = tuple(
        (each.name, f"{each.value:,.0f}", each.unit, "yes" if each.adjustable else "no", _confirmed(each))
        for each in published().values()
    )
    return Grid("Quotas", headers, rows)


def _confirmed(each: Quota) -> str:
    """By which page, and how old the copy of it is where that is known."""
    if not each.page.startswith("http"):
        return f"`{each.page}`"
    return f"[{CHECKED[each.checked]}]({each.page}) {each.seen}".rstrip()


def paper(people: People) -> Grid:
    """By what saturates first."""
    return Grid("Ceilings", CEILINGS, tuple(_ceiling(each, people) for each in ceilings(people, Quotas())))


def regions(people: People) -> Grid:
    """The model's tokens, which are not the same everywhere."""
    return Grid("Regions", CEILINGS, tuple(_ceiling(each, people) for each in by_region(people, Quotas())))


def _ceiling(each: Ceiling, people: People) -> tuple[str, ...]:
    name = published()[each.quota].name
    return (
        name,
        f"{_limit(each):,.0f}",
        f"{each.use:,.3g}",
        f"{each.questions:,.1f}",
        rounded(each.users(people)),
    )


def _limit(each: Ceiling) -> float:
    """In the unit of the table of quotas, whose tokens are of a minute."""
    return published()[each.quota].value


def rounded(value: float) -> str:
    """Two digits: the model promises no more."""
    digits = max(0, math.floor(math.log10(value)) - 1) if value >= 1 else 0
    return f"{round(value, -digits):,.0f}"


def asked_for(people: People) -> Grid:
    """What each quota has to be for so many people, where the default does not do."""
    needs = {users: _needs(people, users) for users in SIZES}
    rows = tuple(
        (published()[name].name, *(needs[users][name] for users in SIZES))
        for name in needs[SIZES[0]]
        if any(needs[users][name] != "–" for users in SIZES)
    )
    return Grid("Quotas to ask for", ("quota", *(f"{users:,} people" for users in SIZES)), rows)


def _needs(people: People, users: int) -> dict[str, str]:
    rate = users / people.cycle
    return {each.quota: _need(each, rate) for each in ceilings(people, Quotas())}


def _need(each: Ceiling, rate: float) -> str:
    wanted = rate * each.use * RESERVE
    return "–" if wanted <= each.limit else rounded(wanted / each.limit * published()[each.quota].value)


def outcomes(found: Sequence[tuple[Scenario, Outcome]]) -> Grid:
    headers = (
        "people", "quotas", "asked/s", "answered/s", "failed", "first text p50 / p95, s",
        "before, in the rush", "longest queue", "longest wait, s", "written at once",
        "events/s of an answer, least",
    )  # fmt: skip
    return Grid("Outcomes", headers, tuple(_outcome(*each) for each in found))


def _outcome(scenario: Scenario, found: Outcome) -> tuple[str, ...]:
    half = found.seconds / 2
    return (
        f"{scenario.people.users:,}", scenario.name, f"{found.asked / found.seconds:,.1f}",
        f"{found.rate:,.1f}", f"{found.failed_share:.0%}".replace("%", " %"),
        _first(found, half, found.seconds), _first(found, 0.0, half),
        f"{found.most_waiting:,}", f"{found.oldest:,.0f}", f"{found.streams:,.0f}",
        f"{1 / found.slowest_events:.0f}",
    )  # fmt: skip


def _first(found: Outcome, after: float, before: float) -> str:
    shares = [found.first_text(share, after, before) for share in (0.5, 0.95)]
    return "none yet" if math.isnan(shares[0]) else f"{shares[0]:,.1f} / {shares[1]:,.1f}"


def comparison(found: Sequence[Comparison]) -> Grid:
    """Of the second third on, when the queue has settled."""
    headers = ("people, workers, answer", "", "measured", "simulated", "simulated is off by")
    return Grid("A real run", headers, tuple(row for each in found for row in _rows(each)))


def _rows(found: Comparison) -> Iterator[tuple[str, ...]]:
    trial = found.trial
    name = f"{trial.users}, {trial.workers}, {trial.tokens / trial.pace:.0f} s"
    after = trial.seconds / 3  # both begin with everybody at once
    both = (found.measured, found.simulated)
    yield (name, "answers/s", *_off(*(each.rate for each in both)))
    yield (name, "first text, s: p50", *_off(*(each.first_text(0.5, after) for each in both)))
    yield (name, "first text, s: p95", *_off(*(each.first_text(0.95, after) for each in both)))


def _off(measured: float, simulated: float) -> tuple[str, ...]:
    return (f"{measured:.2f}", f"{simulated:.2f}", f"{(simulated / measured - 1) * 100:+.0f} %")


def grids(people: People) -> Iterator[tuple[str, Grid]]:
    """Tables that need no run, by their names in the page."""
    yield "quotas", quotas()
    yield "ceilings", paper(people)
    yield "regions", regions(people)
    yield "asked", asked_for(people)
