"""HTTP connections to one server of this machine, kept from request to request, without a thread to wait in.

For few requests a second any client will do; here what a client does besides is most of what a call takes.
"""

import asyncio
import socket
import weakref
from contextlib import suppress
from dataclasses import dataclass, field

import httptools

from localcloud.appsync.datasources.source import in_thread

CONNECTIONS = 64
CONNECT_SECONDS = 10.0
CHUNK_BYTES = 256 * 1024
FRAMES = frozenset({"content-length", "transfer-encoding"})


class TooLong(Exception):
    """An answer is longer than was wanted."""


@dataclass(slots=True)
class Answer:
    """What came so far. `headers` by lower-case name."""

    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    content: bytearray = field(default_factory=bytearray)
    begun: bool = False
    complete: bool = False

    def on_header(self, name: bytes, value: bytes) -> None:
        self.headers[name.decode("latin-1").lower()] = value.decode("latin-1")

    def on_headers_complete(self) -> None:
        self.begun = True

    def on_body(self, part: bytes) -> None:
        self.content += part

    def on_message_complete(self) -> None:
        self.complete = True

    def end(self) -> None:
        """The connection was closed: the end of an answer that did not say where it ends."""
        if not self.begun or not FRAMES.isdisjoint(self.headers):
            raise ConnectionResetError("the connection was closed")
        self.complete = True


class Connection:
    """One connection, for one request at a time; closed when it is forgotten."""

    def __init__(self, opened: socket.socket) -> None:
        opened.setblocking(False)
        opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._socket = opened
        self.close = weakref.finalize(self, opened.close)

    def usable(self) -> bool:
        """Whether the next request may go this way: the server is still there, and has nothing to say."""
        if self.close.alive:
            with suppress(BlockingIOError):
                self._socket.recv(1, socket.MSG_PEEK)
                self.close()
        return self.close.alive

    async def send(self, request: bytes, most_bytes: int) -> Answer:
        """Raises OSError, HttpParserError for no HTTP, TooLong; the connection is closed then."""
        try:
            await asyncio.get_running_loop().sock_sendall(self._socket, request)
            return await self._answer(most_bytes)
        except BaseException:
            self.close()
            raise

    async def _answer(self, most_bytes: int) -> Answer:
        answer = Answer()
        parser = httptools.HttpResponseParser(answer)
        while not answer.complete:
            if len(answer.content) > most_bytes:
                raise TooLong
            if data := await asyncio.get_running_loop().sock_recv(self._socket, CHUNK_BYTES):
                parser.feed_data(data)
            else:
                answer.end()
        if not parser.should_keep_alive():
            self.close()
        answer.status = parser.get_status_code()
        return answer


class Connections:
    """As many at a time as a server of this machine can be expected to take; others wait for their turn."""

    def __init__(self, host: str, port: int) -> None:
        self.loop = asyncio.get_running_loop()
        self._address = host, port
        self._turns = asyncio.Semaphore(CONNECTIONS)
        self._idle: list[Connection] = []

    async def send(self, request: bytes, most_bytes: int) -> Answer:
        """Raises OSError, HttpParserError for no HTTP, TooLong. Nothing is sent a second time."""
        async with self._turns:
            connection = self._kept() or await self._connect()
            answer = await connection.send(request, most_bytes)
            self._idle.append(connection)
            return answer

    def _kept(self) -> Connection | None:
        while self._idle:
            if (connection := self._idle.pop()).usable():
                return connection
        return None

    async def _connect(self) -> Connection:
        return Connection(await in_thread(lambda: socket.create_connection(self._address, CONNECT_SECONDS)))
