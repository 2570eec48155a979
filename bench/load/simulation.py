"""People ask, wait, read and ask again, against quotas: questions one by one, publishes as a flow.

Everything that makes a question wait is here: the event source's places and how they grow, the account's
concurrency, cold starts, the model's tokens with the product's own retries and patience. Publishes are not
simulated one by one; every second, `publishing` says where they come to rest.
"""

import random
from dataclasses import dataclass, field, replace

from chalicelib.answering.understanding import REPLY_TOKENS
from chalicelib.answering.worker import PATIENCE
from chalicelib.waiting import Patience

from appsync.costs import asking, facts
from bench.load.loop import Loop, Pool, Process, Steps
from bench.load.outcome import Outcome, Second
from bench.load.people import MAX_TOKENS, People
from bench.load.publishing import Publishing, settled
from bench.load.quotas import Quotas

BACKOFF = (0.5, 1.0, 2.0)
"""Pauses of a refused model call, each drawn from zero up (`chalicelib/models/retrying.py`); then the answer
goes back to the queue, for as long as the worker's `PATIENCE` says."""

CLIENT_PAUSE = 1.0
"""Of a client whose request the API refused, on average."""


@dataclass(slots=True)
class Tokens:
    """A quota per minute that fills up all the time and holds a minute's worth at most."""

    per_minute: float
    level: float = 0.0
    at: float = 0.0

    def __post_init__(self) -> None:
        self.level = self.per_minute

    def take(self, now: float, amount: float) -> bool:
        self.level = min(self.per_minute, self.level + (now - self.at) * self.per_minute / 60)
        self.at = now
        if self.level < amount:
            return False
        self.level -= amount
        return True

    def give_back(self, amount: float) -> None:
        self.level = min(self.per_minute, self.level + amount)


@dataclass(slots=True)
class World:
    """One run. `people` and `quotas` stay as they are; the rest moves."""

    people: People
    quotas: Quotas
    chance: random.Random
    loop: Loop = field(default_factory=Loop)
    streams: int = 0
    paused: int = 0
    environments: int = 0
    asked_lately: int = 0
    publishing: Publishing = field(default_factory=lambda: Publishing(facts.PUBLISH_SECONDS, 0.0, 0.0))
    outcome: Outcome = field(default_factory=Outcome)
    workers: Pool = field(init=False)
    account: Pool = field(init=False)
    model: Tokens = field(init=False)
    embedding: Tokens = field(init=False)
    patience: Patience = field(init=False)

    def __post_init__(self) -> None:
        self.workers = Pool(min(self.quotas.mapping_start, self.quotas.answers_at_once))
        self.account = Pool(self.quotas.lambda_concurrency)
        self.model = Tokens(self.quotas.chat_tokens)
        self.embedding = Tokens(self.quotas.embedding_tokens)
        self.patience = replace(PATIENCE, draw=self.chance.random)

    def about(self, seconds: float) -> float:
        """Seconds with the spread of a queue's service: exponential around the mean."""
        return self.chance.expovariate(1 / seconds) if seconds > 0 else 0.0


def simulate(people: People, quotas: Quotas, seconds: float, seed: int = 1) -> Outcome:
    """The outcome of so many seconds, which begin with everybody at a random place of their pause."""
    world = World(people, quotas, random.Random(seed))  # noqa: S311  (no secret)
    for _ in range(people.users):
        world.loop.start(person(world), world.chance.uniform(0, people.pause))
    world.loop.start(watch(world))
    world.loop.run(seconds)
    world.outcome.seconds = seconds
    world.outcome.unanswered = len(world.workers.waiting) + world.paused + world.streams
    return world.outcome


def person(world: World) -> Process:
    while True:
        yield from question(world)
        yield world.about(world.people.pause)


