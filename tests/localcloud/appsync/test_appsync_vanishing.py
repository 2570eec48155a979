"""Clients that vanish without a word, or never read: found in bounded time, and nothing of them is left."""

import json
import socket
import struct
import time
from collections.abc import Callable, Iterator

import pytest

from localcloud.appsync import listener
from localcloud.appsync.app import create_app
from localcloud.appsync.realtime import Limits
from localcloud.appsync.server import Server, configure
from tests.localcloud.appsync.clients import in_query
from tests.localcloud.appsync.world import CERTIFICATES, KEY, Endpoint, Lambda, Pool, build_api, serving

DATA = json.dumps({"query": "subscription { onSend { id body } }"})
START = {"data": DATA, "extensions": {"authorization": {"x-api-key": KEY}}}
SEND = 'mutation S($body: String) { send(input: {id: "1", body: $body, needed: "n"}) { id body } }'
HANDSHAKE = (
    "GET /graphql{} HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
    "Sec-WebSocket-Protocol: graphql-ws\r\n\r\n"
)


def until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 15
    while not condition():
        assert time.monotonic() < deadline, "it never came to that"
        time.sleep(0.02)


type Watched = tuple[Server, Endpoint]


@pytest.fixture
def watched(request: pytest.FixtureRequest, service: str, pool: Pool, functions: Lambda) -> Iterator[Watched]:
    """Pings every half second if asked to, and the kernel gives up on who does not read for two seconds."""
    api = build_api(service)
    config = configure(create_app(api, Limits(frames=50, waiting_bytes=400_000)), 0)
    config.ws_ping_interval = config.ws_ping_timeout = request.param
    server = Server(config, CERTIFICATES)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(listener, "UNREACHABLE_SECONDS", 2)
        with serving(server) as host:
            yield server, Endpoint(host, api, pool, functions)


pinged = pytest.mark.parametrize("watched", [0.5], indirect=True)
unpinged = pytest.mark.parametrize("watched", [60.0], indirect=True)


def read_until(connection: socket.socket, end: bytes) -> None:
    answer = b""
    while end not in answer:
        more = connection.recv(4096)
        assert more, answer
        answer += more


def dead(host: str) -> socket.socket:
    """A client with one subscription, which from then on neither reads nor answers, but keeps its socket."""
    connection = socket.socket()
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    connection.connect(("127.0.0.1", int(host.partition(":")[2])))
    connection.settimeout(5)
    connection.sendall(HANDSHAKE.format(in_query({"x-api-key": KEY})).encode())
    read_until(connection, b"\r\n\r\n")
    text = json.dumps({"id": "1", "type": "start", "payload": START}).encode()
    connection.sendall(struct.pack("!BBH4x", 0x81, 0x80 | 126, len(text)) + text)  # masked with zeros
    read_until(connection, b"start_ack")
    return connection


def nothing_left(server: Server, endpoint: Endpoint) -> bool:
    state = server.server_state
    return not (len(endpoint.api.registry) or state.connections or state.tasks)


@pinged
def test_a_client_that_answers_no_ping_is_dropped(watched: Watched) -> None:
    with dead(watched[1].host):
        until(lambda: nothing_left(*watched))


@pytest.mark.skipif(not hasattr(socket, "TCP_USER_TIMEOUT"), reason="this kernel knows no such time limit")
@unpinged
def test_a_client_whose_window_stays_shut_is_given_up_with_all_that_waits_for_it(
    watched: Watched,
) -> None:
    """Closing alone would not do: what was written has to be sent first, and never will be."""
    endpoint = watched[1]
    with dead(endpoint.host):
        while len(endpoint.api.registry):
            endpoint.data(SEND, {"body": "x" * 200_000})
        until(lambda: nothing_left(*watched))


@unpinged
def test_clients_that_reset_their_connections_leave_nothing(
    watched: Watched,
) -> None:
    clients = [dead(watched[1].host) for _ in range(20)]
    for client in clients:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        client.close()
    until(lambda: nothing_left(*watched))
