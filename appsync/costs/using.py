"""How much of each priced item a question, a document and a month use. Pure; `facts` has the constants."""

import math
from collections.abc import Iterator
from dataclasses import dataclass

from appsync.costs import facts
from appsync.costs.deployment import FUNCTIONS, Deployment
from appsync.costs.prices import INPUT, OUTPUT
from appsync.costs.workload import Workload

GIGA = 1e9


@dataclass(frozen=True, slots=True)
class Use:
    """So much of one priced item, and what for."""

    item: str
    amount: float
    why: str


type Uses = Iterator[Use]


# ---- One question.


def question(stage: Deployment, work: Workload) -> Uses:
    """What asking, answering and following one answer uses."""
    yield from transport(work)
    yield from _reading(work)
    yield from _answer_writes(work)
    yield from _queued(
        1 + facts.LEASE_LOOKS, "the question, and the look for when the worker's lease is over"
    )
    yield from _field(stage, 1 + work.reads)
    seconds = facts.ANSWER_SECONDS + streaming(work)
    yield from _run(stage, "answer", seconds, "from the claim to the last word")
    yield from _run(stage, "answer", facts.LOOK_SECONDS, "the look at a finished answer")
    yield from _search(1)
    yield from _tokens(stage, work)


def streaming(work: Workload) -> float:
    """Seconds from the first token to the last."""
    return work.answer_tokens / work.tokens_per_second


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
    larger = _units(last_event_bytes(work), facts.UPDATE_BYTES) - 1
    yield Use("appsync.update", (count + larger) * work.subscribers, "events delivered to the open pages")


def last_event_bytes(work: Workload) -> int:
    return facts.EVENT_BYTES + work.cited * (facts.CITATION_BYTES + work.passage_chars)


def _reading(work: Workload) -> Uses:
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


@dataclass(frozen=True, slots=True)
class Writes:
    """Write units of an answer's row in its table: beginning; claim, saves and end."""

    begun: int
    moved: int


def writes(work: Workload) -> Writes:
    """A transaction costs twice."""
    empty = facts.ANSWER_BYTES + work.question_chars
    full = answer_row_bytes(work)
    moved = [_writes(empty), *_saves(work, empty), _writes(full)]
    return Writes(2 * _writes(empty), sum(moved))


def _answer_writes(work: Workload) -> Uses:
    row, full = writes(work), answer_row_bytes(work)
    others = row.begun + 1 + 4
    yield Use("dynamodb.write", facts.OPENINGS, "the index of open answers")
    yield Use("dynamodb.write", row.begun + others, "beginning: the row, its indexes and its conversation")
    yield Use("dynamodb.write", row.moved * facts.ROW_COPIES, "claim, saves, end: the row and two indexes")
    told = work.history * full / facts.READ_BYTES / 2
    yield Use("dynamodb.read", told + _reads(full) + 0.5 + work.reads, "history, guard, look, page")


def _saves(work: Workload, empty: float) -> list[int]:
    """Write units of every save: at the first text, then every 0.4 s, each of the text so far."""
    count = 1 + math.floor(streaming(work) / facts.SAVE_SECONDS + 1e-9)
    return [_writes(empty + answer_chars(work) * number / count) for number in range(count)]


def _tokens(stage: Deployment, work: Workload) -> Uses:
    asked = work.question_chars / facts.CHARS_PER_TOKEN
    yield Use(INPUT + stage.embedding_model, asked, "the question's vector")
    yield Use(INPUT + stage.chat_model, prompt_tokens(work), "the prompt with its passages")
    yield Use(OUTPUT + stage.chat_model, work.answer_tokens, "the answer")


def prompt_tokens(work: Workload) -> float:
    shown = work.passages * (work.passage_chars + 60) + work.question_chars
    earlier = work.history * (work.question_chars + min(answer_chars(work), 2_000))
    return facts.SYSTEM_TOKENS + (shown + earlier) / facts.CHARS_PER_TOKEN


# ---- One document, one search, one message.


def document(stage: Deployment, work: Workload) -> Uses:
    """What uploading a document and making it searchable uses; keeping it is `kept`'s."""
    count = passages(work)
    yield Use(
        "appsync.operation", 2 + facts.DOCUMENT_STEPS, "createUpload, the list, and its states' publishes"
    )
    yield Use("appsync.update", facts.DOCUMENT_STEPS, "its states, delivered to the owner's page")
    yield Use("dynamodb.write", 1 + facts.DOCUMENT_STEPS, "its row and each state of it")
    yield Use("dynamodb.write", facts.OPENINGS, "the index of open documents")
    yield Use("dynamodb.read", 2, "its row, read again")
    yield from _queued(1, "S3's notification")
    yield from _field(stage, 2)
    seconds = facts.INGEST_SECONDS + count * facts.PASSAGE_SECONDS
    yield from _run(stage, "ingest", seconds, "extraction, embedding, index")
    indexing = facts.INGEST_LISTS + facts.INGEST_WRITES
    tidying = (facts.TIDYING_LISTS + facts.TIDYING_WRITES) / facts.TIDYING_EVERY
    yield Use("s3.write", 3 + indexing + tidying, "file, text, look-ups, the index's commit and compaction")
    reading = facts.INGEST_READS + facts.TIDYING_READS / facts.TIDYING_EVERY
    yield Use("s3.read", 1 + reading, "the file, and the index")
    yield Use(INPUT + stage.embedding_model, work.document_chars / facts.CHARS_PER_TOKEN, "its vectors")


