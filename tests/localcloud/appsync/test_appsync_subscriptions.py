"""What a subscriber receives, and which events: rules SB…"""

import asyncio
import json
from typing import Any

import pytest

from localcloud.appsync.api import Settings
from localcloud.appsync.app import create_app
from localcloud.appsync.documents import Bounds, Documents, GraphQLRequest
from localcloud.appsync.errors import DefinitionError
from localcloud.appsync.publishing import published
from localcloud.appsync.schema import load
from localcloud.appsync.selection import Typed
from tests.localcloud.appsync.clients import client
from tests.localcloud.appsync.world import KEY, Endpoint, build_api, running


async def send(
    endpoint: Endpoint, note: Any, selection: str = "id room body length colour data needed"
) -> Any:
    query = f"mutation M($input: NoteInput!) {{ send(input: $input) {{ {selection} }} }}"
    return await asyncio.to_thread(endpoint.post, query, {"input": {"needed": "n", **note}})


def received(
    endpoint: Endpoint,
    query: str,
    notes: list[Any],
    variables: Any = None,
    selection: str | None = None,
    auth: Any = None,
) -> list[Any]:
    """The payloads that one subscriber gets of these notes, in order; a last note marks the end."""

    async def collect() -> list[Any]:
        async with client(endpoint.host) as socket:
            await socket.subscribe("1", query, variables, auth)
            await socket.subscribe("end", 'subscription { onSend(id: "end") { id } }')
            for note in notes:
                await send(endpoint, note, selection or "id room body length colour data needed")
            await send(endpoint, {"id": "end", "room": "nobody"}, "id room")
            payloads = []
            while (frame := await socket.receive())["id"] != "end":
                payloads.append(frame["payload"])
            return payloads

    return asyncio.run(collect())


def ids(payloads: list[Any]) -> list[str]:
    return [next(iter(payload["data"].values()))["id"] for payload in payloads]


NOTES = [
    {"id": "1", "room": "a", "length": 1, "colour": "RED"},
    {"id": "2", "room": "b", "length": 2},
    {"id": "3", "room": None, "length": 2, "colour": "GREEN"},
    {"id": "4"},
]


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ('room: "a"', ["1"]),
        ('room: "c"', []),
        ("room: null", ["3", "4"]),
        ("length: 2", ["2", "3"]),
        ('length: 2, room: "b"', ["2"]),
        ("colour: GREEN", ["3"]),
        ("colour: GREEN, room: null, length: 2", ["3"]),
    ],
)
def test_sb03_arguments_choose_events_by_equality(
    endpoint: Endpoint, given: str, expected: list[str]
) -> None:
    assert ids(received(endpoint, f"subscription {{ onSend({given}) {{ id }} }}", NOTES)) == expected


def test_sb03_an_absent_variable_is_no_constraint_and_a_null_one_is(endpoint: Endpoint) -> None:
    query = "subscription S($room: String) { onSend(room: $room) { id } }"
    everything = received(endpoint, query, NOTES, {})
    assert ids(everything)[:4] == ["1", "2", "3", "4"]
    assert ids(received(endpoint, query, NOTES, {"room": None})) == ["3", "4"]
    assert ids(received(endpoint, query, NOTES, {"room": "b"})) == ["2"]


def test_sb03_a_filtered_field_that_the_mutation_did_not_select_counts_as_null(endpoint: Endpoint) -> None:
    query = 'subscription { onSend(room: "a") { id } }'
    assert received(endpoint, query, NOTES[:1], selection="id needed") == []


def test_sb02_a_subscriber_sees_what_the_mutation_selected_and_no_more(endpoint: Endpoint) -> None:
    query = 'subscription { mine: onSend(id: "9") { id text: body length __typename } }'
    (payload,) = received(endpoint, query, [{"id": "9", "body": "b", "length": 3}], selection="id body")
    assert payload == {"data": {"mine": {"id": "9", "text": "b", "length": None, "__typename": "Note"}}}


