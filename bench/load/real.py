"""A real run to hold the simulation against: people ask a local cloud, whose workers are few, all at once.

The model writes at a known pace. How long a worker takes is measured in the same run, by its own account of
each answer, since the machine has other work too; what the simulation has to foretell is who waits how long.
"""

import asyncio
import os
import random
import statistics
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from appsync.costs.workload import Workload
from bench.corpus import QUESTIONS, pieces
from bench.load.outcome import Outcome
from bench.load.people import People, Times
from bench.load.quotas import Quotas
from bench.load.simulation import simulate
from bench.paced import PacedModel, paced_model
from evaluation.stack import LocalCloud, new_account, own_cloud
from riffle import AsyncClient, TextDelta

DOCUMENTS = 6
SIMULATED = 3_000.0
"""Seconds of simulation: long enough for chance to be the real run's alone."""

ROUNDS = 5
"""Questions of each while nobody has to wait; the first warms everything and is not counted."""


@dataclass(frozen=True, slots=True)
class Trial:
    """So many people for so many seconds, whose answers are `tokens` long, at a cloud with `workers`."""

    users: int
    workers: int = 4
    seconds: float = 75.0
    pause: float = 6.0
    tokens: int = 30
    pace: float = 10.0

    @property
    def work(self) -> Workload:
        return Workload(answer_tokens=self.tokens, tokens_per_second=self.pace, history=0)


TRIALS = (Trial(8, seconds=150.0), Trial(24, seconds=100.0))
"""With four workers for answers of 3 s: people who find a worker mostly, and people who wait in line."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """What was measured, what the simulation says of the same, and the times that it was given."""

    trial: Trial
    times: Times
    measured: Outcome
    simulated: Outcome


@dataclass(frozen=True, slots=True)
class Heard:
    """One answer: seconds to the first text and to the last as its reader saw them, and by the worker's own
    account from the claim to the model's first token and to the end."""

    first: float
    whole: float
    token: float
    worker: float


def compared(trials: Sequence[Trial]) -> list[Comparison]:
    """One cloud for all; its workers, and the model's answers, are the first trial's."""
    with _cloud(trials[0]) as (cloud, account):
        return asyncio.run(_compared(trials, cloud, account))


@contextmanager
def _cloud(trial: Trial) -> Iterator[tuple[LocalCloud, tuple[str, str]]]:
    with paced_model() as model:
        _pace(model, trial)
        environ = {**os.environ, "RIFFLE_MODEL": model.setting}
        with own_cloud(environ, "--workers", str(trial.workers)) as cloud:
            yield cloud, new_account(cloud.url)


def _pace(model: PacedModel, trial: Trial) -> None:
    model.tokens, model.per_second = trial.tokens, trial.pace


async def _compared(trials: Sequence[Trial], cloud: LocalCloud, account: tuple[str, str]) -> list[Comparison]:
    name, password = account
    async with await AsyncClient.connect(cloud.url, username=name, password=password) as client:
        for piece in pieces(DOCUMENTS):
            await client.wait_ready((await client.add_text(piece.name, piece.text)).id)
        way = await _unhindered(client, trials[0])
        return [_beside(trial, way, *(await _crowd(client, trial))) for trial in trials]


def _beside(trial: Trial, way: float, measured: Outcome, heard: Sequence[Heard]) -> Comparison:
    times = times_of(trial, way, heard)
    people = People(trial.users, trial.pause, trial.work, times)
    return Comparison(trial, times, measured, simulate(people, as_local(trial), SIMULATED))


def as_local(trial: Trial) -> Quotas:
    """One machine has as many places as workers, at once, and no other quota."""
    places = float(trial.workers)
    plenty = 1e9
    return Quotas().raised(
        answer_concurrency=places, mapping_start=places, chat_tokens=plenty, embedding_tokens=plenty,
        appsync_tokens=plenty, appsync_inbound=plenty,
    )  # fmt: skip


async def _unhindered(client: AsyncClient, trial: Trial) -> float:
    """Seconds that an answer takes besides its worker's, for people who find a free worker each."""
    everyone = await asyncio.gather(*(_rounds(client) for _ in range(trial.workers)))
    heard = [each for own in everyone for each in own[1:]]
    return max(0.0, statistics.mean(each.whole - each.worker for each in heard))


async def _rounds(client: AsyncClient) -> list[Heard]:
    return [await _heard(client, question) for question in QUESTIONS[:ROUNDS]]


def times_of(trial: Trial, way: float, heard: Sequence[Heard]) -> Times:
    """`way` is before the worker: half of it the question's field, half from the queue to the function."""
    token = statistics.mean(each.token for each in heard)
    around = statistics.mean(each.worker for each in heard) - token - trial.tokens / trial.pace
    return Times(
        resolve=way / 2, queue=way / 2, cold=0.0, retrieval=0.0, first_token=token, around=max(0.0, around)
    )


async def _crowd(client: AsyncClient, trial: Trial) -> tuple[Outcome, list[Heard]]:
    """Everybody at once, until the time is over; what they heard by then."""
    crowd = Crowd(client, trial)
    tasks = [asyncio.create_task(crowd.person(number)) for number in range(trial.users)]
    broken, busy = await asyncio.wait(tasks, timeout=trial.seconds, return_when=asyncio.FIRST_EXCEPTION)
    for each in busy:
        each.cancel()
    await asyncio.gather(*busy, return_exceptions=True)
    for each in broken:
        each.result()
    return crowd.outcome, crowd.heard


class Crowd:
    """People of one trial, and what became of their questions."""

    def __init__(self, client: AsyncClient, trial: Trial) -> None:
        self.outcome = Outcome(seconds=trial.seconds)
        self.heard: list[Heard] = []
        self._client = client
        self._trial = trial
        self._began = time.monotonic()

    async def person(self, number: int) -> None:
        chance = random.Random(number)  # noqa: S311  (no secret)
        await asyncio.sleep(chance.uniform(0, self._trial.pause))
        while True:
            await self._question(chance.choice(QUESTIONS))
            await asyncio.sleep(chance.expovariate(1 / self._trial.pause))

    async def _question(self, question: str) -> None:
        self.outcome.asked += 1
        asked = time.monotonic() - self._began
        heard = await _heard(self._client, question)
        self.outcome.told(asked, heard.first)
        self.outcome.answered += 1
        self.heard.append(heard)


async def _heard(client: AsyncClient, question: str) -> Heard:
    began = time.monotonic()
    async with await client.ask(question) as stream:
        moments = [time.monotonic() - began async for event in stream if isinstance(event, TextDelta)]
    usage = (await client.answer(stream.id)).usage
    if usage is None or usage.first_token_ms is None:
        raise RuntimeError(f"answer {stream.id} says nothing of its times")
    return Heard(moments[0], moments[-1], usage.first_token_ms / 1_000, usage.total_ms / 1_000)