def passages(work: Workload) -> int:
    return max(1, math.ceil(work.document_chars / work.passage_chars))


def searching(stage: Deployment, work: Workload) -> Uses:
    """One call of `search`."""
    yield Use("appsync.operation", 1, "search")
    yield from _run(stage, "search", facts.SEARCH_SECONDS, "both searches, fused")
    yield from _search(1)
    yield Use(
        INPUT + stage.embedding_model, work.question_chars / facts.CHARS_PER_TOKEN, "the query's vector"
    )


def message() -> Uses:
    """One message on a channel of the Events API, with one subscriber: published, handled, delivered."""
    yield Use("events.operation", 3, "publish, handler, delivery")


def _search(times: int) -> Uses:
    yield Use("s3.write", facts.SEARCH_LISTS * times, "LanceDB looks for the newest version")
    yield Use("s3.read", facts.SEARCH_READS * times, "LanceDB reads what the query needs")


def _field(stage: Deployment, times: int) -> Uses:
    for use in _run(stage, "resolve", facts.RESOLVE_SECONDS, "fields that DynamoDB, S3 and SQS answer"):
        yield Use(use.item, use.amount * times, use.why)


def _run(stage: Deployment, function: str, seconds: float, why: str) -> Uses:
    """One invocation."""
    yield Use("lambda.request", 1, f"{function}: {why}")
    yield Use(f"lambda.{stage.architecture}", seconds * stage.gigabytes(function), f"{function}: {why}")
    yield Use("cloudwatch.logs", facts.LOG_BYTES / GIGA, f"{function}: log lines and metrics")
    if stage.snap_start:
        restored = facts.INDEX_LAYER_COLD_STARTS * stage.gigabytes(function)
        yield Use("lambda.snapstart_restore", restored, f"{function}: one start in a hundred is restored")


def _queued(messages: int, why: str) -> Uses:
    yield Use("sqs.request", facts.QUEUE_REQUESTS * messages, why)


# ---- A month.


def idle(stage: Deployment) -> Uses:
    """A month in which nobody comes and nothing is stored."""
    runs, comparisons = _runs()
    polls = facts.QUEUES * facts.POLLERS * facts.MONTH_SECONDS / facts.POLL_SECONDS
    yield Use("sqs.request", polls, "Lambda's long polls at both queues")
    yield Use("scheduler.invocation", runs + comparisons, "maintain, every ten minutes, and every day")
    for use in _run(stage, "maintain", facts.MAINTAIN_RUN_SECONDS, "every ten minutes"):
        yield Use(use.item, use.amount * runs, use.why)
    reads = runs * facts.OPEN_INDEXES / 2 + comparisons
    yield Use("dynamodb.read", reads, "maintain reads what is open: nothing")
    yield Use("s3.write", runs, "maintain lists the index's versions")
    yield from _times(_tended(stage), comparisons)
    yield Use("s3.write", 2 * comparisons, "maintain lists uploads and texts")
    yield Use("kms.request", 2 * runs, "keys of two tables, whenever maintain comes")
    yield from _watching(stage)
    yield Use("s3.storage", facts.ARTIFACT_GIGABYTES, "packages and layers of the stage")
    if stage.snap_start:
        yield Use("lambda.snapstart_cache", _snapshots(stage), "a snapshot of each function's memory")


def _runs() -> tuple[float, float]:
    """Of `maintain` in a month: those that look at what is open, and those that compare everything."""
    return facts.MONTH_SECONDS / facts.MAINTAIN_SECONDS, facts.MONTH_SECONDS / facts.COMPARE_SECONDS


def _tended(stage: Deployment) -> Uses:
    """Looking after the index once."""
    yield Use("s3.write", facts.MAINTAIN_LISTS, "maintain lists the index")
    yield Use("s3.read", facts.MAINTAIN_READS, "maintain reads the index")
    seconds = facts.TENDING_SECONDS * stage.gigabytes("maintain")
    yield Use(f"lambda.{stage.architecture}", seconds, "maintain: looking after the index")


