"""The real-time endpoint over real sockets: handshakes, refusals, order, and clients that misbehave."""

import asyncio
import json
import socket
from collections.abc import Iterator
from typing import Any

import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.typing import Subprotocol

from localcloud.appsync.app import create_app
from localcloud.appsync.realtime import Limits
from localcloud.appsync.server import FRAME_BYTES
from tests.localcloud.appsync.clients import Client, api_key, client, in_protocol, in_query, sign
from tests.localcloud.appsync.world import KEY, OLD_KEY, Endpoint, running

WS = [Subprotocol("graphql-ws")]
ON_SEND = "subscription { onSend { id body } }"
SEND = "mutation M($input: NoteInput!) { send(input: $input) { id room body length tags needed } }"
NO_CALL = "You are not authorized to make this call."
DENIED = {"errorType": "UnauthorizedException", "message": NO_CALL, "errorCode": 401}
MISSING = {
    "errorType": "BadRequestException",
    "message": "Required headers are missing.",
    "errorCode": 400,
}
UNDEFINED = "Validation error of type FieldUndefined: Field 'onX' in type 'Subscription' is undefined @ 'onX'"
CLOSED = "Not Authorized to access {} on type Subscription"
UNSUPPORTED = "{} not supported through the realtime channel"


def publish(endpoint: Endpoint, **note: Any) -> Any:
    return endpoint.data(SEND, {"input": {"id": "1", "needed": "n", **note}})["send"]


async def publish_later(endpoint: Endpoint, **note: Any) -> None:
    await asyncio.to_thread(publish, endpoint, **note)


async def acknowledged(socket: ClientConnection) -> bool:
    await socket.send('{"type":"connection_init"}')
    frame = json.loads(await socket.recv())
    return bool(frame == {"type": "connection_ack", "payload": {"connectionTimeoutMs": 300_000}})


@pytest.mark.parametrize("path", ["/graphql", "/graphql/realtime", "/realtime"])
def test_rt01_all_three_paths_and_all_three_carriers_connect(endpoint: Endpoint, path: str) -> None:
    async def connects() -> None:
        url, auth = f"ws://{endpoint.host}{path}", api_key(endpoint.host)
        for address, protocols, headers in (
            (url + in_query(auth), WS, {}),
            (url, in_protocol(auth), {}),
            (url, WS, {"x-api-key": KEY}),
        ):
            async with connect(address, subprotocols=protocols, additional_headers=headers) as socket:
                assert socket.subprotocol == "graphql-ws"
                assert await acknowledged(socket)

    asyncio.run(connects())


def test_rt02_every_mode_connects(endpoint: Endpoint) -> None:
    async def connects() -> None:
        for auth in (
            {"host": endpoint.host, "Authorization": endpoint.pool.token()},
            {"host": endpoint.host, "Authorization": f"Bearer {endpoint.pool.token()}"},
            sign(endpoint.host, "/graphql/connect", "{}"),
        ):
            async with client(endpoint.host, auth):
                pass

    asyncio.run(connects())


def test_rt01_the_query_comes_before_the_sub_protocol_and_that_before_the_headers(endpoint: Endpoint) -> None:
    async def check() -> None:
        url, good, bad = f"ws://{endpoint.host}/graphql", api_key(endpoint.host), {"x-api-key": "wrong"}
        for address, protocols, headers in (
            (url + in_query(good), in_protocol(bad), bad),
            (url, in_protocol(good), bad),
        ):
            async with connect(address, subprotocols=protocols, additional_headers=headers) as socket:
                assert await acknowledged(socket)
        assert await refused(url + in_query(bad), in_protocol(good), **good) == [DENIED]
        assert await refused(url, in_protocol(bad), **good) == [DENIED]

    asyncio.run(check())


@pytest.mark.parametrize("host", ["localhost", "abc.appsync-api.us-east-1.amazonaws.com", None])
def test_rt01_names_mean_the_same_in_any_case_and_the_host_is_not_compared(
    endpoint: Endpoint, host: str | None
) -> None:
    async def check() -> None:
        auth = {"X-API-Key": KEY, "x-api-key": KEY, "Host": host or endpoint.host}
        async with client(endpoint.host, auth) as socket:
            await socket.subscribe("1", ON_SEND)

    asyncio.run(check())


@pytest.mark.parametrize("path", ["/", "/graphql/", "/nothing/here", "/event/realtime/x"])
def test_rt06_an_unknown_path_is_told_inside_the_protocol(endpoint: Endpoint, path: str) -> None:
    async def check() -> None:
        (error,) = await refused(f"ws://{endpoint.host}{path}", in_protocol(api_key(endpoint.host)))
        assert error["errorType"] == "com.amazon.coral.service.http#HttpNotFoundException"
        assert error["errorCode"] == 404

    asyncio.run(check())


