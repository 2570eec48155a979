"""The real-time endpoint over WebSockets: carries frames between a socket and its state machine."""

import asyncio
import base64
import binascii
import contextlib
import json
import logging
from collections.abc import Coroutine, Mapping

from starlette.websockets import WebSocket, WebSocketDisconnect

from localcloud.appsync.api import Api, error_list
from localcloud.appsync.authorization import Presented
from localcloud.appsync.errors import AppSyncError, BadRequest, Json, RequestRefused
from localcloud.appsync.execution import Caller
from localcloud.appsync.headers import shown_of_start
from localcloud.appsync.outbox import BoundedOutbox
from localcloud.appsync.realtime import Action, Connection, Limits, Send, Start, Stop, credentials
from localcloud.appsync.sigv4 import SignedRequest
from localcloud.appsync.subscriptions import Subscription
from localcloud.appsync.wire import dumps

log = logging.getLogger(__name__)
PROTOCOL = "graphql-ws"
CARRIER = "header-"
REFUSAL_SECONDS = 1.0
ENDPOINT = "/graphql"  # what IAM callers sign for, whichever path their socket is on
PATHS = (ENDPOINT, "/graphql/realtime", "/realtime")


async def serve(socket: WebSocket, api: Api, limits: Limits) -> None:
    """One connection, from handshake to close."""
    offered = PROTOCOL in socket.scope["subprotocols"]
    await socket.accept(PROTOCOL if offered else None)
    try:
        if not offered:
            raise BadRequest(f"The sub-protocol {PROTOCOL} is required.")
        await api.authorizer.identify(
            presented(socket, connect_credentials(socket), f"{ENDPOINT}/connect", b"{}")
        )
    except RequestRefused as error:
        log.info("connection refused: %s", error.message.partition("\n")[0])
        await refuse(socket, error)
    else:
        await Session(socket, api, limits).run()


async def refuse(socket: WebSocket, error: RequestRefused) -> None:
    """Told inside the protocol, after the upgrade: an HTTP error would be invisible to browsers.

    The close waits for the client's first frame: clients send before they read, and gql takes a socket that
    is closed by then for a network failure.
    """
    errors = [{**error.wire(), "errorCode": error.status}]
    try:
        await socket.send_text(dumps({"type": "connection_error", "payload": {"errors": errors}}))
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(socket.receive_text(), REFUSAL_SECONDS)
        await socket.close(1000)
    except (WebSocketDisconnect, KeyError):
        log.debug("the client had gone, or sent no text, before it was refused")


def connect_credentials(socket: WebSocket) -> dict[str, str]:
    """From the query string, else the sub-protocol, else plain headers: clients use all three."""
    if "header" in socket.query_params:
        return decode(socket.query_params["header"].replace(" ", "+"))
    for protocol in socket.scope["subprotocols"]:
        if protocol.startswith(CARRIER):
            return decode(protocol.removeprefix(CARRIER).replace("-", "+").replace("_", "/"))
    return dict(socket.headers)


def decode(text: str) -> dict[str, str]:
    """Base64 of a JSON object, its padding optional."""
    try:
        given = json.loads(base64.b64decode(text + "=" * (-len(text) % 4), validate=True))
        return credentials(given)
    except (binascii.Error, ValueError, AttributeError, RecursionError):
        raise BadRequest("Required headers are missing.") from None


def presented(socket: WebSocket, headers: Mapping[str, str], path: str, body: bytes) -> Presented:
    source_ip = socket.client.host if socket.client else ""
    return Presented(SignedRequest(path, body, headers), source_ip)


class Session:
    """An accepted connection: reads, writes and keeps alive until one side is done."""

    def __init__(self, socket: WebSocket, api: Api, limits: Limits) -> None:
        self._socket = socket
        self._api = api
        self._limits = limits
        self._outbox = BoundedOutbox(limits)
        self._connection = Connection(limits)
        self._live: dict[str, Subscription] = {}
        self._starting: dict[Start, asyncio.Task[None]] = {}

    async def run(self) -> None:
        """Ends when the client leaves, stops reading, or has been there for as long as AppSync allows."""
        overflow = asyncio.create_task(self._outbox.overflowed.wait())
        tasks = {overflow, *(asyncio.create_task(each) for each in self._duties())}
        try:
            lifetime = self._limits.lifetime_seconds
            done, _ = await asyncio.wait(tasks, timeout=lifetime, return_when=asyncio.FIRST_COMPLETED)
        finally:
            await self._end(tasks)
        if overflow in done:
            log.warning("a client that does not read was dropped")
        elif not done:
            await self._socket.close(1000)

    def _duties(self) -> list[Coroutine[None, None, None]]:
        return [self._read(), self._write(), self._keep_alive()]

    async def _end(self, tasks: set[asyncio.Task[Json]]) -> None:
        for subscription in self._live.values():
            self._api.registry.remove(subscription)
        pending = {*tasks, *self._starting.values()}
        for task in pending:
            task.cancel()
        for outcome in await asyncio.gather(*pending, return_exceptions=True):
            if isinstance(outcome, Exception) and not isinstance(outcome, WebSocketDisconnect):
                log.error("a connection failed", exc_info=outcome)

    async def _read(self) -> None:
        while True:
            message = await self._socket.receive()
            if message["type"] == "websocket.disconnect":
                return
            for action in self._connection.receive(message.get("text") or ""):
                self._perform(action)

    async def _write(self) -> None:
        async for frame in self._outbox:
            await self._socket.send_text(frame)

    async def _keep_alive(self) -> None:
        while True:
            await asyncio.sleep(self._limits.keep_alive_seconds)
            self._outbox.offer('{"type":"ka"}')

    def _perform(self, action: Action) -> None:
        match action:
            case Send(frame):
                self._outbox.offer(dumps(frame))
            case Start():
                task = asyncio.create_task(self._open(action))
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
        shown = presented(self._socket, start.authorization, ENDPOINT, start.data.encode())
        identity = await self._api.authorizer.identify(shown)
        caller = Caller(identity, shown_of_start(self._socket.headers, start.authorization))
        return await self._api.subscribe(start.id, start.request, caller, self._outbox)

    def _close(self, id_: str) -> None:
        """What is still being opened is given up, so that starts and stops in turn pile nothing up."""
        subscription = self._live.pop(id_, None)
        if subscription:
            self._api.registry.remove(subscription)
        for start, task in self._starting.items():
            if start.id == id_:
                task.cancel()
