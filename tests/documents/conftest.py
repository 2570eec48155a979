"""A bucket, a table and a queue of each test's own on MiniStack, with the library over them."""

import json
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import boto3
import pytest
from botocore.config import Config
from chalicelib.documents.library import Library
from chalicelib.settings import Limits
from chalicelib.stores.blobs import BlobStore
from chalicelib.stores.documents import DocumentStore
from chalicelib.stores.queues import Queue

LIMITS = Limits(document_bytes=400_000, inline_text_bytes=5_000, text_window_chars=1_000)


@dataclass
class Cloud:
    """What the documents' code works on, and a look into its queue."""

    store: DocumentStore
    blobs: BlobStore
    queue: Queue
    sqs: Any  # a boto3 client
    queue_url: str
    owner: str

    def messages(self) -> list[dict[str, object]]:
        """Takes every message that waits in the queue."""
        answer = self.sqs.receive_message(QueueUrl=self.queue_url, MaxNumberOfMessages=10)
        for each in answer.get("Messages", []):
            self.sqs.delete_message(QueueUrl=self.queue_url, ReceiptHandle=each["ReceiptHandle"])
        return [json.loads(each["Body"]) for each in answer.get("Messages", [])]


@pytest.fixture(scope="session")
def resources(aws: boto3.Session) -> Iterator[tuple[str, str, str]]:
    name = f"documents-{uuid.uuid4().hex[:8]}"
    aws.client("s3").create_bucket(Bucket=name)
    url = aws.client("sqs").create_queue(QueueName=name)["QueueUrl"]
    aws.client("dynamodb").create_table(
        TableName=name,
        AttributeDefinitions=[
            {"AttributeName": "owner", "AttributeType": "S"},
            {"AttributeName": "id", "AttributeType": "S"},
        ],
        KeySchema=[
            {"AttributeName": "owner", "KeyType": "HASH"},
            {"AttributeName": "id", "KeyType": "RANGE"},
        ],
        BillingMode="PAY_PER_REQUEST",
    )
    yield name, url, name
    aws.client("sqs").delete_queue(QueueUrl=url)


@pytest.fixture
def cloud(aws: boto3.Session, resources: tuple[str, str, str]) -> Cloud:
    bucket, url, table = resources
    sqs = aws.client("sqs")
    sqs.purge_queue(QueueUrl=url)
    s3 = aws.client("s3", config=Config(signature_version="s3v4"))
    rows = aws.resource("dynamodb").Table(table)
    for row in rows.scan()["Items"]:
        rows.delete_item(Key={"owner": row["owner"], "id": row["id"]})
    blobs = BlobStore(s3, bucket)
    blobs.delete_prefix("uploads/")
    blobs.delete_prefix("texts/")
    return Cloud(DocumentStore(rows), blobs, Queue(sqs, url), sqs, url, uuid.uuid4().hex)


@pytest.fixture
def library(cloud: Cloud) -> Library:
    return Library(cloud.store, cloud.blobs, cloud.queue, LIMITS)