def test_sb02_a_missing_non_null_field_is_an_error_of_the_subscriber(endpoint: Endpoint) -> None:
    query = 'subscription { onSend(id: "9") { id needed } }'
    (payload,) = received(endpoint, query, [{"id": "9"}], selection="id")
    assert payload["data"] == {"onSend": None}
    assert "within parent 'Note' (/onSend/needed)" in payload["errors"][0]["message"]


def test_sb02_aliases_and_fragments_of_the_mutation_do_not_matter(endpoint: Endpoint) -> None:
    selection = "key: id text: body ...on Note { author { id } } who: author { name }"
    note = {"id": "9", "body": "b", "author": {"id": "1", "name": "Ada"}}
    query = 'subscription { onSend(id: "9") { id body author { ...A } } } fragment A on Author { id name }'
    (payload,) = received(endpoint, query, [note], selection=selection)
    assert payload["data"]["onSend"] == {"id": "9", "body": "b", "author": {"id": "1", "name": "Ada"}}


PETS = load("""interface Pet { name: String nick: String } type Query { q: Int }
    type Cat implements Pet { name: String nick: String }
    type Dog implements Pet { name: String nick: String }
    type Note { body: String parts(first: Int): [Cat] }
    type Mutation { send: Note adopt: Pet }
    type Subscription { onSend: Note @aws_subscribe(mutations: ["send"])
                        onAdopt: Pet @aws_subscribe(mutations: ["adopt"]) }""")


def event(mutation: str, data: Any, *, by_alias: bool = False) -> Any:
    """What one mutation with this response publishes."""
    operation = Documents(PETS, Bounds()).prepare(GraphQLRequest(f"mutation {{ {mutation} }}"))
    ((_, value),) = published(PETS, operation, data, by_alias=by_alias)
    return value


@pytest.mark.parametrize(("by_alias", "name"), [(False, "body"), (True, "text")])
def test_sb02_whether_a_mutations_aliases_are_what_subscribers_know_its_fields_by_can_be_set(
    *, by_alias: bool, name: str
) -> None:
    data = {"sent": {"text": "b"}}
    assert event("sent: send { text: body }", data, by_alias=by_alias) == {name: "b"}


@pytest.mark.parametrize("by_alias", [False, True])
def test_sb02_an_objects_type_is_published_whichever_way_aliases_are_read(*, by_alias: bool) -> None:
    data = {"adopt": Typed({"name": "Tom"}, "Cat")}
    assert event("adopt { name }", data, by_alias=by_alias) == {"__typename": "Cat", "name": "Tom"}


def test_sb02_an_alias_means_what_the_fragment_for_the_objects_own_type_says() -> None:
    crossed = "adopt { ... on Dog { a: nick b: name } ... on Cat { a: name b: nick } ... on Dog { a: nick } }"
    data = {"adopt": Typed({"a": "Tom", "b": "Tommy"}, "Cat")}
    assert event(crossed, data) == {"__typename": "Cat", "name": "Tom", "nick": "Tommy"}
    assert event("adopt { ... on Pet { ... { a: name } } }", data) == {"__typename": "Cat", "name": "Tom"}


@pytest.mark.parametrize("one", [[{"name": "a"}], [{"name": "a"}, {"name": "b"}], None])
def test_sb02_of_a_field_selected_with_different_arguments_the_later_one_is_published(one: Any) -> None:
    data = {"send": {"one": one, "two": [{"nick": "b"}, {"nick": "c"}]}}
    selected = "send { one: parts(first: 1) { name } two: parts(first: 2) { nick } }"
    assert event(selected, data) == {"parts": [{"nick": "b"}, {"nick": "c"}]}


