"""What clients that unsubscribe leave behind at the endpoint, while their socket is still open."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

import pytest

from tests.clients.accounts import outside_browsers
from tests.clients.cases import AMPLIFY, APOLLO_3, APOLLO_4, GQL, OLDER_APOLLO_3
from tests.clients.conversations import Client
from tests.clients.graphql_story import ON_SEND
from tests.clients.world import World, serving

PATIENCE = 20


@pytest.fixture(scope="module")
def own_world(packages: None) -> Iterator[World]:
    """With nobody else's subscriptions."""
    with serving() as world:
        yield world


async def until(world: World, subscriptions: int) -> None:
    async with asyncio.timeout(PATIENCE):
        while world.subscriptions != subscriptions:  # noqa: ASYNC110  (registries tell nobody of changes)
            await asyncio.sleep(0.02)


@asynccontextmanager
async def configured(client: str, world: World) -> AsyncIterator[Client]:
    await until(world, 0)
    async with outside_browsers(client) as opened:
        params = {"endpoint": f"https://{world.host}", "credentials": world.credentials("apiKey")}
        await opened.call("configure", mode="apiKey", **params)
        yield opened


@pytest.mark.parametrize("name", [AMPLIFY, APOLLO_4, APOLLO_3, OLDER_APOLLO_3, GQL])
def test_unsubscribing_ends_one_subscription_at_the_endpoint(own_world: World, name: str) -> None:
    async def check() -> None:
        async with configured(name, own_world) as client:
            for room in ("a", "b"):
                await client.call("listen", name=room, query=ON_SEND, variables={"room": room})
                await until(own_world, 1 if room == "a" else 2)
            await client.call("forget", name="a")
            await until(own_world, 1)

    asyncio.run(check())


def test_leaving_a_channel_ends_one_subscription_at_the_endpoint(own_world: World) -> None:
    async def check() -> None:
        async with configured(AMPLIFY, own_world) as client:
            for name in ("a", "b"):
                await client.call("join", name=name, channel=f"/open/{name}")
            assert own_world.subscriptions == 2
            await client.call("leave", name="a")
            await until(own_world, 1)

    asyncio.run(check())