def _watching(stage: Deployment) -> Uses:
    yield Use("cloudwatch.metric", facts.METRICS_IDLE, "maintain's own metrics")
    daily = facts.METRICS_DAILY * 3_600 / facts.COMPARE_SECONDS
    yield Use("cloudwatch.metric", daily, "the index's metrics, an hour a day")
    yield Use("cloudwatch.alarm", stage.alarms, "metrics that the stack's alarms watch")
    yield Use("cloudwatch.dashboard", stage.dashboards, "the stack's dashboards")
    yield Use("budgets.budget", stage.budgets, "the stack's budgets")


def _snapshots(stage: Deployment) -> float:
    return sum(map(stage.gigabytes, FUNCTIONS)) * facts.MONTH_SECONDS


def month(stage: Deployment, work: Workload) -> Uses:
    """Everything: what idles, what is asked, added and searched, and what is kept."""
    yield from idle(stage)
    yield from _times(question(stage, work), work.asked)
    yield from _times(document(stage, work), work.users * work.documents)
    yield from _times(searching(stage, work), work.users * work.searches)
    yield from _times(message(), work.users * work.messages)
    yield from kept(stage, work)
    yield Use("cloudwatch.metric", facts.METRICS - facts.METRICS_IDLE, "metrics of the functions in use")
    yield Use("cognito.user", work.users, "people who sign in")
    yield Use("cloudfront.request", work.users * facts.PAGE_REQUESTS, "the page, once for each")
    yield Use("cloudfront.function", work.users * facts.PAGE_REQUESTS, "the page's addresses")
    yield Use("cloudfront.transfer", work.users * facts.PAGE_GIGABYTES, "the page, once for each")


def kept(stage: Deployment, work: Workload) -> Uses:
    """What is stored, and what `maintain` reads of it."""
    rows = work.users * work.answers * answer_row_bytes(work)
    entries = work.users * work.stored * facts.DOCUMENT_BYTES
    tables = (rows * facts.ROW_COPIES + entries) / GIGA
    yield Use("dynamodb.storage", tables, "answers with two indexes, documents")
    yield Use("dynamodb.recovery", (rows + entries) / GIGA, "both tables to any second of 35 days")
    yield Use(
        "s3.storage", work.users * work.stored * stored_bytes(stage, work) / GIGA, "files, texts, index"
    )
    yield from _upkeep(stage, work, entries)


def answer_row_bytes(work: Workload) -> float:
    cited = work.cited * (facts.CITATION_BYTES + work.passage_chars)
    return facts.ANSWER_BYTES + work.question_chars + answer_chars(work) + cited


def stored_bytes(stage: Deployment, work: Workload) -> float:
    """Of one document in the bucket: its file, its text, and its passages with their vectors."""
    vectors = passages(work) * stage.dimensions * 4
    return work.document_bytes + work.document_chars * (1 + facts.PASSAGE_BYTES) + vectors


def _upkeep(stage: Deployment, work: Workload, row_bytes: float) -> Uses:
    """After documents, the index; every day, all documents that are stored, by reads at half the price."""
    runs, comparisons = _runs()
    yield from _times(_tended(stage), min(runs, work.users * work.documents * facts.TENDED_RUNS))
    rows = row_bytes / facts.READ_BYTES / 2
    yield Use("dynamodb.read", rows * comparisons, "maintain compares every document")
    pages = work.users * work.stored / 1_000
    yield Use("s3.write", 2 * pages * comparisons, "maintain lists every upload and every text")
    read = work.users * work.stored * passages(work) / facts.ROWS_READ
    yield Use("s3.read", read * comparisons, "maintain reads every passage's document")
    seconds = work.users * work.stored / facts.COMPARED_A_SECOND * stage.gigabytes("maintain")
    yield Use(f"lambda.{stage.architecture}", seconds * comparisons, "maintain: comparing every document")
    yield from _times(_checked(stage), comparisons * min(1, work.users * work.stored))


def _checked(stage: Deployment) -> Uses:
    """Measuring once what the index finds."""
    yield Use("s3.write", facts.CHECK_LISTS * facts.CHECK_SEARCHES, "maintain: checking the index")
    yield Use("s3.read", facts.CHECK_READS * facts.CHECK_SEARCHES, "maintain: checking the index")
    seconds = facts.SEARCH_SECONDS * facts.CHECK_SEARCHES * stage.gigabytes("maintain")
    yield Use(f"lambda.{stage.architecture}", seconds, "maintain: checking the index")


def _times(uses: Uses, count: float) -> Uses:
    return (Use(use.item, use.amount * count, use.why) for use in uses)


def _units(size: float, unit: int) -> int:
    return max(1, math.ceil(size / unit))


def _writes(size: float) -> int:
    return _units(size, facts.UNIT_BYTES)


def _reads(size: float) -> int:
    return _units(size, facts.READ_BYTES)
