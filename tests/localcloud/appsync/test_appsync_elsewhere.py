"""Templates and folders as others write them: CDK's, Amplify's and SAM's, and values on the command line."""

import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import boto3
import httpx
import pytest
from botocore.config import Config

from localcloud.appsync import definition
from localcloud.appsync.command import Options, offered, prepared
from localcloud.appsync.errors import DefinitionError
from localcloud.appsync.folder import EXAMPLE
from localcloud.appsync.functions import inline_functions
from localcloud.appsync.services import anybody, client
from localcloud.appsync.summary import summarise
from localcloud.appsync.template import Template
from localcloud.audits.here import started

API = {"Type": "AWS::AppSync::GraphQLApi", "Properties": {"Name": "n", "AuthenticationType": "API_KEY"}}
SCHEMA = {
    "Type": "AWS::AppSync::GraphQLSchema",
    "Properties": {"Definition": "type Query { a: String }"},
}
NONE = {"Type": "AWS::AppSync::DataSource", "Properties": {"Name": "none", "Type": "NONE"}}
ASSET = "cdk-assets-${AWS::AccountId}/abc.js"
JOINED = {"Fn::Join": ["", ["s3://", {"Ref": "Bucket"}, "/abc.js"]]}
SAM = {"Type": "AWS::Serverless::GraphQLApi", "Properties": {"SchemaUri": "schema.graphql"}}
STACK = {"Type": "AWS::CloudFormation::Stack", "Properties": {"TemplateURL": "posts.json"}}
FUNCTION = {
    "Type": "AWS::Lambda::Function",
    "Properties": {
        "Runtime": "python3.13",
        "Code": {"ZipFile": "def handler(event, context): pass"},
        "Environment": {"Variables": {"API": {"Fn::GetAtt": ["Api", "GraphQLUrl"]}, "B": {"Ref": "Bucket"}}},
    },
}
MAPPINGS = {"Stages": {"dev": {"tables": "a,b"}}}
PARAMETERS = {"Stage": {"Default": "dev"}, "Zones": {"Type": "CommaDelimitedList", "Default": "x, y"}}


def template(folder: Path, **resources: Any) -> Path:
    path = folder / "Shop.template.json"
    everything = {"Api": API, "Schema": SCHEMA, "None": NONE, **resources}
    kept = {name: each for name, each in everything.items() if each is not None}
    path.write_text(json.dumps({"Resources": kept}))
    return path


def resolver(code: Any) -> dict[str, Any]:
    given = {"TypeName": "Query", "FieldName": "a", "DataSourceName": "none", "CodeS3Location": code}
    return {"Type": "AWS::AppSync::Resolver", "Properties": given}


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({"Fn::Split": ["/", "a/b"]}, ["a", "b"]),
        ({"Fn::FindInMap": ["Stages", {"Ref": "Stage"}, "tables"]}, "a,b"),
        ({"Fn::FindInMap": ["Stages", "prod", "tables", {"DefaultValue": "z"}]}, "z"),
        ({"Fn::ImportValue": {"Fn::Sub": "${Stage}-bucket"}}, "pictures"),
        ({"Fn::Select": [1, {"Ref": "Zones"}]}, "y"),
        ({"Fn::Join": ["", ["s3://", {"Fn::Select": [0, {"Fn::Split": [",", "a,b"]}]}]]}, "s3://a"),
    ],
)
def test_a_function_that_synthesised_templates_use_is_worked_out(value: Any, expected: Any) -> None:
    document = {"Parameters": PARAMETERS, "Mappings": MAPPINGS, "Resources": {}}
    assert Template(document, {"dev-bucket": "pictures"}).resolve(value) == expected


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ({"Fn::ImportValue": "shared"}, "imports 'shared', which has no value; --value 'shared=…' gives one"),
        ({"Fn::FindInMap": ["Stages", "prod", "tables"]}, "Mappings have no Stages.prod.tables"),
        ({"Fn::Cidr": ["10.0.0.0/16", 1]}, "uses Fn::Cidr, which is not worked out here"),
        ({"Fn::If": ["Nobody", 1, 2]}, "no condition 'Nobody'"),
    ],
)
def test_what_cannot_be_worked_out_is_said(value: Any, reason: str) -> None:
    with pytest.raises(DefinitionError, match=reason):
        Template({"Mappings": MAPPINGS, "Resources": {}}, {}).resolve(value)


@pytest.mark.parametrize("code", [{"Fn::Sub": f"s3://{ASSET}"}, JOINED, "s3://bucket/abc.js"])
@pytest.mark.parametrize("name", ["asset.abc.js", "abc.js"])
def test_what_is_uploaded_is_found_beside_the_template(code: Any, name: str, tmp_path: Path) -> None:
    (tmp_path / name).write_text("export function request() {}")
    what = offered(Options(template=template(tmp_path, R=resolver(code))))
    ((step,),) = (each.steps for each in definition.read(what.template).attachments.resolvers)
    assert step.code
    assert step.code.text == "export function request() {}"


