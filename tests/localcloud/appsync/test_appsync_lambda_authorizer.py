"""A Lambda authoriser: what it is told, what it may answer, and for how long its answers are good."""

import asyncio
import json
import threading
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from aws_lambda_powertools.utilities.data_classes.appsync_authorizer_event import (
    AppSyncAuthorizerEvent,
    AppSyncAuthorizerResponse,
)

from localcloud.appsync.api import Settings
from localcloud.appsync.authorizer_function import (
    LARGEST_REMEMBERED,
    REMEMBERED,
    REMEMBERED_BYTES,
    Memory,
    Undecided,
    Verdict,
    read_verdict,
)
from tests.localcloud.appsync.apis import API_KEY, COGNITO, FUNCTION, IAM, Decider, served, template
from tests.localcloud.appsync.clients import client, sign
from tests.localcloud.appsync.world import KEY, Endpoint

DENIED = "You are not authorized to make this call."
YES = {"isAuthorized": True, "ttlOverride": 0}
SDL = """
schema { query: Query mutation: Mutation subscription: Subscription }
type Query { echo(text: String): AWSJSON @aws_lambda  plain: Plain @aws_lambda @aws_api_key  keyed: String }
type Mutation { tell(id: ID!): Told @aws_lambda }
type Plain @aws_lambda @aws_api_key { id: ID }
type Told @aws_lambda @aws_api_key { id: ID secret: String }
type Subscription { onTell: Told @aws_subscribe(mutations: ["tell"]) @aws_lambda }
"""
ECHO = "query Q($t: String) { echo(text: $t) }"


@pytest.fixture(scope="module")
def decider() -> Decider:
    return Decider(answers={"tell": {"id": "1", "secret": "s"}})


@pytest.fixture(scope="module")
def running(decider: Decider) -> Iterator[Endpoint]:
    config = {**FUNCTION["LambdaAuthorizerConfig"], "AuthorizerResultTtlInSeconds": 300}  # type: ignore[dict-item]  # one of several kinds
    remembering = {**FUNCTION, "LambdaAuthorizerConfig": config}
    with served(
        template(SDL, API_KEY, remembering, fields="Query.echo Query.plain Mutation.tell"), decider
    ) as endpoint:
        yield endpoint


@pytest.fixture
def api(running: Endpoint, decider: Decider) -> Endpoint:
    """Nothing asked yet; every test has tokens of its own, for verdicts are remembered."""
    decider.decide = lambda _: {"isAuthorized": True}
    decider.asked.clear()
    return running


def ask(endpoint: Endpoint, token: str, query: str = "{ echo }") -> httpx.Response:
    return endpoint.post(query, headers={"Authorization": token})


def refused(endpoint: Endpoint, token: str) -> bool:
    answer = ask(endpoint, token)
    expected = {"errors": [{"errorType": "UnauthorizedException", "message": DENIED}]}
    return (answer.status_code, answer.json()) == (401, expected)


def test_the_function_is_told_of_the_request(api: Endpoint, decider: Decider) -> None:
    headers = {"Authorization": "Bearer told", "X-Mine": "7"}
    answer = api.post(ECHO, {"t": "hi"}, headers, operationName="Q")
    (event,) = decider.asked
    assert event["requestHeaders"].pop("x-mine") == "7"
    assert event["requestHeaders"]["host"] == api.host
    assert {name: value for name, value in event.items() if name != "requestHeaders"} == {
        "authorizationToken": "Bearer told",
        "requestContext": {
            "apiId": "abc", "accountId": "000000000000", "requestId": answer.headers["x-amzn-requestid"],
            "queryString": ECHO, "operationName": "Q", "variables": {"t": "hi"},
        },
    }  # fmt: skip


def test_what_a_request_leaves_out_is_left_out(api: Endpoint, decider: Decider) -> None:
    ask(api, "nameless")
    context = decider.asked[0]["requestContext"]
    assert ("operationName" in context, context["variables"]) == (False, {})


def test_a_request_by_get_is_told_of_too(api: Endpoint, decider: Decider) -> None:
    asked = {"query": ECHO, "variables": '{"t": "got"}'}
    answer = httpx.get(api.url, params=asked, headers={"Authorization": "by-get"})
    assert json.loads(answer.json()["data"]["echo"])["arguments"] == {"text": "got"}
    assert decider.asked[0]["requestContext"]["queryString"] == ECHO