def test_sb02_a_field_selected_twice_is_published_whole() -> None:
    selected = "send { one: parts(first: 2) { name } two: parts(first: 2) { nick } }"
    both = {"one": [{"name": "a"}, None], "two": [{"nick": "b"}, {"nick": "c"}]}
    assert event(selected, {"send": both}) == {"parts": [{"name": "a", "nick": "b"}, {"nick": "c"}]}
    shorter = {"one": [{"name": "a"}], "two": [{"nick": "b"}, {"nick": "c"}]}
    assert event(selected, {"send": shorter}) == {"parts": [{"nick": "b"}, {"nick": "c"}]}
    assert event(selected, {"send": {"one": [{"name": "a"}], "two": None}}) == {"parts": [{"name": "a"}]}


@pytest.mark.parametrize("kind", ["Cat", "Dog"])
def test_sb02_fragments_are_told_apart_though_the_mutation_asked_for_no_type(
    endpoint: Endpoint, kind: str
) -> None:
    pets = "id ... on Cat { lives } ... on Dog { tricks }"

    async def check() -> None:
        async with client(endpoint.host) as socket:
            await socket.subscribe("1", f"subscription {{ onAdopt {{ __typename {pets} }} }}")
            await socket.subscribe("2", "subscription { onAdoptAll { ... on Dog { tricks } } }")
            await asyncio.to_thread(endpoint.data, f'mutation {{ adopt(kind: "{kind}") {{ {pets} }} }}')
            expected: Any = {"Cat": {"lives": 9}, "Dog": {"tricks": ["sit"]}}[kind]
            assert (await socket.event("1"))["data"]["onAdopt"] == {"__typename": kind, "id": "1", **expected}
            await asyncio.to_thread(
                endpoint.data, 'mutation { adoptAll(kinds: ["Cat", "Dog"]) { name ...on Dog { tricks } } }'
            )
            assert (await socket.event("2"))["data"]["onAdoptAll"] == [{}, {"tricks": ["sit"]}]

    asyncio.run(check())


def test_sb03_a_list_at_the_top_matches_no_argument(endpoint: Endpoint) -> None:
    async def check() -> None:
        async with client(endpoint.host) as socket:
            await socket.subscribe("1", 'subscription { onAdoptAll(name: "Tom") { name } }')
            await socket.subscribe("2", "subscription { onAdoptAll { name } }")
            await asyncio.to_thread(endpoint.data, 'mutation { adoptAll(kinds: ["Cat"]) { name } }')
            assert (await socket.event("2"))["data"] == {"onAdoptAll": [{"name": "Tom"}]}

    asyncio.run(check())


@pytest.mark.parametrize(
    ("field", "reason"),
    [
        (
            'onA: Int @aws_subscribe(mutations: ["b"])',
            "Subscription.onA subscribes to 'b', which is no mutation",
        ),
        (
            'onA: String @aws_subscribe(mutations: ["a"])',
            "Subscription.onA is of type String, but mutation 'a' of Int!",
        ),
    ],
)
def test_sb01_a_link_to_no_mutation_or_to_one_of_another_type_is_no_schema(field: str, reason: str) -> None:
    with pytest.raises(DefinitionError, match=reason):
        load(f"type Query {{ q: Int }} type Mutation {{ a: Int! }} type Subscription {{ {field} }}")


def test_sb01_a_subscription_may_be_null_where_its_mutation_may_not() -> None:
    schema = load("""type Query { q: Int } type Mutation { a: Int! b: Int }
                     type Subscription { onAny: Int @aws_subscribe(mutations: ["a", "b"]) }""")
    assert schema.links == {"a": ("onAny",), "b": ("onAny",)}


def test_sb02_a_mutation_named_twice_under_one_key_publishes_once_all_that_it_selected(
    endpoint: Endpoint,
) -> None:
    twice = """mutation { send(input: {id: "1", room: "a", body: "b"}) { id }
        ... on Mutation { send(input: {id: "1", room: "a", body: "b"}) { room text: body } } }"""

    async def check() -> None:
        async with client(endpoint.host) as socket:
            await socket.subscribe("1", 'subscription { onSend(room: "a") { id body } }')
            await asyncio.to_thread(endpoint.data, twice)
            await send(endpoint, {"id": "2", "room": "a"})
            assert [(await socket.event("1"))["data"]["onSend"] for _ in range(2)] == [
                {"id": "1", "body": "b"},
                {"id": "2", "body": None},
            ]

    asyncio.run(check())