async def refused(url: str, protocols: list[Subprotocol], **headers: str) -> Any:
    """The `connection_error` of a handshake that is accepted and then turned down, and the close code."""
    async with connect(url, subprotocols=protocols, additional_headers=headers) as socket:
        await socket.send('{"type":"connection_init"}')
        frame = json.loads(await socket.recv())
        with pytest.raises(ConnectionClosed):
            await socket.recv()
        assert (frame["type"], socket.close_code) == ("connection_error", 1000)
        return frame["payload"]["errors"]


def test_rt06_a_connection_without_good_credentials_is_told_and_closed(endpoint: Endpoint) -> None:
    async def check() -> None:
        url = f"ws://{endpoint.host}/graphql"
        for auth in ({"x-api-key": "wrong"}, {"x-api-key": OLD_KEY}):
            assert await refused(url + in_query(auth), WS) == [DENIED]
            assert await refused(url, in_protocol(auth)) == [DENIED]
        assert (await refused(url, WS)) == [MISSING]
        for header in ("%%%", "bm90IGpzb24=", "W10="):
            (error,) = await refused(f"{url}?header={header}&payload=e30=", WS)
            assert error == MISSING

    asyncio.run(check())


def test_rt06_who_is_refused_is_told_whatever_its_first_frame_is(endpoint: Endpoint) -> None:
    async def check() -> None:
        url = f"ws://{endpoint.host}/graphql"
        async with connect(url, subprotocols=in_protocol({"x-api-key": "wrong"})) as socket:
            await socket.send(b"\x00")
            assert json.loads(await socket.recv())["payload"]["errors"] == [DENIED]
            with pytest.raises(ConnectionClosed):
                await socket.recv()
            assert socket.close_code == 1000

    asyncio.run(check())


def test_a_signature_for_another_path_does_not_connect(endpoint: Endpoint) -> None:
    async def check() -> None:
        auth = sign(endpoint.host, "/graphql", "{}")
        (error,) = await refused(f"ws://{endpoint.host}/graphql/realtime", in_protocol(auth))
        assert error["errorType"] == "BadRequestException"

    asyncio.run(check())


def test_a_socket_without_the_sub_protocol_is_told_so(endpoint: Endpoint) -> None:
    async def check() -> None:
        async with connect(f"ws://{endpoint.host}/graphql") as socket:
            assert json.loads(await socket.recv())["type"] == "connection_error"

    asyncio.run(check())


def test_each_start_is_authorised_on_its_own(endpoint: Endpoint) -> None:
    async def check() -> None:
        host = endpoint.host
        async with client(host) as socket:
            await socket.subscribe(
                "1", "subscription { onSigned { id } }", auth=lambda text: sign(host, "/graphql", text)
            )
            await socket.subscribe(
                "2", "subscription { onOwn { id } }", auth={"authorization": endpoint.pool.token()}
            )
            frame = await socket.start("3", ON_SEND, auth={"x-api-key": "wrong"})
            assert frame["payload"]["errors"][0]["errorType"] == "UnauthorizedException"
            frame = await socket.start("4", ON_SEND, auth={"host": host})
            assert frame["payload"]["errors"][0]["errorType"] == "UnauthorizedException"

    asyncio.run(check())


@pytest.mark.parametrize(
    ("query", "kind", "message"),
    [
        ("subscription { onSigned { id } }", "Unauthorized", CLOSED.format("onSigned")),
        ('subscription { onRule(how: "unauthorized") { id } }', "Unauthorized", CLOSED.format("onRule")),
        ('subscription { onRule(how: "error") { id } }', "Closed", "not today"),
        ("{ __typename }", "UnsupportedOperation", UNSUPPORTED.format("query")),
        ("mutation { __typename }", "UnsupportedOperation", UNSUPPORTED.format("mutation")),
        ("subscription {", "BadRequestException", "Unable to parse GraphQL query."),
        ("subscription { onX }", "BadRequestException", UNDEFINED),
    ],
)
def test_a_refused_start_is_an_error_of_its_id(
    endpoint: Endpoint, query: str, kind: str, message: str
) -> None:
    async def check() -> None:
        async with client(endpoint.host) as socket:
            frame = await socket.start("7", query)
            assert (frame["id"], frame["type"]) == ("7", "error")
            assert frame["payload"]["errors"] == [{"errorType": kind, "message": message}]
            await socket.subscribe("7", ON_SEND)

    asyncio.run(check())


def test_after_stop_nothing_more_comes_for_that_id(endpoint: Endpoint) -> None:
    async def check() -> None:
        async with client(endpoint.host) as socket:
            await socket.subscribe("a", ON_SEND)
            await socket.subscribe("b", ON_SEND)
            await socket.send(type="stop", id="a")
            assert await socket.receive() == {"id": "a", "type": "complete"}
            await publish_later(endpoint, body="x")
            assert (await socket.event("b"))["data"]["onSend"]["body"] == "x"

    asyncio.run(check())


def test_keep_alives_come_by_themselves(endpoint: Endpoint) -> None:
    async def check() -> None:
        async with client(endpoint.host) as socket, asyncio.timeout(5):
            for _ in range(3):
                assert await socket.receive(keep_alive=True) == {"type": "ka"}

    asyncio.run(check())


