"""Frames written straight to a client's connection, without a task's turn and a copy for each.

ASGI knows messages, not frames. This reaches below uvicorn's public surface; its tests hold it to the version
that is pinned.
"""

from collections.abc import Callable, Iterable
from typing import Protocol, cast

from starlette.websockets import WebSocket
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

EXTENSION = "riffle.frames"
TEXT = 0x81  # a text of one frame; what servers send is not masked
BYTE, SHORT = 126, 65_536


def opening(size: int) -> bytes:
    """What comes before a text of so many bytes. https://www.rfc-editor.org/rfc/rfc6455#section-5.2"""
    if size < BYTE:
        return bytes((TEXT, size))
    if size < SHORT:
        return bytes((TEXT, 126)) + size.to_bytes(2)
    return bytes((TEXT, 127)) + size.to_bytes(8)


class Wire(Protocol):
    """Where frames go. Whoever writes asks for room first, and without any waits to be told."""

    @property
    def has_room(self) -> bool: ...

    def when_room(self, tell: Callable[[], None]) -> None: ...

    def write(self, pieces: Iterable[bytes]) -> None: ...


class WireProtocol(WebSocketsSansIOProtocol):
    """uvicorn's own, which an application can also write to as a Wire."""

    async def run_asgi(self) -> None:
        self._tell: Callable[[], None] | None = None
        self.scope["extensions"][EXTENSION] = {"wire": self}
        await super().run_asgi()

    @property
    def has_room(self) -> bool:
        """Not while the transport holds more than it likes to for a peer that reads too slowly."""
        return self.writable.is_set()

    def when_room(self, tell: Callable[[], None]) -> None:
        self._tell = tell

    def write(self, pieces: Iterable[bytes]) -> None:
        """What comes after the connection's end goes nowhere; its session learns of that by reading."""
        if not self.close_sent and not self.transport.is_closing():
            self.transport.writelines(pieces)

    def resume_writing(self) -> None:
        super().resume_writing()
        if self._tell:
            self._tell()


def wire_of(socket: WebSocket) -> Wire:
    return cast("Wire", socket.scope["extensions"][EXTENSION]["wire"])
