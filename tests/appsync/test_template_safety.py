"""Data is encrypted, private, protected and named by its stage; what is open is open to nobody by name."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from cfnlint.schema.manager import PROVIDER_SCHEMA_MANAGER  # type: ignore[import-untyped]  # ships no types

from appsync.packaging import body, package
from tests.appsync.variants import VARIANTS, Template, properties, with_values

TLS_ONLY = {"Bool": {"aws:SecureTransport": False}}
NAMES = (
    "TableName", "QueueName", "BucketName", "UserPoolName", "ClientName", "LayerName", "TopicName",
    "RoleName", "AlarmName", "DashboardName", "LogGroupName", "BudgetName", "Name",
)  # fmt: skip
NAMED_INSIDE = ("Budget", "OriginAccessControlConfig", "ResponseHeadersPolicyConfig")
KEPT = {"DocumentsTable", "AnswersTable", "ConversationsTable", "Bucket", "UserPool"}


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
        (refused,) = [each for each in statements if each["Effect"] == "Deny"]
        assert (refused["Principal"], refused["Condition"]) == ("*", TLS_ONLY), name
        assert (refused["Action"], refused["Resource"]) == everything(resource, name), name


def everything(kind: str, name: str) -> tuple[str, Any]:
    """All that can be done to a resource, and the whole of it; SNS takes no wildcard here."""
    arn = {"Fn::GetAtt": [name, "Arn"]}
    return {
        "AWS::S3::Bucket": ("s3:*", [arn, {"Fn::Sub": f"${{{name}.Arn}}/*"}]),
        "AWS::SQS::Queue": ("sqs:*", arn),
        "AWS::SNS::Topic": ("sns:Publish", {"Ref": name}),
    }[kind]


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


def test_uploads_are_announced_by_the_stages_own_bucket_alone(template: Template) -> None:
    """Which is named, not referred to: it waits for the queue's policy."""
    statements = dict(guarded(template, "AWS::SQS::QueuePolicy"))["IngestQueue"]
    (let_in,) = [each for each in statements if each["Effect"] == "Allow"]
    bucket = properties(template, "AWS::S3::Bucket")["Bucket"]["BucketName"]["Fn::Sub"]
    arn = {"Fn::Sub": f"arn:${{AWS::Partition}}:s3:::{bucket}"}
    assert (let_in["Principal"], let_in["Action"]) == ({"Service": "s3.amazonaws.com"}, "sqs:SendMessage")
    assert let_in["Condition"]["ArnEquals"] == {"aws:SourceArn": arn}


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


def test_nothing_outlives_its_stack_but_what_people_stored(template: Template) -> None:
    for attribute in ("DeletionPolicy", "UpdateReplacePolicy"):
        outliving = {
            name for name, each in template["Resources"].items() if each.get(attribute, "Delete") != "Delete"
        }
        assert outliving == KEPT, attribute


def test_what_is_left_over_goes_by_itself(template: Template) -> None:
    """What deleted documents leave, by the attribute that the store writes, and parts of broken uploads."""
    documents = properties(template, "AWS::DynamoDB::Table")["DocumentsTable"]
    assert documents["TimeToLiveSpecification"] == {"AttributeName": "expiresAt", "Enabled": True}
    (rule,) = properties(template, "AWS::S3::Bucket")["Bucket"]["LifecycleConfiguration"]["Rules"]
    assert rule["Status"] == "Enabled"
    assert rule["AbortIncompleteMultipartUpload"] == {"DaysAfterInitiation": 1}


def test_tables_cost_nothing_when_nobody_asks(template: Template) -> None:
    for name, table in properties(template, "AWS::DynamoDB::Table").items():
        assert table["BillingMode"] == "PAY_PER_REQUEST", name


def test_the_apis_log_neither_questions_nor_texts(template: Template) -> None:
    """At other levels they log arguments, results and headers, tokens among them."""
    (api,) = properties(template, "AWS::AppSync::GraphQLApi").values()
    assert api["LogConfig"]["FieldLogLevel"] == "ERROR"
    assert api["LogConfig"]["ExcludeVerboseContent"] is True
    (events,) = properties(template, "AWS::AppSync::Api").values()
    assert events["EventConfig"]["LogConfig"]["LogLevel"] == "ERROR"


def test_people_sign_in_through_the_stages_own_client_alone(template: Template) -> None:
    """Tokens of other clients of the pool are not taken, and no answer tells who has an account."""
    (api,) = properties(template, "AWS::AppSync::GraphQLApi").values()
    (events,) = properties(template, "AWS::AppSync::Api").values()
    pools = [each.get("CognitoConfig") for each in events["EventConfig"]["AuthProviders"]]
    for pool in (api["UserPoolConfig"], *filter(None, pools)):
        assert pool["AppIdClientRegex"] == {"Ref": "UserPoolClient"}
    (client,) = properties(template, "AWS::Cognito::UserPoolClient").values()
    assert (client["PreventUserExistenceErrors"], client["EnableTokenRevocation"]) == ("ENABLED", True)
    assert client["RefreshTokenValidity"] <= 30
    assert client["TokenValidityUnits"]["RefreshToken"] == "days"


def test_an_api_key_is_taken_only_where_the_schema_says_so(template: Template) -> None:
    (api,) = properties(template, "AWS::AppSync::GraphQLApi").values()
    assert api["AuthenticationType"] == "AMAZON_COGNITO_USER_POOLS"
    (events,) = properties(template, "AWS::AppSync::Api").values()
    assert "API_KEY" not in str(events)


def test_no_header_of_the_page_gives_way_to_one_of_its_files(template: Template) -> None:
    (policy,) = properties(template, "AWS::CloudFront::ResponseHeadersPolicy").values()
    headers = policy["ResponseHeadersPolicyConfig"]
    found = [*headers["SecurityHeadersConfig"].values(), *headers["CustomHeadersConfig"]["Items"]]
    assert len(found) >= 7
    assert all(each["Override"] is True for each in found)


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
        if resource["Type"] not in inside:
            for each in names(resource["Properties"]):
                assert "${Stage}" in str(each) or "ApiId" in str(each), name


def names(properties: dict[str, Any]) -> Iterator[Any]:
    """What a resource is called, wherever its type says so."""
    for holder in (properties, *(properties.get(key, {}) for key in NAMED_INSIDE)):
        yield from (holder[key] for key in NAMES if key in holder)


def test_nothing_refers_to_another_stage_by_name() -> None:
    """Not even in a policy, an alarm's dimension or the dashboard."""
    named = re.findall(r"riffle-[^\s\"'/,]*", body(package()))
    assert len(named) > 100
    assert {each for each in named if not each.startswith(("riffle-${Stage}", "riffle-<stage>"))} == set()
