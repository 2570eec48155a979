"""What functions and handlers are told about a request: the direct Lambda resolver's event, in full."""

import json
from typing import Any

import httpx
from aws_lambda_powertools.utilities.data_classes import AppSyncResolverEvent
from aws_lambda_powertools.utilities.data_classes.appsync_resolver_event import AppSyncIdentityCognito

from tests.localcloud.appsync.clients import sign
from tests.localcloud.appsync.world import ARN, ISSUER, KEY, Endpoint


def echoed(endpoint: Endpoint, headers: Any, query: str = '{ echo(text: "x") }') -> Any:
    return json.loads(endpoint.data(query, headers=headers)["echo"])


def test_the_event_names_the_field_and_its_selection(endpoint: Endpoint) -> None:
    query = """query Q($id: ID!) { one: note(id: $id) { id who: author { ...A } ... on Note { tags } } }
    fragment A on Author { id name }"""
    endpoint.functions.events.clear()
    endpoint.post(query, {"id": "7"})
    info = endpoint.functions.events[0]["info"]
    assert info["selectionSetList"] == ["id", "who", "who/id", "who/name", "tags"]
    assert info["selectionSetGraphQL"].startswith("{\n  id\n  who: author {")
    assert (info["parentTypeName"], info["fieldName"], info["variables"]) == ("Query", "note", {"id": "7"})


def test_a_field_named_twice_is_one_selection(endpoint: Endpoint) -> None:
    endpoint.functions.events.clear()
    endpoint.post('{ note(id: "7") { id } ... { note(id: "7") { author { name } } } }')
    (event,) = endpoint.functions.events
    assert event["info"]["selectionSetList"] == ["id", "author", "author/name"]
    assert event["info"]["selectionSetGraphQL"] == "{\n  id\n  author {\n    name\n  }\n}"


def test_headers_are_lower_case_repeated_ones_lists_and_cookies_kept_back(endpoint: Endpoint) -> None:
    headers = [("X-Api-Key", KEY), ("X-Twice", "a"), ("X-Twice", "b"), ("Cookie", "c=1")]
    answer = httpx.post(endpoint.url, json={"query": '{ echo(text: "x") }'}, headers=headers)
    seen = json.loads(answer.json()["data"]["echo"])["request"]
    assert seen["headers"]["x-twice"] == ["a", "b"]
    assert "cookie" not in seen["headers"]
    assert seen["domainName"] is None


def test_each_mode_has_its_identity(endpoint: Endpoint) -> None:
    assert echoed(endpoint, {"x-api-key": KEY})["identity"] is None
    user = echoed(endpoint, endpoint.bearer("ada", **{"cognito:groups": ["editors"]}))["identity"]
    assert (user["sub"], user["issuer"], user["groups"]) == ("ada", ISSUER, ["editors"])
    assert (user["sourceIp"], user["defaultAuthStrategy"]) == (["127.0.0.1"], "ALLOW")
    body = json.dumps({"query": '{ echo(text: "x") }'})
    signed = httpx.post(endpoint.url, content=body, headers=sign(endpoint.host, "/graphql", body))
    identity = json.loads(signed.json()["data"]["echo"])["identity"]
    assert (identity["userArn"], identity["accountId"], identity["username"]) == (
        ARN,
        "123456789012",
        "worker",
    )


def test_the_event_parses_with_powertools_own_model(endpoint: Endpoint) -> None:
    event = AppSyncResolverEvent(echoed(endpoint, endpoint.bearer("ada")))
    assert (event.type_name, event.field_name, event.arguments) == ("Query", "echo", {"text": "x"})
    assert isinstance(event.identity, AppSyncIdentityCognito)
    assert (event.identity.sub, event.identity.username) == ("ada", "ada")
    assert event.info.selection_set_list == []


def test_absent_and_null_arguments_differ(endpoint: Endpoint) -> None:
    query = "query Q($a: String, $b: String) { echo(text: $a, source: $b) }"
    answer = endpoint.data(query, {"a": None})
    assert json.loads(answer["echo"])["arguments"] == {"text": None}