def test_resolvers_see_what_the_function_passes_on(api: Endpoint, decider: Decider) -> None:
    decider.decide = lambda _: {**YES, "resolverContext": {"tenant": "t1", "level": 3, "admin": False}}
    event = json.loads(ask(api, "context").json()["data"]["echo"])
    assert event["identity"] == {"resolverContext": {"tenant": "t1", "level": 3, "admin": False}}


@pytest.mark.parametrize(
    "name", ["Plain.id", "arn:aws:appsync:us-east-1:111122223333:apis/abc/types/Plain/fields/id"]
)
def test_a_denied_field_is_null_with_an_error(api: Endpoint, decider: Decider, name: str) -> None:
    decider.decide = lambda _: {**YES, "deniedFields": ["Query.other", name]}
    answer = ask(api, f"denied-{name}", "{ plain { id } }")
    assert answer.json()["data"] == {"plain": {"id": None}}
    (error,) = answer.json()["errors"]
    assert error == {
        "path": ["plain", "id"], "data": None, "errorType": "Unauthorized", "errorInfo": None,
        "locations": [{"line": 1, "column": 11, "sourceName": None}],
        "message": "Not Authorized to access id on type Plain",
    }  # fmt: skip


def test_an_authoriser_may_be_written_with_powertools(api: Endpoint, decider: Decider) -> None:
    def decide(given: Any) -> Any:
        event = AppSyncAuthorizerEvent(given)
        context = event.request_context
        assert (context.api_id, context.account_id, context.variables) == ("abc", "000000000000", {"t": "hi"})
        return AppSyncAuthorizerResponse(
            authorize=event.authorization_token == "powertools",
            max_age=0,
            resolver_context={"query": context.query_string},
            deny_fields=["Plain.id"],
        ).asdict()

    decider.decide = decide
    answer = api.post(ECHO, {"t": "hi"}, {"Authorization": "powertools"}).json()
    assert json.loads(answer["data"]["echo"])["identity"] == {"resolverContext": {"query": ECHO}}


@pytest.mark.parametrize(
    "verdict",
    [
        {"isAuthorized": False},
        {},
        {"isAuthorized": "true"},
        {"isAuthorized": 1},
        {"isAuthorized": None},
        None,
        [],
        "yes",
        {**YES, "deniedFields": "Query.echo"},
        {**YES, "deniedFields": ["echo"]},
        {**YES, "deniedFields": [7]},
        {**YES, "resolverContext": {"nested": {"a": 1}}},
        {**YES, "resolverContext": ["a"]},
        {**YES, "ttlOverride": "soon"},
    ],
)
def test_no_clear_yes_is_a_no(api: Endpoint, decider: Decider, verdict: Any) -> None:
    decider.decide = lambda _: verdict
    assert refused(api, f"garbage-{json.dumps(verdict)}")


def test_a_function_that_raises_says_no_and_may_say_yes_the_next_time(
    api: Endpoint, decider: Decider
) -> None:
    decider.decide = lambda _: 1 / 0
    assert refused(api, "raises")
    decider.decide = lambda _: YES
    assert ask(api, "raises").status_code == 200


