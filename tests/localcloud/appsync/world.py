"""The world around the endpoint under test: a Lambda service, a pool's keys, servers in threads."""

import json
import os
import tempfile
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import boto3
import httpx
import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from starlette.applications import Starlette

from localcloud.appsync.api import Api, Settings
from localcloud.appsync.assembly import Surroundings, assemble
from localcloud.appsync.certificates import Certificates
from localcloud.appsync.definition import read
from localcloud.appsync.realtime import Limits
from localcloud.appsync.server import Server, configure
from localcloud.appsync.sigv4 import Credential
from localcloud.appsync.template import load

POOL = "us-east-1_notes"
CLIENT = "notesclient"
ISSUER = f"https://cognito-idp.us-east-1.amazonaws.com/{POOL}"
KEY = "da2-notes"
OLD_KEY = "da2-expired"
FIXTURES = Path(__file__).parent / "fixtures"
CERTIFICATES = Certificates(Path(tempfile.gettempdir()) / f"riffle-test-tls-{os.getuid()}")
LIMITS = Limits(keep_alive_seconds=0.5, subscriptions=20, frames=200, waiting_bytes=400_000)
ACCESS, SECRET = "AKIDNOTES", "secretnotes"
ARN = "arn:aws:iam::123456789012:user/worker"
VALUES = {"Pool": POOL, "Client": CLIENT, "Key.ApiKey": KEY, "OldKey.ApiKey": OLD_KEY}
NEW = rsa.generate_private_key(public_exponent=65537, key_size=2048)


@dataclass
class Pool:
    """Signs tokens as Cognito does, and publishes the key they are checked with."""

    private: rsa.RSAPrivateKey = NEW
    kid: str = "first"

    def jwks(self) -> dict[str, Any]:
        key = jwt.algorithms.RSAAlgorithm.to_jwk(self.private.public_key(), as_dict=True)
        return {"keys": [{**key, "kid": self.kid, "alg": "RS256", "use": "sig"}]}

    def token(self, sub: str = "ada", **changes: Any) -> str:
        now = int(time.time())
        claims = {
            "sub": sub, "iss": ISSUER, "iat": now, "exp": now + 600, "token_use": "access",
            "client_id": CLIENT, "username": sub, "jti": str(uuid.uuid4()), **changes,
        }  # fmt: skip
        kept = {name: value for name, value in claims.items() if value is not None}
        return jwt.encode(kept, self.private, "RS256", {"kid": self.kid})


@dataclass
class Lambda:
    """Answers invocations; an exception becomes a function error as Lambda reports it."""

    events: list[Any] = field(default_factory=list)

    def invoke(self, event: Any) -> tuple[Any, str | None]:
        self.events.append(event)
        try:
            return ANSWERS[event["info"]["fieldName"]](event["arguments"], event), None
        except Exception as error:  # noqa: BLE001  (whatever a function raises is its error)
            return {
                "errorMessage": str(error),
                "errorType": type(error).__name__,
                "stackTrace": [],
            }, "Unhandled"


MEETING = threading.Barrier(3)


def wait(arguments: Any, _: Any) -> Any:
    """0 waits until three are here at once, which only happens when they run at the same time."""
    if arguments["ms"] == 0:
        MEETING.wait(10)
    time.sleep(arguments["ms"] / 1000)
    return arguments["ms"]


def fail(arguments: Any, _: Any) -> Any:
    if arguments["how"] == "typed":
        return {
            "data": arguments.get("data"),
            "errorType": "NotFound",
            "errorMessage": "no note",
            "errorInfo": {"n": 1},
        }
    raise KeyError("a secret of the function")


def note(arguments: Any, _: Any) -> Any:
    if arguments["id"] == "broken":
        raise ValueError("no such note")
    if arguments["id"] == "forbidden":
        raise type("UnauthorizedException", (Exception,), {})("nothing to see")
    return {
        "id": arguments["id"],
        "colour": "MAUVE" if arguments["id"] == "mauve" else "RED",
        "secret": "s",
        "needed": None,
    }


def pet(kind: str) -> Any:
    return {"__typename": kind, "id": "1", "name": "Tom", "lives": 9, "tricks": ["sit"]}


ANSWERS: dict[str, Callable[[Any, Any], Any]] = {
    "echo": lambda _, event: event,
    "note": note,
    "pet": lambda arguments, _: pet(arguments["kind"]),
    "adopt": lambda arguments, _: pet(arguments["kind"]),
    "adoptAll": lambda arguments, _: [pet(kind) for kind in arguments["kinds"]],
    "slow": wait,
    "tick": wait,
    "onSlow": wait,
    "fail": fail,
    "moment": lambda arguments, _: json.dumps(arguments),
    "ours": lambda *_: "ours",
    "editors": lambda *_: "editors",
    "plain": lambda *_: {"id": "1"},
}


@contextmanager
def http_service(functions: Lambda, pool: Pool) -> Iterator[str]:
    """One server for both: Lambda's invocations, and the pool's published keys."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._answer(pool.jwks())

        def do_POST(self) -> None:
            event = json.loads(self.rfile.read(int(self.headers["content-length"])))
            result, error = functions.invoke(event)
            self._answer(result, {"X-Amz-Function-Error": error} if error else {})

        def _answer(self, body: Any, headers: dict[str, str] | None = None) -> None:
            text = json.dumps(body).encode()
            self.send_response(200)
            for name, value in {"Content-Length": str(len(text)), **(headers or {})}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(text)

        def log_message(self, *_: Any) -> None:
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


def running(app: Starlette) -> AbstractContextManager[str]:
    """The application served as in production, on a free port."""
    return serving(Server(configure(app, 0), CERTIFICATES))


@contextmanager
def serving(server: Server) -> Iterator[str]:
    """A server in a thread of its own; yields `localhost:PORT`."""
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    deadline = time.monotonic() + 10
    while not server.started:
        assert time.monotonic() < deadline
        time.sleep(0.01)
    try:
        yield f"localhost:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(10)


@contextmanager
def functions_at(service: str) -> Iterator[None]:
    """Only while an API is built: several services run at the same time, and each API keeps its own."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_ENDPOINT_URL_LAMBDA", service)
        yield


def build_api(service: str, settings: Settings | None = None) -> Api:
    session = boto3.Session(aws_access_key_id="test", aws_secret_access_key="test", region_name="us-east-1")
    around = Surroundings(session, service, {ACCESS: Credential(SECRET, ARN)})
    with functions_at(service):
        return assemble(read(load(FIXTURES / "template.yaml", VALUES)), around, settings)


@dataclass
class Endpoint:
    """A running endpoint, and a way to post to it."""

    host: str
    api: Api
    pool: Pool
    functions: Lambda

    @property
    def url(self) -> str:
        return f"http://{self.host}/graphql"

    def post(self, query: str, variables: Any = None, headers: Any = None, **members: Any) -> httpx.Response:
        body = {"query": query, "variables": variables, **members}
        return httpx.post(
            self.url, json=body, headers={"x-api-key": KEY} if headers is None else headers, timeout=20
        )

    def data(self, query: str, variables: Any = None, headers: Any = None) -> Any:
        body = self.post(query, variables, headers).json()
        assert "errors" not in body, body
        return body["data"]

    def bearer(self, sub: str = "ada", **claims: Any) -> dict[str, str]:
        return {"Authorization": self.pool.token(sub, **claims)}