def test_malformed_frames_leave_the_connection_usable(endpoint: Endpoint) -> None:
    async def check() -> None:
        async with client(endpoint.host) as socket:
            for text in (
                "nonsense",
                b"\x00\x01",
                "[]",
                '{"type":"start"}',
                '{"type":"start","id":"x","payload":7}',
            ):
                await socket.socket.send(text)
                assert (await socket.receive())["type"] == "error"
            await socket.subscribe("1", ON_SEND)

    asyncio.run(check())


async def too_much(client: Client) -> None:
    await client.socket.send("x" * (FRAME_BYTES + 1))
    await client.receive()


def test_a_frame_over_the_limit_ends_its_connection_and_no_other(endpoint: Endpoint) -> None:
    async def check() -> None:
        async with client(endpoint.host) as good, client(endpoint.host) as bad:
            await good.subscribe("1", ON_SEND)
            with pytest.raises(ConnectionClosed):
                await too_much(bad)
            await publish_later(endpoint, body="still here")
            assert (await good.event("1"))["data"]["onSend"]["body"] == "still here"

    asyncio.run(check())


def test_a_client_that_does_not_read_is_dropped_and_no_other_waits_for_it(endpoint: Endpoint) -> None:
    """The bound here is 200 frames or 400,000 characters; what the kernel buffers comes on top."""

    async def check() -> None:
        lazy = socket.socket()
        lazy.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        lazy.connect(("127.0.0.1", int(endpoint.host.split(":")[1])))
        async with client(endpoint.host) as reader, client(endpoint.host, sock=lazy, max_queue=1) as sleeper:
            await sleeper.subscribe("1", ON_SEND)
            await reader.subscribe("1", ON_SEND)
            before = len(endpoint.api.registry)
            for number in range(100):
                await publish_later(endpoint, id=str(number), body="x" * 200_000)
                assert (await reader.event("1"))["data"]["onSend"]["id"] == str(number)
                if len(endpoint.api.registry) < before:
                    break
            assert len(endpoint.api.registry) == before - 1
            sleeper.socket.transport.abort()

    asyncio.run(check())


def test_a_closed_socket_leaves_no_subscription_behind(endpoint: Endpoint) -> None:
    async def check() -> None:
        before = len(endpoint.api.registry)
        async with client(endpoint.host) as socket:
            await socket.subscribe("1", ON_SEND)
            assert len(endpoint.api.registry) == before + 1
        async with asyncio.timeout(5):
            while len(endpoint.api.registry) > before:  # noqa: ASYNC110  (the server runs in another thread)
                await asyncio.sleep(0.01)

    asyncio.run(check())


@pytest.fixture
def impatient(endpoint: Endpoint) -> Iterator[str]:
    """The same API where connections live for a second, and give each second to ten frames."""
    limits = Limits(lifetime_seconds=1.0, inbound_per_second=10)
    with running(create_app(endpoint.api, limits)) as host:
        yield host


def test_a_connection_that_has_been_there_for_as_long_as_may_be_is_closed_normally(impatient: str) -> None:
    async def check() -> None:
        async with client(impatient) as socket, asyncio.timeout(5):
            await socket.subscribe("1", ON_SEND)
            with pytest.raises(ConnectionClosed):
                await socket.receive()
            assert socket.socket.close_code == 1000

    asyncio.run(check())


def test_who_sends_too_many_frames_is_told_so_without_an_id_and_goes_on_a_second_later(
    impatient: str,
) -> None:
    async def check() -> None:
        async with client(impatient) as socket, asyncio.timeout(5):
            for number in range(10):
                await socket.send(id=str(number), type="stop")
            frames = [await socket.receive() for _ in range(10)]
            assert [frame["type"] for frame in frames] == ["complete"] * 9 + ["error"]
            (error,) = frames[-1]["payload"]["errors"]
            assert ("id" in frames[-1], error) == (
                False,
                {"errorType": "LimitExceededError", "message": "Rate limit exceeded"},
            )

    asyncio.run(check())


def test_a_message_over_240_kb_is_dropped_and_the_mutation_succeeds(endpoint: Endpoint) -> None:
    async def check() -> None:
        async with client(endpoint.host) as socket:
            await socket.subscribe("1", ON_SEND)
            await publish_later(endpoint, body="é" * 125_000)
            await publish_later(endpoint, id="2")
            assert (await socket.event("1"))["data"]["onSend"]["id"] == "2"

    asyncio.run(check())


def test_a_handshake_from_a_foreign_host_is_refused(endpoint: Endpoint) -> None:
    async def check() -> None:
        port = int(endpoint.host.split(":")[1])
        with pytest.raises(InvalidStatus, match="403"):
            async with connect("ws://evil.test/graphql", subprotocols=WS, host="127.0.0.1", port=port):
                pass

    asyncio.run(check())
