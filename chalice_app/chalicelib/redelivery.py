"""Batches of queue messages, of which the failed ones come back after a pause that grows.

Without this a failed message would stay out of sight for the queue's whole visibility timeout, which is made
for crashes: six times the function's own.
"""

import json
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
    handle: Callable[[Sequence[tuple[Any, int]]], Sequence[Exception | None]],  # JSON of any kind
    queue: Queue,
) -> PartialItemFailureResponse:
    """As `process`, but hands over all messages at once, as JSON; `handle` returns what failed of each."""
    records = [SQSRecord(each) for each in event["Records"]]
    failures: dict[str, Exception] = {}
    messages: dict[str, tuple[object, int]] = {}
    for record in records:
        try:
            messages[record.message_id] = json.loads(record.body), received(record)
        except ValueError as failure:
            failures[record.message_id] = failure
    failures |= _failures(messages, handle)
    return {
        "batchItemFailures": [
            _given_back(each, failures[each.message_id], queue)
            for each in records
            if each.message_id in failures
        ]
    }


def _failures(
    messages: dict[str, tuple[object, int]],
    handle: Callable[[Sequence[tuple[Any, int]]], Sequence[Exception | None]],
) -> dict[str, Exception]:
    """By message; of all, should the handler itself break down."""
    try:
        outcomes = handle(list(messages.values()))
    except Exception as failure:  # noqa: BLE001  (logged with every message, which comes back soon only so)
        return dict.fromkeys(messages, failure)
    return {each: failure for each, failure in zip(messages, outcomes, strict=True) if failure}


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
