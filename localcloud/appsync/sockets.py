"""The GraphQL real-time endpoint over WebSockets: carries frames between a socket and its state machine."""

import asyncio
import logging
from functools import partial

from starlette.websockets import WebSocket

from localcloud.appsync.api import Api, error_list
from localcloud.appsync.authorization import to_connect, to_run
from localcloud.appsync.errors import AppSyncError, Json, RequestRefused
from localcloud.appsync.execution import Caller
from localcloud.appsync.handshakes import accept, connect_credentials, presented
from localcloud.appsync.headers import shown_of_start
from localcloud.appsync.realtime import TOO_FAST, Action, Connection, Limits, Send, Start, Stop
from localcloud.appsync.sessions import Session, refuse
from localcloud.appsync.subscriptions import Subscription

log = logging.getLogger(__name__)
PROTOCOL = "graphql-ws"
ENDPOINT = "/graphql"  # what IAM callers sign for, whichever path their socket is on
PROTOCOLS = (PROTOCOL, "aws-appsync-event-ws")
NOT_FOUND = "com.amazon.coral.service.http#HttpNotFoundException"
PATHS = (ENDPOINT, "/graphql/realtime", "/realtime")


async def serve(socket: WebSocket, api: Api, limits: Limits) -> None:
    """One connection, from handshake to close."""

    async def admit() -> None:
        shown = presented(socket, connect_credentials(socket), f"{ENDPOINT}/connect", b"{}")
        await api.authorizer.identify(shown, partial(to_connect, api.settings.connect_operation))

    if await accept(socket, PROTOCOL, admit, refusal):
        await GraphQLSession(socket, api, limits).run()


async def serve_nowhere(socket: WebSocket) -> None:
    """Any other path. Told inside the protocol too, in the form of either, if the client offers one."""
    offered = next((name for name in PROTOCOLS if name in socket.scope["subprotocols"]), None)
    await socket.accept(offered)
    error = RequestRefused(f"There is no API at {socket.url.path}.", NOT_FOUND, 404)
    frame = refusal(error)
    await refuse(socket, {**frame, **frame["payload"]})


def refusal(error: RequestRefused) -> Json:
    return {"type": "connection_error", "payload": {"errors": [{**error.wire(), "errorCode": error.status}]}}


class GraphQLSession(Session):
    """A connection that opens and closes GraphQL subscriptions."""

    def __init__(self, socket: WebSocket, api: Api, limits: Limits) -> None:
        super().__init__(socket, limits)
        self._api = api
        self._connection = Connection(limits)
        self._live: dict[str, Subscription] = {}
        self._starting: dict[Start, asyncio.Task[None]] = {}

    def receive(self, text: str) -> None:
        for action in self._connection.receive(text):
            self._perform(action)

    def too_fast(self) -> Json:
        return {"type": "error", "payload": {"errors": [TOO_FAST]}}

    def leave(self) -> None:
        for subscription in self._live.values():
            self._api.registry.remove(subscription)

    def _perform(self, action: Action) -> None:
        match action:
            case Send(frame):
                self.send(frame)
            case Start():
                task = self.spawn(self._open(action))
                self._starting[action] = task
                task.add_done_callback(lambda _: self._starting.pop(action, None))
            case Stop(id_):
                self._close(id_)

    async def _open(self, start: Start) -> None:
        """Authorises and opens; nothing is awaited between ack and registration, so no event slips by."""
        try:
            subscription = await self._subscribe(start)
        except AppSyncError as error:
            actions = self._connection.failed(start, error_list(error))
        except Exception:
            log.exception("start failed")
            failure = {"errorType": "InternalFailure", "message": "The subscription could not be opened."}
            actions = self._connection.failed(start, [failure])
        else:
            actions = self._connection.started(start)
            if actions:
                self._live[start.id] = subscription
                self._api.registry.add(subscription)
        for action in actions:
            self._perform(action)

    async def _subscribe(self, start: Start) -> Subscription:
        """Every start is authorised on its own: one socket may carry callers of several modes."""
        shown = presented(self.socket, start.authorization, ENDPOINT, start.data.encode())
        identity = await self._api.authorizer.identify(shown, partial(to_run, start.request))
        caller = Caller(identity, shown_of_start(self.socket.headers, start.authorization))
        return await self._api.subscribe(start.id, start.request, caller, self.outbox)

    def _close(self, id_: str) -> None:
        """What is still being opened is given up, so that starts and stops in turn pile nothing up."""
        subscription = self._live.pop(id_, None)
        if subscription:
            self._api.registry.remove(subscription)
        for start, task in self._starting.items():
            if start.id == id_:
                task.cancel()
