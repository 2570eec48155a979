"""The Lambda functions. Each hands its event on; there is no logic here.

A function's log lines and metrics are JSON on standard output, which is where CloudWatch reads both.
"""

# ruff: noqa: E402  (how a function begins comes before all else)
import os

from chalicelib import starting

starting.begin(os.environ.get("AWS_LAMBDA_FUNCTION_NAME", ""))

import json
import logging
import time
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext
from chalice import Chalice
from chalicelib.bootstrap import prepare, services

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.batch.types import PartialItemFailureResponse
    from chalicelib.retrieval.upkeep import IndexReport

Event = dict[str, Any]  # JSON of the service that invokes the function; Chalice reads no `type Event`

app = Chalice(app_name="riffle")
logger = Logger(service="riffle")
metrics = Metrics(namespace="Riffle", service="riffle")

_product = logging.getLogger("chalicelib")
_product.addHandler(logger.registered_handler)
_product.setLevel(logging.INFO)
_product.propagate = False


@app.lambda_function(name="resolve")
@logger.inject_lambda_context(clear_state=True)
@metrics.log_metrics(capture_cold_start_metric=True)
def resolve(event: Event, context: LambdaContext) -> object:
    """The fields that DynamoDB, S3 and SQS answer."""
    return _field(event, context)


@app.lambda_function(name="search")
@logger.inject_lambda_context(clear_state=True)
@metrics.log_metrics(capture_cold_start_metric=True)
def search(event: Event, context: LambdaContext) -> object:
    """The field that the index answers."""
    return _field(event, context)


@app.lambda_function(name="ingest")
@logger.inject_lambda_context(clear_state=True)
@metrics.log_metrics(capture_cold_start_metric=True)
def ingest(event: Event, context: LambdaContext) -> "PartialItemFailureResponse":
    """S3's notifications of uploads, and our own messages, of the ingest queue; all of an event together."""
    from chalicelib.documents.worker import LEAVE_SECONDS, Delivery
    from chalicelib.redelivery import DELIVERIES, process_together

    until = time.monotonic() + context.get_remaining_time_in_millis() / 1000 - LEAVE_SECONDS

    def handle(messages: Sequence[tuple[Event, int]]) -> Sequence[Exception | None]:
        deliveries = [
            Delivery(message, fresh=count == 1, last_attempt=count >= DELIVERIES)
            for message, count in messages
        ]
        return services().document_worker.handle_all(deliveries, until)

    return _counted("Documents", event, process_together(event, handle, services().ingest_queue))


@app.lambda_function(name="answer")
@logger.inject_lambda_context(clear_state=True)
@metrics.log_metrics(capture_cold_start_metric=True)
def answer(event: Event, context: LambdaContext) -> "PartialItemFailureResponse":  # noqa: ARG001
    """Messages `{"owner", "answerId"}` of the answer queue, with `"attempt"` if they are about one.

    One that comes back failed before, maybe after it had begun the next attempt: it may take up any.
    """
    from chalicelib.redelivery import process

    def handle(body: str, deliveries: int) -> None:
        message = json.loads(body)
        attempt = message.get("attempt") if deliveries == 1 else None
        services().answer_worker.handle(message["owner"], message["answerId"], attempt)

    return _counted("Answers", event, process(event, handle, services().answer_queue))


@app.lambda_function(name="maintain")
@logger.inject_lambda_context(clear_state=True)
@metrics.log_metrics(capture_cold_start_metric=True)
def maintain(event: Event, context: LambdaContext) -> "IndexReport | None":  # noqa: ARG001
    """The schedules' `{}` and `{"full": true}`; `"ageSeconds": 0` is said when no worker can be alive.

    `{"check": true}` only measures the index, as the full run does in the end.
    """
    from chalicelib.maintaining import maintain

    _count(Maintenance=int(not event.get("check")))
    if event.get("check"):
        return _checked_index()
    seconds = event.get("ageSeconds")
    age = None if seconds is None else timedelta(seconds=seconds)
    maintain(services(), age, full=bool(event.get("full")))
    return _checked_index() if event.get("full") else None


def _checked_index() -> "IndexReport":
    from chalicelib.maintaining import check_index

    report = check_index(services())
    metrics.add_metric("IndexRows", MetricUnit.Count, report["rows"])
    metrics.add_metric("IndexUnindexedRows", MetricUnit.Count, report["unindexedRows"])
    if report["recall"] is not None:
        metrics.add_metric("IndexRecall", MetricUnit.NoUnit, report["recall"])
    return report


def _field(event: Event, context: LambdaContext) -> object:
    info: Mapping[str, str] = event["info"]
    logger.append_keys(field=f"{info['parentTypeName']}.{info['fieldName']}")
    result = services().resolver.resolve(event, context)
    _count(Fields=1, FailedFields=int("errorType" in result))
    return result


def _counted(name: str, event: Event, result: "PartialItemFailureResponse") -> "PartialItemFailureResponse":
    _count(**{name: len(event["Records"]), f"Failed{name}": len(result["batchItemFailures"])})
    return result


def _count(**counts: int) -> None:
    """By stage, since several share an account and the namespace."""
    metrics.add_dimension("stage", services().settings.stage)
    for name, count in counts.items():
        metrics.add_metric(name, MetricUnit.Count, count)


prepare(os.environ.get("AWS_LAMBDA_FUNCTION_NAME", ""))
