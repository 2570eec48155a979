"""A bucket, a table and a queue of each test's own on MiniStack, with the library over them."""

import uuid
from collections.abc import Iterator
from pathlib import Path

import boto3
import pytest
from botocore.config import Config
from chalicelib.documents.library import Library
from chalicelib.stores.blobs import BlobStore
from chalicelib.stores.documents import DocumentStore
from chalicelib.stores.queues import Queue

from tests.documents.cloud import LIMITS, Cloud
from tests.documents.tables import create_documents
from tests.documents.world import World, a_world


@pytest.fixture(scope="session")
def resources(aws: boto3.Session) -> Iterator[tuple[str, str, str]]:
    name = f"documents-{uuid.uuid4().hex[:8]}"
    aws.client("s3").create_bucket(Bucket=name)
    url = aws.client("sqs").create_queue(QueueName=name)["QueueUrl"]
    create_documents(aws.client("dynamodb"), name)
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
    return Library(cloud, LIMITS)


@pytest.fixture
def world(cloud: Cloud, library: Library, tmp_path: Path) -> World:
    return a_world(cloud, library, tmp_path)
