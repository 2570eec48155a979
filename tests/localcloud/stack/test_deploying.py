"""The real template on a real MiniStack: deployed once, untouched when unchanged, updated when not."""

import json
import shutil
from dataclasses import replace

import pytest

from appsync.packaging import body, package
from localcloud.stack.deploying import DeploymentFailed, Plan, deploy
from localcloud.stack.environment import Endpoints, environment
from localcloud.stack.functions import Function, declared
from tests.conftest import ROOT
from tests.localcloud.stack.conftest import APP, Stack

HOST = "http://127.0.0.1:1/"


def plan(**parameters: str) -> Plan:
    functions = [Function(name, 30, 256, 2) for name in ("resolve", "search", "ingest", "answer", "maintain")]
    return Plan(
        "local", functions, HOST, body(package()), {"Stage": "local", "Events": "absent", **parameters}
    )


def said_when_deployed(stack: Stack, plan: Plan) -> list[str]:
    said: list[str] = []
    deploy(stack.cloud, plan, said.append)
    return said


def test_template_is_deployed_once_and_survives_a_restart(stack: Stack) -> None:
    assert said_when_deployed(stack, plan()) == ["deploying the template"]
    before = deploy(stack.cloud, plan(), print)
    stack.end()
    stack.start()
    assert said_when_deployed(stack, plan()) == []
    assert deploy(stack.cloud, plan(), print) == before


def test_stack_is_deployed_anew_where_the_first_snapshot_was_never_taken(stack: Stack) -> None:
    first = deploy(stack.cloud, plan(), print).outputs["BucketName"]
    stack.client("s3").put_object(Bucket=first, Key="texts/a", Body=b"of a document that nobody knows")
    stack.kill()
    shutil.rmtree(stack.state / "snapshots")
    stack.start()
    assert said_when_deployed(stack, plan()) == ["deploying the template"]
    assert stack.client("s3").list_objects_v2(Bucket=first)["KeyCount"] == 0


def test_everything_that_the_template_makes_survives_a_restart(stack: Stack) -> None:
    there = deploy(stack.cloud, plan(), print).outputs
    stack.end()
    stack.start()
    bucket = stack.client("s3").get_bucket_notification_configuration(Bucket=there["BucketName"])
    assert bucket["QueueConfigurations"][0]["QueueArn"].endswith("riffle-local-ingest")
    mappings = stack.client("lambda").list_event_source_mappings()["EventSourceMappings"]
    assert {mapping["FunctionArn"].rsplit("-", 1)[1] for mapping in mappings} == {"ingest", "answer"}
    assert stack.client("scheduler").get_schedule(Name="riffle-local-maintain")["State"] == "ENABLED"
    assert stack.client("appsync").list_resolvers(apiId=there["ApiId"], typeName="Query")["resolvers"]
    assert stack.client("cognito-idp").describe_user_pool(UserPoolId=there["UserPoolId"])


def test_changed_parameter_updates_the_stack_and_keeps_the_data(stack: Stack) -> None:
    before = deploy(stack.cloud, plan(), print)
    stack.client("s3").put_object(Bucket=before.outputs["BucketName"], Key="texts/a", Body=b"kept")
    assert said_when_deployed(stack, plan(ChatModel="other"))[0].startswith("updating")
    after = deploy(stack.cloud, plan(ChatModel="other"), print)
    assert after.outputs["ChatModelId"] == "other"
    assert after.outputs["UserPoolId"] == before.outputs["UserPoolId"]
    assert stack.client("s3").get_object(Bucket=after.outputs["BucketName"], Key="texts/a")


def test_changed_resolver_code_is_what_appsync_has_afterwards(stack: Stack) -> None:
    deploy(stack.cloud, plan(), print)
    old = plan()
    changed = replace(
        old, template=old.template.replace("export function request", "export  function request")
    )
    there = deploy(stack.cloud, changed, print).outputs
    resolver = stack.client("appsync").get_resolver(
        apiId=there["ApiId"], typeName="Mutation", fieldName="publish"
    )
    assert "export  function request" in resolver["resolver"]["code"]


def test_functions_follow_the_host_to_another_port_and_to_another_timeout(stack: Stack) -> None:
    deploy(stack.cloud, plan(), print)
    slower = replace(plan(), host="http://127.0.0.1:2/", functions=[Function("resolve", 99, 256, 2)])
    deploy(stack.cloud, slower, print)
    found = stack.client("lambda").get_function_configuration(FunctionName="riffle-local-resolve")
    assert found["Environment"]["Variables"] == {"MINISTACK_LAMBDA_PROXY_URL": "http://127.0.0.1:2/"}
    assert found["Timeout"] == 99


def test_template_that_cannot_be_deployed_says_which_resource_and_why(stack: Stack) -> None:
    client = {"Type": "AWS::Cognito::UserPoolClient", "Properties": {"UserPoolId": "nowhere"}}
    broken = json.dumps({"Resources": {"Lost": client}})
    with pytest.raises(DeploymentFailed, match=r"riffle-local could not be deployed: Lost: .*nowhere"):
        deploy(stack.cloud, replace(plan(), template=broken), print)


def test_outputs_become_exactly_the_settings_that_the_product_reads(stack: Stack) -> None:
    from chalicelib.settings import Settings

    there = deploy(stack.cloud, plan(), print).outputs
    endpoints = Endpoints("http://127.0.0.1:8000/graphql", "http://127.0.0.1:4568")
    settings = Settings.from_environ(environment("local", stack.cloud, endpoints, there))
    assert settings.stage == "local"
    assert settings.graphql_url == "http://127.0.0.1:8000/graphql"
    assert settings.embedding_dimensions == 1024


def test_functions_are_read_from_the_chalice_configuration() -> None:
    found = declared(APP, "local", workers=8)
    assert found["echo"] == Function("echo", timeout=5, memory=256, workers=2)
    assert found["fail"].workers == 8
    assert declared(APP, "of no configuration") == declared(APP, "local")


def test_configuration_names_the_functions_of_the_app() -> None:
    assert set(declared(ROOT / "chalice_app", "local")) == {
        "resolve",
        "search",
        "ingest",
        "answer",
        "maintain",
    }
