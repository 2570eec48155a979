"""schema.graphql: what clients rely on is there, described, guarded, and answered by a resolver."""

from pathlib import Path
from typing import Any

import pytest
from chalicelib.api.export import FILE, breaking, exported, main, readable
from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    get_named_type,
    introspection_types,
)

from appsync.packaging import package

ROOTS = ("Query", "Mutation", "Subscription")
CONTRACT = (Path(__file__).parent / "contract.graphql").read_text()
BUILT_IN = ("String", "Int", "Float", "Boolean", "ID", "AWSDateTime", "AWSJSON", "AWSURL")


@pytest.fixture(scope="module")
def schema() -> GraphQLSchema:
    return readable(FILE.read_text())


def our_types(schema: GraphQLSchema) -> list[GraphQLNamedType]:
    return [
        kind
        for name, kind in schema.type_map.items()
        if name not in BUILT_IN and name not in introspection_types
    ]


def directives(node: Any) -> dict[str, Any]:  # an AST node of a type or a field
    return {directive.name.value: directive for directive in node.ast_node.directives}


def modes(node: Any) -> set[str]:  # an AST node of a type or a field
    return set(directives(node)) & {"aws_cognito_user_pools", "aws_iam", "aws_api_key"}


def root_fields(schema: GraphQLSchema) -> dict[str, Any]:
    return {
        f"{name}.{field}": definition
        for name in ROOTS
        for field, definition in schema.type_map[name].fields.items()  # type: ignore[attr-defined]  # object types
    }


def test_everything_of_the_contract_is_still_there() -> None:
    assert breaking(CONTRACT, FILE.read_text()) == []


def test_the_file_is_what_the_types_say() -> None:
    assert main(["--check"]) == 0


def test_everything_is_described(schema: GraphQLSchema) -> None:
    missing = []
    for kind in our_types(schema):
        described = {kind.name: kind.description}
        if isinstance(kind, GraphQLObjectType | GraphQLInputObjectType):
            for name, field in kind.fields.items():
                described[f"{kind.name}.{name}"] = field.description
                for argument, definition in getattr(field, "args", {}).items():
                    described[f"{kind.name}.{name}({argument})"] = definition.description
        if isinstance(kind, GraphQLEnumType):
            described |= {f"{kind.name}.{name}": value.description for name, value in kind.values.items()}
        missing += [name for name, text in described.items() if not text]
    assert missing == []


def test_appsyncs_own_scalars_and_directives_are_not_defined() -> None:
    assert "scalar " not in exported()
    assert "\ndirective " not in exported()


def test_no_argument_has_null_as_its_default() -> None:
    assert "= null" not in exported()


def test_every_root_field_says_who_may_use_it(schema: GraphQLSchema) -> None:
    assert [name for name, field in root_fields(schema).items() if not modes(field)] == []


def test_only_about_is_open_to_an_api_key(schema: GraphQLSchema) -> None:
    assert [n for n, field in root_fields(schema).items() if "aws_api_key" in modes(field)] == ["Query.about"]


def test_only_workers_publish_events(schema: GraphQLSchema) -> None:
    fields = root_fields(schema)
    assert modes(fields["Mutation.publishAnswerEvent"]) == {"aws_iam"}
    assert modes(fields["Mutation.publishDocumentEvent"]) == {"aws_iam"}


def test_a_type_is_open_to_whoever_may_use_a_field_that_returns_it(schema: GraphQLSchema) -> None:
    """Otherwise AppSync would answer the field and refuse everything in it."""
    closed = [
        f"{name} → {kind.name}"
        for name, field in root_fields(schema).items()
        for kind in reachable(get_named_type(field.type))
        if not modes(field) <= modes(kind)
    ]
    assert closed == []


def reachable(kind: GraphQLNamedType) -> set[GraphQLObjectType]:
    if not isinstance(kind, GraphQLObjectType):
        return set()
    inner = (reachable(get_named_type(field.type)) for field in kind.fields.values())
    return {kind}.union(*inner)


def test_a_subscription_has_the_nullable_type_of_its_mutation(schema: GraphQLSchema) -> None:
    fields = root_fields(schema)
    for name, field in fields.items():
        if name.startswith("Subscription."):
            [mutation] = [
                value.value for value in directives(field)["aws_subscribe"].arguments[0].value.values
            ]
            assert str(fields[f"Mutation.{mutation}"].type) == f"{field.type}!"


def test_every_root_field_has_a_resolver_and_every_resolver_a_field(schema: GraphQLSchema) -> None:
    resources: dict[str, Any] = package()["Resources"]  # type: ignore[assignment]  # a mapping in any template
    resolvers = [
        f"{properties['TypeName']}.{properties['FieldName']}"
        for properties in (
            each["Properties"] for each in resources.values() if "FieldName" in each["Properties"]
        )
    ]
    assert sorted(resolvers) == sorted(root_fields(schema))


def test_events_and_their_inputs_have_the_same_fields(schema: GraphQLSchema) -> None:
    pairs = {"Document": "DocumentEventInput"} | {
        name: f"{name}Input" for name in ("AnswerEvent", "Citation", "Passage", "Usage", "Problem")
    }
    for output, given in pairs.items():
        told, taken = (schema.type_map[name].fields for name in (output, given))  # type: ignore[attr-defined]
        spelled = {name: str(field.type) for name, field in told.items()}
        assert spelled == {
            name: str(field.type).replace(
                get_named_type(field.type).name, get_named_type(told[name].type).name
            )
            for name, field in taken.items()
        }


def test_drift_fails_the_check_and_names_what_breaks(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "schema.graphql"
    file.write_text(exported().replace("  took", "  tookLong").replace("tookMs: Int!", "tookMs: Int"))
    assert main(["--check"], file) == 1
    told = capsys.readouterr().err
    assert "breaking change: SearchResult.tookLongMs was removed." in told.replace("Field ", "")
    assert "schema.graphql differs" in told


def test_writing_repairs_the_drift(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "schema.graphql"
    file.write_text("type Query { about: String }")
    assert main(["--write"], file) == 0
    assert main(["--check"], file) == 0
    assert main([]) == 0
    assert capsys.readouterr().out == exported()
