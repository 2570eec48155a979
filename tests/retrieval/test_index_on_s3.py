"""The same index in a bucket: conditional writes, races and upkeep over MiniStack's S3."""

import json
import os
import subprocess
import sys
import threading
import uuid
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import ClassVar

import boto3
import pytest
from chalicelib.retrieval.index import PassageIndex, storage_options, tended
from chalicelib.retrieval.query import Scope
from chalicelib.retrieval.wording import words
from chalicelib.stores.blobs import BlobStore

from tests.retrieval.conftest import DIMENSIONS, HashingEmbedder, a_document, put
from tests.retrieval.test_index import PRODUCT

WRITER = """
import os, sys
from chalicelib.retrieval.index import PassageIndex, storage_options
from tests.retrieval.conftest import DIMENSIONS, a_document, put
index = PassageIndex(sys.argv[1], DIMENSIONS, storage_options(os.environ))
for number in range(3):
    put(index, a_document(document_id=f"{sys.argv[2]}-{number}"), "moon one", "moon two")
    put(index, a_document(document_id=f"shared-{number}"), "moon one", "moon two")
"""


@pytest.fixture
def uri(aws: boto3.Session) -> str:
    bucket = f"index-{uuid.uuid4().hex[:8]}"
    aws.client("s3").create_bucket(Bucket=bucket)
    return f"s3://{bucket}/index"


def opened(uri: str) -> PassageIndex:
    return PassageIndex(uri, DIMENSIONS, storage_options(os.environ))


def test_passages_are_put_found_replaced_and_deleted(uri: str) -> None:
    index, reader = opened(uri), opened(uri)
    put(index, a_document(), "the moon", "bread")
    put(index, a_document(version=2), "the red moon")
    assert [each.text for each in reader.matching(Scope("ann"), words("moon"), 5)] == ["the red moon"]
    index.maintain()
    assert len(reader.nearest(Scope("ann"), HashingEmbedder().query("moon"), 5)) == 1
    index.delete("ann", "D1")
    assert reader.count(Scope("ann")) == 0


def test_the_keys_of_versions_tell_whether_anything_was_written_since_upkeep(
    uri: str, aws: boto3.Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("chalicelib.retrieval.index.passages.KEPT", timedelta(milliseconds=1))
    index, blobs = opened(uri), BlobStore(aws.client("s3"), uri.split("/")[2])
    assert tended(blobs.keys(index.versions))  # of a table that nobody has made
    put(index, a_document(), "the moon", "bread")
    assert not tended(blobs.keys(index.versions))
    for _ in range(2):  # the first writes a version of its own, of what it has taken into the indexes
        index.maintain()
    assert tended(blobs.keys(index.versions))
    index.delete("ann", "D1")
    assert not tended(blobs.keys(index.versions))


def test_processes_that_start_and_write_at_once_lose_and_double_nothing(uri: str) -> None:
    environ = {**os.environ, "PYTHONPATH": f"{PRODUCT}:{PRODUCT.parent}"}
    writers = [subprocess.Popen([sys.executable, "-c", WRITER, uri, f"w{n}"], env=environ) for n in range(2)]
    opened(uri).maintain()
    assert [each.wait(90) for each in writers] == [0, 0]
    counts = {each.document_id: each.passages for each in opened(uri).documents()}
    assert counts == dict.fromkeys([f"{who}-{n}" for who in ("w0", "w1", "shared") for n in range(3)], 2)


class Credentials(BaseHTTPRequestHandler):
    """What restored environments have in the place of keys: an endpoint that gives them for a while."""

    asked: ClassVar[list[str]] = []

    def do_GET(self) -> None:
        self.asked.append(self.headers["Authorization"])
        soon = datetime.now(UTC) + timedelta(seconds=30)  # near enough for everyone to want new ones
        given = {"AccessKeyId": "test", "SecretAccessKey": "test", "Token": "t"}
        body = json.dumps({**given, "Expiration": f"{soon:%Y-%m-%dT%H:%M:%SZ}"}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def test_credentials_that_expire_are_asked_for_anew(uri: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """SnapStart's, for one: https://docs.aws.amazon.com/lambda/latest/dg/snapstart-activate.html."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    with ThreadingHTTPServer(("127.0.0.1", 0), Credentials) as server:
        threading.Thread(target=server.serve_forever).start()
        monkeypatch.setenv("AWS_CONTAINER_CREDENTIALS_FULL_URI", f"http://127.0.0.1:{server.server_port}/")
        monkeypatch.setenv("AWS_CONTAINER_AUTHORIZATION_TOKEN", "a-token")
        index = opened(uri)
        put(index, a_document(), "the moon")
        before = len(Credentials.asked)
        assert index.count(Scope("ann")) == 1
        server.shutdown()
    assert 0 < before < len(Credentials.asked)
    assert set(Credentials.asked) == {"a-token"}
