"""The model on paper: how many questions a second each quota carries, and what reaches its end first."""

from collections.abc import Iterator
from dataclasses import dataclass

from appsync.costs import asking, facts
from bench.load.people import People
from bench.load.quotas import Quotas

SESSION_SECONDS = 3_600.0
"""After which a token is renewed and, about as often, a page connects again."""


@dataclass(frozen=True, slots=True)
class Ceiling:
    """`use` of a quota by one question a second; `limit` in the same unit."""

    quota: str
    limit: float
    use: float

    @property
    def questions(self) -> float:
        """A second."""
        return self.limit / self.use

    def users(self, people: People) -> float:
        return self.questions * people.cycle


def ceilings(people: People, quotas: Quotas) -> list[Ceiling]:
    """Every quota that questions use, the lowest first."""
    return sorted(_ceilings(people, quotas), key=lambda each: each.questions)


def _ceilings(people: People, quotas: Quotas) -> Iterator[Ceiling]:
    work = people.work
    publishes = asking.publishes(work)
    yield Ceiling("answer_concurrency", quotas.answer_concurrency, people.occupied)
    yield Ceiling("mapping_maximum", quotas.mapping_maximum, people.occupied)
    running = people.occupied + people.times.resolve * (1 + work.reads)
    yield Ceiling("lambda_concurrency", quotas.lambda_concurrency, running)
    yield Ceiling("appsync_tokens", quotas.appsync_tokens, publishes + 2 + work.reads)
    yield Ceiling("appsync_inbound", quotas.appsync_inbound, publishes)
    yield Ceiling("appsync_outbound", quotas.appsync_outbound, publishes * work.subscribers)
    yield Ceiling("appsync_connects", quotas.appsync_connects, people.cycle / SESSION_SECONDS)
    units = table_writes(people)
    yield Ceiling("dynamodb_new_table", quotas.dynamodb_new_table, units)
    yield Ceiling("dynamodb_table", quotas.dynamodb_table, units)
    yield Ceiling("chat_tokens", quotas.chat_tokens / 60, people.tokens)
    asked = work.question_chars / facts.CHARS_PER_TOKEN
    yield Ceiling("embedding_tokens", quotas.embedding_tokens / 60, asked)
    yield Ceiling("cognito_sign_ins", quotas.cognito_sign_ins, people.cycle / SESSION_SECONDS)
    yield Ceiling("s3_reads", quotas.s3_reads, facts.SEARCH_READS)


def by_region(people: People, quotas: Quotas) -> list[Ceiling]:
    """The chat model's tokens again, as they are for a region and for a profile."""
    names = ("chat_tokens", "chat_tokens_elsewhere", "chat_tokens_profile", "chat_tokens_profile_elsewhere")
    return [Ceiling(name, getattr(quotas, name) / 60, people.tokens) for name in names]


def table_writes(people: People) -> float:
    """Write units of an answer at its table alone: each index has a quota of its own, as large."""
    uses = asking.writes(people.work)
    return uses.begun + uses.moved
