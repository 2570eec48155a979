"""Data is encrypted, private, protected and named by its stage; what is open is open to nobody by name."""

from collections.abc import Iterator
from typing import Any

import pytest
from cfnlint.schema.manager import PROVIDER_SCHEMA_MANAGER  # type: ignore[import-untyped]  # ships no types

from tests.appsync.variants import VARIANTS, Template, properties, with_values

TLS_ONLY = {"Bool": {"aws:SecureTransport": False}}
NAMES = (
    "TableName", "QueueName", "BucketName", "UserPoolName", "ClientName", "LayerName", "TopicName",
    "RoleName", "AlarmName", "DashboardName", "LogGroupName", "Name",
)  # fmt: skip


@pytest.fixture(scope="module")
def template() -> Template:
    return with_values(VARIANTS["everything"])


def guarded(template: Template, kind: str) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """What policies say of, by its logical id, and their statements."""
    targets = {
        "AWS::S3::BucketPolicy": "Bucket",
        "AWS::SQS::QueuePolicy": "Queues",
        "AWS::SNS::TopicPolicy": "Topics",
    }
    for policy in properties(template, kind).values():
        of = policy[targets[kind]]
        for target in of if isinstance(of, list) else [of]:
            yield target["Ref"], policy["PolicyDocument"]["Statement"]


@pytest.mark.parametrize(
    ("resource", "policy"),
    [("AWS::S3::Bucket", "AWS::S3::BucketPolicy"), ("AWS::SQS::Queue", "AWS::SQS::QueuePolicy"),
     ("AWS::SNS::Topic", "AWS::SNS::TopicPolicy")],
)  # fmt: skip
def test_everything_with_a_policy_of_its_own_refuses_plain_text(
    template: Template, resource: str, policy: str
) -> None:
    policies = list(guarded(template, policy))
    assert sorted(name for name, _ in policies) == sorted(properties(template, resource))
    for name, statements in policies:
        refused = [each for each in statements if each["Effect"] == "Deny"]
        assert [(each["Principal"], each["Condition"]) for each in refused] == [("*", TLS_ONLY)], name


@pytest.mark.parametrize("kind", ["AWS::S3::BucketPolicy", "AWS::SQS::QueuePolicy", "AWS::SNS::TopicPolicy"])
def test_whoever_a_resource_lets_in_is_a_service_on_behalf_of_this_account(
    template: Template, kind: str
) -> None:
    for name, statements in guarded(template, kind):
        for statement in statements:
            if statement["Effect"] == "Allow":
                assert list(statement["Principal"]) == ["Service"], name
                assert {"aws:SourceAccount", "aws:SourceArn"} & statement["Condition"][
                    "StringEquals"
                ].keys(), name


def test_everything_stored_is_encrypted(template: Template) -> None:
    for table in properties(template, "AWS::DynamoDB::Table").values():
        assert table["SSESpecification"] == {"SSEEnabled": True}
    for queue in properties(template, "AWS::SQS::Queue").values():
        assert queue["SqsManagedSseEnabled"] is True
    for bucket in properties(template, "AWS::S3::Bucket").values():
        (rule,) = bucket["BucketEncryption"]["ServerSideEncryptionConfiguration"]
        assert rule["ServerSideEncryptionByDefault"] == {"SSEAlgorithm": "AES256"}


def test_no_bucket_can_be_made_public(template: Template) -> None:
    for bucket in properties(template, "AWS::S3::Bucket").values():
        blocked = bucket["PublicAccessBlockConfiguration"]
        assert len(blocked) == 4
        assert all(blocked.values())
        assert bucket["OwnershipControls"]["Rules"] == [{"ObjectOwnership": "BucketOwnerEnforced"}]


def test_tables_and_people_are_protected_and_tables_can_be_turned_back(template: Template) -> None:
    for table in properties(template, "AWS::DynamoDB::Table").values():
        assert table["DeletionProtectionEnabled"] == {"Fn::If": ["Protected", True, False]}
        assert table["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}
    for pool in properties(template, "AWS::Cognito::UserPool").values():
        assert pool["DeletionProtection"] == {"Fn::If": ["Protected", "ACTIVE", "INACTIVE"]}


def test_everything_that_takes_tags_is_tagged_with_its_stage(template: Template) -> None:
    tag = {"Key": "riffle:stage", "Value": {"Ref": "Stage"}}
    for name, resource in template["Resources"].items():
        schema = PROVIDER_SCHEMA_MANAGER.get_resource_schema("us-east-1", resource["Type"]).schema
        tagging = schema.get("tagging", {"taggable": False})
        if tagging["taggable"]:
            tags = resource["Properties"].get(tagging["tagProperty"].rpartition("/")[2])
            assert tags in ([tag], {"riffle:stage": {"Ref": "Stage"}}), name


def test_every_name_has_the_stage_in_it(template: Template) -> None:
    """Data sources and the namespace are named within their API."""
    inside = {"AWS::AppSync::DataSource", "AWS::AppSync::ChannelNamespace"}
    for name, resource in template["Resources"].items():
        named = [resource["Properties"][key] for key in NAMES if key in resource["Properties"]]
        if resource["Type"] not in inside:
            assert all("${Stage}" in str(each) or "ApiId" in str(each) for each in named), name
