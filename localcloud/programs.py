"""Turns browsers away from servers that only this machine's programs have business with.

Any page that a developer opens can send a form or a text to a port of 127.0.0.1, and needs nobody's leave:
reading the answer is not what it is after. But browsers say that they are browsers, in `Origin` on every POST
and in `Sec-Fetch-Site` on the rest; programs send neither.
"""

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send


class ProgramsOnly:
    """ASGI middleware for servers that speak plain HTTP."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and from_page(Headers(scope=scope)):
            refusal = PlainTextResponse("Web pages may not call this server.", 403)
            await refusal(scope, receive, send)
        else:
            await self._app(scope, receive, send)


def from_page(headers: Headers) -> bool:
    """Whether a page asks; a person who typed the address, to look at `/health`, is `none`."""
    return "origin" in headers or headers.get("sec-fetch-site", "none") != "none"
