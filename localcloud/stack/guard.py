"""A gate in front of MiniStack: this machine's programs and the Riffle page may enter, other web sites not.

MiniStack trusts whoever reaches its port, answers `Access-Control-Allow-Origin: *`, and its Lambda runs code.
A page of any site could act as the developer, directly or through a host name rebound to 127.0.0.1.
"""

import re
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from typing import Any

type Message = MutableMapping[str, Any]  # ASGI's own dictionaries: their keys differ by message type
type Scope = MutableMapping[str, Any]
type Receive = Callable[[], Awaitable[Message]]
type Send = Callable[[Message], Awaitable[None]]
type Application = Callable[[Scope, Receive, Send], Awaitable[None]]

SAVED = "/_riffle/saved"  # answers once a snapshot has what was written before
_ADMIN = re.compile(rf"^/_(?!ministack/(health|ready)$)(?!{SAVED[2:]}$)")
_LOOPBACK = re.compile(r"^(127\.0\.0\.1|\[::1\]|localhost|[a-z0-9.-]+\.localhost)(:\d{1,5})?$", re.IGNORECASE)
_READS = re.compile(r"(Get|List|Describe|Query|Scan|BatchGet|TransactGet)[A-Za-z]*$")


def refusal(scope: Scope, origins: frozenset[str]) -> str | None:
    """Why this request may not enter, or None when it may."""
    headers = {
        name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope.get("headers", ())
    }
    if not _LOOPBACK.match(headers.get("host", "")):
        return "The Host header does not name this machine."
    if _ADMIN.match(scope["path"]):
        return f"{scope['path']} is switched off: it would change the emulator behind Riffle's back."
    if scope["type"] == "websocket":  # browsers let any page open one, and name the page
        return None if "origin" not in headers else "Pages may not open sockets here."
    return _foreign(scope["method"], headers, origins)


def _foreign(method: str, headers: dict[str, str], origins: frozenset[str]) -> str | None:
    """A browser names the site behind a request in `Origin`, and for images and links in `Sec-Fetch-Site`."""
    origin = headers.get("origin")
    if origin is None:
        own = headers.get("sec-fetch-site", "none") in {"none", "same-origin"}
        return None if own else "Pages may not load resources from here."
    if origin not in origins:
        return f"Pages of {origin} may not call this endpoint."
    return None if _object_transfer(method, headers) else "The page may only transfer objects here."


def _object_transfer(method: str, headers: dict[str, str]) -> bool:
    """An S3 read, PUT or form upload, or its preflight; other services take POSTs of other types."""
    form = headers.get("content-type", "").startswith("multipart/form-data")
    return method in {"GET", "HEAD", "OPTIONS", "PUT"} or (method == "POST" and form)


def changes_state(scope: Scope) -> bool:
    """Whether a request may change what a snapshot holds. When in doubt it does."""
    if scope["method"] in {"GET", "HEAD", "OPTIONS"}:
        return False
    target = next((value for name, value in scope["headers"] if name.lower() == b"x-amz-target"), b"")
    return not _READS.match(target.decode("latin-1").rpartition(".")[2])


class Guard:
    """The ASGI application that asks `refusal` first and reports each change to `changed`."""

    def __init__(
        self,
        inner: Application,
        origins: Iterable[str],
        changed: Callable[[], None],
        saved: Callable[[], Awaitable[None]],
    ) -> None:
        self._inner = inner
        self._origins = frozenset(origins)
        self._changed = changed
        self._saved = saved

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes on, or answers 403 with the reason (a WebSocket is closed before it opens)."""
        if scope["type"] == "lifespan":
            return await self._inner(scope, receive, send)
        if reason := refusal(scope, self._origins):
            return await _refuse(scope, send, reason)
        if scope["type"] == "http" and scope["path"] == SAVED:
            await self._saved()
            return await _answer(send, 204, "")
        await self._inner(scope, receive, send)
        if scope["type"] == "http" and changes_state(scope):
            self._changed()
        return None


async def _refuse(scope: Scope, send: Send, reason: str) -> None:
    if scope["type"] == "websocket":
        return await send({"type": "websocket.close", "code": 1008, "reason": reason})
    return await _answer(send, 403, reason)


async def _answer(send: Send, status: int, text: str) -> None:
    headers = [(b"content-type", b"text/plain; charset=utf-8")]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": text.encode()})
