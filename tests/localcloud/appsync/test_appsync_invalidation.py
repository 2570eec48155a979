"""A mutation ends subscriptions whose invalidation filter matches what it says, and their connections."""

import asyncio
import json
from typing import Any

from tests.localcloud.appsync.clients import Client, client
from tests.localcloud.appsync.world import Endpoint

ON_MEMBER = (
    "subscription M($room: String!, $member: String!) { onMember(room: $room, member: $member) { id } }"
)
EXPEL = "mutation E($room: String!, $members: [String!]!) { expel(room: $room, members: $members) }"
SEND = 'mutation { send(input: {id: "1", room: "x", needed: "n"}) { id room } }'


async def expel(endpoint: Endpoint, *members: str) -> Any:
    return (await asyncio.to_thread(endpoint.post, EXPEL, {"room": "x", "members": members})).json()


async def join(socket: Client, id_: str, member: str) -> None:
    await socket.subscribe(id_, ON_MEMBER, {"room": "x", "member": member})


async def rest(socket: Client) -> list[Any]:
    """All frames up to the close, which is a normal one."""
    frames = [json.loads(text) async for text in socket.socket]
    assert socket.socket.close_code == 1000
    return [frame for frame in frames if frame["type"] != "ka"]


def test_sb06_an_invalidated_subscription_is_completed_and_its_connection_closed(endpoint: Endpoint) -> None:
    async def check() -> None:
        before = len(endpoint.api.registry)
        async with client(endpoint.host) as ada:
            await join(ada, "1", "ada")
            await ada.subscribe("2", "subscription { onSend { id } }")
            assert await expel(endpoint, "ada") == {"data": {"expel": 1}}
            assert await rest(ada) == [{"id": "1", "type": "complete"}]
        async with asyncio.timeout(5):
            while len(endpoint.api.registry) > before:  # noqa: ASYNC110  (the server runs in another thread)
                await asyncio.sleep(0.01)

    asyncio.run(check())


def test_sb06_a_subscription_whose_filter_does_not_match_or_that_has_none_goes_on(endpoint: Endpoint) -> None:
    async def check() -> None:
        async with client(endpoint.host) as bob, client(endpoint.host) as eve:
            await join(bob, "1", "bob")
            await eve.subscribe("1", "subscription { onSend { id } }")
            assert await expel(endpoint, "ada") == {"data": {"expel": 1}}
            await asyncio.to_thread(endpoint.data, SEND)
            assert (await eve.event("1"))["data"] == {"onSend": {"id": "1"}}
            await bob.send(type="stop", id="1")
            assert await bob.receive() == {"id": "1", "type": "complete"}

    asyncio.run(check())


def test_sb06_several_subscriptions_of_one_connection_are_each_completed(endpoint: Endpoint) -> None:
    async def check() -> None:
        async with client(endpoint.host) as ada:
            await join(ada, "1", "ada")
            await join(ada, "2", "ada")
            await join(ada, "3", "bob")
            await expel(endpoint, "ada")
            assert await rest(ada) == [{"id": id_, "type": "complete"} for id_ in ("1", "2")]

    asyncio.run(check())


def test_sb06_five_different_invalidations_in_one_request_are_served_and_a_sixth_is_an_error(
    endpoint: Endpoint,
) -> None:
    async def check() -> None:
        async with client(endpoint.host) as fifth:
            await join(fifth, "1", "e")
            assert await expel(endpoint, *"aaabbcdd") == {"data": {"expel": 8}}
            body = await expel(endpoint, *"abcdef")
            assert body["data"] == {"expel": None}
            assert "at most 5 different invalidations" in body["errors"][0]["message"]
            assert await rest(fifth) == [{"id": "1", "type": "complete"}]

    asyncio.run(check())
