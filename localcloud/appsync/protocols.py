"""uvicorn's HTTP and WebSocket protocols, with bounds where they have none by themselves.

A client that is slow, endless or deaf costs a known amount of memory for a known time.
"""

import asyncio
import logging

import uvicorn
from uvicorn.server import ServerState

from localcloud.appsync.errors import Json
from localcloud.appsync.frames import WireProtocol
from localcloud.joining import JoiningHttp

log = logging.getLogger(__name__)
HEAD_BYTES = 64 * 1024
INVALID_TEXT = 1007  # the close code of RFC 6455 for a text that is no UTF-8


class BoundedHttp(JoiningHttp):
    """A request's head is bounded in bytes, and it and its body in seconds: `patience` for each of the two.

    How many bytes a body may have is for whoever reads it to say.
    """

    def __init__(
        self, config: uvicorn.Config, state: ServerState, app_state: dict[str, Json], patience: float
    ) -> None:
        super().__init__(config, state, app_state)
        self._patience = patience
        self._head = 0  # bytes since the request began, for as long as its head is not complete
        self._reading_head = True
        self._upgraded = False
        self._reason: str | None = None
        self._deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as theirs
        super().connection_made(transport)
        self._begin_waiting()

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_waiting()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if self._reading_head and not self.transport.is_closing():
            self._head += len(data)
            if self._head > HEAD_BYTES:
                self.send_400_response(self._too_large())
        if self._deadline is None and self._idle():
            self._begin_waiting()  # empty lines ahead of a request are part of none

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._head, self._reading_head = 0, True
        self._begin_waiting()

    def on_headers_complete(self) -> None:
        """A head that came in one piece is measured here; raising makes uvicorn refuse the request."""
        self._reading_head = False
        if len(self.url) + sum(len(name) + len(value) for name, value in self.headers) > HEAD_BYTES:
            raise ValueError(self._too_large())
        self._begin_waiting()
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        self._stop_waiting()
        super().on_message_complete()

    def handle_websocket_upgrade(self) -> None:
        self._upgraded = True
        self._stop_waiting()
        super().handle_websocket_upgrade()

    def _idle(self) -> bool:
        """Between requests; what was upgraded is another protocol's to watch."""
        return not self._upgraded and (self.cycle is None or self.cycle.response_complete)

    def send_400_response(self, msg: str) -> None:
        super().send_400_response(self._reason or msg)

    def _too_large(self) -> str:
        self._reason = f"The request's head is over {HEAD_BYTES} bytes."
        log.warning("a request was refused: its head is over %d bytes", HEAD_BYTES)
        return self._reason

    def _begin_waiting(self) -> None:
        self._stop_waiting()
        self._deadline = self.loop.call_later(self._patience, self._give_up)

    def _stop_waiting(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _give_up(self) -> None:
        log.info("a client that did not finish its request was dropped")
        self.transport.close()


class BoundedWebSocket(WireProtocol):
    """A peer that does not read is not answered either: what waits for it is bounded by the outbox alone."""

    def data_received(self, data: bytes) -> None:
        """uvicorn leaves a handshake unanswered that has too long a line or too many headers."""
        super().data_received(data)
        if self.conn.handshake_exc is not None and not self.transport.is_closing():
            log.warning("a WebSocket was refused: %s", self.conn.handshake_exc)
            self.transport.write(b"".join(self.conn.data_to_send()))
            self.transport.close()

    def handle_ping(self) -> None:
        if self.writable.is_set():
            super().handle_ping()
        else:
            self.conn.data_to_send()

    def send_receive_event_to_app(self) -> None:
        """uvicorn closes for a text that is no UTF-8 too, and logs a traceback for it."""
        if self.curr_msg_data_type == "text" and not is_utf8(b"".join(self.frames)):
            self.conn.send_close(INVALID_TEXT)
            self.handle_parser_exception()
        else:
            super().send_receive_event_to_app()


def is_utf8(data: bytes) -> bool:
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True
