"""A Bedrock runtime of a few lines: real HTTP and event-stream frames, each answer scripted by a test."""

import json
import struct
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote
from zlib import crc32

import boto3
from botocore.config import Config
from chalicelib.models.bedrock import connect

if TYPE_CHECKING:
    from mypy_boto3_bedrock_runtime import BedrockRuntimeClient

STALL = b"stall"
CUT = b"cut"


@dataclass
class Reply:
    """A status, and a body: JSON, or frames to be sent one by one."""

    status: int = 200
    body: object = None
    frames: list[bytes] = field(default_factory=list)
    code: str = ""


@dataclass
class Runtime:
    client: "BedrockRuntimeClient"
    replies: list[Reply] = field(default_factory=list)
    respond: Callable[[dict[str, Any]], Reply] | None = None
    requests: list[dict[str, Any]] = field(default_factory=list)
    models: list[str] = field(default_factory=list)
    freed: threading.Event = field(default_factory=threading.Event)

    def reply(self, request: dict[str, Any]) -> Reply:
        return self.respond(request) if self.respond else self.replies.pop(0)


def frame(kind: str, payload: dict[str, Any], message_type: str = "event") -> bytes:
    """One message as vnd.amazon.eventstream lays it out: lengths, headers, payload, checksums."""
    name = ":exception-type" if message_type == "exception" else ":event-type"
    headers = b"".join(
        bytes([len(key)]) + key.encode() + b"\x07" + struct.pack(">H", len(value)) + value.encode()
        for key, value in {
            ":message-type": message_type,
            name: kind,
            ":content-type": "application/json",
        }.items()
    )
    body = json.dumps(payload).encode()
    prelude = struct.pack(">II", len(headers) + len(body) + 16, len(headers))
    message = prelude + struct.pack(">I", crc32(prelude)) + headers + body
    return message + struct.pack(">I", crc32(message))


def delta(text: str) -> bytes:
    return frame("contentBlockDelta", {"contentBlockIndex": 0, "delta": {"text": text}})


def ending(stop_reason: str = "end_turn") -> list[bytes]:
    usage = {"inputTokens": 12, "outputTokens": 3, "totalTokens": 15}
    return [
        frame("messageStop", {"stopReason": stop_reason}),
        frame("metadata", {"usage": usage, "metrics": {"latencyMs": 5}}),
    ]


def said(text: str, stop_reason: str = "end_turn") -> Reply:
    """What `converse` answers."""
    message = {"role": "assistant", "content": [{"text": text}]}
    usage = {"inputTokens": 1_000, "outputTokens": 100, "totalTokens": 1_100}
    return Reply(
        body={"output": {"message": message}, "stopReason": stop_reason, "usage": usage,
              "metrics": {"latencyMs": 5}}
    )  # fmt: skip


class Server(ThreadingHTTPServer):
    """A client that hangs up is what some tests are about, and nothing to report."""

    def handle_error(self, request: object, client_address: object) -> None:
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)  # type: ignore[arg-type] # handed on


@contextmanager
def serve(read_seconds: float = 5) -> Iterator[Runtime]:
    """A runtime and the product's own client of it."""
    with Server(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        session = boto3.Session("test", "test", region_name="us-east-1")
        client = connect(Elsewhere(session, f"http://127.0.0.1:{server.server_port}"), read_seconds)
        Handler.runtime = Runtime(client)
        yield Handler.runtime
        Handler.runtime.freed.set()
        client.close()
        server.shutdown()


class Elsewhere(boto3.Session):
    """A session whose clients talk to one address, as `AWS_ENDPOINT_URL_BEDROCK_RUNTIME` makes them do."""

    def __init__(self, session: boto3.Session, url: str) -> None:
        self._within, self._url = session, url

    def client(self, service: str, config: Config) -> "BedrockRuntimeClient":  # type: ignore[override]  # one service only
        assert service == "bedrock-runtime"
        return self._within.client("bedrock-runtime", config=config, endpoint_url=self._url)


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    runtime: Runtime

    def do_POST(self) -> None:
        request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.runtime.requests.append(request)
        self.runtime.models.append(unquote(self.path.split("/")[2]))
        reply = self.runtime.reply(request)
        if reply.frames:
            self.stream(reply.frames)
        else:
            self.answer(reply)

    def answer(self, reply: Reply) -> None:
        body = json.dumps({"message": "scripted"} if reply.code else reply.body).encode()
        self.send_response(reply.status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        if reply.code:
            self.send_header("x-amzn-ErrorType", reply.code)
        self.end_headers()
        self.wfile.write(body)

    def stream(self, frames: list[bytes]) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "application/vnd.amazon.eventstream")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        for each in frames:
            if each == CUT:
                self.close_connection = True
                return
            if each == STALL:
                self.runtime.freed.wait(5)
            else:
                self.wfile.write(f"{len(each):x}\r\n".encode() + each + b"\r\n")
        self.wfile.write(b"0\r\n\r\n")

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  (the base class's name)
        """Says nothing: tests read what arrived."""
