"""AppSync's real-time protocol from the client's side: one socket, many subscriptions.

https://docs.aws.amazon.com/appsync/latest/devguide/real-time-websocket-client.html
"""

import asyncio
import base64
import json
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Literal, Self

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import WebSocketException
from websockets.typing import Subprotocol

from riffle.decoding import Json, Value
from riffle.deployment import Deployment, is_local
from riffle.errors import ConnectionFailed, RiffleError, Unauthorized
from riffle.graphql import first_error

ACK_SECONDS = 15.0
DEFAULT_TIMEOUT_MS = 300_000
REFUSALS = {400, 401, 403}
MAX_FRAME = 1 << 20


@dataclass(frozen=True, slots=True)
class Operation:
    """A subscription: the document and its variables."""

    document: str
    variables: Json


@dataclass(slots=True)
class Route:
    """Where the frames of one subscription go. None in `events` says that it has ended."""

    acknowledged: asyncio.Future[None]
    events: asyncio.Queue[Json | RiffleError | None] = field(default_factory=asyncio.Queue)

    def end(self, error: RiffleError | None) -> None:
        if not self.acknowledged.done():
            self.acknowledged.set_exception(
                error or ConnectionFailed("the subscription ended before it began")
            )
        self.events.put_nowait(error)


class Socket:
    """One connection that has been acknowledged. It ends once; who needs another opens another."""

    def __init__(self, connection: ClientConnection, deployment: Deployment, silence: float) -> None:
        self._connection = connection
        self._deployment = deployment
        self._silence = silence
        self._routes: dict[str, Route] = {}
        self._reader = asyncio.create_task(self._read())

    @classmethod
    async def open(cls, deployment: Deployment, token: str) -> Self:
        """Connects and waits for `connection_ack`. Raises Unauthorized or ConnectionFailed."""
        connection = await _connected(deployment, token)
        try:
            silence = await _initialised(connection)
        except BaseException:
            await connection.close()
            raise
        return cls(connection, deployment, silence)

    @property
    def alive(self) -> bool:
        return not self._reader.done()

    @asynccontextmanager
    async def subscribe(self, operation: Operation, token: str) -> AsyncIterator[Route]:
        """A subscription that is live once entered. Raises what the deployment refuses it with."""
        name = str(uuid.uuid4())
        route = self._routes[name] = Route(asyncio.get_running_loop().create_future())
        try:
            await self._start(name, operation, token)
            await _acknowledged(route)
            yield route
        finally:
            self._routes.pop(name, None)
            with suppress(ConnectionFailed):
                await self._send({"id": name, "type": "stop"})

    async def aclose(self) -> None:
        await self._connection.close()
        await asyncio.wait([self._reader])

    async def _start(self, name: str, operation: Operation, token: str) -> None:
        data = json.dumps({"query": operation.document, "variables": operation.variables})
        extensions = {"authorization": _authorization(self._deployment, token)}
        await self._send({"id": name, "type": "start", "payload": {"data": data, "extensions": extensions}})

    async def _send(self, frame: Json) -> None:
        await _send(self._connection, frame)

    async def _read(self) -> None:
        """Hands out frames until the connection ends or has been silent for longer than it promised."""
        error = ConnectionFailed("the real-time connection was cut")
        try:
            while True:
                async with asyncio.timeout(self._silence):
                    self._deliver(_frame(await self._connection.recv()))
        except TimeoutError:
            error = ConnectionFailed("the real-time connection fell silent")
        except (WebSocketException, OSError, ConnectionFailed):
            pass
        finally:
            self._end_all(error)
            await self._connection.close()

    def _deliver(self, frame: Json) -> None:
        route = self._routes.get(frame.get("id", ""))
        match frame.get("type"):
            case "error" | "connection_error" if route is None:
                raise ConnectionFailed(_reason(frame).message)
            case _ if route is None:
                return
            case "start_ack":
                _settle(route.acknowledged)
            case "data":
                route.events.put_nowait(_payload(frame))
            case "error":
                route.end(_reason(frame))
            case "complete":
                route.end(None)

    def _end_all(self, error: RiffleError) -> None:
        for route in self._routes.values():
            route.end(error)


def _settle(future: asyncio.Future[None]) -> None:
    if not future.done():
        future.set_result(None)


def _payload(frame: Json) -> Json:
    return (frame.get("payload") or {}).get("data") or {}


def _reason(frame: Json) -> RiffleError:
    return first_error((frame.get("payload") or {}).get("errors"))


async def _acknowledged(route: Route) -> None:
    try:
        await asyncio.wait_for(route.acknowledged, ACK_SECONDS)
    except TimeoutError as error:
        raise ConnectionFailed(f"no start_ack within {ACK_SECONDS:.0f} s") from error


async def _connected(deployment: Deployment, token: str) -> ClientConnection:
    protocols = [Subprotocol("graphql-ws"), Subprotocol(f"header-{_carried(deployment, token)}")]
    url = deployment.realtime_url
    proxy: Literal[True] | None = None if is_local(deployment.graphql_url) else True
    try:
        # Pings are off: the protocol has its own sign of life, `ka`.
        return await connect(
            url,
            subprotocols=protocols,
            proxy=proxy,
            open_timeout=ACK_SECONDS,
            ping_interval=None,
            max_size=MAX_FRAME,
        )
    except (WebSocketException, OSError, TimeoutError) as error:
        raise ConnectionFailed(
            f"no real-time connection to {url}: {error or type(error).__name__}"
        ) from error


async def _initialised(connection: ClientConnection) -> float:
    """Sends `connection_init`; the seconds of silence after which the server says to give up."""
    try:
        async with asyncio.timeout(ACK_SECONDS):
            await _send(connection, {"type": "connection_init"})
            while True:
                frame = _frame(await connection.recv())
                if frame.get("type") == "connection_ack":
                    return (
                        float((frame.get("payload") or {}).get("connectionTimeoutMs", DEFAULT_TIMEOUT_MS))
                        / 1000
                    )
                if frame.get("type") in {"connection_error", "error"}:
                    raise _refusal(frame)
    except (WebSocketException, OSError, TimeoutError) as error:
        raise ConnectionFailed("the real-time connection was not acknowledged") from error


def _refusal(frame: Json) -> RiffleError:
    """A refusal is final when its code or type says so; anything else is worth another attempt."""
    errors = (frame.get("payload") or {}).get("errors") or [{}]
    code = errors[0].get("errorCode") if isinstance(errors, list) else None
    reason = _reason(frame)
    if code in REFUSALS or isinstance(reason, Unauthorized):
        return Unauthorized(reason.message)
    return ConnectionFailed(reason.message)


async def _send(connection: ClientConnection, frame: Json) -> None:
    try:
        await connection.send(json.dumps(frame))
    except (WebSocketException, OSError) as error:
        raise ConnectionFailed("the real-time connection was cut") from error


def _frame(text: str | bytes) -> Json:
    try:
        value: Value = json.loads(text)
    except ValueError as error:
        raise ConnectionFailed("the real-time connection sent something that is not JSON") from error
    return value if isinstance(value, dict) else {}


def _authorization(deployment: Deployment, token: str) -> Json:
    return {"Authorization": token, "host": deployment.host}


def _carried(deployment: Deployment, token: str) -> str:
    text = json.dumps(_authorization(deployment, token), separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")
