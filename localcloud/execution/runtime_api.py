"""Lambda's Runtime API for one sandbox: https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html"""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from queue import Empty, SimpleQueue
from threading import Thread
from typing import Literal

_NEXT = "/2018-06-01/runtime/invocation/next"
_BODY_LIMIT = 64 * 1024 * 1024  # Lambda takes 6 MB; what escapes make of it may be more


@dataclass(frozen=True, slots=True)
class Invocation:
    """One event as the runtime client is given it; `deadline` is in seconds since 1970."""

    request_id: str
    event: bytes
    arn: str
    deadline: float

    @property
    def headers(self) -> Mapping[str, str]:
        return {
            "Content-Type": "application/json",
            "Lambda-Runtime-Aws-Request-Id": self.request_id,
            "Lambda-Runtime-Deadline-Ms": str(int(self.deadline * 1000)),
            "Lambda-Runtime-Invoked-Function-Arn": self.arn,
        }


@dataclass(frozen=True, slots=True)
class Report:
    """What the sandbox did last: it waits for an event, answered one, failed (JSON says how), or is gone."""

    kind: Literal["waits", "result", "error", "gone"]
    body: bytes = b""


class RuntimeApi:
    """Listens from its creation until `close`, on a port of its own."""

    def __init__(self) -> None:
        self._events: SimpleQueue[Invocation] = SimpleQueue()
        self._reports: SimpleQueue[Report] = SimpleQueue()
        self._server = _Server(("127.0.0.1", 0), _Handler)
        self._server.api = self
        Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self._server.server_address[1]}"

    def give(self, invocation: Invocation) -> None:
        """Hands an event to the sandbox, at once if it waits."""
        self._events.put(invocation)

    def take(self) -> Invocation:
        """For the runtime client: the next event, whenever it comes."""
        return self._events.get()

    def tell(self, report: Report) -> None:
        """Says what the sandbox did."""
        self._reports.put(report)

    def told(self, seconds: float) -> Report | None:
        """The next report, or None when there is none in time."""
        try:
            return self._reports.get(timeout=max(0.0, seconds))
        except Empty:
            return None

    def close(self) -> None:
        """Stops listening; a client that waits for an event loses its connection when the process ends."""
        self._server.shutdown()
        self._server.server_close()


class _Server(ThreadingHTTPServer):
    api: RuntimeApi


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def do_GET(self) -> None:
        """The client has finished with whatever was before, and waits."""
        if self._foreign() or self.path != _NEXT:
            return self.send_error(404)
        self.server.api.tell(Report("waits"))
        invocation = self.server.api.take()
        return self._answer(200, invocation.event, invocation.headers)

    def do_POST(self) -> None:
        """A result, or an error of an event or of the start."""
        length = int(self.headers.get("Content-Length") or 0)
        if self._foreign() or length > _BODY_LIMIT:
            return self.send_error(404)
        body = self.rfile.read(length) if length else self._chunks()
        self.server.api.tell(Report("error" if self.path.endswith("/error") else "result", body))
        return self._answer(202, b'{"status":"OK"}', {"Content-Type": "application/json"})

    def _foreign(self) -> bool:
        """A web page could reach this port by a host name of its own."""
        return self.headers.get("Host") != self.server.api.address

    def _chunks(self) -> bytes:
        """A body whose length its sender did not say."""
        if "chunked" not in self.headers.get("Transfer-Encoding", ""):
            return b""
        body = bytearray()
        while size := int(self.rfile.readline(), 16):
            body += self.rfile.read(size)
            self.rfile.readline()
        self.rfile.readline()
        return bytes(body)

    def _answer(self, status: int, body: bytes, headers: Mapping[str, str]) -> None:
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Nothing: the function's own log is what counts."""


def deadline(seconds: float) -> float:
    """So many seconds from now, since 1970."""
    return time.time() + seconds
