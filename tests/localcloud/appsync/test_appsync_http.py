"""GraphQL over HTTP: requests, responses and errors as AppSync has them. Rules HT…"""

import json
from typing import Any

import httpx
import pytest

from localcloud.appsync import http
from localcloud.appsync.api import Settings
from localcloud.appsync.app import create_app
from localcloud.appsync.documents import Bounds
from tests.localcloud.appsync.world import KEY, Endpoint, build_api, running


def raw(endpoint: Endpoint, body: str, **headers: str) -> httpx.Response:
    return httpx.post(endpoint.url, content=body, headers={"x-api-key": KEY, **headers})


def first_error(endpoint: Endpoint, query: str, variables: Any = None) -> Any:
    answer = endpoint.post(query, variables)
    assert answer.status_code == 200
    return answer.json()["errors"][0]


@pytest.mark.parametrize(
    "kind", ["application/json", "application/graphql", "application/x-www-form-urlencoded"]
)
def test_a_body_is_json_whatever_its_declared_type(endpoint: Endpoint, kind: str) -> None:
    answer = raw(
        endpoint, '{"query": "{__typename}", "extensions": {"clientLibrary": {}}}', **{"content-type": kind}
    )
    assert answer.json() == {"data": {"__typename": "Query"}}
    assert answer.headers["content-type"] == "application/json;charset=UTF-8"
    assert answer.headers["x-amzn-requestid"]


def test_a_query_may_come_as_get_and_a_mutation_may_not(endpoint: Endpoint) -> None:
    variables = json.dumps({"t": "hi"})
    asked = {"query": "query Q($t: String) { echo(text: $t) }", "variables": variables, "operationName": "Q"}
    answer = httpx.get(endpoint.url, params=asked, headers={"x-api-key": KEY})
    assert json.loads(answer.json()["data"]["echo"])["arguments"] == {"text": "hi"}
    asked = {"query": "mutation { __typename }"}
    assert httpx.get(endpoint.url, params=asked, headers={"x-api-key": KEY}).status_code == 405


def test_a_preflight_is_answered_for_any_origin(endpoint: Endpoint) -> None:
    headers = {
        "Origin": "http://page.test",
        "Access-Control-Request-Headers": "authorization,x-amz-user-agent",
    }
    answer = httpx.options(endpoint.url, headers=headers)
    assert answer.status_code == 200
    assert answer.headers["access-control-allow-origin"] == "*"
    assert answer.headers["access-control-allow-headers"] == "authorization,x-amz-user-agent"
    assert answer.headers["access-control-allow-methods"] == "GET, POST, OPTIONS"


@pytest.mark.parametrize(
    ("body", "kind", "message"),
    [
        ("", "MalformedHttpRequestException", "Request body is empty."),
        ("{", "MalformedHttpRequestException", "Unable to parse GraphQL query."),
        ("{}", "MalformedHttpRequestException", "Unable to parse GraphQL query."),
        ("[]", "MalformedHttpRequestException", "Unable to parse GraphQL query."),
        ('{"query": "{ echo"}', "MalformedHttpRequestException", "Unable to parse GraphQL query."),
        (
            '{"query": "query A {__typename} query B {__typename}"}',
            "BadRequestException",
            "Missing operation name.",
        ),
    ],
)
def test_what_is_no_request_is_refused_with_appsyncs_words(
    endpoint: Endpoint, body: str, kind: str, message: str
) -> None:
    answer = raw(endpoint, body)
    assert answer.status_code == 400
    assert answer.json() == {"errors": [{"errorType": kind, "message": message}]}
    assert answer.headers["x-amzn-errortype"] == kind


def test_members_of_a_refusal_are_in_the_order_of_the_service(endpoint: Endpoint) -> None:
    assert list(raw(endpoint, "").json()["errors"][0]) == ["message", "errorType"]
    refused = raw(endpoint, "{}", **{"x-api-key": "da2-wrong"})
    assert list(refused.json()["errors"][0]) == ["errorType", "message"]


def test_every_answer_has_a_request_id_of_its_own(endpoint: Endpoint) -> None:
    answers = [
        raw(endpoint, ""),
        raw(endpoint, "{}"),
        endpoint.post("{ __typename }"),
        httpx.options(endpoint.url),
    ]
    assert len({answer.headers["x-amzn-requestid"] for answer in answers}) == 4


def test_scripts_of_other_origins_may_read_the_headers_of_the_service(endpoint: Endpoint) -> None:
    exposed = raw(endpoint, "").headers["access-control-expose-headers"].lower().split(", ")
    assert {"x-amzn-requestid", "x-amzn-errortype", "x-amzn-errormessage", "date"} <= set(exposed)


def test_a_body_without_credentials_is_not_looked_into(endpoint: Endpoint) -> None:
    answer = httpx.post(endpoint.url, content="{")
    assert answer.json()["errors"][0]["message"] == "Valid authorization header not provided."


