"""Objects under an S3 prefix, read with the AWS credentials of whoever runs the command."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from itertools import islice
from pathlib import PurePosixPath
from typing import TYPE_CHECKING
from urllib.parse import quote, urlsplit

from riffle.errors import ConnectionFailed, InvalidInput, NotFound, RiffleError, TooLarge, Unauthorized
from riffle.sources import Fetched, Item
from riffle.uploads import readable

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_s3.type_defs import ObjectTypeDef


def items(uri: str, max_objects: int, max_bytes: int) -> list[Item]:
    """The objects under `s3://bucket/prefix`, or the one of that key.

    Raises InvalidInput when there are none or more than `max_objects`, and what the credentials do not allow.
    """
    parts = urlsplit(uri)
    bucket, prefix = parts.netloc, parts.path.removeprefix("/")
    if not bucket:
        raise InvalidInput(f"{uri!r} names no bucket; write s3://bucket/prefix")
    client = _client()
    with _explained(uri):
        found = list(islice(_listed(client, bucket, prefix), max_objects + 1))
    if not found:
        raise InvalidInput(f"there is no object under {uri!r}")
    if len(found) > max_objects:
        raise InvalidInput(
            f"{uri!r} has more than {max_objects} objects; name a longer prefix or raise --limit"
        )
    return [_item(client, bucket, each, max_bytes, named=each["Key"] == prefix) for each in found]


def _client() -> "S3Client":
    try:
        import boto3
    except ImportError as missing:
        raise InvalidInput("reading from S3 needs boto3: pip install 'riffle[s3]'") from missing
    return boto3.client("s3")


def _listed(client: "S3Client", bucket: str, prefix: str) -> Iterator["ObjectTypeDef"]:
    """Without empty ones, which stand for folders."""
    for page in client.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix):
        yield from (each for each in page.get("Contents", []) if each["Size"])


def _item(client: "S3Client", bucket: str, entry: "ObjectTypeDef", max_bytes: int, *, named: bool) -> Item:
    key, size, changed = entry["Key"], entry["Size"], entry["LastModified"]
    name = PurePosixPath(key).name

    async def fetch(since: datetime | None) -> Fetched | None:
        if since is not None and changed <= since:
            return None
        if size > max_bytes:
            raise TooLarge(f"{name!r} is {readable(size)}; the limit is {readable(max_bytes)}")
        return Fetched(await asyncio.to_thread(_read, client, bucket, key), name)

    uri = f"s3://{bucket}/{quote(key)}"
    return Item(uri, f"s3://{bucket}/{key}", fetch, named)


def _read(client: "S3Client", bucket: str, key: str) -> bytes:
    with _explained(f"s3://{bucket}/{key}"):
        return client.get_object(Bucket=bucket, Key=key)["Body"].read()


@contextmanager
def _explained(place: str) -> Iterator[None]:
    """boto3's failures in a sentence that names the place."""
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        yield
    except ClientError as error:
        code = str(error.response["Error"].get("Code", ""))
        kinds: dict[str, type[RiffleError]] = {"NoSuchBucket": NotFound, "NoSuchKey": NotFound}
        raise kinds.get(code, Unauthorized)(
            f"{place} cannot be read with your AWS credentials ({code})"
        ) from error
    except BotoCoreError as error:
        raise ConnectionFailed(f"{place} cannot be read: {error}") from error
