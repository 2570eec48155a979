"""One port for plain and for TLS: the first byte that a client sends decides.

Some clients turn `http://` into `wss://` on their own, so both have to be at the same address.
"""

import asyncio
import logging
import socket
import ssl
from collections.abc import Callable
from dataclasses import dataclass

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from localcloud.appsync.capacity import Capacity
from localcloud.appsync.hints import TrustHint

log = logging.getLogger(__name__)
HANDSHAKE = b"\x16"  # the record type of a TLS ClientHello; no HTTP request begins with it
PATIENCE_SECONDS = 10.0
GOODBYE_SECONDS = 1.0
HASTE_SECONDS = 1.0
UNREACHABLE_SECONDS = 60
PAUSE_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Tls:
    """What handshakes are made with, and what is told of those that fail."""

    context: ssl.SSLContext
    hint: TrustHint


class Listener:
    """Takes clients in at a listening socket. It stands where uvicorn keeps servers of asyncio.

    The byte is looked at and left in the kernel: whoever takes the connection over reads it from its start.
    `patience`, in seconds, is for those who say nothing and for handshakes that do not end.
    """

    def __init__(
        self,
        listening: socket.socket,
        protocol: Callable[[], HttpToolsProtocol],
        tls: Tls | None,
        patience: float,
        capacity: Capacity,
    ) -> None:
        self.sockets = (listening,)
        self._listening = listening
        self._protocol = protocol
        self._tls = tls
        self._patience = patience
        self._capacity = capacity
        self._loop = asyncio.get_running_loop()
        self._silent: dict[socket.socket, asyncio.TimerHandle] = {}
        self._entering: set[asyncio.Task[None]] = set()
        self._loop.add_reader(listening, self._accept)

    def close(self) -> None:
        """Nobody comes in any more; whoever is in already stays."""
        self._loop.remove_reader(self._listening)
        self._listening.close()
        for connection in list(self._silent):
            self._leave(connection)
        for task in self._entering:
            task.cancel()

    async def wait_closed(self) -> None:
        await asyncio.gather(*self._entering, return_exceptions=True)

    def _accept(self) -> None:
        """All who wait, as far as the backlog held them, in one go."""
        for _ in range(socket.SOMAXCONN):
            try:
                connection, address = self._listening.accept()
            except (BlockingIOError, InterruptedError, ConnectionAbortedError):
                return
            except OSError as error:
                self._pause(error)
                return
            if not self._capacity.admits(len(self._silent) + len(self._entering)):
                connection.close()
                continue
            connection.setblocking(False)
            self._silent[connection] = self._loop.call_later(self._patience, self._leave, connection)
            self._loop.add_reader(connection, self._look, connection, address[0])

    def _pause(self, error: OSError) -> None:
        """No more file descriptors, most likely: asking again at once would only keep the machine busy."""
        log.error("no further client can be accepted: %s", error.strerror)
        self._loop.remove_reader(self._listening)
        self._loop.call_later(PAUSE_SECONDS, self._resume)

    def _resume(self) -> None:
        if self._listening.fileno() >= 0:
            self._loop.add_reader(self._listening, self._accept)

    def _look(self, connection: socket.socket, address: str) -> None:
        try:
            first = connection.recv(1, socket.MSG_PEEK)
        except (BlockingIOError, InterruptedError):
            return
        except OSError:
            first = b""
        if not first:
            self._leave(connection)
            return
        self._forget(connection)
        task = self._loop.create_task(self._admit(connection, address, secure=first == HANDSHAKE))
        self._entering.add(task)
        task.add_done_callback(self._entering.discard)

    def _leave(self, connection: socket.socket) -> None:
        self._forget(connection)
        connection.close()

    def _forget(self, connection: socket.socket) -> None:
        self._silent.pop(connection).cancel()
        self._loop.remove_reader(connection)

    async def _admit(self, connection: socket.socket, address: str, *, secure: bool) -> None:
        try:
            if secure and self._tls:
                await self._shake_hands(connection, address, self._tls)
            else:
                await self._loop.connect_accepted_socket(self._protocol, connection)
        except OSError as error:
            log.debug("a client at %s left while it was let in: %s", address, error)

    async def _shake_hands(self, connection: socket.socket, address: str, tls: Tls) -> None:
        protocol = self._protocol()
        try:
            await self._loop.connect_accepted_socket(
                lambda: protocol,
                connection,
                ssl=tls.context,
                ssl_handshake_timeout=self._patience,
                ssl_shutdown_timeout=GOODBYE_SECONDS,
            )
        except ssl.SSLError as error:
            tls.hint.failed(address, error)
        except ConnectionResetError:  # Node, sometimes: it looks at the certificate before it has answered
            tls.hint.silent(address)
        else:
            self._loop.call_later(HASTE_SECONDS, wonder, protocol, address, tls.hint)


def wonder(protocol: HttpToolsProtocol, address: str, hint: TrustHint) -> None:
    """Gone by now, and nothing asked: the client did not like what the handshake showed."""
    if protocol not in protocol.connections and not protocol.headers:
        hint.silent(address)


def listen(host: str, port: int, backlog: int) -> socket.socket:
    """A socket whose connections inherit its options. Raises OSError, as when the port is taken.

    A peer that vanished, or has not read for a minute, is given up by the kernel, whatever waits for it.
    """
    listening = socket.create_server((host, port), backlog=backlog)
    listening.setblocking(False)
    listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    if hasattr(socket, "TCP_USER_TIMEOUT"):  # Linux; elsewhere the pings to WebSockets have to do
        listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, UNREACHABLE_SECONDS * 1000)
        listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, UNREACHABLE_SECONDS)
    return listening
