"""The template, schema and resolvers that deploy are what this endpoint serves."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import boto3
import httpx
from graphql import GraphQLObjectType

from localcloud.appsync import schema
from localcloud.appsync.assembly import Surroundings, assemble
from localcloud.appsync.definition import read
from localcloud.appsync.template import load
from tests.conftest import ROOT, free_port, wait_for

TEMPLATE = ROOT / "appsync/template.yaml"
VALUES = {
    "UserPool": "us-east-1_riffle", "UserPoolClient": "page", "ApiKey.ApiKey": "da2-riffle",
    "AnswersTable": "answers", "DocumentsTable": "documents",
}  # fmt: skip


def test_the_products_definition_is_served_whole() -> None:
    definition = read(load(TEMPLATE, VALUES))
    assemble(definition, Surroundings(boto3.Session(region_name="us-east-1")))
    assert {source.kind for source in definition.attachments.sources} == {
        "NONE",
        "AWS_LAMBDA",
        "AMAZON_DYNAMODB",
    }


def test_every_root_field_of_the_products_schema_has_a_resolver() -> None:
    definition = read(load(TEMPLATE, VALUES))
    graphql = schema.load(definition.sdl).graphql
    roots = [graphql.query_type, graphql.mutation_type, graphql.subscription_type]
    fields = {
        (root.name, field) for root in roots if isinstance(root, GraphQLObjectType) for field in root.fields
    }
    assert fields == {resolver.place for resolver in definition.attachments.resolvers}


def start(tmp_path: Path, *arguments: str) -> subprocess.Popen[str]:
    keys = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_DEFAULT_REGION": "us-east-1"}
    environment = {"PATH": os.environ["PATH"], "AWS_ENDPOINT_URL": "http://127.0.0.1:9", **keys}
    (tmp_path / "values.json").write_text(json.dumps(VALUES))
    command = [sys.executable, "-m", "localcloud.appsync", "--parameters", str(tmp_path / "values.json")]
    return subprocess.Popen(
        [*command, *arguments], cwd=ROOT, env=environment, stderr=subprocess.PIPE, text=True
    )


def test_the_command_serves_and_stops_at_once(tmp_path: Path) -> None:
    port = free_port()
    child = start(tmp_path, "--port", str(port))
    try:
        wait_for(f"http://127.0.0.1:{port}/riffle.json")
        answer = httpx.post(
            f"http://localhost:{port}/graphql",
            json={"query": "{ __typename }"},
            headers={"x-api-key": "da2-riffle"},
        )
        assert answer.json() == {"data": {"__typename": "Query"}}
    finally:
        child.send_signal(signal.SIGTERM)
        child.communicate(timeout=10)


def test_the_command_says_what_is_missing(tmp_path: Path) -> None:
    child = start(tmp_path, "--template", str(tmp_path / "none.yaml"))
    _, error = child.communicate(timeout=20)
    assert child.returncode == 1
    assert f"{tmp_path / 'none.yaml'} cannot be read" in error
    assert "Traceback" not in error
