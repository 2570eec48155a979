"""Sends JSON messages to an SQS queue. Receiving is the event source mapping's business, not ours."""

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from chalicelib.stores.failures import aws_failures

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

NO_LONGER_HELD = frozenset(
    {
        "AWS.SimpleQueueService.MessageNotInflight",
        "InvalidParameterValue",
        "MessageNotInflight",
        "ReceiptHandleIsInvalid",
    }
)


class Queue:
    """One queue, by its URL."""

    def __init__(self, client: "SQSClient", url: str) -> None:
        self._client = client
        self._url = url
        self._subject = f"queue '{url.rpartition('/')[2]}'"

    def send(self, message: Mapping[str, object], delay: int = 0) -> None:
        """Queues one message, to be delivered no sooner than `delay` seconds from now (at most 900)."""
        with aws_failures(self._subject):
            self._client.send_message(QueueUrl=self._url, MessageBody=json.dumps(message), DelaySeconds=delay)

    def give_back(self, receipt: str, seconds: int) -> None:
        """Has a received message delivered again in `seconds`, instead of after the visibility timeout.

        One whose timeout is over is back already, and left alone.
        """
        try:
            with aws_failures(self._subject):
                self._client.change_message_visibility(
                    QueueUrl=self._url, ReceiptHandle=receipt, VisibilityTimeout=seconds
                )
        except ClientError as failure:
            if failure.response["Error"]["Code"] not in NO_LONGER_HELD:
                raise
