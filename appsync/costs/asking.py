"""What asking, answering and following one answer uses."""

import math
from dataclasses import dataclass

from appsync.costs import facts
from appsync.costs.deployment import Deployment
from appsync.costs.prices import INPUT, OUTPUT
from appsync.costs.running import field, queued, run, searched
from appsync.costs.uses import GIGA, Use, Uses, read_units, units, write_units
from appsync.costs.workload import Workload


def question(stage: Deployment, work: Workload) -> Uses:
    yield from transport(work)
    yield from _page(work)
    yield from _rows(work)
    yield from queued(1 + facts.LEASE_LOOKS, "the question, and the look for when the worker's lease is over")
    yield from field(stage, 1 + work.reads)
    seconds = facts.ANSWER_SECONDS + understanding(work) + streaming(work)
    yield from run(stage, "answer", seconds, "from the claim to the last word")
    yield from run(stage, "answer", facts.LOOK_SECONDS, "the look at a finished answer")
    yield from searched(stage, 1, "the question")
    yield from _tokens(stage, work)


def streaming(work: Workload) -> float:
    """Seconds from the first token to the last."""
    return work.answer_tokens / work.tokens_per_second


def understanding(work: Workload) -> float:
    """Seconds that the model takes for what a follow-up refers to."""
    return facts.UNDERSTAND_SECONDS if work.history else 0.0


def publishes(work: Workload) -> int:
    """Mutations of one answer: that it is being looked for, text whenever it is due, and its end.

    The first text goes at once and later ones 0.05 s after the one before, unless tokens are rarer than that.
    """
    due = math.floor(streaming(work) / facts.PUBLISH_SECONDS + 1e-9) + 1
    return 1 + min(work.answer_tokens, due) + 1


def transport(work: Workload, published: int | None = None) -> Uses:
    """AppSync's share of a streamed answer, by default with as many publishes as the product makes."""
    count = publishes(work) if published is None else published
    yield Use("appsync.operation", count, "publishes of the answer's events")
    larger = units(last_event_bytes(work), facts.UPDATE_BYTES) - 1
    yield Use("appsync.update", (count + larger) * work.subscribers, "events delivered to the open pages")


def last_event_bytes(work: Workload) -> int:
    return facts.EVENT_BYTES + work.cited * (facts.CITATION_BYTES + work.passage_chars)


def _page(work: Workload) -> Uses:
    """The page's own part."""
    yield Use("appsync.operation", 1 + work.reads, "ask, and the page's queries around it")
    yield Use("appsync.update", 2 * work.subscribers, "connecting and subscribing, which count as updates")
    yield Use("appsync.connection_minute", work.minutes * work.subscribers, "pages that stay connected")
    traced = streaming(work) * facts.TRACES_A_SECOND + facts.TRACED_SHARE * publishes(work) + 1
    yield Use("xray.trace", traced, "requests of the API that are traced")
    sent = publishes(work) * facts.EVENT_BYTES + answer_chars(work) + last_event_bytes(work)
    yield Use("transfer.out", (sent * work.subscribers + 5_000 * work.reads) / GIGA, "events and replies")


def answer_chars(work: Workload) -> float:
    return work.answer_tokens * facts.CHARS_PER_TOKEN


# ---- The answer's row.


@dataclass(frozen=True, slots=True)
class Writes:
    """Write units of an answer's row in its table: beginning; claim, saves and end."""

    begun: int
    moved: int


def writes(work: Workload) -> Writes:
    """A transaction costs twice."""
    empty = facts.ANSWER_BYTES + work.question_chars
    moved = [write_units(empty), *_saves(work, empty), write_units(row_bytes(work))]
    return Writes(2 * write_units(empty), sum(moved))


def row_bytes(work: Workload) -> float:
    cited = work.cited * (facts.CITATION_BYTES + work.passage_chars)
    return facts.ANSWER_BYTES + work.question_chars + answer_chars(work) + cited


def _saves(work: Workload, empty: float) -> list[int]:
    """Write units of every save: at the first text, then every 0.4 s, each of the text so far."""
    count = 1 + math.floor(streaming(work) / facts.SAVE_SECONDS + 1e-9)
    return [write_units(empty + answer_chars(work) * number / count) for number in range(count)]


def _rows(work: Workload) -> Uses:
    row, full = writes(work), row_bytes(work)
    others = row.begun + 1 + 4
    yield Use("dynamodb.write", facts.OPENINGS, "the index of open answers")
    yield Use("dynamodb.write", row.begun + others, "beginning: the row, its indexes and its conversation")
    yield Use("dynamodb.write", row.moved * facts.ROW_COPIES, "claim, saves, end: the row and two indexes")
    told = work.history * full / facts.READ_BYTES / 2
    yield Use("dynamodb.read", told + read_units(full) + 0.5 + work.reads, "history, guard, look, page")


# ---- The models.


def _tokens(stage: Deployment, work: Workload) -> Uses:
    asked = work.question_chars / facts.CHARS_PER_TOKEN
    yield Use(INPUT + stage.embedding_model, asked, "the question's vector")
    if work.history:
        yield Use(INPUT + stage.chat_model, understood_tokens(work), "what the follow-up refers to")
        yield Use(OUTPUT + stage.chat_model, facts.UNDERSTOOD_TOKENS, "what the follow-up refers to")
    yield Use(INPUT + stage.chat_model, prompt_tokens(work), "the prompt with its passages")
    yield Use(OUTPUT + stage.chat_model, work.answer_tokens, "the answer")


def understood_tokens(work: Workload) -> float:
    """Of the prompt that makes a follow-up stand by itself; 0 where there is no conversation yet."""
    if not work.history:
        return 0.0
    said = work.question_chars + min(answer_chars(work), facts.UNDERSTAND_CHARS) + facts.TURN_MARKUP
    turns = min(work.history, facts.UNDERSTAND_TURNS)
    return facts.UNDERSTAND_TOKENS + (turns * said + work.question_chars) / facts.CHARS_PER_TOKEN


def prompt_tokens(work: Workload) -> float:
    shown = work.passages * (work.passage_chars + 60) + work.question_chars
    earlier = work.history * (work.question_chars + min(answer_chars(work), 2_000))
    return facts.SYSTEM_TOKENS + (shown + earlier) / facts.CHARS_PER_TOKEN
