"""As much of WebSockets as a load client needs, cheap enough not to be what is measured."""

import base64
import json
import os
import socket
from collections.abc import Iterator

TEXT, PING, PONG = 0x81, 0x89, 0x8A  # of a message in one frame
MASKED = 0x80
BUFFER = memoryview(bytearray(262_144))  # for all: made anew for each read, it would cost more than the read
NO_MASK = bytes(4)  # a mask of zeros leaves the payload as it is, which is all a test on one machine needs


class Broken(Exception):
    """The server sent what no AppSync client would understand."""


def masked(opcode: int, payload: bytes) -> bytes:
    """A frame as clients send them, of less than 64 KiB."""
    if len(payload) < 126:
        return bytes((opcode, MASKED | len(payload))) + NO_MASK + payload
    return bytes((opcode, MASKED | 126)) + len(payload).to_bytes(2) + NO_MASK + payload


class Reader:
    """Splits what one socket receives into frames, each as (first byte, payload)."""

    def __init__(self) -> None:
        self._rest = b""

    def feed(self, chunk: bytes) -> list[tuple[int, bytes]]:
        data = self._rest + chunk if self._rest else chunk
        frames, at, end = [], 0, len(data)
        while end - at >= 2:
            size, start = data[at + 1], at + 2
            if size >= 126:
                start += 2 if size == 126 else 8
                size = int.from_bytes(data[at + 2 : start]) if start <= end else end
            if start + size > end:
                break
            frames.append((data[at], data[start : start + size]))
            at = start + size
        self._rest = data[at:]
        return frames


class Peer:
    """One client's socket: connected, upgraded and acknowledged."""

    def __init__(self, port: int, key: str) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), 30)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._reader = Reader()
        self._auth = {"host": f"localhost:{port}", "x-api-key": key}
        self._waiting = self._upgrade(port)
        self.send({"type": "connection_init"})
        self._await("connection_ack")

    def subscribe(self, id_: str, query: str) -> None:
        """Returns once the server acknowledged."""
        data = json.dumps({"query": query, "variables": {}})
        payload = {"data": data, "extensions": {"authorization": self._auth}}
        self.send({"id": id_, "type": "start", "payload": payload})
        self._await("start_ack")

    def send(self, message: object) -> None:
        self.socket.sendall(masked(TEXT, json.dumps(message).encode()))

    def receive(self) -> list[bytes]:
        """The texts of one read from the socket; pings are answered."""
        size = self.socket.recv_into(BUFFER)
        if not size:
            raise Broken("the server closed a connection")
        texts = []
        for first, payload in self._reader.feed(bytes(BUFFER[:size])):
            if first == TEXT:
                texts.append(payload)
            elif first == PING:
                self.socket.sendall(masked(PONG, payload))
            else:
                raise Broken(f"an unexpected frame: {first:#x} {payload[:200]!r}")
        return texts

    def _upgrade(self, port: int) -> Iterator[bytes]:
        """The credentials go into the query: the simulator looks for them nowhere else."""
        header = base64.b64encode(json.dumps(self._auth).encode()).decode()
        lines = (
            f"GET /graphql/realtime?header={header}&payload=e30= HTTP/1.1",
            f"Host: localhost:{port}",
            "Upgrade: websocket",
            "Connection: Upgrade",
            "Sec-WebSocket-Version: 13",
            f"Sec-WebSocket-Key: {base64.b64encode(os.urandom(16)).decode()}",
            "Sec-WebSocket-Protocol: graphql-ws",
        )
        self.socket.sendall("".join(f"{line}\r\n" for line in (*lines, "")).encode())
        answer = b""
        while b"\r\n\r\n" not in answer:
            answer += self.socket.recv(65_536)
        head, _, rest = answer.partition(b"\r\n\r\n")
        if b" 101 " not in head.partition(b"\r\n")[0]:
            raise Broken(f"no upgrade: {head[:200]!r}")
        return self._texts(rest)

    def _texts(self, first: bytes) -> Iterator[bytes]:
        yield from (payload for _, payload in self._reader.feed(first))
        while True:
            yield from self.receive()

    def _await(self, kind: str) -> None:
        for text in self._waiting:
            frame = json.loads(text)
            if frame["type"] == kind:
                return
            if frame["type"] != "ka":
                raise Broken(f"{kind} was expected, and this came: {text[:300]!r}")
