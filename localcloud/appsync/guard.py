"""What is this machine and what is not: turns away requests for another Host, against DNS rebinding."""

import re
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send
from starlette.websockets import WebSocketClose

LOOPBACK = re.compile(r"(localhost|127\.0\.0\.1|\[::1\])(:\d{1,5})?", re.IGNORECASE)


class LoopbackOnly:
    """ASGI middleware for both HTTP and WebSockets."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan" or is_loopback(Headers(scope=scope).get("host", "")):
            await self._app(scope, receive, send)
        elif scope["type"] == "websocket":
            await WebSocketClose()(scope, receive, send)
        else:
            refusal = PlainTextResponse("This server answers to localhost only.", 421)
            await refusal(scope, receive, send)


def is_loopback(host: str) -> bool:
    return LOOPBACK.fullmatch(host) is not None


def is_local(url: str) -> bool:
    """Whether a URL names this machine, so that no proxy of the environment is to be asked for it."""
    return is_loopback(urlsplit(url).netloc)


def is_local_page(origin: str) -> bool:
    """Whether the page behind a request, as its `Origin` header has it, is of this machine."""
    scheme, _, host = origin.partition("://")
    return scheme in {"http", "https"} and is_loopback(host)
