"""Objects in a bucket, on MiniStack's S3."""

from collections.abc import Iterator

import boto3
import httpx
import pytest
from botocore.config import Config
from chalicelib.errors import NotFound, TooLarge, Unavailable
from chalicelib.stores.blobs import BlobStore


@pytest.fixture(scope="module")
def blobs(aws: boto3.Session) -> Iterator[BlobStore]:
    client = aws.client("s3", config=Config(signature_version="s3v4"))
    client.create_bucket(Bucket="riffle-test-blobs")
    yield BlobStore(client, "riffle-test-blobs")
    client.close()


def send_form(form: tuple[str, dict[str, str]], data: bytes) -> httpx.Response:
    url, fields = form
    return httpx.post(url, data=fields, files={"file": ("a.txt", data, "text/plain")})


def kind(aws: boto3.Session, key: str) -> str:
    return aws.client("s3").head_object(Bucket="riffle-test-blobs", Key=key)["ContentType"]


def test_what_was_put_is_read_back(aws: boto3.Session, blobs: BlobStore) -> None:
    blobs.put("texts/a.json", "tiếng Việt".encode(), "application/json")
    assert blobs.get("texts/a.json", 14).decode() == "tiếng Việt"
    assert kind(aws, "texts/a.json") == "application/json"


def test_absent_objects_are_reported_without_their_key_which_the_log_has(blobs: BlobStore) -> None:
    with pytest.raises(NotFound, match="a stored file was not found") as told:
        blobs.get("texts/absent", 10)
    assert "texts/" not in told.value.message
    assert told.value.__notes__ == ["object 'texts/absent'"]


def test_an_object_beyond_the_limit_is_not_read(blobs: BlobStore) -> None:
    blobs.put("big", b"x" * 11, "text/plain")
    with pytest.raises(TooLarge, match="a stored file is 11 bytes; the limit is 10"):
        blobs.get("big", 10)
    assert len(blobs.get("big", 11)) == 11


def test_keys_and_deletion_stay_under_their_prefix(blobs: BlobStore) -> None:
    for key in ("p/1", "p/2", "p2/1"):
        blobs.put(key, b"-", "text/plain")
    assert list(blobs.keys("p/")) == ["p/1", "p/2"]
    assert blobs.delete_prefix("p/") == 2
    assert list(blobs.keys("p")) == ["p2/1"]


def test_listing_and_deleting_go_beyond_one_page(blobs: BlobStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chalicelib.stores.blobs.PAGE", 2)
    for number in range(5):
        blobs.put(f"many/{number}", b"", "text/plain")
    assert len(list(blobs.keys("many/"))) == 5
    assert blobs.delete_prefix("many/") == 5
    assert list(blobs.keys("many/")) == []


def test_the_whole_bucket_cannot_be_deleted_by_accident(blobs: BlobStore) -> None:
    with pytest.raises(ValueError, match="whole bucket"):
        blobs.delete_prefix("")


def test_a_presigned_post_puts_the_object_with_its_type(aws: boto3.Session, blobs: BlobStore) -> None:
    form = blobs.presigned_post("uploads/o/d/1/a.txt", content_type="text/plain", max_bytes=5, seconds=60)
    assert send_form(form, b"hello").status_code == 204
    assert blobs.get("uploads/o/d/1/a.txt", 5) == b"hello"
    assert kind(aws, "uploads/o/d/1/a.txt") == "text/plain"


@pytest.mark.parametrize(
    ("change", "data"),
    [
        ({}, b"123456"),
        ({}, b""),
        ({"key": "uploads/other"}, b"hello"),
        ({"Content-Type": "text/html"}, b"hello"),
    ],
    ids=["too large", "empty", "another key", "another type"],
)
def test_a_presigned_post_allows_nothing_else(blobs: BlobStore, change: dict[str, str], data: bytes) -> None:
    url, fields = blobs.presigned_post("uploads/b", content_type="text/plain", max_bytes=5, seconds=60)
    assert send_form((url, fields | change), data).status_code in {400, 403}
    assert not list(blobs.keys("uploads/b"))


def test_an_expired_post_is_refused(blobs: BlobStore) -> None:
    form = blobs.presigned_post("uploads/late", content_type="text/plain", max_bytes=5, seconds=-1)
    assert send_form(form, b"hello").status_code == 403


def test_a_store_nobody_answers_for_is_unavailable(aws: boto3.Session) -> None:
    config = Config(retries={"total_max_attempts": 1}, connect_timeout=1)
    client = aws.client("s3", endpoint_url="http://127.0.0.1:9", config=config)
    with pytest.raises(Unavailable, match="could not be reached"):
        BlobStore(client, "b").put("k", b"", "text/plain")
    client.close()
