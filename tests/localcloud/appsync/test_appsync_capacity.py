"""How many clients are let in, and what the log says when there is no room."""

import resource
import socket
from contextlib import ExitStack

import pytest
from starlette.applications import Starlette

from localcloud.appsync import server
from localcloud.appsync.capacity import RESERVED, Capacity, capacity_for
from tests.localcloud.appsync.world import CERTIFICATES, serving

ROOM = 10


def is_in(connection: socket.socket) -> bool:
    """Whether a request is answered; who is turned away reads an end or a reset."""
    try:
        connection.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
        return connection.recv(8) == b"HTTP/1.1"
    except ConnectionError:
        return False


def test_a_flood_is_turned_away_and_room_is_made_by_who_leaves(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(server, "CLIENTS", ROOM)
    with serving(server.Server(server.configure(Starlette(), 0), CERTIFICATES)) as host, ExitStack() as stack:
        address = ("127.0.0.1", int(host.partition(":")[2]))
        flood = [stack.enter_context(socket.create_connection(address, 5)) for _ in range(3 * ROOM)]
        served = [connection for connection in flood if is_in(connection)]
        assert len(served) == ROOM
        served[0].shutdown(socket.SHUT_RDWR)
        while not is_in(stack.enter_context(socket.create_connection(address, 5))):
            pass
    told = [record for record in caplog.records if record.name == "localcloud.appsync.capacity"]
    assert f"{ROOM} clients are connected" in told[0].getMessage()
    assert len(told) < ROOM


def test_the_log_tells_of_a_flood_once_a_second(caplog: pytest.LogCaptureFixture) -> None:
    now = [0.0]
    room = Capacity([], 1, lambda: now[0])
    assert room.admits(0)
    for seconds, told in ((0.0, 1), (0.9, 1), (1.0, 2)):
        now[0] = seconds
        assert not room.admits(1)
        assert len(caplog.records) == told


def test_room_is_bounded_by_the_descriptors_that_can_be_had(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[int, int]] = []
    monkeypatch.setattr(resource, "setrlimit", lambda _, limits: asked.append(limits))
    for limits, room in (((256, 1_000), 800), ((256, -1), 5_000), ((9_999, 9_999), 5_000), ((256, 256), 56)):
        monkeypatch.setattr(resource, "getrlimit", lambda _, found=limits: found)
        assert capacity_for(5_000) == room
    assert asked == [(1_000, 1_000), (5_000 + RESERVED, -1), (256, 256)]