def test_a_field_closed_to_the_subscribers_mode_is_not_delivered(endpoint: Endpoint) -> None:
    query = 'subscription { onSend(id: "9") { id secret } }'
    (payload,) = received(endpoint, query, [{"id": "9"}], selection="id")
    assert payload["data"] == {"onSend": {"id": "9", "secret": None}}
    assert payload["errors"][0]["errorType"] == "Unauthorized"


def test_json_is_a_string_on_the_wire_and_a_value_in_between(endpoint: Endpoint) -> None:
    note = {"id": "9", "data": '{"a": [1, "ế"]}'}
    (payload,) = received(endpoint, 'subscription { onSend(id: "9") { id data } }', [note])
    assert json.loads(payload["data"]["onSend"]["data"]) == {"a": [1, "ế"]}


def test_an_aliased_mutation_executed_twice_publishes_twice_and_a_failed_one_never(
    endpoint: Endpoint,
) -> None:
    query = """mutation { a: send(input: {id: "1"}) { id } b: send(input: {id: "2"}) { id }
                 c: send(input: {id: "3"}) { id needed } d: unresolved(input: {id: "4"}) { id } }"""

    async def check() -> None:
        async with client(endpoint.host) as socket:
            await socket.subscribe("1", "subscription { onSend { id } }")
            await asyncio.to_thread(endpoint.post, query)
            await send(endpoint, {"id": "end"})
            seen = [(await socket.event("1"))["data"]["onSend"]["id"] for _ in range(3)]
            assert seen == ["1", "2", "end"]

    asyncio.run(check())


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ({"length": {"gt": 1}}, ["2", "3"]),
        ({"length": {"between": [1, 2]}, "room": {"ne": "b"}}, ["1", "3"]),
        ({"or": [{"room": {"beginsWith": "a"}}, {"colour": {"eq": "GREEN"}}]}, ["1", "3"]),
        ({"room": {"in": ["a", "b"]}}, ["1", "2"]),
    ],
)
def test_sb05_an_enhanced_filter_replaces_arguments(
    endpoint: Endpoint, rule: Any, expected: list[str]
) -> None:
    query = "subscription S($f: String) { onRule(filter: $f) { id } }"
    assert ids(received(endpoint, query, NOTES, {"f": json.dumps(rule)})) == expected


def test_sb05_a_filter_that_appsync_would_refuse_refuses_the_start(endpoint: Endpoint) -> None:
    async def check() -> None:
        async with client(endpoint.host) as socket:
            query = "subscription S($f: String) { onRule(filter: $f) { id } }"
            frame = await socket.start("1", query, {"f": '{"length": {"near": 1}}'})
            assert frame["payload"]["errors"][0]["message"].endswith("operator 'near' is unknown.")

    asyncio.run(check())


def test_sb04_a_function_authorises_a_subscription_by_returning_and_refuses_it_by_raising(
    endpoint: Endpoint,
) -> None:
    async def check() -> None:
        async with client(endpoint.host) as socket:
            await socket.subscribe("1", "subscription { onSlow(ms: 1) { id } }")
            frame = await socket.start("2", "subscription { onSlow(ms: -1) { id } }")
            assert (frame["id"], frame["type"]) == ("2", "error")
            assert frame["payload"]["errors"][0]["errorType"] == "Lambda:Unhandled"

    asyncio.run(check())


def test_sb04_a_subscription_resolver_over_its_time_refuses_the_start(service: str) -> None:
    async def check() -> None:
        api = build_api(service, Settings(execution_seconds=0.05))
        with running(create_app(api)) as host:
            async with client(host) as socket:
                frame = await socket.start("1", "subscription { onSlow(ms: 300) { id } }")
        (error,) = frame["payload"]["errors"]
        assert error == {"errorType": "ExecutionTimeout", "message": "Execution timed out."}

    asyncio.run(check())


