"""The page in its bucket: what is uploaded how, what is left alone, and what goes."""

import json
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

import boto3
import pytest

from appsync.deploying import page
from riffle.deployment import Deployment

if TYPE_CHECKING:
    from mypy_boto3_cloudfront.type_defs import DistributionConfigTypeDef, OriginTypeDef

OUTPUTS = {
    "Region": "eu-west-1", "GraphqlUrl": "https://x.appsync-api.eu-west-1.amazonaws.com/graphql",
    "EventsUrl": "https://y.appsync-api.eu-west-1.amazonaws.com/event", "UserPoolId": "eu-west-1_a",
    "UserPoolClientId": "c", "ApiKey": "da2-k", "BucketName": "not told", "SignUpRule": "invited",
    "PasswordLengthValue": "14",
}  # fmt: skip
_numbers = count()


@pytest.fixture
def bucket(aws: boto3.Session) -> str:
    name = f"riffle-page-{next(_numbers)}"
    aws.client("s3").create_bucket(Bucket=name)
    return name


@pytest.fixture
def dist(tmp_path: Path) -> Path:
    for name in ("index.html", "favicon.svg", "assets/a-1.js", "assets/a-2.css", "assets/a.woff2", ".ready"):
        path = tmp_path / "dist" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name)
    return tmp_path / "dist"


def published(aws: boto3.Session, bucket: str, dist: Path) -> page.Published:
    return page.publish(aws.client("s3"), bucket, page.entries(dist, page.config(OUTPUTS)))


def test_everything_is_there_with_its_type_and_how_long_it_lasts(
    aws: boto3.Session, bucket: str, dist: Path
) -> None:
    published(aws, bucket, dist)
    found = {key: aws.client("s3").head_object(Bucket=bucket, Key=key) for key in keys(aws, bucket)}
    assert {key: (each["ContentType"], each["CacheControl"]) for key, each in found.items()} == {
        "assets/a-1.js": ("text/javascript; charset=utf-8", page.LASTING),
        "assets/a-2.css": ("text/css; charset=utf-8", page.LASTING),
        "assets/a.woff2": ("font/woff2", page.LASTING),
        "favicon.svg": ("image/svg+xml", "no-cache"),
        "index.html": ("text/html; charset=utf-8", "no-cache"),
        "riffle.json": ("application/json", "no-cache"),
    }


def keys(aws: boto3.Session, bucket: str) -> list[str]:
    return [each["Key"] for each in aws.client("s3").list_objects_v2(Bucket=bucket)["Contents"]]


def test_index_is_uploaded_after_what_it_names(dist: Path) -> None:
    order = [entry.key for entry in page.entries(dist, {})]
    assert order.index("index.html") > max(order.index(key) for key in order if key.startswith("assets/"))


def test_clients_read_what_the_page_is_told(aws: boto3.Session, bucket: str, dist: Path) -> None:
    published(aws, bucket, dist)
    told = json.loads(aws.client("s3").get_object(Bucket=bucket, Key="riffle.json")["Body"].read())
    assert set(told) == {
        "region", "graphqlUrl", "eventsUrl", "userPoolId", "userPoolClientId", "apiKey", "signUp",
        "passwordLength",
    }  # fmt: skip
    read = Deployment.parse("https://page", told)
    assert (read.graphql_url, read.sign_up, told["passwordLength"]) == (OUTPUTS["GraphqlUrl"], "invited", 14)


def test_stage_without_events_tells_of_none() -> None:
    outputs = {name: value for name, value in OUTPUTS.items() if name != "EventsUrl"}
    assert "eventsUrl" not in page.config(outputs)


def test_what_is_unchanged_is_not_uploaded_again(aws: boto3.Session, bucket: str, dist: Path) -> None:
    assert len(published(aws, bucket, dist).uploaded) == 6
    again = published(aws, bucket, dist)
    assert (again.uploaded, again.removed, again.unchanged, again.changed) == ((), (), 6, False)


def test_changed_file_is_uploaded_and_one_that_is_gone_removed(
    aws: boto3.Session, bucket: str, dist: Path
) -> None:
    published(aws, bucket, dist)
    (dist / "index.html").write_text("new")
    (dist / "assets/a-1.js").rename(dist / "assets/a-3.js")
    done = published(aws, bucket, dist)
    assert (done.uploaded, done.removed) == (("assets/a-3.js", "index.html"), ("assets/a-1.js",))


def test_headers_that_somebody_changed_are_mended(aws: boto3.Session, bucket: str, dist: Path) -> None:
    published(aws, bucket, dist)
    aws.client("s3").put_object(Bucket=bucket, Key="index.html", Body=b"index.html", ContentType="text/plain")
    assert published(aws, bucket, dist).uploaded == ("index.html",)


def test_page_that_is_not_built_is_not_published(tmp_path: Path) -> None:
    with pytest.raises(page.NotBuilt, match="Run `make page`, or give --no-page"):
        page.entries(tmp_path, {})


def test_invalidation_asks_for_everything_anew(aws: boto3.Session) -> None:
    cloudfront = aws.client("cloudfront")
    origin: OriginTypeDef = {
        "Id": "page", "DomainName": "x.s3.amazonaws.com", "S3OriginConfig": {"OriginAccessIdentity": ""}
    }  # fmt: skip
    config: DistributionConfigTypeDef = {
        "CallerReference": "one", "Comment": "", "Enabled": True,
        "Origins": {"Quantity": 1, "Items": [origin]},
        "DefaultCacheBehavior": {"TargetOriginId": "page", "ViewerProtocolPolicy": "https-only"},
    }  # fmt: skip
    made = cloudfront.create_distribution(DistributionConfig=config)["Distribution"]["Id"]
    page.invalidate(cloudfront, made)
    page.invalidate(cloudfront, made)
    assert cloudfront.list_invalidations(DistributionId=made)["InvalidationList"]["Quantity"] == 2
