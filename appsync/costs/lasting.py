"""What a month uses: of a stage that nobody visits, and of one where people ask, add and keep things."""

from collections.abc import Iterable

from appsync.costs import facts
from appsync.costs.adding import document, message, passages, search, stored_bytes
from appsync.costs.asking import question, row_bytes
from appsync.costs.deployment import FUNCTIONS, Deployment
from appsync.costs.running import computing, run
from appsync.costs.uses import GIGA, Use, Uses, times
from appsync.costs.workload import Workload

RUNS = facts.MONTH_SECONDS / facts.MAINTAIN_SECONDS
COMPARISONS = facts.MONTH_SECONDS / facts.COMPARE_SECONDS
"""Of `maintain` in a month: runs that look at what is open, and runs that compare everything."""


def idle(stage: Deployment) -> Uses:
    """A month in which nobody comes and nothing is stored."""
    return with_logs(stage, _idle(stage))


def month(stage: Deployment, work: Workload) -> Uses:
    """Everything: what idles, what is asked, added and searched, and what is kept."""
    return with_logs(stage, (*_idle(stage), *_done(stage, work)))


def with_logs(stage: Deployment, uses: Iterable[Use]) -> Uses:
    """As many log lines are kept as come in while they are; reckoned as if AWS did not compress them."""
    taken = 0.0
    for use in uses:
        yield use
        taken += use.amount if use.item == "cloudwatch.logs" else 0.0
    kept = taken * stage.log_days * 86_400 / facts.MONTH_SECONDS
    yield Use("cloudwatch.kept", kept, f"log lines of {stage.log_days} days")


# ---- What idles.


def _idle(stage: Deployment) -> Uses:
    polls = facts.QUEUES * facts.POLLERS * facts.MONTH_SECONDS / facts.POLL_SECONDS
    yield Use("sqs.request", polls, "Lambda's long polls at both queues")
    yield Use("scheduler.invocation", RUNS + COMPARISONS, "maintain, every ten minutes, and every day")
    yield from times(run(stage, "maintain", facts.MAINTAIN_RUN_SECONDS, "every ten minutes"), RUNS)
    yield Use("xray.trace", RUNS + COMPARISONS, "runs of maintain, all of which are traced")
    reads = RUNS * facts.OPEN_INDEXES / 2 + COMPARISONS
    yield Use("dynamodb.read", reads, "maintain reads what is open: nothing")
    yield Use("s3.write", RUNS, "maintain lists the index's versions")
    yield from times(_tended(stage), COMPARISONS)
    yield Use("s3.write", 2 * COMPARISONS, "maintain lists uploads and texts")
    yield Use("kms.request", 2 * RUNS, "keys of two tables, whenever maintain comes")
    yield from _watching(stage)
    yield Use("s3.storage", facts.ARTIFACT_GIGABYTES, "packages and layers of the stage")
    if stage.snap_start:
        yield Use("lambda.snapstart_cache", _snapshots(stage), "a snapshot of each function's memory")


def _tended(stage: Deployment) -> Uses:
    """Looking after the index once."""
    yield Use("s3.write", facts.MAINTAIN_LISTS, "maintain lists the index")
    yield Use("s3.read", facts.MAINTAIN_READS, "maintain reads the index")
    yield computing(stage, "maintain", facts.TENDING_SECONDS, "looking after the index")


def _watching(stage: Deployment) -> Uses:
    yield Use("cloudwatch.metric", facts.METRICS_IDLE, "maintain's own metrics")
    daily = facts.METRICS_DAILY * 3_600 / facts.COMPARE_SECONDS
    yield Use("cloudwatch.metric", daily, "the index's metrics, an hour a day")
    yield Use("cloudwatch.alarm", stage.alarms, "metrics that the stack's alarms watch")
    yield Use("cloudwatch.dashboard", stage.dashboards, "the stack's dashboards")
    yield Use("budgets.budget", stage.budgets, "the stack's budgets")


def _snapshots(stage: Deployment) -> float:
    return sum(map(stage.gigabytes, FUNCTIONS)) * facts.MONTH_SECONDS


# ---- What people do.


def _done(stage: Deployment, work: Workload) -> Uses:
    yield from times(question(stage, work), work.asked)
    yield from times(document(stage, work), work.users * work.documents)
    yield from times(search(stage, work), work.users * work.searches)
    yield from times(message(), work.users * work.messages)
    yield from kept(stage, work)
    yield Use("cloudwatch.metric", facts.METRICS - facts.METRICS_IDLE, "metrics of the functions in use")
    yield Use(f"cognito.{stage.pool_plan}", work.users, "people who sign in")
    yield Use("kms.request", _keys(work), "keys of the tables, for whoever reads and writes them")
    yield Use("cloudfront.request", work.users * facts.PAGE_REQUESTS, "the page, once for each")
    yield Use("cloudfront.function", work.users * facts.PAGE_REQUESTS, "the page's addresses")
    yield Use("cloudfront.transfer", work.users * facts.PAGE_GIGABYTES, "the page, once for each")


def _keys(work: Workload) -> float:
    """DynamoDB asks once in five minutes at most for each that uses a table, however much happens."""
    done = work.asked + work.users * (work.documents + work.searches)
    return facts.KEY_USERS * min(done, facts.MONTH_SECONDS / facts.KEY_SECONDS)


# ---- What is kept.


def kept(stage: Deployment, work: Workload) -> Uses:
    """What is stored, and what `maintain` reads of it."""
    rows = work.users * work.answers * row_bytes(work)
    entries = work.users * work.stored * facts.DOCUMENT_BYTES
    tables = (rows * facts.ROW_COPIES + entries) / GIGA
    yield Use("dynamodb.storage", tables, "answers with two indexes, documents")
    recovered = (rows * facts.RECOVERED_COPIES + entries) / GIGA
    yield Use("dynamodb.recovery", recovered, "tables and their local indexes, to any second of 35 days")
    yield Use(
        "s3.storage", work.users * work.stored * stored_bytes(stage, work) / GIGA, "files, texts, index"
    )
    yield from _upkeep(stage, work, entries)


def _upkeep(stage: Deployment, work: Workload, entries: float) -> Uses:
    """After documents, the index; every day, all documents that are stored, by reads at half the price."""
    stored = work.users * work.stored
    yield from times(_tended(stage), min(RUNS, work.users * work.documents * facts.TENDED_RUNS))
    yield Use(
        "dynamodb.read", entries / facts.READ_BYTES / 2 * COMPARISONS, "maintain compares every document"
    )
    yield Use("s3.write", 2 * stored / 1_000 * COMPARISONS, "maintain lists every upload and every text")
    read = stored * passages(work) / facts.ROWS_READ
    yield Use("s3.read", read * COMPARISONS, "maintain reads every passage's document")
    seconds = stored / facts.COMPARED_A_SECOND * COMPARISONS
    yield computing(stage, "maintain", seconds, "comparing every document")
    yield from times(_checked(stage), COMPARISONS * min(1, stored))


def _checked(stage: Deployment) -> Uses:
    """Measuring once what the index finds."""
    yield Use("s3.write", facts.CHECK_LISTS * facts.CHECK_SEARCHES, "maintain: checking the index")
    yield Use("s3.read", facts.CHECK_READS * facts.CHECK_SEARCHES, "maintain: checking the index")
    yield computing(stage, "maintain", facts.SEARCH_SECONDS * facts.CHECK_SEARCHES, "checking the index")
