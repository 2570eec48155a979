"""What LanceDB asks of S3 where a function writes: large files in parts, and upkeep that deletes old ones."""

import os
import uuid
from collections.abc import Iterable, Iterator
from datetime import timedelta

import boto3
import pytest
from chalicelib.errors import RiffleError
from chalicelib.retrieval.index import PassageIndex, storage_options
from chalicelib.retrieval.index import passages as retrieval
from chalicelib.retrieval.query import Scope
from chalicelib.retrieval.wording import words

from appsync.permissions.grants import FUNCTIONS, READING_INDEX, WRITING_INDEX, Grant
from tests.permissions.recorder import Recorder
from tests.retrieval.conftest import a_document, passages_of

DIMENSIONS = 1024
ABORTING = "s3:AbortMultipartUpload"
LARGE = 5_000  # passages: 20 MB of vectors, which LanceDB sends in several parts


@pytest.fixture
def recorder(ministack: str) -> Iterator[Recorder]:
    with Recorder({"s3": ministack}).running() as running:
        yield running


@pytest.fixture
def uri(aws: boto3.Session) -> Iterator[str]:
    client, bucket = aws.client("s3"), f"index-{uuid.uuid4().hex[:8]}"
    client.create_bucket(Bucket=bucket)
    yield f"s3://{bucket}/index"
    client.close()


def opened(uri: str, recorder: Recorder, name: str) -> PassageIndex:
    environ = {**os.environ, "AWS_ENDPOINT_URL": recorder.url, "AWS_SESSION_TOKEN": name}
    return PassageIndex(uri, DIMENSIONS, storage_options(environ))


def put(index: PassageIndex, count: int) -> None:
    document = a_document()
    texts = [f"moon {n}" for n in range(count)]
    index.replace(document, passages_of(document, texts), [[1.0 + n % 7] * DIMENSIONS for n in range(count)])


def actions(grants: Iterable[Grant]) -> set[str]:
    """Listing included, which those that write have for all that they list."""
    return {action for grant in grants for action in grant.actions} | {"s3:ListBucket"}


def asked(recorder: Recorder, name: str) -> set[str]:
    return {call.action for call in recorder.calls[name]}


def test_writing_reading_and_upkeep_of_a_large_index_ask_for_what_their_rows_say(
    recorder: Recorder, uri: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retrieval, "KEPT", timedelta(milliseconds=1))
    writer = opened(uri, recorder, "writer")
    put(writer, LARGE)
    put(writer, 10)
    writer.maintain()
    reader = opened(uri, recorder, "reader")
    assert reader.matching(Scope("ann"), words("moon"), 1)
    assert asked(recorder, "writer") == actions(WRITING_INDEX) - {ABORTING}
    assert asked(recorder, "reader") == actions(READING_INDEX) - {"s3:PutObject"}
    assert (recorder.unknown, recorder.parts >= 2) == ([], True)


def test_whoever_looks_first_makes_the_index(recorder: Recorder, uri: str) -> None:
    assert opened(uri, recorder, "first").matching(Scope("ann"), words("moon"), 1) == []
    assert asked(recorder, "first") == actions(READING_INDEX)


def test_parts_of_a_large_file_are_taken_back_when_one_fails(recorder: Recorder, uri: str) -> None:
    index = opened(uri, recorder, "writer")
    put(index, 10)
    recorder.refused = "partNumber=2"
    with pytest.raises(RiffleError):
        put(index, LARGE)
    assert ABORTING in asked(recorder, "writer") <= actions(WRITING_INDEX)


def test_everything_that_lancedb_asks_for_lies_under_the_index(recorder: Recorder, uri: str) -> None:
    put(opened(uri, recorder, "writer"), 10)
    bucket = uri.split("/")[2]
    for call in recorder.calls["writer"]:
        beneath = call.resource if call.prefix is None else f"{call.resource}/{call.prefix}"
        assert beneath.startswith(f"arn:aws:s3:::{bucket}/index/"), call


def test_only_those_that_ingest_and_maintain_may_delete_of_the_index() -> None:
    assert {name for name, grants in FUNCTIONS.items() if WRITING_INDEX[1] in grants} == {
        "ingest",
        "maintain",
    }
    assert "s3:DeleteObject" not in {action for grant in READING_INDEX for action in grant.actions}
