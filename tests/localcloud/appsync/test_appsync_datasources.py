"""HTTP endpoints and NONE as data sources, and headers that handlers add to the response."""

import json
import socket
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from localcloud.appsync.app import create_app
from localcloud.appsync.sigv4 import Credential, SignedRequest, verify
from tests.localcloud.appsync.small import NULL, Session, Small, handlers, step
from tests.localcloud.appsync.world import KEY, running

SDL = "type Query { a(how: String): AWSJSON }"
PARTS = {"key": "AKIDSMALL", "secret": "small"}


class Echo(BaseHTTPRequestHandler):
    """Tells what it was asked."""

    def do_GET(self) -> None:
        self._tell()

    do_POST = do_PUT = do_PATCH = do_DELETE = do_GET  # noqa: N815  (the names are the library's)

    def _tell(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length", 0))).decode()
        url = urlsplit(self.path)
        told = {
            "method": self.command, "path": url.path, "query": url.query, "body": body,
            "headers": {name.lower(): value for name, value in self.headers.items()},
        }  # fmt: skip
        asked = parse_qs(url.query)
        size = int(asked.get("size", ["0"])[0])
        text = ("x" * size if size else json.dumps(told)).encode()
        self.send_response(418 if "teapot" in url.path else 200)
        self.send_header("X-Seen", "yes")
        self.send_header("Content-Type", f"text/plain; charset={asked.get('charset', ['utf-8'])[0]}")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *_: Any) -> None:
        """Quiet."""


@pytest.fixture(scope="module")
def echo() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Echo)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def endpoint(url: str, signed: bool = False) -> dict[str, Any]:
    iam = {"SigningRegion": "eu-west-1", "SigningServiceName": "appsync"}
    authorization = {"AuthorizationConfig": {"AuthorizationType": "AWS_IAM", "AwsIamConfig": iam}}
    return {"Type": "HTTP", "HttpConfig": {"Endpoint": url, **(authorization if signed else {})}}


def ask(url: str, request: str, response: str = "return ctx;", signed: bool = False) -> Any:
    """What a handler of an endpoint at `url` makes of it: with `ctx`, `result` and `error`."""
    code = handlers(f"return {request};", response)
    session = Session(PARTS["key"], PARTS["secret"], region_name="us-east-1")
    small = Small(
        SDL, {"Query.a": step("web", code)}, sources={"web": endpoint(url, signed)}, session=session
    )
    body = small.ask("{ a }")
    return json.loads(body["data"]["a"]) if "errors" not in body else body["errors"][0]


def told(answer: Any) -> Any:
    return json.loads(answer["result"]["body"])


def test_an_endpoint_is_asked_as_the_handler_says(echo: str) -> None:
    request = """{ method: 'POST', resourcePath: '/v1/notes', params: {
        query: { q: 'a b&c', tag: ['x', 'y'] }, headers: { 'Content-Type': 'application/json', 'x-n': 7 },
        body: { id: 1 } } }"""
    answer = ask(echo, request)
    assert (answer["result"]["statusCode"], answer["result"]["headers"]["x-seen"]) == (200, "yes")
    seen = told(answer)
    assert (seen["method"], seen["path"], json.loads(seen["body"])) == ("POST", "/v1/notes", {"id": 1})
    assert parse_qs(seen["query"]) == {"q": ["a b&c"], "tag": ["x", "y"]}
    assert (seen["headers"]["content-type"], seen["headers"]["x-n"]) == ("application/json", "7")


@pytest.mark.parametrize("method", ["GET", "PUT", "PATCH", "DELETE"])
def test_every_method_of_appsync_is_sent(echo: str, method: str) -> None:
    seen = told(ask(f"{echo}/base/", f"{{ method: '{method}', resourcePath: '/x' }}"))
    assert (seen["method"], seen["path"], seen["body"]) == (method, "/base/x", "")


def test_a_body_that_is_text_is_sent_as_it_is(echo: str) -> None:
    seen = told(ask(echo, "{ method: 'POST', resourcePath: '/', params: { body: '<a/>' } }"))
    assert seen["body"] == "<a/>"


