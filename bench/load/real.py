"""A real run to hold the simulation against: people ask a local cloud, whose workers are few, all at once.

The model writes at a known pace. As many people as there are workers, who never wait for each other, are
measured first: these are the simulation's times, so that the queue is compared and not the machine's speed.
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
        return Workload(answer_tokens=self.tokens, tokens_per_second=self.pace)


TRIALS = (Trial(8), Trial(24))
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
    """One answer as its reader saw it: seconds to the first text and to the last."""

    first: float
    whole: float


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
        times = await _unhindered(client, trials[0])
        return [_beside(trial, times, await _crowd(client, trial)) for trial in trials]


def _beside(trial: Trial, times: Times, measured: Outcome) -> Comparison:
    people = People(trial.users, trial.pause, trial.work, times)
    return Comparison(trial, times, measured, simulate(people, _as_local(trial), trial.seconds))


def _as_local(trial: Trial) -> Quotas:
    """One machine has as many places as workers, at once, and no other quota."""
    places = float(trial.workers)
    plenty = 1e9
    return Quotas().raised(
        answer_concurrency=places, mapping_start=places, chat_tokens=plenty, embedding_tokens=plenty,
        appsync_tokens=plenty, appsync_inbound=plenty,
    )  # fmt: skip


async def _unhindered(client: AsyncClient, trial: Trial) -> Times:
    """The times of people who find a free worker each."""
    everyone = await asyncio.gather(*(_rounds(client) for _ in range(trial.workers)))
    heard = [each for own in everyone for each in own[1:]]
    first = statistics.mean(each.first for each in heard)
    whole = statistics.mean(each.whole for each in heard)
    around = max(0.0, whole - first - trial.tokens / trial.pace)
    return _times(first, around)


async def _rounds(client: AsyncClient) -> list[Heard]:
    return [await _heard(client, question) for question in QUESTIONS[:ROUNDS]]


def _times(first: float, around: float) -> Times:
    """`first` seconds from asking to the first text, of which the question's own field takes a tenth."""
    asking = first / 10
    return Times(
        resolve=asking,
        queue=0.0,
        cold=0.0,
        retrieval=0.0,
        first_token=first - asking,
        around=around,
        look=0.01,
    )


async def _crowd(client: AsyncClient, trial: Trial) -> Outcome:
    """Everybody at once; who waits for an answer at the end is counted as waiting."""
    outcome = Outcome(seconds=trial.seconds)
    began = time.monotonic()
    chance = random.Random(1)  # noqa: S311  (no secret)
    crowd = [
        asyncio.create_task(_person(client, trial, outcome, began, random.Random(chance.random())))  # noqa: S311
        for _ in range(trial.users)
    ]
    await asyncio.wait(crowd, timeout=trial.seconds)
    for each in crowd:
        each.cancel()
    results = await asyncio.gather(*crowd, return_exceptions=True)
    if broken := [each for each in results if not isinstance(each, asyncio.CancelledError)]:
        raise RuntimeError(f"{len(broken)} of {trial.users} could not go on") from _cause(broken[0])
    return outcome


def _cause(broken: object) -> BaseException | None:
    return broken if isinstance(broken, BaseException) else None


async def _person(
    client: AsyncClient, trial: Trial, outcome: Outcome, began: float, chance: random.Random
) -> None:
    await asyncio.sleep(chance.uniform(0, trial.pause))
    while True:
        outcome.asked += 1
        asked = time.monotonic() - began
        heard = await _heard(client, chance.choice(QUESTIONS))
        outcome.told(asked, heard.first)
        outcome.answered += 1
        await asyncio.sleep(chance.expovariate(1 / trial.pause))


async def _heard(client: AsyncClient, question: str) -> Heard:
    began = time.monotonic()
    async with await client.ask(question) as stream:
        moments = [time.monotonic() async for event in stream if isinstance(event, TextDelta)]
    return Heard(moments[0] - began, moments[-1] - began)
