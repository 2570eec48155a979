"""An endpoint that breaks rules: it passes everything on to a good one, and spoils what comes back."""

import asyncio
import contextlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import httpx
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route, WebSocketRoute
from starlette.types import Message
from starlette.websockets import WebSocket, WebSocketDisconnect
from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Subprotocol

type Spoil = Callable[[Message], Message | None]


def unspoiled(message: Message) -> Message | None:
    return message


@dataclass
class Breaker:
    """A proxy in front of an endpoint. `spoil` is put on all it sends; None in its place leaves it out."""

    upstream: str = ""
    spoil: Spoil = unspoiled

    def app(self) -> Starlette:
        methods = ["GET", "POST", "OPTIONS"]
        return Starlette(
            routes=[
                Route("/{path:path}", self._ask, methods=methods),
                WebSocketRoute("/{path:path}", self._join),
            ]
        )

    async def _ask(self, request: Request) -> Response:
        async with httpx.AsyncClient(trust_env=False, timeout=30) as client:
            url = f"http://{self.upstream}{request.url.path}?{request.url.query}"
            sent = await client.request(
                request.method, url, headers=request.headers.raw, content=await request.body()
            )
        left_out = {b"content-encoding", b"content-length"}
        start: Message = {
            "type": "http.response.start",
            "status": sent.status_code,
            "headers": [
                (name.lower(), value) for name, value in sent.headers.raw if name.lower() not in left_out
            ],
        }
        started = self.spoil(start) or start
        body = self.spoil({"type": "http.response.body", "body": sent.content}) or {"body": b""}
        answer = Response(body["body"], started["status"])
        answer.raw_headers = started["headers"] + [(b"content-length", str(len(body["body"])).encode())]
        return answer

    async def _join(self, socket: WebSocket) -> None:
        url = f"ws://{self.upstream}{socket.url.path}?{socket.url.query}"
        offered = [Subprotocol(each) for each in socket.scope["subprotocols"]]
        given = {name: socket.headers[name] for name in ("x-api-key",) if name in socket.headers}
        async with connect(
            url, subprotocols=offered, additional_headers=given, proxy=None, compression=None, max_size=None
        ) as there:
            accept = {"type": "websocket.accept", "subprotocol": there.subprotocol}
            await socket.accept((self.spoil(accept) or accept)["subprotocol"])
            duties = {
                asyncio.create_task(each) for each in (self._up(socket, there), self._down(socket, there))
            }
            _, rest = await asyncio.wait(duties, return_when=asyncio.FIRST_COMPLETED)
            for task in rest:
                task.cancel()
            await asyncio.gather(*duties, return_exceptions=True)
        with contextlib.suppress(RuntimeError, WebSocketDisconnect):
            await socket.close(there.close_code or 1000)

    async def _up(self, socket: WebSocket, there: ClientConnection) -> None:
        while (message := await socket.receive())["type"] == "websocket.receive":
            await there.send(message["text"] if message.get("text") is not None else message["bytes"])

    async def _down(self, socket: WebSocket, there: ClientConnection) -> None:
        async for text in there:
            message = self.spoil({"type": "websocket.send", "text": text})
            if message is not None:
                await socket.send_text(message["text"])


def header(name: str, value: str | None) -> Spoil:
    """Replaces a header of every HTTP answer, or leaves it out."""

    def spoil(message: Message) -> Message:
        if message["type"] != "http.response.start":
            return message
        kept = [(key, each) for key, each in message["headers"] if key.lower() != name.encode()]
        added = [(name.encode(), value.encode())] if value is not None else []
        return {**message, "headers": kept + added}

    return spoil


def status(old: int, new: int) -> Spoil:
    def spoil(message: Message) -> Message:
        changed = message["type"] == "http.response.start" and message["status"] == old
        return {**message, "status": new} if changed else message

    return spoil


def text(old: str, new: str) -> Spoil:
    """Replaces a text of the same length in HTTP answers and in frames."""
    assert len(old) == len(new)

    def spoil(message: Message) -> Message:
        match message:
            case {"type": "http.response.body", "body": body}:
                return {**message, "body": body.replace(old.encode(), new.encode())}
            case {"type": "websocket.send", "text": str(frame)}:
                return {**message, "text": frame.replace(old, new)}
        return message

    return spoil


def frame(change: Callable[[dict[str, Any]], dict[str, Any] | None]) -> Spoil:
    """Changes every frame that is sent over a WebSocket."""

    def spoil(message: Message) -> Message | None:
        if message["type"] != "websocket.send" or not message.get("text"):
            return message
        changed = change(json.loads(message["text"]))
        return None if changed is None else {**message, "text": json.dumps(changed)}

    return spoil


def protocol(message: Message) -> Message | None:
    return {**message, "subprotocol": None} if message["type"] == "websocket.accept" else message


async def empty_answer(_: Request) -> Response:
    return Response("{}", media_type="x/x")


async def empty_frames(socket: WebSocket) -> None:
    await socket.accept()
    while (await socket.receive())["type"] == "websocket.receive":
        await socket.send_text("{}")


def nothing() -> Starlette:
    """An endpoint that answers whatever it is told with an empty object."""
    everything = "/{path:path}"
    methods = ["GET", "POST", "OPTIONS"]
    return Starlette(
        routes=[Route(everything, empty_answer, methods=methods), WebSocketRoute(everything, empty_frames)]
    )
