"""uvicorn's HTTP protocol with one write for a response's head and body instead of two.

Each write takes the kernel about a quarter of a millisecond, and the first wakes a client that can do nothing
with a head alone.
"""

import asyncio
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol


class JoiningTransport:
    """Holds a write until the next one, or until the event loop has done what it is at."""

    def __init__(self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        self.joined = transport
        self._loop = loop
        self._held: bytes | None = None

    def write(self, data: bytes) -> None:
        if self._held is None:
            self._held = data
            self._loop.call_soon(self.flush)
        else:
            self._held += data
            self.flush()

    def flush(self) -> None:
        held, self._held = self._held, None
        if held is not None:
            self.joined.write(held)

    def close(self) -> None:
        self.flush()
        self.joined.close()

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401  (whatever else the transport has, as it has it)
        return getattr(self.joined, name)


class JoiningHttp(HttpToolsProtocol):
    """A connection that becomes a WebSocket goes on with its own transport."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as theirs
        self._joining = JoiningTransport(transport, self.loop)
        super().connection_made(self._joining)  # type: ignore[arg-type]  # it stands in for the transport

    def handle_websocket_upgrade(self) -> None:
        self._joining.flush()
        self.transport = self._joining.joined
        super().handle_websocket_upgrade()
