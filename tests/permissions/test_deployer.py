"""The deployer's policies: within IAM's limits, on our names, and neither short of a call nor long of one."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

import botocore
import botocore.session
import pytest

from appsync.deploying.permitted import NEEDED
from appsync.permissions import deployer
from appsync.permissions.deployer import CALLED, FOLDER, LIMIT, NAMELESS, SERVICES, WITHOUT_USE
from tests.conftest import ROOT
from tests.permissions.callgraph import Program

LEFT_OUT = set(
    "billing codedeploy ec2 elasticfilesystem firehose kinesis kms s3files s3tables".split()  # noqa: SIM905
)
"""Of networks, file systems, streams and customers' own keys: nothing in the template uses any."""

NAMED_OTHERWISE: Mapping[str, str] = {
    "lambda.invoke": "InvokeFunction",
    "s3.delete_objects": "DeleteObject DeleteObjectVersion",
    "s3.head_bucket": "ListBucket",
    "s3.head_object": "GetObject",
    "s3.list_object_versions": "ListBucketVersions",
    "s3.list_objects_v2": "ListBucket",
    "s3.put_bucket_encryption": "PutEncryptionConfiguration",
    "s3.put_bucket_lifecycle_configuration": "PutLifecycleConfiguration",
    "s3.put_public_access_block": "PutBucketPublicAccessBlock",
    "sts.get_caller_identity": "",  # needs no permission
}
"""Actions that are not called as the operation is."""
PREFIXES: Mapping[str, str] = {"sesv2": "ses"}
"""Services whose permissions are not called as they are."""

TRANSFERRED = {("s3", "PutObject"), ("s3", "AbortMultipartUpload")}
"""Of boto3's transfers, which are no methods of a client."""


def documents() -> list[Any]:
    return [json.loads(text) for text in deployer.files().values()]


def allowed() -> set[str]:
    return {action for each in documents() for part in each["Statement"] for action in part["Action"]}


def test_policies_in_the_documentation_are_the_ones_that_are_needed() -> None:
    there = {path: path.read_text() for path in FOLDER.glob("*.json")}
    assert there == deployer.files()


def test_each_policy_fits_into_a_managed_one_and_all_fit_on_a_role() -> None:
    assert all(len(deployer.compact(each)) <= LIMIT for each in documents())
    assert len(documents()) <= 10


def test_no_service_that_handlers_call_is_overlooked() -> None:
    called = set()
    for kind in deployer.kinds():
        for handler in deployer.schemas()[kind].get("handlers", {}).values():
            called |= {each.partition(":")[0].lower() for each in handler.get("permissions", ())}
    assert called - SERVICES.keys() == LEFT_OUT


def test_what_is_left_out_is_something_that_handlers_list() -> None:
    listed = {
        each
        for kind in deployer.kinds()
        for handler in deployer.schemas()[kind]["handlers"].values()
        for each in handler["permissions"]
    }
    assert {f"{name}:{each}" for name, all_ in WITHOUT_USE.items() for each in all_.split()} <= listed
    assert {f"{name}:{each}" for name, all_ in NAMELESS.items() for each in all_.split()} <= allowed()


def test_policies_reach_our_names_and_say_why_where_they_reach_further() -> None:
    readme = (FOLDER / "README.md").read_text()
    for document in documents():
        for statement in document["Statement"]:
            service = statement["Action"][0].partition(":")[0]
            assert "*" not in "".join(statement["Action"])
            if statement["Resource"] == ["*"]:
                assert f"`{service}`" in readme
            else:
                assert [each for each in statement["Resource"] if not names_ours(each)] == []


def names_ours(arn: str) -> bool:
    others = (
        "/aws/appsync/apis/*", "/appsync.amazonaws.com/*", "/email.cognito-idp.amazonaws.com/*",
        "transform/Serverless-2016-10-31",
    )  # fmt: skip
    return "riffle-" in arn or arn.endswith(others)


@pytest.mark.timeout(180)
def test_calls_of_our_own_commands_are_exactly_those_in_their_code() -> None:
    program = Program(ROOT, ("appsync/__init__.py", "appsync/packaging.py", "appsync/deploying", "riffle"))
    start = [*program.named("appsync.deploying."), *program.named("riffle.")]
    found = {
        (PREFIXES.get(each.service, each.service), action)
        for each in program.reachable(start).operations
        for action in actions_of(each.service, each.method)
    }
    assert found | TRANSFERRED == {
        (service, each) for service, names in CALLED.items() for each in names.split()
    }


def actions_of(service: str, method: str) -> Iterator[str]:
    if (known := NAMED_OTHERWISE.get(f"{service}.{method}")) is not None:
        yield from known.split()
        return
    operations = botocore.session.get_session().get_service_model(service).operation_names
    yield from (each for each in operations if botocore.xform_name(each) == method)


def test_what_is_checked_before_a_deployment_is_in_the_policies() -> None:
    needed = {
        f"{where.strip(':').partition(':')[0]}:{action}"
        for where, names in NEEDED.items()
        for action in names.split()
    }
    assert needed <= allowed()
