"""The bucket of what a stage is deployed from, and how a bucket is emptied."""

import json
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import boto3
from boto3.s3.transfer import ProgressCallbackInvoker, TransferConfig, create_transfer_manager
from botocore.exceptions import ClientError

from appsync.deploying.errors import DeployError, explained

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_s3.literals import BucketLocationConstraintType
    from mypy_boto3_s3.type_defs import ObjectIdentifierTypeDef

PAGE = 1000  # as many as S3 deletes at once
PAGE_BUCKET = "PageBucket"  # what the template calls the bucket of the web page

LOOK = 0.1  # seconds between two looks at an upload

type Presence = Literal["ours", "foreign", "absent"]


@dataclass(frozen=True, slots=True)
class Upload:
    """So many bytes of a package have been sent; `done` when S3 has it."""

    name: str
    sent: int
    size: int
    done: bool = False


def deployments(stage: str, account: str, region: str) -> str:
    """The name of the stage's own bucket for packages and templates."""
    return f"riffle-{stage}-deployments-{account}-{region}"


def only_of(session: boto3.Session, account: str) -> None:
    """From now on S3 refuses this session every bucket that is not the account's.

    Names of buckets are the whole world's and ours can be guessed: who made one first, and let us in, could
    put other code in the place of ours between its upload and its deployment.
    https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-owner-condition.html
    """

    def expect(params: dict[str, Any], model: Any, **_: object) -> None:  # noqa: ANN401  (botocore's)
        if "ExpectedBucketOwner" in model.input_shape.members:
            params.setdefault("ExpectedBucketOwner", account)

    session.events.register("provide-client-params.s3", expect, unique_id="riffle-owner")


def presence(session: boto3.Session, bucket: str) -> Presence:
    """Whether the bucket is there and this account may use it; see `only_of` for whose it is."""
    try:
        session.client("s3").head_bucket(Bucket=bucket)
    except ClientError as error:
        match error.response["ResponseMetadata"]["HTTPStatusCode"]:
            case 404:
                return "absent"
            case 301 | 403:
                return "foreign"
        with explained("s3"):
            raise
    return "ours"


def ensure(session: boto3.Session, bucket: str) -> bool:
    """Makes the bucket when it is not there: private, encrypted, TLS only. Whether it was made now."""
    with explained("s3"):
        match presence(session, bucket):
            case "foreign":
                raise DeployError(f"The bucket {bucket} exists, and this account may not use it.")
            case "ours":
                return False
        _create(session.client("s3"), bucket, session.region_name)
        protect(session, bucket)
        return True


def _create(client: "S3Client", bucket: str, region: str) -> None:
    """S3's oldest region is the one that must not be named."""
    if region == "us-east-1":
        client.create_bucket(Bucket=bucket)
        return
    place: BucketLocationConstraintType = region  # type: ignore[assignment]  # a session's region is any text
    client.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": place})


def protect(session: boto3.Session, bucket: str) -> None:
    """Private, encrypted, TLS only: again before each deployment, as its making may have been interrupted."""
    client: S3Client = session.client("s3")
    partition = session.get_partition_for_region(session.region_name)
    with explained("s3"):
        _protect(client, bucket, partition)


def _protect(client: "S3Client", bucket: str, partition: str) -> None:
    client.put_public_access_block(
        Bucket=bucket,
        PublicAccessBlockConfiguration={
            "BlockPublicAcls": True, "IgnorePublicAcls": True,
            "BlockPublicPolicy": True, "RestrictPublicBuckets": True,
        },
    )  # fmt: skip
    client.put_bucket_encryption(
        Bucket=bucket,
        ServerSideEncryptionConfiguration={
            "Rules": [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}]
        },
    )
    client.put_bucket_lifecycle_configuration(Bucket=bucket, LifecycleConfiguration={"Rules": [
        {"ID": "aborted-uploads", "Status": "Enabled", "Filter": {"Prefix": ""},
         "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 1}},
    ]})  # fmt: skip
    client.put_bucket_policy(Bucket=bucket, Policy=_tls_only(f"arn:{partition}:s3:::{bucket}"))


def _tls_only(arn: str) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": [{
        "Sid": "EncryptedTransportOnly", "Effect": "Deny", "Principal": "*", "Action": "s3:*",
        "Resource": [arn, f"{arn}/*"], "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }]})  # fmt: skip


def has(session: boto3.Session, bucket: str, key: str) -> bool:
    try:
        session.client("s3").head_object(Bucket=bucket, Key=key)
    except ClientError as error:
        if error.response["ResponseMetadata"]["HTTPStatusCode"] == 404:
            return False
        raise
    return True


def upload(session: boto3.Session, bucket: str, files: Iterable[tuple[str, Path]]) -> Iterator[Upload]:
    """Uploads what is not there under its key, and yields how far each file is, its end included."""
    for key, path in files:
        with explained("s3"):
            if not has(session, bucket, key):
                yield from _uploading(session.client("s3"), bucket, key, path)


def _uploading(client: "S3Client", bucket: str, key: str, path: Path) -> Iterator[Upload]:
    """Whoever stops looking cancels it."""
    name, size, sent = key.partition("/")[0], path.stat().st_size, list[int]()
    with create_transfer_manager(client, TransferConfig()) as transfers:
        told = ProgressCallbackInvoker(sent.append)
        transfer = transfers.upload(str(path), bucket, key, subscribers=[told])
        while not transfer.done():
            yield Upload(name, sum(sent), size)
            time.sleep(LOOK)
        transfer.result()
    yield Upload(name, size, size, done=True)


def sweep(session: boto3.Session, bucket: str, needed: str) -> None:
    """Deletes the objects whose keys do not stand in the text `needed`.

    Not by age: a rollback needs the packages that it goes back to, however long ago they were deployed.
    """
    client: S3Client = session.client("s3")
    with explained("s3"):
        for page in client.get_paginator("list_objects_v2").paginate(Bucket=bucket):
            for each in page.get("Contents", ()):
                if each["Key"] not in needed:
                    client.delete_object(Bucket=bucket, Key=each["Key"])


def empty(session: boto3.Session, bucket: str) -> Iterator[int]:
    """Deletes every version of every object, and yields how many are gone so far."""
    client: S3Client = session.client("s3")
    gone = 0
    with explained("s3"):
        for page in client.get_paginator("list_object_versions").paginate(
            Bucket=bucket, PaginationConfig={"PageSize": PAGE}
        ):
            listed = [*page.get("Versions", ()), *page.get("DeleteMarkers", ())]
            objects: list[ObjectIdentifierTypeDef] = [
                {"Key": each["Key"], "VersionId": each["VersionId"]} for each in listed
            ]
            if not objects:
                continue
            done = client.delete_objects(Bucket=bucket, Delete={"Objects": objects, "Quiet": True})
            if errors := done.get("Errors"):
                raise DeployError(
                    f"{errors[0].get('Key')} of {bucket} cannot be deleted: {errors[0].get('Message')}"
                )
            yield (gone := gone + len(objects))


def remove(session: boto3.Session, bucket: str) -> Iterator[int]:
    """Empties and deletes the bucket, when it is there and ours; yields like `empty`."""
    with explained("s3"):
        if presence(session, bucket) != "ours":
            return
        yield from empty(session, bucket)
        session.client("s3").delete_bucket(Bucket=bucket)
