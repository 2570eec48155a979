"""The simulation against queues whose waits are known: Erlang's M/M/c, Pollaczek and Khinchine's M/D/1."""

import heapq
import math
import random
from statistics import mean

import pytest

from appsync.costs.workload import Workload
from bench.load.loop import Loop, Pool, Process
from bench.load.people import People, Times
from bench.load.quotas import Quotas
from bench.load.simulation import simulate

CUSTOMERS = 120_000


def erlang_c(offered: float, servers: int) -> float:
    """The share of customers who have to wait: https://en.wikipedia.org/wiki/Erlang_(unit)#Erlang_C_formula"""
    terms = [offered**number / math.factorial(number) for number in range(servers)]
    last = offered**servers / math.factorial(servers) * servers / (servers - offered)
    return last / (sum(terms) + last)


def waits(rate: float, servers: int, service: list[float], chance: random.Random) -> list[float]:
    """Of customers who come by chance, each with so many seconds of service."""
    loop, pool, found = Loop(), Pool(servers), list[float]()
    loop.start(coming(loop, pool, rate, service, chance, found))
    loop.run(math.inf)
    return found


def coming(
    loop: Loop, pool: Pool, rate: float, service: list[float], chance: random.Random, found: list[float]
) -> Process:
    for seconds in service:
        yield chance.expovariate(rate)
        loop.start(served(loop, pool, seconds, found))


def served(loop: Loop, pool: Pool, seconds: float, found: list[float]) -> Process:
    came = loop.now
    yield pool
    found.append(loop.now - came)
    yield seconds
    loop.leave(pool)


def test_erlangs_formula_gives_the_figures_of_his_tables() -> None:
    assert erlang_c(0.5, 1) == pytest.approx(0.5)
    assert erlang_c(3.2, 4) == pytest.approx(0.5964, abs=0.0001)


def test_everybody_waits_exactly_for_the_server_that_is_free_first() -> None:
    """Kiefer and Wolfowitz's recursion, which needs no loop: each is served by whoever is free first."""
    chance, service = random.Random(1), random.Random(2)  # noqa: S311  (no secret)
    seconds = [service.expovariate(1.0) for _ in range(5_000)]
    found = waits(3.2, 4, seconds, chance)
    assert found == pytest.approx(free_first(3.2, 4, seconds, random.Random(1)), abs=1e-6)  # noqa: S311


def free_first(rate: float, servers: int, service: list[float], chance: random.Random) -> list[float]:
    free, now, found = [0.0] * servers, 0.0, list[float]()
    for seconds in service:
        now += chance.expovariate(rate)
        begins = max(now, heapq.heappop(free))
        heapq.heappush(free, begins + seconds)
        found.append(begins - now)
    return found


def test_waits_at_several_servers_are_erlangs() -> None:
    """Four servers, service of a second: on average C / (c − λ), and none at all for a share of 1 − C."""
    chance = random.Random(3)  # noqa: S311  (no secret)
    found = waits(2.6, 4, [chance.expovariate(1.0) for _ in range(3 * CUSTOMERS)], chance)
    waiting = erlang_c(2.6, 4)
    assert mean(found) == pytest.approx(waiting / (4 - 2.6), rel=0.05)
    assert sum(each > 0 for each in found) / len(found) == pytest.approx(waiting, rel=0.03)


def test_waits_for_service_that_always_takes_as_long_are_half_of_that() -> None:
    """M/D/1 at four fifths: 0.8 / (2 × 0.2) = 2 services, where chance in service would make it 4."""
    chance = random.Random(2)  # noqa: S311  (no secret)
    found = waits(0.8, 1, [1.0] * CUSTOMERS, chance)
    assert mean(found) == pytest.approx(2.0, rel=0.06)


def test_the_whole_simulation_waits_as_long_as_the_formula_says() -> None:
    """One worker, answers of 2 s, 2,000 people of whom one asks every 2.86 s, once the rush is over:
    0.7 × 2 / (2 × 0.3) = 2.33 s in line, and one to the first text."""
    times = Times(resolve=0, queue=0, cold=0, understanding=0, retrieval=0, first_token=1.0, around=0, look=0)
    people = People(2_000, 5_714.0, Workload(answer_tokens=100, tokens_per_second=100, history=0), times)
    plenty = Quotas().raised(answer_concurrency=1, mapping_start=1, chat_tokens=1e9, embedding_tokens=1e9)
    found = simulate(people, plenty, 100_000)
    settled = [seconds for asked, seconds in found.first if asked > 20_000]
    assert mean(settled) == pytest.approx(3.33, rel=0.06)
