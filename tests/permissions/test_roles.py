"""The template's roles: written from the table, without a wildcard that AWS does not force."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from chalice.constants import CLOUDWATCH_LOGS, SQS_EVENT_SOURCE_POLICY, XRAY_POLICY

from appsync.packaging import TEMPLATE, package
from appsync.permissions.__main__ import main, traced
from appsync.permissions.grants import FUNCTIONS, TRACING, Grant, logging, receiving
from appsync.permissions.region import BEGIN, END, region, updated
from appsync.permissions.resources import INGEST_QUEUE, Resource
from appsync.permissions.roles import roles
from tests.permissions.policies import listed, statements, texts

LOG = r":log-group:/aws/(lambda/riffle-\$\{Stage\}-[a-z]+|appsync/apis/\$\{\w+\.ApiId\})"


@pytest.fixture(scope="module")
def template() -> dict[str, Any]:
    return package()


def of_type(template: dict[str, Any], kind: str) -> dict[str, Any]:
    return {name: each["Properties"] for name, each in template["Resources"].items() if each["Type"] == kind}


def granted() -> Iterator[Grant]:
    for role in roles(traced=True):
        yield from role.grants


def test_template_has_the_roles_of_the_table() -> None:
    assert main(["--check"]) == 0


def test_role_changed_by_hand_is_noticed() -> None:
    changed = TEMPLATE.read_text().replace("Action: dynamodb:GetItem", "Action: dynamodb:DeleteItem")
    assert updated(changed, roles(traced=traced())) != changed


def test_template_without_markers_is_refused() -> None:
    with pytest.raises(ValueError, match="no markers"):
        updated(TEMPLATE.read_text().replace(END, ""), ())


def test_nothing_outside_the_markers_gives_a_role_anything() -> None:
    template = TEMPLATE.read_text()
    before, after = template.split(BEGIN)[0], template.split(END)[1]
    assert "AWS::IAM::" not in before + after
    assert "ManagedPolicyArns" not in template


def test_no_action_has_a_wildcard(template: dict[str, Any]) -> None:
    for name, statement in statements(template):
        assert not {"NotAction", "NotResource"} & statement.keys(), name
        assert not [each for each in listed(statement["Action"]) if "*" in each or "?" in each], name


def test_every_wildcard_in_a_resource_says_what_forces_it(template: dict[str, Any]) -> None:
    explained = {text for each in resources() if each.forced for text in quoted(each)}
    for name, statement in statements(template):
        for text in texts(statement["Resource"]):
            assert "*" not in text or text in explained, (name, text)
            assert "?" not in text, (name, text)


def test_wildcards_stand_for_objects_and_for_streams_of_logs_alone(template: dict[str, Any]) -> None:
    wild = {
        text for _, statement in statements(template) for text in texts(statement["Resource"]) if "*" in text
    }
    objects = {f"${{Bucket.Arn}}/{prefix}/*" for prefix in ("uploads", "texts", "index")}
    assert {each for each in wild - objects - {"*"} if not re.search(LOG + r":\*$", each)} == set()


def test_no_role_reaches_beyond_its_stage(template: dict[str, Any]) -> None:
    """What is named by hand has the stage in it, is a part of something of this stack, or a model."""
    own = {f"{name}.{attribute}" for name in template["Resources"] for attribute in ("Arn", "ApiId")}
    models = {"ChatModel", "EmbeddingModel", "OcrModel", "RerankModel"}
    for name, statement in statements(template):
        for text in texts(statement["Resource"]):
            if "${" in text:
                assert {"Stage", *own, *models} & set(re.findall(r"\$\{([^}]+)\}", text)), (name, text)


def test_nothing_exact_is_explained_as_a_wildcard() -> None:
    assert [each.yaml for each in resources() if bool(each.forced) != ("*" in each.yaml)] == []


def test_explanation_stands_beside_its_statement() -> None:
    before, *parts = region(roles(traced=True)).split("- Effect: Allow\n")
    for remarks, statement in zip([before, *parts], parts, strict=False):
        wild = any("*" in line for line in statement.splitlines() if "Condition:" not in line)
        assert wild == ("# Wildcard: " in remarks.splitlines()[-2]), statement


def test_whole_resource_is_a_wildcard_for_traces_alone(template: dict[str, Any]) -> None:
    everywhere = [
        statement["Action"] for _, statement in statements(template) if statement["Resource"] == "*"
    ]
    assert all(each == list(TRACING.actions) for each in everywhere)
    assert bool(everywhere) == traced()


def test_functions_write_traces_as_soon_as_chalice_is_told_to_switch_them_on() -> None:
    off, on = region(roles(traced=False)), region(roles(traced=True))
    assert (off.count("xray:"), on.count("xray:PutTraceSegments")) == (0, len(FUNCTIONS))


def test_every_function_has_a_role_of_its_own_with_its_own_log(template: dict[str, Any]) -> None:
    taken = of_type(template, "AWS::IAM::Role")
    for name in FUNCTIONS:
        named = {"Fn::Sub": f"riffle-${{Stage}}-{name}-${{AWS::Region}}"}
        assert taken[f"{name.capitalize()}Role"]["RoleName"] == named
        logs = [each for owner, each in statements(template) if owner == f"{name.capitalize()}Role"]
        [written] = [each["Resource"] for each in logs if "logs:PutLogEvents" in each["Action"]]
        assert written["Fn::Sub"].endswith(f"log-group:/aws/lambda/riffle-${{Stage}}-{name}:*")


def test_what_lambda_does_in_a_functions_name_is_what_chalice_lets_it_do() -> None:
    """But for making the log group, which the template makes."""
    assert set(receiving(INGEST_QUEUE).actions) == set(SQS_EVENT_SOURCE_POLICY["Action"])
    assert {*logging("answer").actions, "logs:CreateLogGroup"} == set(CLOUDWATCH_LOGS["Action"])
    assert set(TRACING.actions) == set(XRAY_POLICY["Action"])


def test_a_function_receives_from_the_queue_that_feeds_it_and_from_no_other(template: dict[str, Any]) -> None:
    mappings = of_type(template, "AWS::Lambda::EventSourceMapping").values()
    fed = {
        (each["FunctionName"]["Fn::Sub"], tuple(each["EventSourceArn"]["Fn::GetAtt"])) for each in mappings
    }
    receivers = {
        (f"riffle-${{Stage}}-{name.removesuffix('Role').lower()}${{Qualifier}}", tuple(queue["Fn::GetAtt"]))
        for name, each in statements(template)
        if "sqs:ReceiveMessage" in listed(each["Action"])
        for queue in listed(each["Resource"])
    }
    assert receivers == fed


def test_api_and_schedules_invoke_what_they_name_and_nothing_else(template: dict[str, Any]) -> None:
    invoked: dict[str, set[str]] = {}
    for source in of_type(template, "AWS::AppSync::DataSource").values():
        if called := source.get("LambdaConfig"):
            invoked.setdefault(source["ServiceRoleArn"]["Fn::GetAtt"][0], set()).update(texts(called))
    for schedule in of_type(template, "AWS::Scheduler::Schedule").values():
        target = schedule["Target"]
        invoked.setdefault(target["RoleArn"]["Fn::GetAtt"][0], set()).update(texts(target["Arn"]))
    assert invoked == {
        name: set(texts(each["Resource"]))
        for name, each in statements(template)
        if each["Action"] == "lambda:InvokeFunction"
    }


def test_api_reads_what_its_resolvers_ask_for_and_nothing_else(template: dict[str, Any]) -> None:
    tables = {
        each["Name"]: each["DynamoDBConfig"]["TableName"]["Ref"]
        for each in of_type(template, "AWS::AppSync::DataSource").values()
        if "DynamoDBConfig" in each
    }
    asked = set()
    for resolver in of_type(template, "AWS::AppSync::Resolver").values():
        source = resolver["DataSourceName"]["Fn::GetAtt"][0].removesuffix("Source").lower()
        if table := tables.get(source):
            [operation], index = (
                re.findall(rf"{key}: '(\w+)'", resolver["Code"]) for key in ("operation", "index")
            )
            asked.add((f"dynamodb:{operation}", f"{table}.Arn", *index))
    assert asked == {
        (each["Action"], *re.findall(r"\w+Table\.Arn|(?<=/index/)\w+", ".".join(texts(each["Resource"]))))
        for name, each in statements(template)
        if name == "ReadingSourceRole"
    }


def test_functions_are_those_that_chalice_deploys() -> None:
    app = Path(__file__).parents[2] / "chalice_app" / "app.py"
    assert set(FUNCTIONS) == {
        line.split('"')[1] for line in app.read_text().splitlines() if "_function(name" in line
    }


def test_services_take_roles_on_behalf_of_this_account_only(template: dict[str, Any]) -> None:
    for name, role in of_type(template, "AWS::IAM::Role").items():
        [statement] = role["AssumeRolePolicyDocument"]["Statement"]
        if statement["Principal"]["Service"] != "lambda.amazonaws.com":  # which sends no such keys
            account = statement["Condition"]["StringEquals"]["aws:SourceAccount"]
            assert account == {"Ref": "AWS::AccountId"}, name


def test_a_role_is_taken_by_the_service_that_needs_it_for_this_stage_alone(template: dict[str, Any]) -> None:
    """As far as AWS lets it be named: notes beside the roles of the log and of the schedules say how far."""
    api = {"Fn::GetAtt": ["Api", "Arn"]}
    group = "arn:${AWS::Partition}:scheduler:${AWS::Region}:${AWS::AccountId}:schedule-group/default"
    taken = {
        name: role["AssumeRolePolicyDocument"]["Statement"][0]
        for name, role in of_type(template, "AWS::IAM::Role").items()
    }
    bound = {name: each.get("Condition", {}).get("ArnEquals") for name, each in taken.items()}
    assert {name: each["Principal"]["Service"].split(".")[0] for name, each in taken.items()} == {
        **{f"{name.capitalize()}Role": "lambda" for name in FUNCTIONS},
        "ApiLogsRole": "appsync", "InvokingSourceRole": "appsync", "ReadingSourceRole": "appsync",
        "ScheduleRole": "scheduler",
    }  # fmt: skip
    assert {name: each["aws:SourceArn"] for name, each in bound.items() if each} == {
        "InvokingSourceRole": api, "ReadingSourceRole": api, "ScheduleRole": {"Fn::Sub": group},
    }  # fmt: skip


def test_whoever_reads_objects_is_told_which_are_missing(template: dict[str, Any]) -> None:
    found = list(statements(template))
    readers = {name for name, each in found if "s3:GetObject" in listed(each["Action"])}
    asking = {name: each["Condition"] for name, each in found if each["Action"] == "s3:ListBucket"}
    assert readers == asking.keys()
    assert all(list(each) == ["StringLikeIfExists"] for each in asking.values())


def test_no_worker_may_touch_conversations(template: dict[str, Any]) -> None:
    touching = {name for name, each in statements(template) if "ConversationsTable" in json.dumps(each)}
    assert touching == {"ResolveRole"}


def test_model_is_the_one_of_this_region_or_the_arns_that_were_given(template: dict[str, Any]) -> None:
    answering = [each for name, each in statements(template) if name == "AnswerRole"]
    [model] = [
        each["Resource"] for each in answering if each["Action"] == "bedrock:InvokeModelWithResponseStream"
    ]
    here = "arn:${AWS::Partition}:bedrock:${AWS::Region}::foundation-model/${ChatModel}"
    given = {"Fn::Split": [",", {"Ref": "ChatModelArns"}]}
    assert model == {"Fn::If": ["ChatModelArnsGiven", given, {"Fn::Sub": here}]}


def resources() -> Iterator[Resource]:
    for grant in granted():
        yield from grant.resources


def quoted(resource: Resource) -> Iterator[str]:
    """The texts between quotes in the YAML of a resource."""
    yield from resource.yaml.split('"')[1::2]
