"""What the documents' code works on, and a look into its queue."""

import json
from dataclasses import dataclass
from typing import Any

from chalicelib.settings import Limits
from chalicelib.stores.blobs import BlobStore
from chalicelib.stores.documents import DocumentStore
from chalicelib.stores.queues import Queue

LIMITS = Limits(document_bytes=400_000, inline_text_bytes=5_000, text_window_chars=1_000)


@dataclass
class Cloud:
    """One owner's view of a registry, a bucket and a queue."""

    documents: DocumentStore
    blobs: BlobStore
    ingest_queue: Queue
    sqs: Any  # a boto3 client
    queue_url: str
    owner: str

    def messages(self) -> list[dict[str, object]]:
        """Takes every message that waits in the queue."""
        answer = self.sqs.receive_message(QueueUrl=self.queue_url, MaxNumberOfMessages=10)
        for each in answer.get("Messages", []):
            self.sqs.delete_message(QueueUrl=self.queue_url, ReceiptHandle=each["ReceiptHandle"])
        return [json.loads(each["Body"]) for each in answer.get("Messages", [])]