def test_a_finding_says_on_which_way_it_was_found(endpoint: Endpoint) -> None:
    query = "query Q { pet(kind: 1) { ...Named } other: pet { id nick } } fragment Named on Named { nme }"
    errors = endpoint.post(query).json()["errors"]
    ways = [error["message"].rpartition(" @ ")[2] for error in errors]
    assert sorted(ways) == ["'Named/nme'", "'pet'", "'pet'", "'pet/nick'"]


def test_a_validation_error_has_no_error_type_and_suggests_nothing(endpoint: Endpoint) -> None:
    answer = endpoint.post("{ ecko }")
    assert answer.status_code == 200
    message = "Validation error of type FieldUndefined: Field 'ecko' in type 'Query' is undefined @ 'ecko'"
    place = {"line": 1, "column": 3, "sourceName": None}
    assert answer.json() == {
        "data": None,
        "errors": [{"path": None, "locations": [place], "message": message}],
    }


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("{ echo(txet: 1) }", "UnknownArgument"),
        ('{ note(id: "1") }', "SubSelectionRequired"),
        ('{ pet(kind: "Cat") { ... on Note { id } } }', "InvalidFragmentType"),
        ("{ a: slow(ms: 1) a: slow(ms: 2) }", "FieldsConflict"),
    ],
)
def test_a_finding_is_named_as_graphql_java_names_it_and_gives_no_advice(
    endpoint: Endpoint, query: str, found: str
) -> None:
    message = first_error(endpoint, query)["message"]
    assert message.startswith(f"Validation error of type {found}: ")
    assert "Did you mean" not in message


def test_a_missing_variable_is_reported_by_name_and_type(endpoint: Endpoint) -> None:
    error = first_error(endpoint, "query Q($id: ID!) { note(id: $id) { id } }")
    assert error["message"] == "Variable 'id' has coerced Null value for NonNull type 'ID!'"


def test_a_subscription_over_http_is_refused(endpoint: Endpoint) -> None:
    answer = endpoint.post("subscription { onSend { id } }")
    assert (answer.status_code, answer.json()["errors"][0]["errorType"]) == (400, "BadRequestException")


def test_a_failing_field_carries_everything_in_appsyncs_order(endpoint: Endpoint) -> None:
    query = 'query Q($d: AWSJSON) { fail(how: "typed", data: $d) { id } }'
    error = first_error(endpoint, query, {"d": '{"id": "7"}'})
    place = {"line": 1, "column": 24, "sourceName": None}
    assert list(error.items()) == [
        ("path", ["fail"]), ("data", {"id": "7"}), ("errorType", "NotFound"), ("errorInfo", {"n": 1}),
        ("locations", [place]), ("message", "no note"),
    ]  # fmt: skip


def test_what_a_function_raises_reaches_nobody_through_a_handler(endpoint: Endpoint) -> None:
    answer = endpoint.post('{ fail(how: "crash") { id } }')
    assert answer.json()["errors"][0]["errorType"] == "InternalFailure"
    assert "secret" not in answer.text


def test_a_direct_function_error_is_lambda_unhandled(endpoint: Endpoint) -> None:
    error = first_error(endpoint, '{ note(id: "broken") { id } }')
    assert (error["errorType"], error["message"]) == ("Lambda:Unhandled", "no such note")
    error = first_error(endpoint, '{ note(id: "forbidden") { id } }')
    assert error["message"] == "You are not authorized to make this call."


def test_a_null_that_may_not_be_is_told_with_type_and_path(endpoint: Endpoint) -> None:
    answer = endpoint.post('{ note(id: "1") { id needed } }').json()
    assert answer["data"] == {"note": None}
    message = "Cannot return null for non-nullable type: 'String' within parent 'Note' (/note/needed)"
    assert answer["errors"] == [{"path": ["note", "needed"], "locations": None, "message": message}]


def test_a_value_outside_its_enum_cannot_be_serialised(endpoint: Endpoint) -> None:
    error = first_error(endpoint, '{ note(id: "mauve") { colour } }')
    assert error["message"].startswith("Can't serialize value (/note/colour) : ")


def test_root_fields_resolve_concurrently(endpoint: Endpoint) -> None:
    assert endpoint.data("{ a: slow(ms: 0) b: slow(ms: 0) c: slow(ms: 0) }") == {"a": 0, "b": 0, "c": 0}


def test_a_mutations_root_fields_run_one_after_the_other(endpoint: Endpoint) -> None:
    endpoint.functions.events.clear()
    endpoint.data('mutation { a: tick(name: "a", ms: 80) b: tick(name: "b", ms: 1) }')
    assert [event["arguments"]["name"] for event in endpoint.functions.events] == ["a", "b"]


