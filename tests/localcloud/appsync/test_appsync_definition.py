"""Reading a template: intrinsic functions, conditions, and what cannot be served."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

from localcloud.appsync.assembly import Surroundings, assemble
from localcloud.appsync.definition import Definition, read
from localcloud.appsync.errors import DefinitionError
from localcloud.appsync.identity import Mode
from localcloud.appsync.template import Template, load
from tests.localcloud.appsync.world import CLIENT, FIXTURES, KEY, OLD_KEY, POOL, VALUES

SDL = "type Query { a: String }"
BROKEN = {"Type": "AWS::AppSync::GraphQLSchema", "Properties": {"Definition": "type {"}}
OVER_HTTP = {"Type": "AWS::AppSync::DataSource", "Properties": {"Name": "h", "Type": "HTTP"}}
SEARCH = {
    "Type": "AWS::AppSync::DataSource",
    "Properties": {"Name": "s", "Type": "AMAZON_OPENSEARCH_SERVICE"},
}
IAM = {"AuthorizationType": "AWS_IAM", "AwsIamConfig": {"SigningRegion": "us-east-1"}}
UNSIGNED = {
    "Type": "AWS::AppSync::DataSource",
    "Properties": {
        "Name": "h",
        "Type": "HTTP",
        "HttpConfig": {"Endpoint": "https://a.example", "AuthorizationConfig": IAM},
    },
}
FUNCTION = {
    "Type": "AWS::AppSync::FunctionConfiguration",
    "Properties": {"Name": "f", "DataSourceName": "none"},
}
TEMPLATE = FIXTURES / "template.yaml"


@pytest.fixture(scope="module")
def definition() -> Definition:
    return read(load(TEMPLATE, VALUES))


def test_the_api_is_read_with_its_modes_pool_and_keys(definition: Definition) -> None:
    assert definition.name == "notes-test"
    assert definition.providers.modes == (Mode.COGNITO, Mode.API_KEY, Mode.IAM)
    (pool,) = definition.providers.pools
    assert (pool.pool_id, pool.region, pool.client_pattern) == (POOL, "us-east-1", CLIENT)
    assert definition.api_keys == {KEY: None, OLD_KEY: datetime.fromtimestamp(1_000_000_000, UTC)}


def test_sources_and_code_are_found_beside_the_template(definition: Definition) -> None:
    targets = {source.name: source.target for source in definition.attachments.sources}
    assert targets == {"nothing": "", "function": "notes-test-fn", "table": "notes-test"}
    send = next(each for each in definition.attachments.resolvers if each.place == ("Mutation", "send"))
    (step,) = send.steps
    assert step.source == "nothing"
    assert step.code
    assert step.code.text == (FIXTURES / "resolvers/send.js").read_text()


def test_a_resource_counts_when_its_condition_holds() -> None:
    assert "da2-2" in read(load(TEMPLATE, {**VALUES, "Second": "yes", "SecondKey.ApiKey": "da2-2"})).api_keys


def test_a_missing_value_is_named() -> None:
    with pytest.raises(DefinitionError, match="'Key\\.ApiKey'"):
        read(load(TEMPLATE, {"Pool": POOL, "Client": CLIENT}))


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(DefinitionError, match="nowhere"):
        load(tmp_path / "nowhere.yaml", {})


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({"Fn::Sub": "${A}-${!A}-${AWS::Region}"}, "a-${A}-us-east-1"),
        ({"Fn::Sub": ["${A}${B}", {"B": {"Ref": "A"}}]}, "aa"),
        ({"Fn::Join": ["/", ["x", {"Ref": "A"}]]}, "x/a"),
        ({"Fn::Select": ["1", ["x", "y"]]}, "y"),
        ({"Fn::If": ["Yes", 1, 2]}, 1),
        ({"Fn::If": ["No", 1, 2]}, 2),
        ({"Fn::GetAtt": "R.Arn"}, "arn:r"),
        ([{"Ref": "AWS::NoValue"}, 1], [1]),
        ({"a": {"Ref": "AWS::NoValue"}, "b": {"Ref": "D"}}, {"b": 7}),
    ],
)
def test_an_intrinsic_function_is_worked_out(value: Any, expected: Any) -> None:
    equal, other = {"Fn::Equals": [{"Ref": "A"}, "a"]}, {"Fn::Equals": ["x", "y"]}
    conditions = {
        "Yes": {"Fn::And": [equal, {"Fn::Not": [other]}]},
        "No": {"Fn::Or": [other, {"Fn::Not": [{"Condition": "Yes"}]}]},
    }
    document = {"Parameters": {"D": {"Default": 7}}, "Conditions": conditions, "Resources": {}}
    assert Template(document, {"A": "a", "R.Arn": "arn:r"}).resolve(value) == expected


def edited(tmp_path: Path, **changes: Any) -> Path:
    """A template with some resources replaced; no tags, as JSON is YAML too."""
    source: dict[str, Any] = {
        "Api": {
            "Type": "AWS::AppSync::GraphQLApi",
            "Properties": {"Name": "n", "AuthenticationType": "API_KEY"},
        },
        "Schema": {
            "Type": "AWS::AppSync::GraphQLSchema",
            "Properties": {"Definition": SDL},
        },
        "None": {"Type": "AWS::AppSync::DataSource", "Properties": {"Name": "none", "Type": "NONE"}},
        **{name: change for name, change in changes.items() if change},
    }
    path = tmp_path / "template.yaml"
    path.write_text(yaml.safe_dump({"Resources": source}))
    return path


def pipeline(*ids: str) -> dict[str, Any]:
    return resolver(Kind="PIPELINE", PipelineConfig={"Functions": list(ids)})


def resolver(**properties: Any) -> dict[str, Any]:
    given = {"TypeName": "Query", "FieldName": "a", "DataSourceName": "none", **properties}
    return {"Type": "AWS::AppSync::Resolver", "Properties": given}


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"Api": {"Type": "Other"}}, "0 resources of type AWS::AppSync::GraphQLApi"),
        ({"None": OVER_HTTP}, "which is no address"),
        ({"None": UNSIGNED}, "which region and service"),
        ({"None": SEARCH}, "of type AMAZON_OPENSEARCH_SERVICE"),
        ({"R": resolver(RequestMappingTemplate="{}")}, "written in VTL"),
        ({"R": resolver(MaxBatchSize=2001)}, "MaxBatchSize of 2001"),
        ({"R": pipeline("nowhere")}, "function 'nowhere', which is not there"),
        ({"F": FUNCTION, "R": pipeline(*["F"] * 11)}, "11 functions; at most 10"),
        ({"R": resolver(FieldName="b")}, "Query.b, which the schema does not have"),
        ({"R": resolver(DataSourceName="x")}, "data source 'x'"),
        ({"R": resolver(Code="export function (")}, "Query.a is no APPSYNC_JS"),
        ({"Schema": BROKEN}, "schema cannot be read"),
    ],
)
def test_what_cannot_be_served_is_said_at_the_start(tmp_path: Path, changes: Any, reason: str) -> None:
    with pytest.raises(DefinitionError, match=reason):
        assemble(read(load(edited(tmp_path, **changes), {})), Surroundings())
