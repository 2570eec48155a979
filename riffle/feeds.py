"""Subscriptions that outlive their socket: connect, subscribe, and after a cut do both again."""

import asyncio
from dataclasses import dataclass
from typing import Self

from riffle.backoff import delays
from riffle.decoding import Json
from riffle.deployment import Deployment
from riffle.errors import ConnectionFailed, RiffleError, Unauthorized
from riffle.identity import Identity
from riffle.realtime import Operation, Route, Socket

ATTEMPTS = 12  # about half a minute of a deployment being away


@dataclass(frozen=True, slots=True)
class Subscribed:
    """The subscription is live from here on; unless it is the first time, something may have been missed."""

    again: bool


class Realtime:
    """The real-time side of one deployment for one person; its socket is opened when first needed."""

    def __init__(self, deployment: Deployment, identity: Identity) -> None:
        self._deployment = deployment
        self._identity = identity
        self._lock = asyncio.Lock()
        self._socket: Socket | None = None
        self._feeds: set[Feed] = set()

    async def aclose(self) -> None:
        for feed in list(self._feeds):
            await feed.aclose()
        if self._socket is not None:
            await self._socket.aclose()

    def feed(self, document: str, variables: Json) -> "Feed":
        feed = Feed(self, Operation(document, variables))
        self._feeds.add(feed)
        return feed

    def forget(self, feed: "Feed") -> None:
        self._feeds.discard(feed)

    async def connection(self) -> tuple[Socket, str]:
        """The socket, opened again when it has ended, and a token that is valid now."""
        async with self._lock:
            token = await self._identity.token()
            if self._socket is None or not self._socket.alive:
                self._socket = await self._open(token)
            return self._socket, await self._identity.token()

    async def _open(self, token: str) -> Socket:
        try:
            return await Socket.open(self._deployment, token)
        except Unauthorized:
            self._identity.reject(token)
        return await Socket.open(self._deployment, await self._identity.token())


class Feed:
    """The events of one subscription, across reconnections. An async context manager."""

    def __init__(self, realtime: Realtime, operation: Operation) -> None:
        self._realtime = realtime
        self._operation = operation
        self._items: asyncio.Queue[Subscribed | Json | RiffleError] = asyncio.Queue()
        self._pump: asyncio.Task[None] | None = None
        self._connected_before = False

    async def __aenter__(self) -> Self:
        self._pump = asyncio.create_task(self._run())
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        self._realtime.forget(self)
        if self._pump is not None:
            self._pump.cancel()
            await asyncio.wait([self._pump])  # to await it would take our own cancellation for its

    async def next(self, seconds: float | None = None) -> Subscribed | Json | None:
        """The next event, or None when none came in time. Raises what ended the subscription for good."""
        try:
            async with asyncio.timeout(seconds):
                item = await self._items.get()
        except TimeoutError:
            return None
        if isinstance(item, RiffleError):
            raise item
        return item

    async def _run(self) -> None:
        waits = delays(ATTEMPTS)
        try:
            while True:
                try:
                    await self._subscribed_once()
                    waits = delays(ATTEMPTS)
                    await asyncio.sleep(next(waits))  # whatever cut it may cut it again at once
                except ConnectionFailed:
                    if (delay := next(waits, None)) is None:
                        raise
                    await asyncio.sleep(delay)
        except RiffleError as error:
            self._items.put_nowait(error)

    async def _subscribed_once(self) -> None:
        """Returns when a live subscription was cut; raises when it did not come to life or was refused."""
        socket, token = await self._realtime.connection()
        async with socket.subscribe(self._operation, token) as route:
            self._items.put_nowait(Subscribed(again=self._connected_before))
            self._connected_before = True
            await self._forward(route)

    async def _forward(self, route: Route) -> None:
        while (item := await route.events.get()) is not None:
            if isinstance(item, ConnectionFailed):
                return
            if isinstance(item, RiffleError):
                raise item
            self._items.put_nowait(item)
