"""Publishes the built web page, and beside it the `riffle.json` that says what it talks to."""

import hashlib
import json
import mimetypes
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Self
from uuid import uuid4

from botocore.exceptions import ClientError

from appsync.deploying.errors import DeployError, explained

if TYPE_CHECKING:
    from mypy_boto3_cloudfront import CloudFrontClient
    from mypy_boto3_s3 import S3Client

DIST = Path(__file__).parents[2] / "frontend/dist"
CONFIG = "riffle.json"
LASTING = "public, max-age=31536000, immutable"  # the name of an asset changes with its content
ASKED_FOR = "no-cache"
DIGEST = "sha256"
KINDS = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".svg": "image/svg+xml",
    ".woff2": "font/woff2",
}
"""Not left to the tables of the machine that deploys: a page whose script is no script stays white."""
CONFIG_OUTPUTS = {
    "region": "Region",
    "graphqlUrl": "GraphqlUrl",
    "eventsUrl": "EventsUrl",
    "userPoolId": "UserPoolId",
    "userPoolClientId": "UserPoolClientId",
    "apiKey": "ApiKey",
    "signUp": "SignUpRule",
}
PASSWORD_LENGTH = "PasswordLengthValue"


class NotBuilt(DeployError):
    """Raised when there is no page to publish."""

    status = 2


@dataclass(frozen=True, slots=True)
class Entry:
    """One object of the bucket, as it should be."""

    key: str
    content: bytes
    kind: str
    caching: str

    @classmethod
    def of(cls, key: str, content: bytes) -> Self:
        kind = KINDS.get(Path(key).suffix) or mimetypes.guess_type(key)[0] or "application/octet-stream"
        return cls(key, content, kind, LASTING if key.startswith("assets/") else ASKED_FOR)

    @property
    def digest(self) -> str:
        return hashlib.sha256(self.content).hexdigest()


@dataclass(frozen=True, slots=True)
class Published:
    """What a publication did, by key."""

    uploaded: tuple[str, ...]
    removed: tuple[str, ...]
    unchanged: int

    @property
    def changed(self) -> bool:
        return bool(self.uploaded or self.removed)


def config(outputs: Mapping[str, str]) -> dict[str, str | int]:
    """What clients read at `/riffle.json`. The API key in it is public: it opens `about` alone."""
    told: dict[str, str | int] = {
        name: outputs[output] for name, output in CONFIG_OUTPUTS.items() if output in outputs
    }
    if PASSWORD_LENGTH in outputs:
        told["passwordLength"] = int(outputs[PASSWORD_LENGTH])
    return told


def entries(dist: Path, settings: Mapping[str, str | int]) -> list[Entry]:
    """The page's files and its `riffle.json`, what others refer to first. Raises NotBuilt."""
    if not (dist / "index.html").is_file():
        raise NotBuilt(f"The page is not built: {dist} has no index.html. Run `make page`, or give --no-page")
    files = [path for path in sorted(dist.rglob("*")) if path.is_file() and not path.name.startswith(".")]
    found = [Entry.of(path.relative_to(dist).as_posix(), path.read_bytes()) for path in files]
    found.append(Entry.of(CONFIG, json.dumps(dict(settings), indent=2).encode()))
    return sorted(found, key=lambda entry: (entry.caching != LASTING, entry.key))


def publish(s3: "S3Client", bucket: str, wanted: list[Entry]) -> Published:
    """Uploads what differs, then removes what is not wanted: the page works all the while."""
    with explained("s3"):
        stale, gone = differing(s3, bucket, wanted)
        for entry in stale:
            _put(s3, bucket, entry)
        for key in gone:
            s3.delete_object(Bucket=bucket, Key=key)
    return Published(tuple(entry.key for entry in stale), gone, len(wanted) - len(stale))


def differing(s3: "S3Client", bucket: str, wanted: list[Entry]) -> tuple[list[Entry], tuple[str, ...]]:
    """What a publication would upload, and the keys that it would remove."""
    with explained("s3"):
        stale = [entry for entry in wanted if not _is_there(s3, bucket, entry)]
        return stale, tuple(sorted(set(_keys(s3, bucket)) - {entry.key for entry in wanted}))


def invalidate(cloudfront: "CloudFrontClient", distribution: str) -> None:
    """Makes CloudFront ask the bucket again; one path, whatever changed, since each is counted."""
    with explained("cloudfront"):
        cloudfront.create_invalidation(
            DistributionId=distribution,
            InvalidationBatch={"Paths": {"Quantity": 1, "Items": ["/*"]}, "CallerReference": str(uuid4())},
        )


def _is_there(s3: "S3Client", bucket: str, entry: Entry) -> bool:
    """Content and headers; an ETag says neither of an object that is encrypted with a key of KMS."""
    try:
        found = s3.head_object(Bucket=bucket, Key=entry.key)
    except ClientError as error:
        if error.response["Error"].get("Code") in {"404", "NoSuchKey"}:
            return False
        raise
    told = found["Metadata"].get(DIGEST), found["ContentType"], found.get("CacheControl")
    return told == (entry.digest, entry.kind, entry.caching)


def _put(s3: "S3Client", bucket: str, entry: Entry) -> None:
    s3.put_object(
        Bucket=bucket, Key=entry.key, Body=entry.content, ContentType=entry.kind,
        CacheControl=entry.caching, Metadata={DIGEST: entry.digest},
    )  # fmt: skip


def _keys(s3: "S3Client", bucket: str) -> Iterator[str]:
    for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket):
        yield from (found["Key"] for found in page.get("Contents", ()))
