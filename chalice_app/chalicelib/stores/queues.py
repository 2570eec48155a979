"""Sends JSON messages to an SQS queue. Receiving is the event source mapping's business, not ours."""

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING

from chalicelib.stores.failures import aws_failures

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient


class Queue:
    """One queue, by its URL."""

    def __init__(self, client: "SQSClient", url: str) -> None:
        self._client = client
        self._url = url

    def send(self, message: Mapping[str, object], delay: int = 0) -> None:
        """Queues one message, to be delivered no sooner than `delay` seconds from now (at most 900)."""
        with aws_failures(f"queue '{self._url.rpartition('/')[2]}'"):
            self._client.send_message(QueueUrl=self._url, MessageBody=json.dumps(message), DelaySeconds=delay)

    def give_back(self, receipt: str, seconds: int) -> None:
        """Has a received message delivered again in `seconds`, instead of after the visibility timeout."""
        with aws_failures(f"queue '{self._url.rpartition('/')[2]}'"):
            self._client.change_message_visibility(
                QueueUrl=self._url, ReceiptHandle=receipt, VisibilityTimeout=seconds
            )
