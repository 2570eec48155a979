"""What a client goes through. A story's account is what the client's app saw; the tests read the accounts."""

import asyncio
import itertools
import json
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import httpx

from tests.clients.cases import Case
from tests.clients.conversations import Client, Refused
from tests.clients.wires import Wire
from tests.clients.world import World

PROBE = "probe"
BETWEEN_PROBES = 0.25


@dataclass
class Story[T](ABC):
    """One client in one mode, in a room of its own at the API that all share; `others` send there, too."""

    client: Client
    world: World
    wire: Wire
    case: Case
    others: httpx.AsyncClient

    @abstractmethod
    async def tell(self) -> T:
        """The account of it."""

    @property
    def room(self) -> str:
        return str(self.case)

    async def configure(self, wire: Wire, credentials: dict[str, str]) -> None:
        endpoint = f"{self.case.scheme}://localhost:{wire.port}"
        await self.client.call("configure", endpoint=endpoint, mode=self.case.mode, credentials=credentials)

    async def outcome(self, method: str, **params: Any) -> Any:
        """The result or, for a client that raises it, the error."""
        try:
            return {"result": await self.client.call(method, **params)}
        except Refused as refusal:
            return {"error": refusal.error}

    async def until_heard(self, name: str, send: Callable[[str], Awaitable[None]]) -> None:
        """Clients do not say when a subscription is there: the first probe that arrives does."""
        hearing = asyncio.create_task(self.client.heard(name))
        for number in itertools.count():
            await send(f"{PROBE}{number}")
            await asyncio.wait([hearing], timeout=BETWEEN_PROBES)
            if hearing.done():
                break
        assert is_probe(hearing.result()), hearing.result()

    async def event(self, name: str) -> Any:
        """The next one that is no probe."""
        while is_probe(told := await self.client.heard(name)):
            pass
        return told


def is_probe(told: Any) -> bool:
    return PROBE in json.dumps(told.get("event"))
