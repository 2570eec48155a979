"""Counts what the product asks of AWS: every request to DynamoDB, SQS and S3, LanceDB's own included.

A forwarder in front of MiniStack counts; the product's own parts run in this process, with a model of
constant vectors and a known text. Tests hold what the cost calculator assumes against these counts.
"""

import http.client
import json
import threading
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cached_property
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import boto3
from chalicelib.answering.worker import AnswerWorker
from chalicelib.bootstrap import Services
from chalicelib.documents.worker import DocumentWorker
from chalicelib.models.chat import Finished, ModelEvent, Prompt, TextDelta
from chalicelib.records import AnswerEvent, Document
from chalicelib.settings import Settings
from chalicelib.wire import to_wire

CONNECTION_HEADERS = frozenset({"connection", "transfer-encoding", "keep-alive"})
LISTS = "list"


class Counting(ThreadingHTTPServer):
    """Passes requests on to `target`, counted as `service.operation`; `index.…` are LanceDB's to S3."""

    daemon_threads = True

    def __init__(self, target: str) -> None:
        self.target = urlsplit(target).netloc
        self.counts = Counter[str]()
        super().__init__(("127.0.0.1", 0), _Forwarder)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def taken(self) -> Counter[str]:
        """What was counted since the last time."""
        counts, self.counts = self.counts, Counter()
        return counts


class _Forwarder(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Counting

    def _forward(self) -> None:
        self.server.counts[operation(self.command, self.path, self.headers.get("X-Amz-Target", ""))] += 1
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        upstream = http.client.HTTPConnection(self.server.target, timeout=30)
        upstream.request(self.command, self.path, body, dict(self.headers))
        answer = upstream.getresponse()
        self._answer(answer, answer.read())
        upstream.close()

    def _answer(self, answer: http.client.HTTPResponse, body: bytes) -> None:
        self.send_response(answer.status)
        for name, value in answer.getheaders():
            if name.lower() not in {*CONNECTION_HEADERS, "content-length"}:
                self.send_header(name, value)
        size = answer.getheader("Content-Length", "0") if self.command == "HEAD" else str(len(body))
        self.send_header("Content-Length", size)
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_PUT = do_POST = do_DELETE = do_HEAD = _forward  # noqa: N815  (http.server's names)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  (http.server's signature)
        """Counting is the log."""


def operation(method: str, path: str, target: str) -> str:
    """`dynamodb.UpdateItem`, `sqs.SendMessage`, `s3.put`, `index.get` …"""
    if target:
        service, _, name = target.partition(".")
        return f"{'dynamodb' if service.startswith('DynamoDB') else 'sqs'}.{name}"
    address = urlsplit(path)
    key, query = "/".join(address.path.split("/")[2:]), parse_qs(address.query)
    lists = "list-type" in query
    inside = (query.get("prefix", [""])[0] if lists else key).startswith("index")
    return f"{'index' if inside else 's3'}.{LISTS if lists else method.lower()}"


@contextmanager
def counting(target: str) -> Iterator[Counting]:
    server = Counting(target)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class Recorder:
    """In place of the API: keeps the bytes of each publish, as a subscriber's selection would have them."""

    def __init__(self) -> None:
        self.answers: list[int] = []
        self.documents: list[int] = []

    def answer_event(self, event: AnswerEvent) -> None:
        self.answers.append(len(json.dumps(to_wire(event))))

    def document_event(self, document: Document) -> None:
        self.documents.append(len(json.dumps(to_wire(document))))


class Told:
    """A chat model that says a known text at once."""

    model = "amazon.nova-lite-v1:0"

    def __init__(self, words: Sequence[str]) -> None:
        self.words = words
        self.prompts: list[int] = []

    def stream(self, prompt: Prompt) -> Iterator[ModelEvent]:
        self.prompts.append(len(prompt.system) + sum(len(each.text) for each in prompt.messages))
        yield from map(TextDelta, self.words)
        yield Finished("end_turn", 0, len(self.words))


class Constant:
    """An embedding model of constant vectors."""

    model = "amazon.titan-embed-text-v2:0"

    def __init__(self, dimensions: int) -> None:
        self.dimensions = dimensions

    def passages(self, texts: Sequence[str]) -> list[list[float]]:
        return [self.query(text) for text in texts]

    def query(self, text: str) -> list[float]:  # noqa: ARG002  (a model's signature)
        return [1.0, *[0.0] * (self.dimensions - 1)]


class Product(Services):
    """The product's parts, wired as the functions wire them, but for the models and the API."""

    def __init__(self, settings: Settings, session: boto3.Session, words: Sequence[str]) -> None:
        super().__init__(settings, session)
        self.told = Told(words)
        self.recorder = Recorder()

    @cached_property
    def embedder(self) -> Constant:
        return Constant(self.settings.embedding_dimensions)

    @cached_property
    def events(self) -> Recorder:  # type: ignore[override]  # a stand-in
        return self.recorder

    @cached_property
    def answer_worker(self) -> AnswerWorker:
        return AnswerWorker(self.answers, self.searcher, self.told, self.told, self.events, self.answer_queue)

    @cached_property
    def document_worker(self) -> DocumentWorker:
        limits = self.settings.limits
        return DocumentWorker(
            self.documents, self.blobs, self.index, self.embedder, self.events, self.ingest_queue, limits
        )
