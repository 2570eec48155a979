"""What functions, queues, tables and alarms of a deployed stage say of themselves."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Literal

from appsync.deploying.errors import explained
from appsync.layers.targets import LAYERS_OF

if TYPE_CHECKING:
    from mypy_boto3_cloudwatch import CloudWatchClient
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_lambda import LambdaClient
    from mypy_boto3_sqs import SQSClient

QUEUES = {
    "ingest": ("IngestQueueUrl", "IngestDeadLettersUrl"),
    "answer": ("AnswerQueueUrl", "AnswerDeadLettersUrl"),
}
TABLES = {
    "documents": "DocumentsTableName",
    "answers": "AnswersTableName",
    "conversations": "ConversationsTableName",
}
COUNTS: tuple[
    Literal[
        "ApproximateNumberOfMessages",
        "ApproximateNumberOfMessagesNotVisible",
        "ApproximateNumberOfMessagesDelayed",
    ],
    ...,
] = (
    "ApproximateNumberOfMessages",
    "ApproximateNumberOfMessagesNotVisible",
    "ApproximateNumberOfMessagesDelayed",
)
LOOKED_BACK = timedelta(minutes=15)  # SQS reports its metrics once a minute, and late


@dataclass(frozen=True, slots=True)
class Function:
    """One function as Lambda describes it; `state` is "Missing" when it is not there."""

    name: str
    state: str
    update: str | None = None
    modified: datetime | None = None
    bytes: int | None = None
    memory_mb: int | None = None
    timeout_seconds: int | None = None
    layers: int = 0

    @property
    def works(self) -> bool:
        return self.state in {"Active", "Inactive"} and self.update != "Failed"


@dataclass(frozen=True, slots=True)
class Queue:
    """Approximate counts, as SQS gives them; `oldest_seconds` is None where CloudWatch has no figure.

    It is `missing` when it or its dead letters' queue is not there.
    """

    name: str
    waiting: int
    in_flight: int
    delayed: int
    dead: int
    oldest_seconds: int | None
    missing: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """`items` is DynamoDB's own count, up to six hours old."""

    name: str
    state: str
    items: int
    protected: bool
    recoverable: bool


def functions_of(client: "LambdaClient", stack: str) -> tuple[Function, ...]:
    with explained("lambda"):
        return tuple(_function(client, stack, name) for name in LAYERS_OF)


def _function(client: "LambdaClient", stack: str, name: str) -> Function:
    try:
        found = client.get_function_configuration(FunctionName=f"{stack}-{name}")
    except client.exceptions.ResourceNotFoundException:
        return Function(name, "Missing")
    return Function(
        name,
        found.get("State", "Active"),
        update=found.get("LastUpdateStatus"),
        modified=datetime.fromisoformat(found["LastModified"]),
        bytes=found["CodeSize"],
        memory_mb=found["MemorySize"],
        timeout_seconds=found["Timeout"],
        layers=len(found.get("Layers", ())),
    )


def queues_of(
    sqs: "SQSClient", cloudwatch: "CloudWatchClient", outputs: Mapping[str, str], now: datetime
) -> tuple[Queue, ...]:
    with explained("sqs"):
        return tuple(
            _queue(sqs, cloudwatch, name, (outputs[queue], outputs[dead]), now)
            for name, (queue, dead) in QUEUES.items()
            if queue in outputs
        )


def _queue(
    sqs: "SQSClient", cloudwatch: "CloudWatchClient", name: str, urls: tuple[str, str], now: datetime
) -> Queue:
    try:
        counts, dead = (_counts(sqs, url) for url in urls)
    except sqs.exceptions.QueueDoesNotExist:
        return Queue(name, 0, 0, 0, 0, None, missing=True)
    return Queue(name, *counts, sum(dead), _oldest(cloudwatch, urls[0], now))


def _counts(client: "SQSClient", url: str) -> tuple[int, int, int]:
    """Visible, in flight and delayed."""
    found = client.get_queue_attributes(QueueUrl=url, AttributeNames=COUNTS)["Attributes"]
    visible, in_flight, delayed = (int(found.get(name, 0)) for name in COUNTS)
    return visible, in_flight, delayed


def _oldest(client: "CloudWatchClient", url: str, now: datetime) -> int | None:
    with explained("cloudwatch"):
        points = client.get_metric_statistics(
            Namespace="AWS/SQS",
            MetricName="ApproximateAgeOfOldestMessage",
            Dimensions=[{"Name": "QueueName", "Value": url.rpartition("/")[2]}],
            StartTime=now - LOOKED_BACK,
            EndTime=now,
            Period=60,
            Statistics=["Maximum"],
        )["Datapoints"]
    newest = max(points, key=lambda point: point["Timestamp"], default=None)
    return None if newest is None else int(newest["Maximum"])


def tables_of(client: "DynamoDBClient", outputs: Mapping[str, str]) -> tuple[Table, ...]:
    with explained("dynamodb"):
        return tuple(
            _table(client, name, outputs[output]) for name, output in TABLES.items() if output in outputs
        )


def _table(client: "DynamoDBClient", name: str, table: str) -> Table:
    try:
        found = client.describe_table(TableName=table)["Table"]
        backups = client.describe_continuous_backups(TableName=table)["ContinuousBackupsDescription"]
    except (client.exceptions.ResourceNotFoundException, client.exceptions.TableNotFoundException):
        return Table(name, "MISSING", 0, protected=False, recoverable=False)
    recovery = backups.get("PointInTimeRecoveryDescription", {}).get("PointInTimeRecoveryStatus")
    return Table(
        name,
        found["TableStatus"],
        found.get("ItemCount", 0),
        protected=found.get("DeletionProtectionEnabled", False),
        recoverable=recovery == "ENABLED",
    )


def alarms_of(client: "CloudWatchClient", prefix: str) -> tuple[str, ...]:
    """The alarms that are in ALARM, by name and reason."""
    with explained("cloudwatch"):
        pages = client.get_paginator("describe_alarms").paginate(AlarmNamePrefix=prefix, StateValue="ALARM")
        return tuple(
            f"{alarm['AlarmName']}: {alarm.get('StateReason', 'no reason given')}"
            for page in pages
            for alarm in (*page["MetricAlarms"], *page["CompositeAlarms"])
        )
