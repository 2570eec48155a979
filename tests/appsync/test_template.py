"""The template, packaged and deployed into MiniStack as a whole."""

import json
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from appsync.packaging import body, package
from tests.appsync.variants import DOMAINS, INVITED
from tests.deployment import Outputs, create_functions, deploy

STAGE = "test"


@pytest.fixture(scope="module")
def template() -> dict[str, Any]:
    return package()


def of_type(template: dict[str, Any], kind: str) -> dict[str, dict[str, Any]]:
    found = {name: resource for name, resource in template["Resources"].items() if resource["Type"] == kind}
    assert found, f"no {kind} in the template"
    return found


@pytest.fixture(scope="module")
def stack(aws: boto3.Session) -> Outputs:
    create_functions(aws, STAGE)
    return deploy(aws, STAGE, "present")


@pytest.fixture(scope="module")
def hosted(aws: boto3.Session) -> Outputs:
    """A stage with everything that MiniStack can make, before its functions are there.

    AppSync's domains are of no type that it knows.
    """
    chosen = {name: value for name, value in {**DOMAINS, **INVITED}.items() if not name.startswith("Api")}
    proxy = "https://proxy.example.com/graphql"
    return deploy(
        aws, "hosted", "absent", Page="present", AlarmEmail="ana@example.com", ApiUrl=proxy, **chosen
    )


@pytest.fixture
def sqs(aws: boto3.Session) -> Iterator[Any]:
    client = aws.client("sqs")
    yield client
    client.close()


def test_packaging_leaves_no_local_path(template: dict[str, Any]) -> None:
    packed = body(template)
    assert "S3Location" not in packed
    assert template["Resources"]["ApiSchema"]["Properties"]["Definition"].count("type Mutation") == 1
    assert json.loads(packed) == template


def test_intrinsics_are_understood_in_all_their_forms(template: dict[str, Any]) -> None:
    resources = template["Resources"]
    assert resources["IngestQueue"]["Properties"]["QueueName"] == {"Fn::Sub": "riffle-${Stage}-ingest"}
    assert resources["ApiSchema"]["Properties"]["ApiId"] == {"Fn::GetAtt": ["Api", "ApiId"]}
    assert template["Conditions"]["FunctionsPresent"] == {"Fn::Equals": [{"Ref": "Functions"}, "present"]}


def test_the_whole_template_deploys_with_every_output(stack: Outputs, template: dict[str, Any]) -> None:
    conditional = {name for name, output in template["Outputs"].items() if "Condition" in output}
    assert set(stack) == set(template["Outputs"]) - conditional
    assert all(stack.values())


def test_the_page_the_alarms_and_the_protection_deploy_too(aws: boto3.Session, hosted: Outputs) -> None:
    assert hosted["PageBucketName"].startswith("riffle-hosted-page-")
    assert hosted["DistributionId"]
    clients = aws.client("dynamodb"), aws.client("cloudwatch"), aws.client("cloudfront")
    tables, alarms, pages = clients
    table = tables.describe_table(TableName=hosted["DocumentsTableName"])["Table"]
    found = alarms.describe_alarms(AlarmNamePrefix="riffle-hosted-")["MetricAlarms"]
    config = pages.get_distribution(Id=hosted["DistributionId"])["Distribution"]["DistributionConfig"]
    for client in clients:
        client.close()
    assert table["DeletionProtectionEnabled"] is True
    assert len(found) == 15
    assert config["DefaultCacheBehavior"]["ViewerProtocolPolicy"] == "redirect-to-https"


def test_clients_and_functions_are_told_of_what_stands_before_the_api(hosted: Outputs) -> None:
    assert {hosted["GraphqlUrl"], hosted["PublishUrl"]} == {"https://proxy.example.com/graphql"}


def test_the_page_answers_at_its_own_domain_with_its_own_certificate(
    aws: boto3.Session, hosted: Outputs
) -> None:
    client = aws.client("cloudfront")
    found = client.get_distribution(Id=hosted["DistributionId"])["Distribution"]
    rules = aws.client("s3").get_bucket_cors(Bucket=hosted["BucketName"])["CORSRules"]
    client.close()
    assert (hosted["PageUrl"], hosted["PageDnsTarget"]) == ("https://riffle.example.com", found["DomainName"])
    assert found["DistributionConfig"]["Aliases"]["Items"] == ["riffle.example.com"]
    certificate = found["DistributionConfig"]["ViewerCertificate"]
    assert certificate["ACMCertificateArn"] == DOMAINS["PageCertificateArn"]
    assert (certificate["SSLSupportMethod"], certificate["MinimumProtocolVersion"]) == (
        "sni-only",
        "TLSv1.2_2021",
    )
    assert [each["AllowedOrigins"] for each in rules] == [
        [f"https://{found['DomainName']}", "https://riffle.example.com"]
    ]


