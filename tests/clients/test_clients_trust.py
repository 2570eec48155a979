"""Amplify where this machine's authority is not trusted: its app learns little, so the log has to tell."""

import asyncio
import time
from typing import Any

import pytest

from tests.clients.conversations import Refused, in_node
from tests.clients.graphql_story import WHO
from tests.clients.world import World, serving

PATIENCE = 10


async def ask(world: World) -> Any:
    """As an app of somebody who has not told Node of the authority."""
    async with in_node("amplify", {"NODE_EXTRA_CA_CERTS": ""}) as client:
        credentials = world.credentials("apiKey")
        await client.call(
            "configure", endpoint=f"https://{world.host}", mode="apiKey", credentials=credentials
        )
        return await client.call("ask", query=WHO)


def test_the_log_says_what_the_app_is_not_told(packages: None, caplog: pytest.LogCaptureFixture) -> None:
    with serving() as world:
        with pytest.raises(Refused, match="A network error has occurred"):
            asyncio.run(ask(world))
        deadline = time.monotonic() + PATIENCE
        while "NODE_EXTRA_CA_CERTS" not in caplog.text:
            assert time.monotonic() < deadline, "the log says nothing"
            time.sleep(0.05)
