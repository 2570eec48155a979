"""AppSync's scalars: what is accepted, what is refused, on the way in and out."""

from typing import Any

import httpx
import pytest
from graphql import GraphQLError

from localcloud.appsync.scalars import SCALARS
from tests.localcloud.appsync.world import KEY, Endpoint

BY_NAME = {scalar.name: scalar for scalar in SCALARS}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("AWSDate", "2024-02-29"),
        ("AWSDate", "1970-01-01Z"),
        ("AWSDate", "1970-01-01-07:00"),
        ("AWSTime", "12:30"),
        ("AWSTime", "12:30:00.123456789+05:30:12"),
        ("AWSDateTime", "2026-01-31T12:00Z"),
        ("AWSDateTime", "2026-01-31T12:00:00.000+07:00"),
        ("AWSTimestamp", -12),
        ("AWSEmail", "ada@example.org"),
        ("AWSURL", "https://example.org/a/b?c=//d"),
        ("AWSPhone", "+84 912 345-678"),
        ("AWSPhone", "555-123-4567"),
        ("AWSIPAddress", "127.0.0.1/8"),
        ("AWSIPAddress", "2001:db8::1/64"),
    ],
)
def test_a_legal_value_passes_unchanged_both_ways(name: str, value: Any) -> None:
    assert BY_NAME[name].parse(value) == value
    assert BY_NAME[name].serialize(value) == value


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("AWSDate", "2023-02-29"),
        ("AWSDate", "2023-2-9"),
        ("AWSDate", 20230209),
        ("AWSDate", "2023-02-09+18:01"),
        ("AWSDate", "2023-02-09+0\u0667:00"),
        ("AWSTime", "12:30+99:99"),
        ("AWSTime", "24:01"),
        ("AWSTime", "noon"),
        ("AWSDateTime", "2026-01-31T12:00:00"),
        ("AWSDateTime", "2026-01-31 12:00:00Z"),
        ("AWSTimestamp", "12"),
        ("AWSTimestamp", 1.5),
        ("AWSTimestamp", True),
        ("AWSTimestamp", 2**63),
        ("AWSEmail", "ada"),
        ("AWSEmail", "a@b"),
        ("AWSURL", "example.org"),
        ("AWSURL", "https://example.org//a"),
        ("AWSPhone", "call me"),
        ("AWSPhone", "\u0665\u0665\u0665\u0665"),
        ("AWSIPAddress", "300.1.1.1"),
        ("AWSIPAddress", "10.0.0.1/255.0.0.0"),
        ("AWSIPAddress", "fe80::1%eth0"),
        ("AWSJSON", "{"),
        ("AWSJSON", {"a": 1}),
    ],
)
def test_an_illegal_value_is_refused(name: str, value: Any) -> None:
    with pytest.raises(GraphQLError, match=name):
        BY_NAME[name].parse(value)


def test_json_is_parsed_for_resolvers_and_text_for_clients() -> None:
    scalar = BY_NAME["AWSJSON"]
    assert scalar.parse('{"a": [1]}') == {"a": [1]}
    assert scalar.serialize({"a": "ế"}) == '{"a":"ế"}'
    assert scalar.serialize('{"a": 1}') == '{"a": 1}'
    assert scalar.serialize("plain words") == '"plain words"'


@pytest.mark.parametrize("text", ["NaN", "[Infinity]", '{"a": 1e999}', '{"a": -Infinity}'])
def test_numbers_that_json_does_not_have_are_refused(endpoint: Endpoint, text: str) -> None:
    with pytest.raises(GraphQLError, match="AWSJSON"):
        BY_NAME["AWSJSON"].parse(text)
    with pytest.raises(GraphQLError, match="AWSJSON"):
        BY_NAME["AWSJSON"].serialize([float("nan")])
    body = f'{{"query": "{{ __typename }}", "variables": {{"a": {text}}}}}'
    assert httpx.post(endpoint.url, content=body, headers={"x-api-key": KEY}).status_code == 400


def test_the_json_text_null_is_no_value_where_one_is_needed(endpoint: Endpoint) -> None:
    answer = endpoint.post("query Q($data: AWSJSON!) { given(data: $data) }", {"data": "null"}).json()
    assert (
        answer["errors"][0]["message"] == "Variable 'data' has coerced Null value for NonNull type 'AWSJSON!'"
    )
    answer = endpoint.post('query Q($data: AWSJSON = "1") { given(data: $data) }', {"data": None}).json()
    assert answer["data"] == {"given": None}
    assert answer["errors"][0]["message"].startswith("Argument 'data' has invalid value")


def test_a_bad_literal_is_a_wrong_type_and_a_bad_variable_is_refused(endpoint: Endpoint) -> None:
    answer = endpoint.post('{ moment(at: "yesterday") }').json()
    assert answer["data"] is None
    [error] = answer["errors"]
    assert "of type WrongType" in error["message"]
    assert error["message"].endswith(" @ 'moment'")
    assert error["locations"] == [{"line": 1, "column": 14, "sourceName": None}]
    answer = endpoint.post("query Q($at: AWSDateTime) { moment(at: $at) }", {"at": "yesterday"}).json()
    assert answer["data"] is None
    assert "AWSDateTime" in answer["errors"][0]["message"]