def test_accounts_are_by_invitation_from_an_address_of_ones_own_where_that_is_chosen(
    aws: boto3.Session, hosted: Outputs
) -> None:
    client = aws.client("cognito-idp")
    pool = client.describe_user_pool(UserPoolId=hosted["UserPoolId"])["UserPool"]
    factors = client.get_user_pool_mfa_config(UserPoolId=hosted["UserPoolId"])
    client.close()
    assert pool["AdminCreateUserConfig"]["AllowAdminCreateUserOnly"] is True
    message = pool["AdminCreateUserConfig"]["InviteMessageTemplate"]["EmailMessage"]
    assert all(part in message for part in ("https://riffle.example.com", "{username}", "{####}"))
    assert pool["EmailConfiguration"]["From"] == "Riffle <riffle@example.com>"
    assert pool["EmailConfiguration"]["SourceArn"] == (
        "arn:aws:ses:us-east-1:000000000000:identity/example.com"
    )
    assert pool["Policies"]["PasswordPolicy"]["MinimumLength"] == 14
    assert (factors["MfaConfiguration"], factors["SoftwareTokenMfaConfiguration"]) == (
        "ON",
        {"Enabled": True},
    )


@pytest.mark.parametrize(
    ("parameters", "said"),
    [
        ({"PageDomain": "riffle.example.com", "Page": "present"}, "PageDomain needs PageCertificateArn"),
        ({name: value for name, value in DOMAINS.items() if name.startswith("Page")}, "needs Page=present"),
        ({"ApiDomain": "api.example.com"}, "ApiDomain needs ApiCertificateArn"),
        ({"MonthlyBudget": "50"}, "MonthlyBudget needs AlarmEmail"),
    ],
)
def test_parameters_that_do_not_go_together_are_refused_before_anything_is_made(
    aws: boto3.Session, parameters: dict[str, str], said: str
) -> None:
    with pytest.raises(ClientError, match=said):
        deploy(aws, "rules", "absent", **parameters)


def test_snapshots_without_the_alias_are_refused_before_anything_is_made(aws: boto3.Session) -> None:
    with pytest.raises(ClientError, match="SnapStart=on needs Qualifier=:live"):
        deploy(aws, "rules", "absent", SnapStart="on")


def test_queues_outlive_six_runs_of_their_functions_and_end_in_dead_letters(stack: Outputs, sqs: Any) -> None:
    for name, seconds in (("Ingest", 900), ("Answer", 300)):
        answer = sqs.get_queue_attributes(QueueUrl=stack[f"{name}QueueUrl"], AttributeNames=["All"])
        assert int(answer["Attributes"]["VisibilityTimeout"]) >= 6 * seconds
        redrive = json.loads(answer["Attributes"]["RedrivePolicy"])
        assert redrive["deadLetterTargetArn"].endswith(f"riffle-{STAGE}-{name.lower()}-dead")


def test_mappings_report_partial_failures(aws: boto3.Session, stack: Outputs) -> None:
    client = aws.client("lambda")
    listed = client.list_event_source_mappings()["EventSourceMappings"]
    client.close()
    mappings = [each for each in listed if ":riffle-test-" in each["FunctionArn"]]  # others' stacks are there
    assert {mapping["FunctionArn"].rpartition(":")[2] for mapping in mappings} == {
        "riffle-test-ingest",
        "riffle-test-answer",
    }
    assert all(mapping["FunctionResponseTypes"] == ["ReportBatchItemFailures"] for mapping in mappings)