def test_a_function_that_takes_too_long_says_no(
    api: Endpoint, decider: Decider, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    late = threading.Event()
    decider.decide = lambda _: YES if late.wait(10) else None
    monkeypatch.setattr(api.api.authorizer.function, "seconds", 0.2)
    assert refused(api, "slow")
    late.set()
    assert "authoriser who-may: no answer within 0.2 s; the request is refused" in caplog.text


def test_a_function_nobody_serves_says_no() -> None:
    with served(template(SDL, FUNCTION), Decider()) as endpoint:
        endpoint.api.authorizer.function.client.meta.events.register(  # type: ignore[union-attr]  # this API has one
            "before-send.lambda.Invoke", unreachable
        )
        assert refused(endpoint, "nobody")


def unreachable(request: Any, **_: Any) -> None:
    request.url = "http://127.0.0.1:9/"


def test_a_verdict_is_remembered_by_token(api: Endpoint, decider: Decider) -> None:
    for token in ("kept", "kept", "kept-2", "kept"):
        assert ask(api, token).status_code == 200
    assert [event["authorizationToken"] for event in decider.asked] == ["kept", "kept-2"]


def test_a_no_is_remembered_as_well(api: Endpoint, decider: Decider) -> None:
    decider.decide = lambda _: {"isAuthorized": False}
    assert refused(api, "kept-no")
    decider.decide = lambda _: YES
    assert refused(api, "kept-no")


def test_a_function_may_forbid_remembering(api: Endpoint, decider: Decider) -> None:
    decider.decide = lambda _: {**YES, "ttlOverride": 0}
    for _ in range(3):
        ask(api, "forgotten")
    assert len(decider.asked) == 3


def test_a_verdict_expires(api: Endpoint, decider: Decider, monkeypatch: pytest.MonkeyPatch) -> None:
    decider.decide = lambda _: {**YES, "ttlOverride": 20}
    now = 1_000.0
    memory = Memory(lambda: now)
    monkeypatch.setattr(api.api.authorizer.function, "_memory", memory)
    ask(api, "expiring")
    now += 19
    ask(api, "expiring")
    assert len(decider.asked) == 1
    now += 2
    ask(api, "expiring")
    assert len(decider.asked) == 2


def test_nothing_is_remembered_unless_the_template_says_so() -> None:
    decider = Decider()
    with served(template(SDL, FUNCTION), decider) as endpoint:
        for _ in range(2):
            assert ask(endpoint, "default").status_code == 200
    assert len(decider.asked) == 2


def together(endpoint: Endpoint, token: str, count: int) -> list[int]:
    async def check() -> list[int]:
        headers = {"Authorization": token}
        async with httpx.AsyncClient(timeout=20) as http:
            answers = [
                http.post(endpoint.url, json={"query": "{ echo }"}, headers=headers) for _ in range(count)
            ]
            return [answer.status_code for answer in await asyncio.gather(*answers)]

    return asyncio.run(check())


def test_requests_at_the_same_time_share_an_invocation(api: Endpoint, decider: Decider) -> None:
    decider.decide = lambda _: threading.Event().wait(0.3) or {"isAuthorized": True}
    assert together(api, "together", 5) == [200] * 5
    assert len(decider.asked) == 1


def test_a_verdict_that_is_not_to_be_remembered_is_for_one_request(api: Endpoint, decider: Decider) -> None:
    """It may have been given for what that request asks, and another may ask something else."""
    decider.decide = lambda _: threading.Event().wait(0.1) or YES
    assert together(api, "alone", 4) == [200] * 4
    assert len(decider.asked) == 4


def test_a_token_must_look_as_the_template_says() -> None:
    config = {"AuthorizerUri": "who-may", "IdentityValidationExpression": "key-[0-9]+"}
    decider = Decider()
    with served(template(SDL, {**FUNCTION, "LambdaAuthorizerConfig": config}), decider) as endpoint:
        for token in ("other", "key-", "a key-1", "key-1 b"):
            assert refused(endpoint, token)
        assert not decider.asked
        assert ask(endpoint, "key-17").status_code == 200


def test_tokens_and_signatures_are_the_functions_only_without_their_own_modes() -> None:
    decider = Decider()
    with served(template(SDL, FUNCTION, API_KEY), decider) as endpoint:
        body = '{"query": "{ echo }"}'
        assert ask(endpoint, endpoint.pool.token()).status_code == 200
        signed = sign(endpoint.host, "/graphql", body)
        assert httpx.post(endpoint.url, content=body, headers=signed).status_code == 200
    assert [event["authorizationToken"][:3] for event in decider.asked] == ["eyJ", "AWS"]


def test_tokens_and_signatures_of_other_modes_never_reach_the_function() -> None:
    decider = Decider()
    with served(template(SDL, FUNCTION, COGNITO, IAM), decider) as endpoint:
        stranger = endpoint.pool.token(iss="https://elsewhere.test")
        assert refused(endpoint, stranger)
        signed = sign(endpoint.host, "/graphql", "{}")
        assert httpx.post(endpoint.url, content='{"query": "{ echo }"}', headers=signed).status_code == 401
        assert not decider.asked
        assert ask(endpoint, "opaque").status_code == 200


def test_a_key_beside_a_token_counts_where_keys_do(api: Endpoint, decider: Decider) -> None:
    headers = {"Authorization": "beside", "x-api-key": KEY}
    assert api.post("{ keyed }", headers=headers).json() == {"data": {"keyed": None}}
    assert not decider.asked


def test_a_body_that_is_no_request_is_not_the_functions_business(api: Endpoint, decider: Decider) -> None:
    answer = httpx.post(api.url, content="{", headers={"Authorization": "unread"})
    assert (answer.status_code, answer.headers["x-amzn-errortype"]) == (400, "MalformedHttpRequestException")
    assert not decider.asked


def test_connections_and_starts_are_decided_one_by_one(api: Endpoint, decider: Decider) -> None:
    decider.decide = lambda event: {
        **YES, "isAuthorized": "Bad" not in event["requestContext"]["queryString"]
    }  # fmt: skip

    async def check() -> Any:
        async with client(api.host, {"host": api.host, "Authorization": "socket"}) as socket:
            await socket.subscribe("1", "subscription Good { onTell { id } }")
            return await socket.start("2", "subscription Bad { onTell { id } }")

    assert asyncio.run(check())["payload"]["errors"] == [
        {"errorType": "UnauthorizedException", "message": DENIED}
    ]
    connect = decider.asked[0]
    assert connect["requestContext"].pop("requestId")
    assert connect["requestContext"] == {
        "apiId": "abc", "accountId": "000000000000",
        "queryString": "", "operationName": "DeepDish:Connect", "variables": {},
    }  # fmt: skip
    assert connect["requestHeaders"]["host"] == api.host


def test_the_name_of_a_connect_can_be_set() -> None:
    decider = Decider()
    settings = Settings(connect_operation="Deepdish:Connect")

    async def check(host: str) -> None:
        async with client(host, {"host": host, "Authorization": "socket"}):
            """Connected."""

    with served(template(SDL, FUNCTION), decider, settings=settings) as endpoint:
        asyncio.run(check(endpoint.host))
    assert decider.asked[0]["requestContext"]["operationName"] == "Deepdish:Connect"


def test_subscribers_see_an_event_each_with_their_own_denied_fields(api: Endpoint, decider: Decider) -> None:
    """They ask for the same, and must not share what one of them may not see."""

    def decide(event: Any) -> Any:
        denied = ["Told.secret"] if event["authorizationToken"] == "few" else []
        return {"isAuthorized": True, "deniedFields": denied}

    async def listen(token: str, events: list[Any], ready: asyncio.Barrier) -> None:
        async with client(api.host, {"host": api.host, "Authorization": token}) as socket:
            await socket.subscribe("1", "subscription { onTell { id secret } }")
            await ready.wait()
            events.append((token, await socket.event("1")))

    async def check() -> dict[str, Any]:
        events: list[Any] = []
        ready = asyncio.Barrier(3)
        listening = [asyncio.create_task(listen(token, events, ready)) for token in ("few", "all")]
        await ready.wait()
        await asyncio.to_thread(ask, api, "all", "mutation { tell(id: 1) { id secret } }")
        await asyncio.gather(*listening)
        return dict(events)

    decider.decide = decide
    seen = asyncio.run(check())
    assert seen["all"]["data"] == {"onTell": {"id": "1", "secret": "s"}}
    assert seen["few"]["data"] == {"onTell": {"id": "1", "secret": None}}


def verdict(size: int) -> Verdict:
    return Verdict(True, {}, frozenset(), None, size)


def test_what_is_remembered_is_bounded_in_number() -> None:
    memory = Memory(lambda: 0.0)
    for n in range(REMEMBERED + 1):
        memory.put(str(n).encode(), verdict(10), 60)
        memory.get(b"0")
    assert (memory.get(b"0"), memory.get(b"1")) == (verdict(10), None)


def test_what_is_remembered_is_bounded_in_size() -> None:
    memory = Memory(lambda: 0.0)
    memory.put(b"large", verdict(LARGEST_REMEMBERED), 60)
    assert memory.get(b"large") is None
    count = REMEMBERED_BYTES // (LARGEST_REMEMBERED - 1)
    for n in range(count + 5):
        memory.put(str(n).encode(), verdict(LARGEST_REMEMBERED - 1), 60)
    kept = [n for n in range(count + 5) if memory.get(str(n).encode())]
    assert kept == list(range(5, count + 5))


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"{",
        b"[" * 5_000,
        b'{"isAuthorized": true, "ttlOverride": NaN}',
        b'{"isAuthorized": true, "ttlOverride": ' + b"9" * 400 + b"}",
    ],
)
def test_a_response_that_is_no_verdict_is_told_as_such(text: bytes) -> None:
    with pytest.raises(Undecided, match="no verdict"):
        read_verdict(text, "resolverContext")
