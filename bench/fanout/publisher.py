"""Sends mutations over kept-alive connections, so many at a time, and notes when each was sent."""

import json
import selectors
import socket
import time
from collections.abc import Iterator
from functools import partial

from bench.fanout.frames import Broken

MUTATION = 'mutation Send($body: String!) { send(room: "one", body: $body) { room body } }'
FILLER = "the quick brown fox jumps over the lazy dog, and so it goes on for about a hundred characters"


class Lane:
    """One HTTP connection with at most one request under way."""

    def __init__(self, port: int, key: str) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), 30)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._head = f"POST /graphql HTTP/1.1\r\nHost: localhost:{port}\r\nx-api-key: {key}\r\n"
        self._head += "Content-Type: application/json\r\nContent-Length: "
        self._got = b""

    def send(self, body: str) -> None:
        request = json.dumps({"query": MUTATION, "variables": {"body": body}})
        self.socket.sendall(f"{self._head}{len(request)}\r\n\r\n{request}".encode())

    def receive(self) -> bool:
        """Whether the answer is complete. Raises Broken when it is not the one hoped for."""
        self._got += self.socket.recv(65_536)
        head, _, body = self._got.partition(b"\r\n\r\n")
        length = head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0]
        if not length or len(body) < int(length):
            return False
        if b" 200 " not in head.partition(b"\r\n")[0] or "errors" in json.loads(body):
            raise Broken(f"a mutation failed: {self._got[:300]!r}")
        self._got = b""
        return True


def publisher(port: int, key: str) -> partial[list[float]]:
    return partial(publish, port, key)


def publish(port: int, key: str, first: int, mutations: int, in_flight: int) -> list[float]:
    """When each was sent. The next one goes out when one of those under way is answered."""
    lanes = [Lane(port, key) for _ in range(in_flight)]
    bodies = iter([f"{number} {FILLER}" for number in range(first, first + mutations)])
    sent = list[float]()
    with selectors.DefaultSelector() as selector:
        for lane in lanes:
            selector.register(lane.socket, selectors.EVENT_READ, lane)
            advance(lane, bodies, sent)
        answered = 0
        while answered < mutations:
            for lane in answers(selector):
                answered += 1
                advance(lane, bodies, sent)
    for lane in lanes:
        lane.socket.close()
    return sent


def advance(lane: Lane, bodies: Iterator[str], sent: list[float]) -> None:
    body = next(bodies, None)
    if body is not None:
        sent.append(time.perf_counter())
        lane.send(body)


def answers(selector: selectors.BaseSelector) -> Iterator[Lane]:
    for selected, _ in selector.select(30):
        if selected.data.receive():
            yield selected.data
