"""The client against the contract, and the decoding of what it asks for."""

from pathlib import Path

import pytest
from graphql import build_ast_schema, parse, validate

from riffle import About, AnswerStatus, Unexpected, operations
from riffle.decoding import decode, encode, selection
from riffle.records import Answer, Citation, Message
from tests.riffle import samples

ROOT = Path(__file__).parents[2]
PRELUDE = """
scalar AWSDateTime scalar AWSJSON scalar AWSURL
directive @aws_subscribe(mutations: [String!]!) on FIELD_DEFINITION
directive @aws_iam on OBJECT | FIELD_DEFINITION
directive @aws_api_key on OBJECT | FIELD_DEFINITION
directive @aws_cognito_user_pools(cognito_groups: [String!]) on OBJECT | FIELD_DEFINITION
"""
OPERATIONS = {name: text for name, text in vars(operations).items() if name.isupper()}


@pytest.mark.parametrize("name", OPERATIONS)
def test_every_operation_is_valid_against_the_contract(name: str) -> None:
    schema = build_ast_schema(
        parse(PRELUDE + (ROOT / "schema.graphql").read_text("utf-8")), assume_valid=True
    )
    assert validate(schema, parse(OPERATIONS[name])) == []


def test_a_selection_asks_for_nested_records() -> None:
    assert selection(Citation).startswith("marker passage { id documentId documentName")


def test_what_is_decoded_encodes_back() -> None:
    value = samples.answer(status="COMPLETE", citations=[samples.citation()])
    answer = decode(Answer, value)
    assert answer.status is AnswerStatus.COMPLETE
    assert answer.citations[0].passage.page == 3
    assert encode(answer) == value


def test_awsjson_arrives_as_a_string_and_is_parsed() -> None:
    assert decode(Message, samples.message("a", '{"x": [1]}')).data == {"x": [1]}


@pytest.mark.parametrize("change", [{"chatModel": 7}, {"contentTypes": None}, {"maxUploadBytes": "many"}])
def test_a_field_of_another_type_is_reported_and_not_passed_on(change: dict[str, object]) -> None:
    with pytest.raises(Unexpected, match="About"):
        decode(About, samples.ABOUT | change)
