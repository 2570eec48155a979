"""The table of grants against the code: every operation that a function's code can reach has its row."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from chalicelib.api.resolvers import RESOLVERS

from appsync.packaging import package
from appsync.permissions.grants import FUNCTIONS, READING_INDEX, WRITING_INDEX
from appsync.permissions.resources import INDEX, PUBLISH_ANSWER, PUBLISH_DOCUMENT, RERANKER, Resource, model
from tests.permissions.callgraph import PRODUCT, Operation, Program, Reached

ACTIONS: Mapping[str, str] = {
    "bedrock-runtime.converse": "bedrock:InvokeModel",
    "bedrock-runtime.converse_stream": "bedrock:InvokeModelWithResponseStream",
    "bedrock-runtime.invoke_model": "bedrock:InvokeModel",
    "dynamodb.get_item": "dynamodb:GetItem",
    "dynamodb.put_item": "dynamodb:PutItem",
    "dynamodb.query": "dynamodb:Query",
    "dynamodb.scan": "dynamodb:Scan",
    "dynamodb.transact_write_items": "dynamodb:PutItem dynamodb:UpdateItem",  # what ours are made of
    "dynamodb.update_item": "dynamodb:UpdateItem",
    "s3.copy_object": "s3:GetObject s3:PutObject s3:ListBucket",
    "s3.delete_objects": "s3:DeleteObject",
    "s3.generate_presigned_post": "s3:PutObject",
    "s3.get_object": "s3:GetObject s3:ListBucket",  # the latter to be told that there is none
    "s3.head_object": "s3:GetObject s3:ListBucket",
    "s3.list_objects_v2": "s3:ListBucket",
    "s3.put_object": "s3:PutObject",
    "sqs.change_message_visibility": "sqs:ChangeMessageVisibility",
    "sqs.send_message": "sqs:SendMessage",
}
"""What AWS asks policies for, by the method that is called."""


ASKED_BY: Mapping[Resource, str] = {
    model("EmbeddingModel"): "chalicelib.models.embedding._Runtime._invoke",
    model("ChatModel"): "chalicelib.models.chat.BedrockChat._events",
    model("OcrModel"): "chalicelib.models.ocr.BedrockOcr._asked",
    RERANKER: "chalicelib.models.reranking.BedrockReranker._invoke",
}
"""Which of the models a method asks."""


@pytest.fixture(scope="module")
def program() -> Program:
    return Program()


@pytest.fixture(scope="module")
def reached(program: Program) -> Mapping[str, Reached]:
    return {name: program.reachable([f"app.{name}", *fields(name)]) for name in FUNCTIONS}


def fields(function: str) -> Iterator[str]:
    """What answers the fields that the template has a function answer."""
    source = {"Fn::GetAtt": [f"{function.capitalize()}Source", "Name"]}
    resources: Any = package()["Resources"]
    for resource in resources.values():
        match resource["Properties"]:
            case {"TypeName": kind, "FieldName": field, "DataSourceName": found} if found == source:
                resolver = RESOLVERS[kind][field]
                yield f"{resolver.__module__}.{resolver.__qualname__}"


@pytest.mark.parametrize("name", FUNCTIONS)
def test_function_is_granted_exactly_the_operations_that_its_code_can_reach(
    reached: Mapping[str, Reached], name: str
) -> None:
    called = {f"{each.service}.{each.method}" for each in reached[name].operations}
    lances, lambdas = {*READING_INDEX, *WRITING_INDEX}, ("logs:", "xray:")
    granted = {
        action
        for grant in FUNCTIONS[name]
        if grant not in lances and "Lambda itself" not in grant.unseen
        for action in grant.actions
        if not action.startswith(("appsync:", *lambdas))
    }
    assert granted == {action for each in called for action in ACTIONS[each].split()}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_function_may_publish_exactly_what_its_code_publishes(
    reached: Mapping[str, Reached], name: str
) -> None:
    publisher = "chalicelib.stores.events.EventPublisher"
    methods = {PUBLISH_ANSWER: f"{publisher}.answer_event", PUBLISH_DOCUMENT: f"{publisher}.document_event"}
    granted = {each for grant in FUNCTIONS[name] for each in grant.resources if each in methods}
    assert granted == {each for each, method in methods.items() if method in reached[name].names}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_function_may_ask_exactly_the_models_that_its_code_asks(
    reached: Mapping[str, Reached], name: str
) -> None:
    granted = {each for grant in FUNCTIONS[name] for each in grant.resources if each in ASKED_BY}
    assert granted == {each for each, method in ASKED_BY.items() if method in reached[name].names}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_function_may_use_the_index_exactly_when_its_code_opens_it(
    reached: Mapping[str, Reached], name: str
) -> None:
    granted = any(INDEX in grant.resources for grant in FUNCTIONS[name])
    assert granted == ("chalicelib.retrieval.index.table.PassageTable._open" in reached[name].names)


def test_no_call_is_written_that_no_function_makes(program: Program, reached: Mapping[str, Reached]) -> None:
    everywhere = program.reachable(program.named("chalicelib.")).operations
    by_functions = set().union(*(each.operations for each in reached.values()))
    assert everywhere - by_functions == set()


def test_services_without_a_row_are_not_even_connected_to() -> None:
    calls = re.compile(r"""\.(?:client|resource)\(\s*["']([a-z0-9-]+)["']""")
    connected = {name for path in PRODUCT.rglob("*.py") for name in calls.findall(path.read_text())}
    assert connected == {each.rpartition(".")[0] for each in ACTIONS}


NEW_CODE = """
from typing import Protocol
from mypy_boto3_ssm import SSMClient

class Secrets(Protocol):
    def secret(self) -> str: ...

class Parameters:
    def __init__(self, client: SSMClient) -> None:
        self._client = client

    def secret(self) -> str:
        return self._client.get_parameter(Name="key")["Parameter"]["Value"]

    def every(self) -> object:
        return self._client.get_paginator("describe_parameters").paginate()

def resolve(secrets: Secrets) -> str:
    return secrets.secret()

def search(parameters: Parameters) -> object:
    return [parameters.every]

def ingest(session):
    first, client = 1, session.client("lambda")
    client.get_waiter("function_active_v2").wait(FunctionName=first)
    return session.client("sts").get_caller_identity()
"""


def test_new_call_is_found_behind_protocols_paginators_waiters_and_variables(tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text(NEW_CODE)
    program = Program(tmp_path)
    assert program.reachable(["app.resolve"]).operations == {Operation("ssm", "get_parameter")}
    assert program.reachable(["app.search"]).operations == {Operation("ssm", "describe_parameters")}
    waiting = {Operation("lambda", "get_function"), Operation("sts", "get_caller_identity")}
    assert program.reachable(["app.ingest"]).operations == waiting
