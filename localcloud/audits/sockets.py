"""Connections with nothing between the audit and the frames: the GraphQL real-time channel, and Events."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed

# What is decoded from JSON, as in rules.py.
type Json = Any


@dataclass
class Wire:
    """Frames of either protocol. `auth` is what each operation carries unless told otherwise."""

    socket: ClientConnection
    auth: Json

    async def say(self, **frame: Json) -> None:
        await self.socket.send(json.dumps(frame))

    async def text(self, text: str | bytes) -> None:
        await self.socket.send(text)

    async def frame(self, *, keep_alive: bool = False) -> Json:
        """The next frame that is no keep-alive, unless those are asked for."""
        while True:
            found = json.loads(await self.socket.recv())
            if keep_alive or found.get("type") != "ka":
                return found

    async def expect(self, kind: str, id_: str | None = None) -> Json:
        found = await self.frame()
        if found.get("type") != kind or (id_ is not None and found.get("id") != id_):
            raise AssertionError(f"frame {kind} {id_ or ''} was expected, and came {found}")
        return found

    async def closed(self) -> int | None:
        """Reads on until the other side closes; the code it closes with."""
        try:
            while True:
                await self.socket.recv()
        except ConnectionClosed:
            return self.socket.close_code


@dataclass
class Socket(Wire):
    """The GraphQL real-time protocol."""

    async def acknowledge(self) -> Json:
        await self.say(type="connection_init")
        return await self.expect("connection_ack")

    async def start(self, id_: str, query: str, variables: Json = None, auth: Json = None) -> None:
        body = json.dumps({"query": query, **({"variables": variables} if variables is not None else {})})
        await self.start_with(id_, body, self.auth if auth is None else auth)

    async def start_with(self, id_: Json, data: Json, auth: Json) -> None:
        payload = {"data": data, "extensions": {"authorization": auth}}
        await self.say(id=id_, type="start", payload=payload)

    async def subscribe(self, id_: str, query: str, variables: Json = None, auth: Json = None) -> None:
        await self.start(id_, query, variables, auth)
        await self.expect("start_ack", id_)

    async def follow(self, room: str, selection: str = "id room text", id_: str = "1") -> None:
        """Subscribes to the items of one room."""
        query = f"subscription S($room: String) {{ onSend(room: $room) {{ {selection} }} }}"
        await self.subscribe(id_, query, {"room": room})

    async def data(self, id_: str = "1") -> Json:
        """The payload of the next frame, which has to be data for that id."""
        return (await self.expect("data", id_))["payload"]

    async def event(self, field: str = "onSend", id_: str = "1") -> Json:
        return (await self.data(id_))["data"][field]

    async def error(self, id_: str | None = None) -> Json:
        """The first error of the next frame, which has to be an error."""
        found = await self.expect("error", id_)
        return found["payload"]["errors"][0]


@dataclass
class EventSocket(Wire):
    """The protocol of Events."""

    async def acknowledge(self) -> Json:
        await self.say(type="connection_init")
        return await self.expect("connection_ack")

    async def subscribe(self, channel: Json, id_: Json = "s1", auth: Mapping[str, str] | None = None) -> None:
        await self.say(
            type="subscribe", id=id_, channel=channel, authorization=self.auth if auth is None else auth
        )

    async def follow(self, channel: str, id_: str = "s1") -> None:
        await self.subscribe(channel, id_)
        await self.expect("subscribe_success", id_)

    async def publish(
        self, channel: Json, events: Json, id_: Json = "p1", auth: Mapping[str, str] | None = None
    ) -> None:
        given = self.auth if auth is None else auth
        await self.say(type="publish", id=id_, channel=channel, events=events, authorization=given)

    async def event(self, id_: str = "s1") -> Json:
        return json.loads((await self.expect("data", id_))["event"])
