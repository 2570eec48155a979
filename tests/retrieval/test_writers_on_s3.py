"""Processes that write one index in a bucket at once: batches of the same documents, and of their own."""

import os
import subprocess
import sys
import uuid
from collections import Counter
from datetime import UTC, datetime

import boto3
import pytest
from chalicelib.errors import Superseded
from chalicelib.records import Document
from chalicelib.retrieval.index import PassageIndex, storage_options
from chalicelib.retrieval.query import Scope

from tests.retrieval.conftest import DIMENSIONS, a_document, put
from tests.retrieval.test_index import PRODUCT

PROCESSES = 4
ROUNDS = 3

WRITER = f"""
import os, sys
from chalicelib.retrieval.index import Entry, PassageIndex, storage_options
from tests.retrieval.conftest import DIMENSIONS, HashingEmbedder, a_document, passages_of
index = PassageIndex(sys.argv[1], DIMENSIONS, storage_options(os.environ))
texts = ["moon one", "moon two"]
vectors = HashingEmbedder().passages(texts)
for version in range(1, {ROUNDS} + 1):
    documents = [a_document(document_id=each, version=version) for each in (sys.argv[2], "shared", "common")]
    index.replace_all([Entry(each, passages_of(each, texts), vectors) for each in documents])
"""


@pytest.fixture
def uri(aws: boto3.Session) -> str:
    bucket = f"writers-{uuid.uuid4().hex[:8]}"
    aws.client("s3").create_bucket(Bucket=bucket)
    return f"s3://{bucket}/index"


def opened(uri: str) -> PassageIndex:
    return PassageIndex(uri, DIMENSIONS, storage_options(os.environ))


def held(uri: str) -> Counter[tuple[str, int, str]]:
    """Document, version and text of every passage, however often it is there."""
    rows = opened(uri)._table.newest().to_arrow().select(["document_id", "version", "text"]).to_pylist()
    return Counter((row["document_id"], row["version"], row["text"]) for row in rows)


def test_four_processes_that_merge_the_same_documents_lose_and_double_nothing(uri: str) -> None:
    put(opened(uri), a_document(document_id="other"), "so that there is a table")
    environ = {**os.environ, "PYTHONPATH": f"{PRODUCT}:{PRODUCT.parent}"}
    names = [f"own-{number}" for number in range(PROCESSES)]
    writers = [subprocess.Popen([sys.executable, "-c", WRITER, uri, each], env=environ) for each in names]
    assert [each.wait(100) for each in writers] == [0] * PROCESSES
    expected = [
        (name, ROUNDS, text) for name in (*names, "shared", "common") for text in ("moon one", "moon two")
    ]
    assert held(uri) == Counter([*expected, ("other", 1, "so that there is a table")])


def test_what_is_deleted_beside_processes_that_write_it_does_not_come_back(uri: str) -> None:
    put(opened(uri), a_document(document_id="other"), "so that there is a table")
    environ = {**os.environ, "PYTHONPATH": f"{PRODUCT}:{PRODUCT.parent}"}
    names = [f"own-{number}" for number in range(2)]
    writers = [subprocess.Popen([sys.executable, "-c", WRITER, uri, each], env=environ) for each in names]
    deleter = opened(uri)
    while not deleter.count(Scope.of_document("ann", "shared")):
        assert None in [each.poll() for each in writers]
    deleter.bury_all([("ann", "shared")], datetime.now(UTC))
    assert deleter.count(Scope.of_document("ann", "shared")) == 0
    assert [each.wait(100) for each in writers] == [0, 0]
    assert {each.document_id for each in opened(uri).documents()} == {"common", "other", *names}


def test_a_late_writer_in_a_bucket_changes_nothing(uri: str) -> None:
    """It has the table open since before the newer version was written."""
    late, newer = opened(uri), opened(uri)
    put(late, version(1), "the first", "of two")
    put(newer, version(3), "the third")
    with pytest.raises(Superseded):
        put(late, version(2), "the second", "of three", "passages")
    assert held(uri) == Counter([("D1", 3, "the third")])


def version(number: int) -> Document:
    return a_document(version=number)