def test_a_mutations_root_fields_run_concurrently_when_set_so(service: str) -> None:
    query = 'mutation { a: tick(name: "a", ms: 0) b: tick(name: "b", ms: 0) c: tick(name: "c", ms: 0) }'
    with running(create_app(build_api(service, Settings(serial_mutations=False)))) as host:
        answer = httpx.post(
            f"http://{host}/graphql", json={"query": query}, headers={"x-api-key": KEY}, timeout=20
        )
    assert answer.json()["data"] == {"a": 0, "b": 0, "c": 0}


def test_an_argument_may_have_the_name_of_anything(endpoint: Endpoint) -> None:
    event = json.loads(endpoint.data('{ echo(source: "self") }')["echo"])
    assert event["arguments"] == {"source": "self"}
    assert event["source"] is None


def test_a_request_over_its_time_is_an_execution_timeout(service: str) -> None:
    with running(create_app(build_api(service, Settings(execution_seconds=0.2)))) as host:
        answer = httpx.post(
            f"http://{host}/graphql", json={"query": "{ slow(ms: 900) }"}, headers={"x-api-key": KEY}
        )
    error = {"errorType": "ExecutionTimeout", "message": "Execution timed out."}
    assert answer.json() == {"data": None, "errors": [error]}


def test_a_body_over_the_limit_is_refused_unread(endpoint: Endpoint) -> None:
    assert raw(endpoint, " " * 1_000_001).status_code == 413


def test_too_many_tokens_are_refused_in_appsyncs_words(endpoint: Endpoint) -> None:
    answer = endpoint.post("{" + "__typename " * 15_001 + "}")
    assert (answer.status_code, answer.json()["errors"][0]["message"]) == (
        400,
        "Maximum char length exceeded",
    )


@pytest.mark.parametrize("bound", ["depth", "fields", "directives"])
def test_a_document_beyond_a_bound_is_refused(service: str, bound: str) -> None:
    api = build_api(service, Settings(Bounds(query_depth=3, query_fields=10, query_directives=2)))
    query = {
        "depth": "{__schema{types{fields{name}}}}",
        "fields": "{" + " ".join(f"a{n}: __typename" for n in range(11)) + "}",
        "directives": "{" + " ".join(f"a{n}: __typename @skip(if: false)" for n in range(3)) + "}",
    }[bound]
    with running(create_app(api)) as host:
        answer = httpx.post(f"http://{host}/graphql", json={"query": query}, headers={"x-api-key": KEY})
    assert f"for {bound}" in answer.json()["errors"][0]["message"]


def test_introspection_shows_the_scalars(endpoint: Endpoint) -> None:
    names = {each["name"] for each in endpoint.data("{ __schema { types { name } } }")["__schema"]["types"]}
    assert {"AWSDateTime", "AWSJSON", "AWSURL", "Note"} <= names


def test_an_interface_is_told_by_typename(endpoint: Endpoint) -> None:
    query = '{ pet(kind: "Cat") { id ... on Cat { lives } } }'
    assert endpoint.data(query)["pet"] == {"id": "1", "lives": 9}


def test_a_foreign_host_is_turned_away(endpoint: Endpoint) -> None:
    for host in ("evil.test", "localhost.evil.test", "localhost:80; x"):
        answer = httpx.post(
            endpoint.url, json={"query": "{__typename}"}, headers={"x-api-key": KEY, "Host": host}
        )
        assert answer.status_code in (400, 421)


def test_a_lone_surrogate_comes_back_as_it_was_sent(endpoint: Endpoint) -> None:
    answer = raw(
        endpoint, '{"query": "query Q($t: String) { echo(text: $t) }", "variables": {"t": "\\ud83d"}}'
    )
    assert json.loads(answer.json()["data"]["echo"])["arguments"]["text"] == "\ud83d"


@pytest.mark.parametrize("depth", [500, 900, 5_000])
def test_deep_json_is_carried_or_refused_and_never_a_crash(endpoint: Endpoint, depth: int) -> None:
    deep = json.dumps({"query": 'query Q($d: AWSJSON) { fail(how: "typed", data: $d) { id } }'})[:-1]
    answer = raw(endpoint, deep + ', "variables": {"d": "' + "[" * depth + "]" * depth + '"}}')
    assert answer.status_code < 500
    assert answer.json()["errors"]


def test_a_long_answer_is_compressed_for_who_accepts_it(endpoint: Endpoint) -> None:
    query = "query Q($t: String) { echo(text: $t) }"
    assert endpoint.post(query, {"t": "x" * 5_000}).headers["content-encoding"] == "gzip"
    assert "content-encoding" not in endpoint.post("{ __typename }").headers
    plain = endpoint.post(query, {"t": "x" * 5_000}, {"x-api-key": KEY, "Accept-Encoding": "identity"})
    assert "content-encoding" not in plain.headers


def test_an_answer_over_ten_megabytes_is_not_compressed() -> None:
    assert "content-encoding" not in http.answer({"data": "x" * 9_999_900}).headers
    assert http.answer({"data": "x" * 10_000_000}).headers["content-encoding"] == "identity"
