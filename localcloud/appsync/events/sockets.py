"""Events over WebSockets: carries frames between a socket and its state machine."""

import asyncio
import contextlib
import logging
import time
from collections.abc import Mapping

from starlette.websockets import WebSocket

from localcloud.appsync.errors import AppSyncError, Json, RequestRefused, Unauthorized
from localcloud.appsync.events.api import EventsApi, Request
from localcloud.appsync.events.delivering import Subscription
from localcloud.appsync.events.errors import in_frame
from localcloud.appsync.events.http import PATH as ENDPOINT
from localcloud.appsync.events.protocol import (
    Action,
    Connection,
    Publish,
    Subscribe,
    Unsubscribe,
    failure,
    too_fast,
)
from localcloud.appsync.handshakes import accept, connect_credentials, presented
from localcloud.appsync.headers import shown_of_start
from localcloud.appsync.realtime import TOO_FAST, Limits, Send
from localcloud.appsync.sessions import Session

log = logging.getLogger(__name__)
PROTOCOL = "aws-appsync-event-ws"
PATH = "/event/realtime"
WAITING = 50
FAILURE = {"errorType": "InternalFailure", "message": "The operation could not be completed."}


async def serve(socket: WebSocket, api: EventsApi, limits: Limits) -> None:
    """One connection, from handshake to close."""

    async def admit() -> None:
        await api.connect(presented(socket, connect_credentials(socket), ENDPOINT, b"{}"))

    if await accept(socket, PROTOCOL, admit, refusal):
        await EventsSession(socket, api, limits).run()


def refusal(error: RequestRefused) -> Json:
    """Who is not authorised is told the type of the error alone, as AppSync does."""
    told = {"errorType": error.type} if isinstance(error, Unauthorized) else error.wire()
    return {"type": "connection_error", "errors": [told]}


class EventsSession(Session):
    """A connection that publishes and subscribes.

    Its publishes are worked off one after the other: what a client sends in order is broadcast in order.
    """

    def __init__(self, socket: WebSocket, api: EventsApi, limits: Limits) -> None:
        super().__init__(socket, limits)
        self._api = api
        self._connection = Connection(limits)
        self._live: dict[str, Subscription] = {}
        self._opening: dict[Subscribe, asyncio.Task[None]] = {}
        self._publishes: asyncio.Queue[Publish] = asyncio.Queue(WAITING)
        self._waiting_bytes = 0

    async def run(self) -> None:
        """What a client sent is published though it has left since; of one that does not read, no more."""
        async with asyncio.TaskGroup() as group:
            publishing = group.create_task(self._publish_all())
            await super().run()
            self._publishes.shutdown()
            if self.outbox.overflowed.is_set():
                publishing.cancel()

    def receive(self, text: str) -> None:
        self._perform(self._connection.receive(text, time.monotonic()))

    def too_fast(self) -> Json:
        return {"type": "error", "errors": [TOO_FAST]}

    def leave(self) -> None:
        for subscription in self._live.values():
            self._api.registry.remove(subscription)

    def _perform(self, actions: list[Action]) -> None:
        for action in actions:
            match action:
                case Send(frame):
                    self.send(frame)
                case Subscribe():
                    self._begin(action)
                case Unsubscribe(id_):
                    self._let_go(id_)
                case Publish():
                    self._enqueue(action)

    def _begin(self, subscribe: Subscribe) -> None:
        task = self.spawn(self._open(subscribe))
        self._opening[subscribe] = task
        task.add_done_callback(lambda _: self._opening.pop(subscribe, None))

    async def _open(self, subscribe: Subscribe) -> None:
        """Authorises and opens; nothing is awaited between acknowledgement and registration."""
        request = self._request(subscribe.authorization, subscribe.signed)
        try:
            subscription = await self._api.subscribe(subscribe.id, subscribe.channel, request, self.outbox)
        except AppSyncError as error:
            actions = self._connection.refused(subscribe, in_frame(error))
        except Exception:
            log.exception("subscribing failed")
            actions = self._connection.refused(subscribe, FAILURE)
        else:
            actions = self._connection.subscribed(subscribe)
            if actions:
                self._live[subscribe.id] = subscription
                self._api.registry.add(subscription)
        self._perform(actions)

    def _let_go(self, id_: str) -> None:
        """What is still being opened is given up, so that frames in turn pile nothing up."""
        subscription = self._live.pop(id_, None)
        if subscription:
            self._api.registry.remove(subscription)
        for opening, task in self._opening.items():
            if opening.id == id_:
                task.cancel()

    def _enqueue(self, publish: Publish) -> None:
        """Who publishes faster than handlers work is told so, rather than kept in memory."""
        if self._publishes.full() or self._waiting_bytes > self.limits.waiting_bytes:
            self._perform([too_fast(publish.id)])
        else:
            self._waiting_bytes += publish.size
            self._publishes.put_nowait(publish)

    async def _publish_all(self) -> None:
        """Until the connection has ended and nothing waits."""
        with contextlib.suppress(asyncio.QueueShutDown):
            while True:
                publish = await self._publishes.get()
                self.send(await self._publish(publish))
                self._waiting_bytes -= publish.size

    async def _publish(self, publish: Publish) -> Json:
        request = self._request(publish.authorization, publish.publication.signed)
        try:
            receipt = await self._api.publish(publish.publication, request)
        except AppSyncError as error:
            return failure("publish_error", publish.id, in_frame(error))
        except Exception:
            log.exception("publishing failed")
            return failure("publish_error", publish.id, FAILURE)
        return {"type": "publish_success", "id": publish.id, **receipt}

    def _request(self, authorization: Mapping[str, str], signed: str) -> Request:
        """Every frame is authorised on its own: one socket may carry callers of several modes."""
        shown = shown_of_start(self.socket.headers, authorization)
        return Request(presented(self.socket, authorization, ENDPOINT, signed.encode()), shown)
