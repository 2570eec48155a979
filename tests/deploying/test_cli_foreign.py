"""What other people's names, files and texts could do to whoever deploys."""

from pathlib import Path
from typing import Any

import boto3
import pytest

from appsync.deploying import buckets, page
from riffle.commands.stages import aim
from tests.conftest import CREDENTIALS


def aimed(address: str, monkeypatch: pytest.MonkeyPatch) -> boto3.Session:
    """The session that the commands use."""
    for name, value in {**CREDENTIALS, "AWS_ENDPOINT_URL": address}.items():
        monkeypatch.setenv(name, value)
    return aim(None, None)[0]


def test_s3_is_asked_to_refuse_buckets_of_other_accounts(
    ministack: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    session = aimed(ministack, monkeypatch)
    seen: dict[str, Any] = {}

    def note(request: Any, event_name: str, **_: object) -> None:
        owner = request.headers.get("x-amz-expected-bucket-owner")
        seen.setdefault(event_name.rpartition(".")[2], owner.decode() if isinstance(owner, bytes) else owner)

    session.events.register("before-send.s3", note)
    (tmp_path / "layer.zip").write_bytes(b"zip")
    buckets.ensure(session, "riffle-owned")
    list(buckets.upload(session, "riffle-owned", [("layer.zip", tmp_path / "layer.zip")]))
    page.publish(session.client("s3"), "riffle-owned", [page.Entry.of("index.html", b"")])
    list(buckets.remove(session, "riffle-owned"))
    assert {"HeadBucket", "PutBucketPolicy", "HeadObject", "PutObject", "DeleteBucket"} <= set(seen)
    assert {name for name, owner in seen.items() if owner != "000000000000"} == {"CreateBucket"}