def test_sb04_a_subscription_resolver_sees_the_subscribers_identity(endpoint: Endpoint) -> None:
    auth = {"Authorization": endpoint.pool.token("a")}
    assert ids(received(endpoint, "subscription { onOwn { id } }", NOTES, auth=auth)) == ["1"]


def test_sb04_a_subscription_resolver_sees_the_starts_headers_and_no_other_callers(
    endpoint: Endpoint,
) -> None:
    connecting = {"host": endpoint.host, "Authorization": endpoint.pool.token("somebody else")}
    starting = {"X-Api-Key": KEY, "X-Tenant": "blue"}
    sent = [("Cookie", "c=1"), ("X-Twice", "a"), ("X-Twice", "b")]

    async def check() -> Any:
        async with client(endpoint.host, connecting, additional_headers=sent) as socket:
            return await socket.start("1", 'subscription { onRule(how: "headers") { id } }', auth=starting)

    seen = json.loads(asyncio.run(check())["payload"]["errors"][0]["message"])
    assert (seen["x-tenant"], seen["x-api-key"], seen["x-twice"]) == ("blue", KEY, ["a", "b"])
    assert not {"cookie", "authorization", "sec-websocket-protocol"} & seen.keys()


def test_subscribers_whose_filters_are_equal_to_python_alone_are_told_apart(endpoint: Endpoint) -> None:
    query = "subscription S($f: String) { onRule(filter: $f) { id } }"

    async def check() -> None:
        async with client(endpoint.host) as socket:
            await socket.subscribe("number", query, {"f": '{"length": {"eq": 1}}'})
            await socket.subscribe("truth", query, {"f": '{"length": {"eq": true}}'})
            await socket.subscribe("any", query, {"f": '{"length": {"ge": 1}}'})
            await send(endpoint, {"id": "1", "length": 1}, "id length")
            assert [(await socket.receive())["id"] for _ in range(2)] == ["number", "any"]

    asyncio.run(check())


def test_subscribers_of_one_shape_share_a_rendering_and_keep_their_ids(endpoint: Endpoint) -> None:
    field = "onSend(room: $room) { id body @include(if: $with) }"
    query = f"subscription S($room: String, $with: Boolean!) {{ {field} }}"

    async def check() -> None:
        async with client(endpoint.host) as socket:
            await socket.subscribe("with", query, {"room": "z", "with": True})
            await socket.subscribe("without", query, {"room": "z", "with": False})
            await socket.subscribe("any", query, {"with": True})
            await send(endpoint, {"id": "1", "room": "z", "body": "b"})
            frames = [await socket.receive() for _ in range(3)]
            seen = {frame["id"]: frame["payload"]["data"]["onSend"] for frame in frames}
            both = {"id": "1", "body": "b"}
            assert seen == {"with": both, "without": {"id": "1"}, "any": both}

    asyncio.run(check())


def test_a_root_field_may_stand_in_a_fragment(endpoint: Endpoint) -> None:
    query = "subscription S($r: String) { ...F } fragment F on Subscription { onSend(room: $r) { ...N } }"
    notes = [{"id": "1", "room": "a"}, {"id": "2", "room": "b"}]
    assert ids(received(endpoint, f"{query} fragment N on Note {{ id }}", notes, {"r": "b"})) == ["2"]


def test_starts_and_stops_in_turn_leave_nothing_behind(endpoint: Endpoint) -> None:
    async def check() -> None:
        async with client(endpoint.host) as socket:
            before = len(endpoint.api.registry)
            data = json.dumps({"query": "subscription { onRule { id } }"})
            payload = {"data": data, "extensions": {"authorization": socket.auth}}
            for number in range(40):
                await socket.send(id=str(number), type="start", payload=payload)
                await socket.send(id=str(number), type="stop")
            completes = 0
            while completes < 40:
                completes += (await socket.receive())["type"] == "complete"
            assert len(endpoint.api.registry) == before

    asyncio.run(check())
