"""What one invocation of a function uses, its log lines and its share of cold starts included."""

from appsync.costs import facts
from appsync.costs.deployment import Deployment
from appsync.costs.prices import RERANK
from appsync.costs.uses import GIGA, Use, Uses, times


def run(stage: Deployment, function: str, seconds: float, why: str) -> Uses:
    """One invocation."""
    yield Use("lambda.request", 1, f"{function}: {why}")
    yield computing(stage, function, seconds, why)
    yield Use("cloudwatch.logs", facts.LOG_BYTES / GIGA, f"{function}: log lines and metrics")
    yield from times(_started(stage, function), facts.COLD_SHARE)


def computing(stage: Deployment, function: str, seconds: float, why: str) -> Use:
    return Use(f"lambda.{stage.architecture}", seconds * stage.gigabytes(function), f"{function}: {why}")


def _started(stage: Deployment, function: str) -> Uses:
    """A cold start, whose initialisation is charged like any other second; of a snapshot, its restoring."""
    if stage.snap_start:
        yield Use("lambda.snapstart_restore", stage.gigabytes(function), f"{function}: restored snapshots")
    else:
        yield computing(stage, function, facts.INIT_SECONDS[function], "cold starts")


def field(stage: Deployment, count: int) -> Uses:
    """So many fields that `resolve` answers."""
    why = "fields that DynamoDB, S3 and SQS answer"
    return times(run(stage, "resolve", facts.RESOLVE_SECONDS, why), count)


def queued(messages: int, why: str) -> Uses:
    yield Use("sqs.request", facts.QUEUE_REQUESTS * messages, why)


def searched(stage: Deployment, count: int, why: str) -> Uses:
    """So many hybrid searches: LanceDB's requests, and the reranking model where the stage has one."""
    yield Use("s3.write", facts.SEARCH_LISTS * count, "LanceDB looks for the newest version")
    yield Use("s3.read", facts.SEARCH_READS * count, "LanceDB reads what the query needs")
    if stage.rerank_model:
        yield Use(f"{RERANK}{stage.rerank_model}", count, f"{why}: the best passages read once more")