def test_functions_are_told_where_the_api_is_and_what_other_resources_are_called(tmp_path: Path) -> None:
    bucket = {"Type": "AWS::S3::Bucket"}
    what = offered(Options(template=template(tmp_path, F=FUNCTION, Bucket=bucket), port=8123))
    environment = inline_functions(what.template)["F"].environment
    assert environment == {"API": "http://localhost:8123/graphql", "B": "Bucket"}


def test_nested_stacks_are_named_at_the_start(tmp_path: Path) -> None:
    told = list(summarise(offered(Options(template=template(tmp_path, Posts=STACK))), 8000, tls=False))
    assert ("not emulated", "Posts (AWS::CloudFormation::Stack)") in told


@pytest.mark.parametrize(
    ("resources", "reason"),
    [
        ({"Api": SAM}, "Api is an AWS::Serverless::GraphQLApi, which SAM expands"),
        ({"Api": STACK}, "is it in the template of the nested stack Api"),
        ({"R": resolver({"Fn::Sub": f"s3://{ASSET}"})}, "in S3; put it beside the template as abc.js"),
        ({"R": resolver({"Fn::GetAtt": ["Code", "Url"]})}, "does not say which file it is"),
        ({"None": {"Properties": {}}}, "resource None of .* has no Type"),
        ({"None": {**NONE, "Condition": "Nobody"}}, "no condition 'Nobody'"),
        ({"Schema": {**SCHEMA, "Properties": {"Definition": "type A { a: Int }"}}}, "no Query type"),
    ],
)
def test_a_template_that_cannot_be_served_is_one_sentence(
    resources: Mapping[str, Any], reason: str, tmp_path: Path
) -> None:
    options = Options(template=template(tmp_path, **resources), port=0)
    with pytest.raises(DefinitionError, match=reason), prepared(options, {}):
        pass


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        (Options(folder=EXAMPLE, schema=EXAMPLE / "schema.graphql"), "not both"),
        (Options(folder=EXAMPLE / "appsync.yaml"), "is no folder"),
        (Options(folder=EXAMPLE, endpoints={"nobody": "http://h"}), "no data source 'nobody' .* but nothing"),
        (Options(folder=EXAMPLE, endpoints={"nothing": "localhost:1"}), "'localhost:1' is no address"),
        (Options(folder=EXAMPLE, lambda_endpoint="functions"), "'functions' is no address"),
        (Options(folder=EXAMPLE, settings={"serial_mutations": "True"}), "is true by default and cannot be"),
    ],
)
def test_an_option_that_cannot_be_heeded_is_one_sentence(options: Options, reason: str) -> None:
    with pytest.raises(DefinitionError, match=reason), prepared(options, {}):
        pass


@pytest.mark.parametrize("text", ["[]", '{"AKID": 1}', '{"AKID": {"arn": "a"}}', "{"])
def test_credentials_of_another_shape_are_refused(text: str, tmp_path: Path) -> None:
    (tmp_path / "keys.json").write_text(text)
    options = Options(folder=EXAMPLE, credentials=tmp_path / "keys.json")
    with pytest.raises(DefinitionError, match=r"keys\.json is no JSON|needs a {secret, arn}"):
        prepared(options, {}).__enter__()


@pytest.mark.parametrize(
    ("endpoint", "environ", "expected"),
    [
        ("http://127.0.0.1:8001", {}, True),
        (None, {"AWS_ENDPOINT_URL_DYNAMODB": "http://localhost:1"}, True),
        (None, {"AWS_ENDPOINT_URL": "http://localhost:1"}, True),
        (None, {}, False),
        ("https://dynamodb.eu-west-1.amazonaws.com", {}, False),
        ("http://127.0.0.1:8001", {"AWS_PROFILE": "mine"}, False),
    ],
)
def test_only_what_is_on_aws_needs_credentials(
    endpoint: str | None, environ: Mapping[str, str], expected: bool
) -> None:
    assert anybody("dynamodb", endpoint, environ) is expected


def test_a_table_on_this_machine_is_asked_without_credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    made = client(boto3.Session(region_name="us-east-1"), "dynamodb", "http://localhost:1", Config())
    assert made._request_signer._credentials.access_key == "local"


def test_a_service_that_is_not_there_is_named_in_the_log(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    shutil.copytree(EXAMPLE, tmp_path, dirs_exist_ok=True)
    mapping = (tmp_path / "appsync.yaml").read_text().replace("Query.ping: nothing", "Query.ping: web")
    web = "  web: { type: HTTP, endpoint: 'http://127.0.0.1:9' }\n"
    (tmp_path / "appsync.yaml").write_text(mapping.replace("resolvers:\n", f"{web}resolvers:\n"))
    (tmp_path / "resolvers/Query.ping.js").write_text(
        "export function request() { return { method: 'GET', resourcePath: '/' }; }\n"
        "export function response(ctx) { return ctx.result.body; }\n"
    )
    with prepared(Options(folder=tmp_path, port=0), {}) as ready, started(ready.server) as port:
        url, headers = f"http://localhost:{port}/graphql", {"x-api-key": "da2-rooms"}
        httpx.post(url, json={"query": "{ ping }"}, headers=headers)
    assert "resolver Query.ping: 127.0.0.1 could not be reached" in caplog.text
