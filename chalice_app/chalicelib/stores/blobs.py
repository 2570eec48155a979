"""Objects in the stack's bucket: uploads and extracted texts. The index has its own way to S3."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import batched
from typing import TYPE_CHECKING

from chalicelib.errors import RiffleError, TooLarge
from chalicelib.stores.failures import aws_failures

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

PAGE = 1_000
"""Keys per listing: the most that one DeleteObjects call takes."""


@contextmanager
def _about(key: str) -> Iterator[None]:
    """As `aws_failures`, with the key as a note, which the log shows and no client sees: it is our path."""
    try:
        with aws_failures("a stored file"):
            yield
    except RiffleError as failure:
        failure.add_note(f"object '{key}'")
        raise


class BlobStore:
    """One bucket, through a client that signs with `signature_version="s3v4"`."""

    def __init__(self, client: "S3Client", bucket: str) -> None:
        self._client = client
        self._bucket = bucket

    def presigned_post(
        self, key: str, *, content_type: str, max_bytes: int, seconds: int
    ) -> tuple[str, dict[str, str]]:
        """A form that puts one object: this key and type, 1 to `max_bytes` bytes, within `seconds`.

        The signature covers the conditions, so S3 itself refuses anything else
        (https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-HTTPPOSTConstructPolicy.html).
        """
        form = self._client.generate_presigned_post(
            Bucket=self._bucket,
            Key=key,
            Fields={"Content-Type": content_type},
            Conditions=[{"Content-Type": content_type}, ["content-length-range", 1, max_bytes]],
            ExpiresIn=seconds,
        )
        return form["url"], form["fields"]

    def get(self, key: str, limit_bytes: int) -> bytes:
        """The object's bytes. Raises NotFound, or TooLarge before reading more than the limit."""
        with _about(key):
            answer = self._client.get_object(Bucket=self._bucket, Key=key)
            with answer["Body"] as body:
                if answer["ContentLength"] > limit_bytes:
                    raise TooLarge(
                        f"a stored file is {answer['ContentLength']} bytes; the limit is {limit_bytes}"
                    )
                return body.read()

    def put(self, key: str, data: bytes, content_type: str) -> None:
        """Writes the whole object, over any earlier one."""
        with _about(key):
            self._client.put_object(Bucket=self._bucket, Key=key, Body=data, ContentType=content_type)

    def copy(self, key: str, to: str) -> None:
        """Copies an object of up to 5 GB inside the bucket. Raises NotFound."""
        with _about(key):
            self._client.copy_object(
                Bucket=self._bucket, Key=to, CopySource={"Bucket": self._bucket, "Key": key}
            )

    def delete(self, keys: Iterable[str]) -> None:
        """Deletes objects; there need be none."""
        for some in batched(keys, PAGE, strict=False):
            self._delete(list(some))

    def keys(self, prefix: str) -> Iterator[str]:
        """Every key that starts with `prefix`, in order."""
        for page in self._pages(prefix):
            yield from page

    def delete_prefix(self, prefix: str) -> int:
        """Deletes every object under `prefix` and returns how many. An empty prefix is refused."""
        if not prefix:
            raise ValueError("an empty prefix would delete the whole bucket")
        return sum(self._delete(page) for page in self._pages(prefix))

    def _delete(self, keys: list[str]) -> int:
        with aws_failures("stored files"):
            answer = self._client.delete_objects(
                Bucket=self._bucket, Delete={"Objects": [{"Key": key} for key in keys], "Quiet": True}
            )
        return len(keys) - len(answer.get("Errors", []))

    def _pages(self, prefix: str) -> Iterator[list[str]]:
        paginator = self._client.get_paginator("list_objects_v2")
        pages = paginator.paginate(Bucket=self._bucket, Prefix=prefix, PaginationConfig={"PageSize": PAGE})
        with _about(prefix):
            for page in pages:
                if keys := [entry["Key"] for entry in page.get("Contents", [])]:
                    yield keys
