"""A GraphQL caller of few lines, for tests that must see every byte: HTTP and raw real-time."""

import base64
import json
import time
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import httpx
from websockets.sync.client import ClientConnection, connect

type Json = dict[str, Any]  # Any: GraphQL results are read by tests, field by field


@dataclass(frozen=True)
class Subscription:
    """One accepted `start` on a socket of its own."""

    socket: ClientConnection
    id: str

    def next(self, seconds: float = 20) -> Json:
        """The next event's `data`. Raises TimeoutError when none arrives, AssertionError on an error."""
        deadline = time.monotonic() + seconds
        while True:
            frame = json.loads(self.socket.recv(timeout=max(0.0, deadline - time.monotonic())))
            if frame["type"] == "ka":
                continue
            assert frame["type"] == "data", frame
            data: Json = frame["payload"]["data"]
            return data

    def quiet(self, seconds: float) -> bool:
        """Whether nothing arrives within `seconds`."""
        try:
            self.next(seconds)
        except TimeoutError:
            return True
        return False


class Refused(Exception):
    """The endpoint answered `start` with an error frame; `errors` is its list."""

    def __init__(self, errors: list[Json]) -> None:
        super().__init__(errors)
        self.errors = errors


@dataclass(frozen=True)
class Caller:
    """Somebody with a token. `url` is the HTTP endpoint, `…/graphql`."""

    url: str
    token: str

    def run(self, query: str, **variables: object) -> Json:
        """The whole response body of one operation."""
        reply = httpx.post(
            self.url,
            json={"query": query, "variables": variables},
            headers={"authorization": self.token},
            timeout=40,
        )
        body: Json = reply.json()
        return body

    def data(self, query: str, **variables: object) -> Json:
        """The `data` of an operation that must succeed."""
        body = self.run(query, **variables)
        assert "errors" not in body or not body["errors"], body
        data: Json = body["data"]
        return data

    def error(self, query: str, **variables: object) -> Json:
        """The only error of an operation that must fail."""
        body = self.run(query, **variables)
        errors: list[Json] = body["errors"]
        assert len(errors) == 1, body
        return errors[0]

    @contextmanager
    def socket(self) -> Iterator[ClientConnection]:
        """An acknowledged real-time connection."""
        header = base64.urlsafe_b64encode(json.dumps(self._authorization()).encode()).decode().rstrip("=")
        protocols = ["graphql-ws", f"header-{header}"]
        with connect(self.url.replace("http", "ws", 1) + "/realtime", subprotocols=protocols) as socket:  # type: ignore[arg-type] # Subprotocol is a NewType of str
            socket.send(json.dumps({"type": "connection_init"}))
            ack = json.loads(socket.recv(timeout=15))
            assert ack["type"] == "connection_ack", ack
            yield socket

    @contextmanager
    def subscribe(self, query: str, **variables: object) -> Iterator[Subscription]:
        """A subscription that was acknowledged. Raises Refused otherwise."""
        with self.socket() as socket:
            yield self.start(socket, query, variables)

    def start(self, socket: ClientConnection, query: str, variables: Mapping[str, object]) -> Subscription:
        """Sends `start` and returns after `start_ack`."""
        identifier = str(uuid.uuid4())
        data = json.dumps({"query": query, "variables": variables})
        payload = {"data": data, "extensions": {"authorization": self._authorization()}}
        socket.send(json.dumps({"id": identifier, "type": "start", "payload": payload}))
        while True:
            frame = json.loads(socket.recv(timeout=15))
            if frame["type"] == "start_ack":
                return Subscription(socket, identifier)
            if frame["type"] == "error":
                raise Refused(frame["payload"]["errors"])

    def _authorization(self) -> Mapping[str, str]:
        return {"host": httpx.URL(self.url).netloc.decode(), "Authorization": self.token}
