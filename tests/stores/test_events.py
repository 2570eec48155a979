"""Publishing over real HTTP to a scripted endpoint that keeps what it was sent."""

import json
import re
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from chalicelib.errors import InvalidInput, RiffleError, Throttled, Unauthorized, Unavailable
from chalicelib.records import AnswerEvent, AnswerStatus, Citation, Document, DocumentStatus, Passage
from chalicelib.stores.events import ANSWER_EVENT, DOCUMENT_EVENT, RETRY, EventPublisher
from graphql import build_schema, parse, validate

from tests.conftest import ROOT

FAST = RETRY.new(backoff_factor=0, backoff_jitter=0)
KEYS = Credentials("AKIDEXAMPLE", "secret")
MOMENT = datetime(2026, 1, 2, 3, 4, 5, 678_900, UTC)
PASSAGE = Passage("p", "d", "a.txt", 1, "The words.", 0, 10)
EVENT = AnswerEvent("a", "ana", 1, 1, AnswerStatus.STREAMING, 0, "Hi", (Citation(1, PASSAGE),))
DOCUMENT = Document("d", "ana", "default", "a.txt", DocumentStatus.READY, 1, MOMENT, MOMENT)


@dataclass
class Endpoint:
    """Answers with the scripted statuses and bodies in turn, then with success."""

    script: list[tuple[int, dict[str, Any]]] = field(default_factory=list)
    bodies: list[dict[str, Any]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    peers: set[int] = field(default_factory=set)
    url: str = ""


@pytest.fixture
def endpoint() -> Iterator[Endpoint]:
    scripted = Endpoint()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            scripted.bodies.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            scripted.headers.append(dict(self.headers.items()))
            scripted.peers.add(self.client_address[1])
            status, answer = scripted.script.pop(0) if scripted.script else (200, {"data": {}})
            body = json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002  (the base class's name)
            """Says nothing: the tests read what arrived."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, daemon=True).start()
        scripted.url = f"http://127.0.0.1:{server.server_port}/graphql"
        yield scripted
        server.shutdown()


@pytest.fixture
def publisher(endpoint: Endpoint) -> Iterator[EventPublisher]:
    made = EventPublisher(endpoint.url, KEYS, "us-east-1", FAST)
    yield made
    made.close()


def test_an_answer_event_is_sent_as_a_variable_in_wire_names(
    endpoint: Endpoint, publisher: EventPublisher
) -> None:
    publisher.answer_event(EVENT)
    sent = endpoint.bodies[0]["variables"]["input"]
    assert endpoint.bodies[0]["query"] == ANSWER_EVENT
    assert (sent["answerId"], sent["status"], sent["offset"], sent["usage"]) == ("a", "STREAMING", 0, None)
    assert sent["citations"][0]["passage"]["documentName"] == "a.txt"


def test_a_document_event_carries_its_instants_in_utc(endpoint: Endpoint, publisher: EventPublisher) -> None:
    publisher.document_event(DOCUMENT)
    sent = endpoint.bodies[0]["variables"]["input"]
    assert (sent["id"], sent["status"]) == ("d", "READY")
    assert sent["createdAt"] == "2026-01-02T03:04:05.678Z"


def test_publishes_share_one_connection(endpoint: Endpoint, publisher: EventPublisher) -> None:
    for _ in range(3):
        publisher.answer_event(EVENT)
    assert len(endpoint.bodies) == 3
    assert len(endpoint.peers) == 1


def test_requests_are_signed_for_appsync(endpoint: Endpoint, publisher: EventPublisher) -> None:
    publisher.answer_event(EVENT)
    headers = {name.lower(): value for name, value in endpoint.headers[0].items()}
    body = json.dumps(endpoint.bodies[0]).encode()
    request = AWSRequest("POST", endpoint.url, {"Content-Type": "application/json"}, body)
    request.context["timestamp"] = headers["x-amz-date"]
    signer = SigV4Auth(KEYS, "appsync", "us-east-1")
    request.headers["X-Amz-Date"] = headers["x-amz-date"]
    signature = signer.signature(signer.string_to_sign(request, signer.canonical_request(request)), request)
    assert "/us-east-1/appsync/aws4_request" in headers["authorization"]
    assert headers["authorization"].endswith(f"Signature={signature}")


def test_a_passing_failure_is_tried_again(endpoint: Endpoint, publisher: EventPublisher) -> None:
    endpoint.script = [(503, {}), (429, {})]
    publisher.answer_event(EVENT)
    assert len(endpoint.bodies) == 3


def test_retries_are_bounded(endpoint: Endpoint, publisher: EventPublisher) -> None:
    endpoint.script = [(503, {})] * 9
    with pytest.raises(Unavailable, match="status 503"):
        publisher.answer_event(EVENT)
    assert len(endpoint.bodies) == 5


@pytest.mark.parametrize(
    ("status", "error", "expected"),
    [
        (200, {"errorType": "Unauthorized", "message": "Not Authorized"}, Unauthorized),
        (401, {"errorType": "UnauthorizedException", "message": "no"}, Unauthorized),
        (200, {"errorType": "LimitExceededException", "message": "slow"}, Throttled),
        (200, {"message": "Validation error of type WrongType"}, InvalidInput),
    ],
)
def test_graphql_errors_are_told_by_type(
    endpoint: Endpoint,
    publisher: EventPublisher,
    status: int,
    error: dict[str, str],
    expected: type[RiffleError],
) -> None:
    endpoint.script = [(status, {"data": None, "errors": [error]})]
    with pytest.raises(expected):
        publisher.answer_event(EVENT)


def test_an_endpoint_nobody_answers_for_is_unavailable() -> None:
    publisher = EventPublisher("http://127.0.0.1:9/graphql", KEYS, "us-east-1", FAST)
    with pytest.raises(Unavailable, match="could not be reached"):
        publisher.answer_event(EVENT)
    publisher.close()


@pytest.mark.parametrize(
    ("query", "type_name"), [(ANSWER_EVENT, "AnswerEvent"), (DOCUMENT_EVENT, "Document")]
)
def test_every_field_of_the_type_is_selected(query: str, type_name: str) -> None:
    """Subscribers get only what the publish selected, so a field missing here is null for everyone."""
    sdl = (ROOT / "schema.graphql").read_text()
    scalars = "scalar AWSDateTime scalar AWSJSON scalar AWSURL "
    schema = build_schema(scalars + re.sub(r"@aws_\w+(\([^)]*\))?", "", sdl))
    assert validate(schema, parse(query)) == []
    words = set(re.findall(r"\w+", query))
    reachable = [schema.type_map[name] for name in (type_name, "Problem")]
    assert {name for kind in reachable for name in kind.fields} <= words  # type: ignore[attr-defined]  # object types both
