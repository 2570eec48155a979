"""What an API's owner limits: depth, resolvers and introspection, as AppSync's developer guide has it."""

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest
from graphql import get_introspection_query

from localcloud.appsync.definition import read
from localcloud.appsync.errors import DefinitionError
from localcloud.appsync.limits import QueryLimits
from tests.localcloud.appsync.apis import API_KEY, Decider, served, template
from tests.localcloud.appsync.clients import client
from tests.localcloud.appsync.world import Endpoint

SDL = """
type Query { layer: Layer  count: Int  strict: Strict }
type Layer { next: Layer  nexts: [Layer!]  value: Int  sure: Layer! }
type Strict { needed: Strict!  value: Int! }
"""
VALUES = {
    "layer": {"next": {"next": {"value": 3}, "nexts": [{"value": 1}, {"value": 2}]}, "sure": {"value": 1}},
    "strict": {"needed": {"needed": {"value": 1}}},
    "count": 1,
}
FIELDS = "Query.layer Query.count Query.strict"


@pytest.fixture(scope="module")
def limited() -> Iterator[Endpoint]:
    limits = {"QueryDepthLimit": 3, "ResolverCountLimit": 2, "IntrospectionConfig": "DISABLED"}
    with served(template(SDL, API_KEY, fields=FIELDS, **limits), Decider(answers=VALUES)) as endpoint:
        yield endpoint


@pytest.fixture(scope="module")
def free() -> Iterator[Endpoint]:
    with served(template(SDL, API_KEY, fields=FIELDS), Decider(answers=VALUES)) as endpoint:
        yield endpoint


def test_fields_below_the_limit_are_null_with_an_error(limited: Endpoint) -> None:
    answer = limited.post("{ layer { a: next { value b: next { value } } } }")
    assert answer.json()["data"] == {"layer": {"a": {"value": None, "b": {"value": None}}}}
    (error,) = answer.json()["errors"]
    assert (error["path"], error["errorType"]) == (["layer", "a", "b", "value"], "QueryDepthLimitReached")
    assert answer.status_code == 200


def test_fragments_and_lists_add_no_levels(limited: Endpoint) -> None:
    query = "{ layer { ...F } } fragment F on Layer { next { ... on Layer { nexts { value } } } }"
    errors = limited.post(query).json()["errors"]
    assert [error["path"][-2:] for error in errors] == [[0, "value"], [1, "value"]]
    assert limited.data("{ layer { ...F } } fragment F on Layer { next { ... { value } } }")


def test_a_field_that_may_not_be_null_takes_its_parent_with_it(limited: Endpoint) -> None:
    answer = limited.post("{ strict { needed { needed { value } } } }").json()
    assert answer["data"] == {"strict": None}
    assert answer["errors"][0]["errorType"] == "QueryDepthLimitReached"


def test_resolvers_beyond_the_limit_do_not_run(limited: Endpoint) -> None:
    limited.functions.events.clear()
    answer = limited.post("{ a: count b: count c: count layer { value } }").json()
    assert answer["data"] == {"a": 1, "b": 1, "c": None, "layer": None}
    types = {error["errorType"] for error in answer["errors"]}
    assert types == {"ResolverExecutionLimitReached"}


def test_each_operation_has_the_whole_allowance(limited: Endpoint) -> None:
    for _ in range(3):
        assert limited.data("{ a: count b: count }") == {"a": 1, "b": 1}


def test_introspection_that_is_disabled_has_no_fields(limited: Endpoint) -> None:
    answer = limited.post('{ __schema { types { name } } __type(name: "Layer") { name } }').json()
    assert answer["data"] is None
    assert [error["message"] for error in answer["errors"]] == [
        f"Validation error of type FieldUndefined: Field '{name}' in type '{parent}' is undefined @ '{way}'"
        for name, parent, way in [("types", "__Schema", "__schema/types"), ("name", "__Type", "__type/name")]
    ]


def test_what_tools_ask_to_introspect_is_refused_where_it_is_disabled(limited: Endpoint) -> None:
    answer = limited.post(get_introspection_query()).json()
    assert (answer["data"], "errorType" in answer["errors"][0]) == (None, False)
    assert limited.data("{ __typename }") == {"__typename": "Query"}


def test_without_limits_nothing_is_refused(free: Endpoint) -> None:
    assert free.data("{ layer { next { next { value } } } }") == {"layer": {"next": {"next": {"value": 3}}}}
    assert free.data("{ a: count b: count c: count }") == {"a": 1, "b": 1, "c": 1}
    assert free.data(get_introspection_query())["__schema"]["queryType"]["name"] == "Query"


@pytest.mark.anyio
async def test_events_are_as_deep_as_answers_may_be() -> None:
    sdl = f"""{SDL} type Mutation {{ put: Layer }}
    type Subscription {{ onPut: Layer @aws_subscribe(mutations: ["put"]) }}"""
    given = template(sdl, API_KEY, fields="Mutation.put", QueryDepthLimit=3)
    with served(given, Decider(answers={"put": VALUES["layer"]})) as endpoint:
        async with client(endpoint.host) as socket:
            await socket.subscribe("1", "subscription { onPut { next { value next { value } } } }")
            await asyncio.to_thread(endpoint.post, "mutation { put { next { value next { __typename } } } }")
            payload = (await socket.receive())["payload"]
    assert payload["data"] == {"onPut": {"next": {"value": None, "next": {"value": None}}}}
    assert [error["errorType"] for error in payload["errors"]] == ["QueryDepthLimitReached"]


def test_limits_are_read_from_the_template() -> None:
    assert read(template(SDL, API_KEY)).limits == QueryLimits(None, 10_000, introspection=True)
    given: Any = {"QueryDepthLimit": 75, "ResolverCountLimit": "10000", "IntrospectionConfig": "DISABLED"}
    assert read(template(SDL, API_KEY, **given)).limits == QueryLimits(75, 10_000, introspection=False)
    assert read(template(SDL, API_KEY, QueryDepthLimit=0)).limits.depth is None


@pytest.mark.parametrize(
    "given", [{"QueryDepthLimit": 76}, {"ResolverCountLimit": 10_001}, {"QueryDepthLimit": -1}]
)
def test_a_limit_that_is_out_of_bounds_is_told(given: Any) -> None:
    with pytest.raises(DefinitionError, match="is not between 0 and"):
        read(template(SDL, API_KEY, **given))


def test_environment_variables_are_read_for_handlers() -> None:
    given: Any = {"EnvironmentVariables": {"TABLE": {"Fn::Sub": "notes-${AWS::Region}"}}}
    assert read(template(SDL, API_KEY, **given)).environment == {"TABLE": "notes-us-east-1"}
