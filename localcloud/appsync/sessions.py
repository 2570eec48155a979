"""One accepted WebSocket, whatever protocol it speaks: reads, writes, keeps alive, and ends in time."""

import asyncio
import contextlib
import logging
import time
from abc import ABC, abstractmethod
from collections.abc import Coroutine

from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketState

from localcloud.appsync.errors import Json
from localcloud.appsync.frames import wire_of
from localcloud.appsync.outbox import BoundedOutbox
from localcloud.appsync.realtime import Limits
from localcloud.appsync.wire import dumps

log = logging.getLogger(__name__)
REFUSAL_SECONDS = 1.0


class Session(ABC):
    """A protocol says what a frame means, and what there is to let go of at the end."""

    def __init__(self, socket: WebSocket, limits: Limits) -> None:
        self.socket = socket
        self.limits = limits
        self.outbox = BoundedOutbox(limits, wire_of(socket))
        self._pace = Pace(limits.inbound_per_second)
        self._work: set[asyncio.Task[None]] = set()

    @abstractmethod
    def receive(self, text: str) -> None:
        """Takes one text frame. Never blocks: what takes time is spawned."""

    @abstractmethod
    def too_fast(self) -> Json:
        """What a client is told whose frames came faster than they are taken."""

    @abstractmethod
    def leave(self) -> None:
        """Lets go of every subscription."""

    def send(self, frame: Json) -> None:
        self.outbox.offer(dumps(frame))

    def spawn(self, work: Coroutine[None, None, None]) -> asyncio.Task[None]:
        """Does something that ends with the connection at the latest."""
        task = asyncio.create_task(work)
        self._work.add(task)
        task.add_done_callback(self._work.discard)
        return task

    async def run(self) -> None:
        """Ends when the client leaves or stops reading, was invalidated, or has been there for too long."""
        overflow = asyncio.create_task(self.outbox.overflowed.wait())
        tasks = {overflow, *(asyncio.create_task(each) for each in self._duties())}
        try:
            lifetime = self.limits.lifetime_seconds
            done, _ = await asyncio.wait(tasks, timeout=lifetime, return_when=asyncio.FIRST_COMPLETED)
        finally:
            await self._end(tasks)
        if overflow in done:
            log.warning("a client that does not read was dropped")
        else:
            await self._dismiss()

    async def _dismiss(self) -> None:
        """Says goodbye to a client that is still there."""
        if self.socket.client_state is self.socket.application_state is WebSocketState.CONNECTED:
            with contextlib.suppress(WebSocketDisconnect):
                await self.socket.close(1000)

    def _duties(self) -> list[Coroutine[None, None, None]]:
        return [self._read(), self._write(), self._keep_alive()]

    async def _end(self, tasks: set[asyncio.Task[Json]]) -> None:
        self.leave()
        pending = {*tasks, *self._work}
        for task in pending:
            task.cancel()
        for outcome in await asyncio.gather(*pending, return_exceptions=True):
            if isinstance(outcome, Exception) and not isinstance(outcome, WebSocketDisconnect):
                log.error("a connection failed", exc_info=outcome)

    async def _read(self) -> None:
        """Others have their turn after each frame: a packet full of them would be taken at one go.

        A frame too many is refused, and those behind it wait, which in the end holds up their sender.
        """
        while True:
            message = await self.socket.receive()
            if message["type"] == "websocket.disconnect":
                return
            if wait := self._pace.excess(time.monotonic()):
                self.send(self.too_fast())
            else:
                self.receive(message.get("text") or "")
            await asyncio.sleep(wait)

    async def _write(self) -> None:
        await self.outbox.finished.wait()

    async def _keep_alive(self) -> None:
        while True:
            await asyncio.sleep(self.limits.keep_alive_seconds)
            self.outbox.offer('{"type":"ka"}')


class Pace:
    """How many frames came within the present second."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._since = 0.0
        self._count = 0

    def excess(self, now: float) -> float:
        """Counts one more. If it is too many: the seconds until the next is in time, otherwise 0."""
        if now - self._since >= 1.0:
            self._since, self._count = now, 0
        self._count += 1
        return 0.0 if self._count <= self._most else self._since + 1.0 - now


async def refuse(socket: WebSocket, frame: Json) -> None:
    """Told inside the protocol, after the upgrade: an HTTP error would be invisible to browsers.

    It waits for the client's first frame. Amplify listens only from then on, and would lose what comes in one
    packet with the upgrade; gql takes a socket that is closed by then for a network failure.
    """
    try:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(socket.receive(), REFUSAL_SECONDS)
        await socket.send_text(dumps(frame))
        await socket.close(1000)
    except WebSocketDisconnect:
        log.debug("the client had gone before it was refused")
