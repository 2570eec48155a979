"""HTTP connections to one server of this machine, kept from request to request, without a thread to wait in.

For few requests a second any client will do; here what a client does besides is most of what a call takes.
"""

import asyncio
import socket
import weakref
from collections.abc import Mapping
from dataclasses import dataclass

import httptools

from localcloud.appsync.datasources.source import in_thread

CONNECTIONS = 64
CONNECT_SECONDS = 10.0
CHUNK_BYTES = 256 * 1024
FRAMES = frozenset({"content-length", "transfer-encoding"})


class TooLong(Exception):
    """An answer is longer than was wanted."""


@dataclass(frozen=True, slots=True)
class Answer:
    """`headers` by lower-case name."""

    status: int
    headers: Mapping[str, str]
    content: bytes


class Reading:
    """An answer as it comes; `answer` is done when all of it is there, or when it cannot be."""

    def __init__(self, most_bytes: int) -> None:
        self.answer: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self.kept_alive = False
        self._most_bytes = most_bytes
        self._headers: dict[str, str] = {}
        self._content = bytearray()
        self._begun = False
        self._parser = httptools.HttpResponseParser(self)

    def feed(self, data: bytes) -> None:
        """Raises HttpParserError, TooLong, or ConnectionResetError at an end that comes too early."""
        if data:
            self._parser.feed_data(data)
        elif self._begun and FRAMES.isdisjoint(self._headers):
            self.on_message_complete()
        else:
            raise ConnectionResetError("the connection was closed")
        if len(self._content) > self._most_bytes:
            raise TooLong

    def fail(self, error: Exception) -> None:
        if not self.answer.done():
            self.answer.set_exception(error)

    def on_header(self, name: bytes, value: bytes) -> None:
        self._headers[name.decode("latin-1").lower()] = value.decode("latin-1")

    def on_headers_complete(self) -> None:
        self._begun = True

    def on_body(self, part: bytes) -> None:
        self._content += part

    def on_message_complete(self) -> None:
        self.kept_alive = self._parser.should_keep_alive()
        if not self.answer.done():
            self.answer.set_result(
                Answer(self._parser.get_status_code(), self._headers, bytes(self._content))
            )


class Connection:
    """One connection, for one request at a time; closed by its event loop's end at the latest.

    The event loop watches it all along: to begin and end that for each answer takes longer than to read it.
    """

    def __init__(self, opened: socket.socket) -> None:
        opened.setblocking(False)
        opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._socket = opened
        self._reading: Reading | None = None
        self._loop = asyncio.get_running_loop()
        self._loop.add_reader(opened, self._read)
        self._ending = weakref.finalize(self, opened.close)

    def usable(self) -> bool:
        """Whether the next request may go this way: the server is still there, and has nothing to say."""
        self._read()
        return self._ending.alive

    async def send(self, request: bytes, most_bytes: int) -> Answer:
        """Raises OSError, HttpParserError for no HTTP, TooLong; the connection is closed then."""
        reading = self._reading = Reading(most_bytes)
        try:
            await self._loop.sock_sendall(self._socket, request)
            answer = await reading.answer
        except BaseException:
            self.close()
            raise
        self._reading = None
        if not reading.kept_alive:
            self.close()
        return answer

    def close(self) -> None:
        if self._ending.alive:
            self._loop.remove_reader(self._socket)
            self._ending()

    def _read(self) -> None:
        """What comes while no answer is waited for, the end above all, ends the connection."""
        try:
            data = self._socket.recv(CHUNK_BYTES) if self._ending.alive else b""
            if self._reading is None:
                self.close()
            else:
                self._reading.feed(data)
        except BlockingIOError:
            return
        except (OSError, httptools.HttpParserError, TooLong) as error:
            self.close()
            if self._reading:
                self._reading.fail(error)


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