def test_a_status_that_is_no_success_is_a_result(echo: str) -> None:
    answer = ask(echo, "{ method: 'GET', resourcePath: '/teapot' }")
    assert (answer["result"]["statusCode"], "error" in answer) == (418, False)


def test_a_request_is_signed_with_the_sessions_credentials(echo: str) -> None:
    request = """{ method: 'POST', resourcePath: '/graphql', params: { query: { b: '2', a: '1' },
        headers: { 'Content-Type': 'application/json' }, body: { id: 1 } } }"""
    seen = told(ask(echo, request, signed=True))
    query = "&".join(sorted(seen["query"].split("&")))
    signed = SignedRequest(seen["path"], seen["body"].encode(), seen["headers"], query)
    credentials = {PARTS["key"]: Credential(PARTS["secret"], "arn:small")}
    assert "/eu-west-1/appsync/" in seen["headers"]["authorization"]
    assert verify(signed, credentials, datetime.now(UTC)).arn == "arn:small"


def test_an_endpoint_that_is_not_there_is_an_error_the_handler_sees() -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{closed.getsockname()[1]}"
        answer = ask(url, "{ method: 'GET', resourcePath: '/' }")
    assert answer["error"]["type"] == "HTTP:Unreachable"


@pytest.mark.parametrize(
    ("request_", "reason"),
    [
        ("{ method: 'TRACE', resourcePath: '/' }", "Unsupported HTTP method 'TRACE'."),
        ("null", "Unsupported HTTP method 'None'."),
        ("{ method: 'GET', resourcePath: '/', params: { query: { size: 5000001 } } }", "over 5000000 bytes"),
    ],
)
def test_what_cannot_be_asked_or_answered_is_an_error(echo: str, request_: str, reason: str) -> None:
    assert reason in ask(echo, request_)["error"]["message"]


@pytest.mark.parametrize(
    "params",
    ["{ headers: { 'x-note': 'ế' } }", "{ headers: 'x' }", "{ query: 7 }"],
    ids=["a letter no header can carry", "headers that are no map", "a query that is no map"],
)
def test_what_cannot_be_written_as_a_request_is_told(echo: str, params: str) -> None:
    refused = ask(echo, f"{{ method: 'GET', resourcePath: '/', params: {params} }}")
    assert refused["error"]["message"].startswith("The request cannot be written: ")


def test_header_that_would_begin_another_is_not_sent(echo: str) -> None:
    headers = r"{ headers: { 'x-note': 'a\r\nx-evil: yes' } }"
    refused = ask(echo, f"{{ method: 'GET', resourcePath: '/', params: {headers} }}")
    assert refused["error"]["type"] == "HTTP:Unreachable"


def test_text_whose_charset_is_none_for_text_is_read_as_utf_8(echo: str) -> None:
    answer = ask(echo, "{ method: 'GET', resourcePath: '/', params: { query: { charset: 'hex' } } }")
    assert told(answer)["query"] == "charset=hex"


def test_nothing_gives_back_what_it_was_given() -> None:
    body = Small(SDL, {"Query.a": step("nothing", handlers("return { payload: ctx.args };"))}).ask(
        '{ a(how: "x") }'
    )
    assert json.loads(body["data"]["a"]) == {"how": "x"}


def test_headers_that_handlers_add_are_in_the_response() -> None:
    code = handlers(
        "util.http.addResponseHeader('x-pages', 3); util.http.addResponseHeader('vary', 'no');" + NULL
    )
    api = Small(SDL, {"Query.a": step("nothing", code)}).api()
    with running(create_app(api)) as host:
        answer = httpx.post(f"http://{host}/graphql", json={"query": "{ a }"}, headers={"x-api-key": KEY})
    assert (answer.headers["x-pages"], "no" in answer.headers.get("vary", "")) == ("3", False)
    assert [each["errorType"] for each in answer.json()["errors"]] == ["ResponseHeaderError"]
