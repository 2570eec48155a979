"""Events over real sockets: who hears what, in which order, and what happens to those who do not keep up."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed

from localcloud.appsync.app import create_app
from localcloud.appsync.events.api import Settings
from localcloud.appsync.realtime import Limits
from tests.localcloud.appsync.events_world import (
    EventsClient,
    EventsEndpoint,
    build_events,
    by_key,
    events_client,
)
from tests.localcloud.appsync.world import running

pytestmark = pytest.mark.anyio


@asynccontextmanager
async def two(endpoint: EventsEndpoint) -> AsyncIterator[tuple[EventsClient, EventsClient]]:
    async with events_client(endpoint.host) as one, events_client(endpoint.host) as other:
        yield one, other


async def test_ev_everybody_who_listens_hears_each_event_once_per_subscription(
    events_endpoint: EventsEndpoint,
) -> None:
    async with two(events_endpoint) as (one, other):
        exact = await one.subscribe("/plain/room/a")
        below = await one.subscribe("/plain/*")
        others = await other.subscribe("plain/room/*")
        await other.publish("/plain/room/a", [1, 2])
        for event in (1, 2):
            assert [await one.event(exact), await one.event(below)] == [event, event]
            assert await other.event(others) == event


async def test_ev_nothing_is_heard_after_unsubscribing(events_endpoint: EventsEndpoint) -> None:
    async with events_client(events_endpoint.host) as client:
        gone, kept = await client.subscribe("/plain/gone"), await client.subscribe("/plain/gone")
        await client.send(type="unsubscribe", id=gone)
        assert await client.receive() == {"type": "unsubscribe_success", "id": gone}
        await client.publish("/plain/gone", [1])
        assert await client.event(kept) == 1
        assert client.seen == []


async def test_ev_what_a_client_publishes_in_order_is_heard_in_order(events_endpoint: EventsEndpoint) -> None:
    async with two(events_endpoint) as (one, other):
        id_ = await other.subscribe("/scripted/order")
        for index in range(20):
            pair = [str(2 * index), str(2 * index + 1)]
            frame = {"channel": "/scripted/order", "events": pair, "authorization": one.auth}
            await one.send(type="publish", id=f"p{index}", **frame)
        answers = [(await one.receive())["id"] for _ in range(20)]
        assert answers == [f"p{index}" for index in range(20)]
        assert [await other.event(id_) for _ in range(40)] == list(range(40))


async def test_ev_what_a_client_published_before_it_left_is_heard(events_endpoint: EventsEndpoint) -> None:
    async with events_client(events_endpoint.host) as listener:
        id_ = await listener.subscribe("/direct/left")
        async with events_client(events_endpoint.host) as leaver:
            auth = by_key(events_endpoint.host)
            for number in ("1", "2", "3"):
                frame = {"type": "publish", "channel": "/direct/left", "events": [number]}
                await leaver.send(id=f"p{number}", authorization=auth, **frame)
        assert [await listener.event(id_) for _ in range(3)] == [1, 2, 3]


async def test_ev_more_than_25_publishes_a_second_are_refused(events_endpoint: EventsEndpoint) -> None:
    async with events_client(events_endpoint.host) as client:
        for index in range(30):
            await client.send(
                type="publish", id=f"p{index}", channel="/plain/fast", events=["1"], authorization=client.auth
            )
        frames = [await client.receive() for _ in range(30)]
    refused = [each for each in frames if each["type"] == "publish_error"]
    assert 1 <= len(refused) <= 5
    assert {each["errors"][0]["errorType"] for each in refused} == {"LimitExceededError"}


async def test_ev_a_duplicate_id_and_one_subscription_too_many_are_refused(
    events_endpoint: EventsEndpoint,
) -> None:
    async with events_client(events_endpoint.host) as client:
        await client.try_subscribe("/plain/a", id_="a0")
        again = await client.try_subscribe("/plain/a", id_="a0")
        assert again["errors"][0]["errorType"] == "DuplicatedOperationError"
        for index in range(1, 20):
            assert (await client.try_subscribe("/plain/a", id_=f"a{index}"))["type"] == "subscribe_success"
        full = await client.try_subscribe("/plain/a", id_="a20")
        assert full["errors"][0]["message"] == "Max number of 20 subscriptions reached"


async def test_ev_keep_alives_come_without_being_asked_for(events_endpoint: EventsEndpoint) -> None:
    async with events_client(events_endpoint.host) as client:
        for _ in range(2):  # the one after the acknowledgement, and one by itself
            assert json.loads(await asyncio.wait_for(client.socket.recv(), 10)) == {"type": "ka"}


async def test_ev_subscriptions_end_with_their_connection(events_endpoint: EventsEndpoint) -> None:
    before = len(events_endpoint.api.registry)
    async with events_client(events_endpoint.host) as client:
        await client.subscribe("/plain/ending")
        assert len(events_endpoint.api.registry) == before + 1
    async with asyncio.timeout(10), events_client(events_endpoint.host) as client:
        while len(events_endpoint.api.registry) > before:  # as the other connection ends in its own time
            await client.socket.ping()


async def test_ev_who_does_not_read_is_dropped_and_nobody_waits_for_it(
    events_endpoint: EventsEndpoint,
) -> None:
    event = "x" * 100_000
    async with two(events_endpoint) as (reader, idler):
        id_ = await reader.subscribe("/plain/flood")
        await idler.subscribe("/plain/flood")
        idler.socket.transport.pause_reading()
        for _ in range(60):
            assert events_endpoint.post("/plain/flood", event).status_code == 200
            assert await reader.event(id_) == event
        idler.socket.transport.resume_reading()
        with pytest.raises(ConnectionClosed):
            await read_to_the_end(idler)


async def read_to_the_end(client: EventsClient) -> None:
    async with asyncio.timeout(20):
        while True:
            await client.socket.recv()


async def test_ev_a_large_publish_as_amplify_sends_it_is_taken(events_endpoint: EventsEndpoint) -> None:
    """Amplify repeats channel and events in a payload of its own."""
    events = ['"' + "x" * 239_998 + '"'] * 5
    async with events_client(events_endpoint.host, max_size=None) as client:
        auth = by_key(events_endpoint.host)
        own: dict[str, Any] = {"channel": "/plain/big", "events": events, "authorization": auth}
        await client.send(type="publish", id="p1", payload=own, **own)
        frame = await client.receive()
    assert (frame["type"], len(frame["successful"])) == ("publish_success", 5)


async def test_ev_frames_that_are_no_text_are_unsupported(events_endpoint: EventsEndpoint) -> None:
    async with events_client(events_endpoint.host) as client:
        await client.socket.send(b"\x00\xff")
        assert (await client.receive())["errors"][0]["errorType"] == "UnsupportedOperation"
        await client.subscribe("/plain/a")


async def test_ev_a_connection_ends_normally_when_its_time_is_over(events_endpoint: EventsEndpoint) -> None:
    url = events_endpoint.api
    with running(create_app(None, Limits(lifetime_seconds=0.2), channels=url)) as host:
        async with events_client(host) as client:
            with pytest.raises(ConnectionClosed):
                await read_to_the_end(client)
            assert client.socket.close_code == 1000


async def test_ev_a_handler_that_takes_too_long_refuses(events_endpoint: EventsEndpoint) -> None:
    channels = build_events(events_endpoint.service, Settings(handler_seconds=0.05))
    with running(create_app(None, channels=channels)) as host:
        async with events_client(host) as client:
            frame = await client.try_subscribe("/direct/slow")
    assert frame["errors"] == [{"errorType": "HandlerExecutionError", "message": "The handler timed out."}]


async def test_ev_publishes_that_wait_for_a_slow_handler_are_bounded_by_size(
    events_endpoint: EventsEndpoint,
) -> None:
    """The limits of this endpoint keep 400,000 characters for a connection."""
    async with events_client(events_endpoint.host) as client:
        frame = {
            "channel": "/direct/slow",
            "events": ['"' + "x" * 200_000 + '"'],
            "authorization": client.auth,
        }
        for index in range(8):
            await client.send(type="publish", id=f"p{index}", **frame)
        answers = [await client.receive() for _ in range(8)]
    refused = [each for each in answers if each["type"] == "publish_error"]
    assert {each["errors"][0]["errorType"] for each in refused} == {"LimitExceededError"}
    assert {each["id"] for each in answers} == {f"p{index}" for index in range(8)}