def question(world: World) -> Process:
    """From the call of `ask` to the answer's end, or its failure."""
    asked = world.loop.now
    while world.chance.random() < world.publishing.refused:
        world.outcome.refused += 1
        yield world.about(CLIENT_PAUSE)
    world.asked_lately += 1
    world.outcome.asked += 1
    yield world.account
    yield world.about(world.people.times.resolve)
    world.loop.leave(world.account)
    waited = 0
    while not (yield from answered(world, asked, first=not waited)):
        if not (yield from paused(world, waited)):
            world.outcome.failed += 1
            return
        waited += 1
    world.outcome.answered += 1


def paused(world: World, waited: int) -> Steps[bool]:
    """Back in the queue because the model is busy. Returns False when nobody would wait longer."""
    pause = world.patience.pause(waited)
    if pause is None:
        return False
    world.outcome.retried += 1
    world.paused += 1
    yield float(pause)
    world.paused -= 1
    return True


def answered(world: World, asked: float, *, first: bool) -> Steps[bool]:
    """One attempt, with a worker of its own. Returns whether the answer came to its end."""
    people = world.people
    yield world.workers
    yield world.account
    yield from started(world)
    if first:
        yield from understood(world)
    yield world.about(people.times.retrieval)
    begun = yield from model_begun(world)
    if begun:
        yield people.times.first_token
        world.outcome.told(asked, world.loop.now - asked)
        world.streams += 1
        yield people.streaming
        world.streams -= 1
        world.model.give_back(MAX_TOKENS - people.work.answer_tokens)
        yield people.times.around
        world.loop.start(look(world), 31.0)
    world.loop.leave(world.account)
    world.loop.leave(world.workers)
    return begun


def started(world: World) -> Process:
    """The way from the queue; more at once than ever before begin cold."""
    yield world.people.times.queue
    if world.workers.busy > world.environments:
        world.environments = world.workers.busy
        yield world.people.times.cold


def understood(world: World) -> Process:
    """What a follow-up refers to: a short call that is never made again, and that answers do without."""
    prompt = asking.understood_tokens(world.people.work)
    if prompt and world.model.take(world.loop.now, prompt + REPLY_TOKENS):
        yield world.people.times.understanding
        world.model.give_back(REPLY_TOKENS - facts.UNDERSTOOD_TOKENS)


def model_begun(world: World) -> Steps[bool]:
    """Asks the model until it begins to answer or patience is over. Returns whether it has begun."""
    people = world.people
    vector = people.work.question_chars / facts.CHARS_PER_TOKEN
    wanted = people.prompt_tokens + MAX_TOKENS
    for pause in (*BACKOFF, None):
        now = world.loop.now
        if world.embedding.take(now, vector):
            if world.model.take(now, wanted):
                return True
            world.embedding.give_back(vector)
        world.outcome.throttled += 1
        if pause is not None:
            yield world.chance.uniform(0, pause)
    return False


def look(world: World) -> Process:
    """The look at an answer once its lease would be over."""
    yield world.workers
    yield world.people.times.queue + world.people.times.look
    world.loop.leave(world.workers)


def watch(world: World) -> Process:
    """Every second: the event source grows while there is work, and publishes come to rest."""
    people, quotas = world.people, world.quotas
    wanted = (asking.publishes(people.work) - 1) / people.streaming
    while True:
        grow(world)
        others = world.asked_lately * (2 + people.work.reads)
        most = min(quotas.appsync_tokens, quotas.appsync_inbound)
        world.publishing = settled(world.streams, wanted, others, most, people.times.publish)
        world.outcome.seen(second(world, others))
        world.asked_lately = 0
        yield 1.0


def grow(world: World) -> None:
    """By 300 places a minute while messages wait; Lambda takes them away again when it is quiet."""
    quotas, workers = world.quotas, world.workers
    if workers.waiting:
        workers.limit = min(workers.limit + quotas.mapping_growth / 60, quotas.answers_at_once)
    world.loop.admit(workers)


def second(world: World, others: float) -> Second:
    waiting = world.workers.waiting
    return Second(
        streams=world.streams,
        waiting=len(waiting) + world.paused,
        oldest=world.loop.now - waiting[0][0] if waiting else 0.0,
        requests=world.streams / world.publishing.interval + others,
        interval=world.publishing.interval,
    )
