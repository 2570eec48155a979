"""Many clients at once, and some that behave badly: what they cost, and that the others do not notice."""

import asyncio
import json
import logging
import resource
import socket
import statistics
import struct
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import pytest

from tests.localcloud.appsync.children import Child, serving
from tests.localcloud.appsync.clients import Client, client
from tests.localcloud.appsync.test_appsync_hostile_sockets import INIT, PING, TEXT, UPGRADE, frame

log = logging.getLogger(__name__)
CROWD = 2_000
ON_SEND = "subscription { onSend { id body } }"
SEND = "mutation S($id: ID!, $body: String) { send(input: {id: $id, body: $body}) { id body } }"
START = {
    "id": "1", "type": "start",
    "payload": {
        "data": json.dumps({"query": ON_SEND}),
        "extensions": {"authorization": {"host": "localhost", "x-api-key": "da2-notes"}},
    },
}  # fmt: skip
SUBSCRIBE = INIT + frame(TEXT, json.dumps(START).encode())
DROPPED = "a client that does not read was dropped"

type Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


@pytest.fixture(scope="module", autouse=True)
def descriptors() -> Iterator[None]:
    """Enough of them for the crowd; the servers see to theirs themselves."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(max(soft, 2 * CROWD), hard), hard))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


@pytest.fixture
def child(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Child]:
    with serving(tmp_path_factory.mktemp("crowd")) as running:
        assert running.post("{ __typename }").status_code == 200
        yield running


async def raw(child: Child, then: bytes = INIT, until: bytes = b"connection_ack", buffer: int = 0) -> Streams:
    """A WebSocket that says `then` and waits for `until`. A small `buffer` fills soon when nobody reads."""
    _, _, port = child.host.partition(":")
    plain = socket.socket()
    plain.setblocking(False)
    if buffer:
        plain.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer)
    await asyncio.get_running_loop().sock_connect(plain, ("127.0.0.1", int(port)))
    reader, writer = await asyncio.open_connection(sock=plain, limit=4_096)
    async with asyncio.timeout(20):
        writer.write(UPGRADE)
        await reader.readuntil(b"\r\n\r\n")
        writer.write(then)
        await reader.readuntil(until)
    return reader, writer


@asynccontextmanager
async def crowd(child: Child, count: int, **how: Any) -> AsyncIterator[list[Streams]]:
    """Opened a hundred at a time, and closed together."""
    streams: list[Streams] = []
    for _ in range(count // 100):
        streams += await asyncio.gather(*(raw(child, **how) for _ in range(100)))
    yield streams
    for _, writer in streams:
        writer.close()
    await asyncio.gather(*(writer.wait_closed() for _, writer in streams), return_exceptions=True)


async def settled(child: Child, descriptors: int) -> None:
    """Returns when the server has let go of its sockets."""
    async with asyncio.timeout(20):
        while child.process.num_fds() > descriptors:
            await asyncio.to_thread(child.post, "{ __typename }")


async def is_served(child: Child) -> None:
    async with client(child.host) as listener, asyncio.timeout(10):
        await listener.subscribe("1", ON_SEND)
        await asyncio.to_thread(child.post, SEND, id="1")
        assert (await listener.event("1"))["data"]["onSend"]["id"] == "1"


def test_two_thousand_idle_sockets_cost_little_and_are_let_go_of(child: Child) -> None:
    async def gather() -> float:
        async with crowd(child, CROWD):
            await is_served(child)
            return child.rss

    async def check() -> None:
        before, descriptors = child.rss, child.process.num_fds()
        first = await gather()
        await settled(child, descriptors + 5)
        again = await gather()
        await settled(child, descriptors + 5)
        log.info("%.1f kB a socket, %.1f MB more again", (first - before) * 1000 / CROWD, again - first)
        assert (first - before) * 1000 / CROWD < 60, "kB a socket"
        assert again - first < 15, "MB more for the second crowd: the first one was not let go of"

    asyncio.run(check())


async def latencies(child: Child, count: int, body: str) -> list[float]:
    """Seconds from each publish to its event at a subscriber that reads."""
    taken = []
    async with client(child.host, max_size=None) as listener, asyncio.timeout(60):
        await listener.subscribe("1", ON_SEND)
        for number in range(count):
            begun = time.monotonic()
            await asyncio.to_thread(child.post, SEND, id=str(number), body=body)
            assert (await listener.event("1"))["data"]["onSend"]["id"] == str(number)
            taken.append(time.monotonic() - begun)
    return taken


def test_a_client_that_never_reads_is_dropped_and_costs_nobody_time(child: Child) -> None:
    """Its bound is 8 million bytes; with what the kernel holds, 130 events of 100 kB are more than that."""

    async def check() -> None:
        alone = await latencies(child, 30, "x" * 100_000)
        before = child.rss
        _, deaf = await raw(child, SUBSCRIBE, b"start_ack", buffer=4_096)
        beside = await latencies(child, 200, "x" * 100_000)
        medians = [statistics.median(each) * 1000 for each in (alone, beside)]
        log.info("%.1f MB; ms alone and beside: %s", child.rss - before, medians)
        assert child.log.read_text().count(DROPPED) == 1
        assert child.rss - before < 40
        assert statistics.median(beside) < 2 * statistics.median(alone) + 0.02
        deaf.transport.abort()

    asyncio.run(check())


def test_pings_of_a_client_that_never_reads_are_not_hoarded(child: Child) -> None:
    async def check() -> None:
        before = child.rss
        _, deaf = await raw(child, buffer=4_096)
        pings = frame(PING, b"p" * 125) * 1_000
        for _ in range(150):  # 20 MB
            deaf.write(pings)
            await asyncio.wait_for(deaf.drain(), 20)
        await is_served(child)
        log.info("%.1f MB for 20 MB of pings", child.rss - before)
        assert child.rss - before < 10
        deaf.transport.abort()

    asyncio.run(check())


async def start_and_stop(restless: Client, id_: str) -> None:
    """Who is too quick is told so in place of an answer."""
    await restless.send(**{**START, "id": id_})
    await restless.send(id=id_, type="stop")
    while (await restless.receive())["type"] not in ("complete", "error"):
        pass


def test_thousands_of_starts_and_stops_leave_nothing_behind(child: Child) -> None:
    async def check() -> None:
        await is_served(child)
        before = child.rss
        async with client(child.host) as restless, asyncio.timeout(60):
            for number in range(2_000):
                await start_and_stop(restless, str(number))
        await is_served(child)
        log.info("%.1f MB for 2,000 starts and stops", child.rss - before)
        assert child.rss - before < 15

    asyncio.run(check())


def test_the_201st_subscription_of_a_connection_is_refused_and_the_others_stay(child: Child) -> None:
    async def check() -> None:
        async with client(child.host) as greedy, asyncio.timeout(30):
            for number in range(200):
                await greedy.subscribe(str(number), ON_SEND)
            refusal = await greedy.start("200", ON_SEND)
            assert refusal["payload"]["errors"][0]["errorType"] == "MaxSubscriptionsReachedError"
            await asyncio.to_thread(child.post, SEND, id="1")
            assert {(await greedy.receive())["id"] for _ in range(200)} == {str(n) for n in range(200)}

    asyncio.run(check())


def test_clients_that_die_together_during_a_fan_out_take_nobody_with_them(child: Child) -> None:
    """They are reset, as by a crash: there is no closing handshake."""

    async def die(streams: list[Streams]) -> None:
        for _, writer in streams:
            plain = writer.get_extra_info("socket")
            plain.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            writer.transport.abort()
            await asyncio.sleep(0)

    async def check() -> None:
        async with AsyncExitStack() as stack:
            streams = await stack.enter_async_context(crowd(child, 300, then=SUBSCRIBE, until=b"start_ack"))
            descriptors = child.process.num_fds() - len(streams)
            dying = asyncio.create_task(die(streams))
            taken = await latencies(child, 40, "x" * 5_000)
            await dying
            await settled(child, descriptors + 5)
            assert max(taken) < 2

    asyncio.run(check())