def test_an_upload_is_announced_to_the_ingest_queue_and_a_text_is_not(
    aws: boto3.Session, hosted: Outputs, sqs: Any
) -> None:
    """On a stage without functions, where nobody else takes messages."""
    storage = aws.client("s3")
    for key in ("uploads/o/d/1/a%20b.txt", "texts/o/d/1.json", "uploads/o/d/2/c.txt"):
        storage.put_object(Bucket=hosted["BucketName"], Key=key, Body=b"x")
    storage.close()
    keys: list[str] = []
    while "uploads/o/d/2/c.txt" not in keys:
        keys += announced(sqs, hosted["IngestQueueUrl"])
    assert keys == ["uploads/o/d/1/a%2520b.txt", "uploads/o/d/2/c.txt"]


def announced(sqs: Any, queue: str) -> list[str]:
    """The keys of the queue's next message; S3's first is a test, and has none."""
    [message] = sqs.receive_message(QueueUrl=queue, WaitTimeSeconds=20)["Messages"]
    return [record["s3"]["object"]["key"] for record in json.loads(message["Body"]).get("Records", ())]


def test_tables_have_the_keys_that_the_stores_query(aws: boto3.Session, stack: Outputs) -> None:
    client = aws.client("dynamodb")
    answers = client.describe_table(TableName=stack["AnswersTableName"])["Table"]
    conversations = client.describe_table(TableName=stack["ConversationsTableName"])["Table"]
    documents = client.describe_table(TableName=stack["DocumentsTableName"])["Table"]
    client.close()
    assert [key["AttributeName"] for key in answers["KeySchema"]] == ["owner", "id"]
    assert {index["IndexName"] for index in answers["GlobalSecondaryIndexes"]} == {
        "byConversation",
        "byId",
        "byOpen",
    }
    assert [index["IndexName"] for index in documents["GlobalSecondaryIndexes"]] == ["byOpen"]
    assert [index["IndexName"] for index in answers["LocalSecondaryIndexes"]] == ["byCreated"]
    assert [index["IndexName"] for index in conversations["LocalSecondaryIndexes"]] == ["byUpdated"]


def test_no_web_page_may_send_uploads_where_none_is_served(aws: boto3.Session, stack: Outputs) -> None:
    client = aws.client("s3", config=Config(signature_version="s3v4"))
    with pytest.raises(ClientError, match="NoSuchCORSConfiguration"):
        client.get_bucket_cors(Bucket=stack["BucketName"])
    client.close()


def test_anybody_signs_up_where_nothing_else_is_chosen(aws: boto3.Session, stack: Outputs) -> None:
    client = aws.client("cognito-idp")
    pool = client.describe_user_pool(UserPoolId=stack["UserPoolId"])["UserPool"]
    client.close()
    assert pool["AdminCreateUserConfig"]["AllowAdminCreateUserOnly"] is False
    assert pool["EmailConfiguration"]["EmailSendingAccount"] == "COGNITO_DEFAULT"
    assert (pool["MfaConfiguration"], pool["Policies"]["PasswordPolicy"]["MinimumLength"]) == ("OFF", 10)
    assert (stack["SignUpRule"], stack["PasswordLengthValue"]) == ("open", "10")


def test_a_person_signs_up_and_signs_in_without_a_secret(aws: boto3.Session, stack: Outputs) -> None:
    client = aws.client("cognito-idp")
    client.sign_up(ClientId=stack["UserPoolClientId"], Username="ana@example.com", Password="long-enough-1")
    client.admin_confirm_sign_up(UserPoolId=stack["UserPoolId"], Username="ana@example.com")
    signed_in = client.initiate_auth(
        ClientId=stack["UserPoolClientId"],
        AuthFlow="USER_PASSWORD_AUTH",
        AuthParameters={"USERNAME": "ana@example.com", "PASSWORD": "long-enough-1"},
    )
    client.close()
    assert signed_in["AuthenticationResult"]["AccessToken"]
    assert signed_in["AuthenticationResult"]["ExpiresIn"] == 3600


def test_every_stored_thing_survives_its_stack_and_the_page_that_can_be_built_again_does_not(
    template: dict[str, Any],
) -> None:
    for kind in ("AWS::DynamoDB::Table", "AWS::S3::Bucket", "AWS::Cognito::UserPool"):
        for name, resource in of_type(template, kind).items():
            if name == "PageBucket":
                assert resource["DeletionPolicy"] == "Delete"
                continue
            assert resource["DeletionPolicy"] == "RetainExceptOnCreate"
            assert resource["UpdateReplacePolicy"] == "Retain"
