"""Batches of queue messages, of which the failed ones come back after a pause that grows.

Without this a failed message would stay out of sight for the queue's whole visibility timeout, which is made
for crashes: six times the function's own.
"""

import logging
from collections.abc import Callable, Sequence
from types import TracebackType
from typing import Any

from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType
from aws_lambda_powertools.utilities.batch.base import FailureResponse
from aws_lambda_powertools.utilities.batch.types import PartialItemFailureResponse, PartialItemFailures
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord

from chalicelib.errors import RiffleError
from chalicelib.stores.queues import Queue

type ExcInfo = tuple[type[BaseException] | None, BaseException | None, TracebackType | None]

log = logging.getLogger(__name__)

DELIVERIES = 5
"""The queues' maxReceiveCount in the template."""

FIRST_PAUSE = 5
LONGEST_PAUSE = 300


def pause(deliveries: int) -> int:
    """Seconds until the next delivery of a message that was delivered so often: 5, 10, 20 … 300."""
    return min(LONGEST_PAUSE, FIRST_PAUSE << max(deliveries, 1) - 1)


def process(
    event: dict[str, Any], handle: Callable[[str, int], None], queue: Queue
) -> PartialItemFailureResponse:
    """Hands each message's body to `handle`, and how often it was delivered; DELIVERIES is the last time.

    Reports the messages that failed, whatever they failed with.
    """
    processor = _GivingBack(queue)
    with processor(event["Records"], lambda record: handle(record.body, received(record))):
        processor.process()
    return processor.response()


def process_together(
    event: dict[str, Any],
    handle: Callable[[Sequence[tuple[str, int]]], Sequence[Exception | None]],
    queue: Queue,
) -> PartialItemFailureResponse:
    """As `process`, but hands all messages over at once; `handle` returns what failed of each."""
    records = [SQSRecord(each) for each in event["Records"]]
    try:
        failures = handle([(each.body, received(each)) for each in records])
    except Exception as failure:  # noqa: BLE001  (logged with every message; unreported, none would come back soon)
        failures = [failure] * len(records)
    given_back = [
        _given_back(record, failure, queue)
        for record, failure in zip(records, failures, strict=True)
        if failure
    ]
    return {"batchItemFailures": given_back}


def received(record: SQSRecord) -> int:
    """How often the message was delivered, this time included."""
    return int(record.attributes.approximate_receive_count)


class _GivingBack(BatchProcessor):
    def __init__(self, queue: Queue) -> None:
        super().__init__(EventType.SQS, raise_on_entire_batch_failure=False)
        self._queue = queue

    def failure_handler(self, record: SQSRecord, exception: ExcInfo) -> FailureResponse:
        _given_back(record, exception[1], self._queue)
        return super().failure_handler(record, exception)


def _given_back(record: SQSRecord, failure: BaseException | None, queue: Queue) -> PartialItemFailures:
    """Has a failed message come back soon; as Lambda wants to be told of it."""
    log.error("message failed", exc_info=failure, extra={"messageId": record.message_id})
    try:
        queue.give_back(record.receipt_handle, pause(received(record)))
    except RiffleError:
        log.warning("message could not be given back early", exc_info=True)
    return {"itemIdentifier": record.message_id}
