"""Workers that are killed at a chosen call: one process that has everything imported forks them.

Run as a program it reads jobs from its standard input, a line each, and answers each with a line. It never
uses LanceDB or a connection itself, so that what it forks inherits no thread in the middle of something.
"""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import boto3
from botocore.config import Config
from chalicelib.documents.worker import Delivery, DocumentWorker
from chalicelib.retrieval.index import PassageIndex, lance
from chalicelib.stores.blobs import BlobStore
from chalicelib.stores.documents import DocumentStore
from chalicelib.stores.queues import Queue

from tests.documents.cloud import LIMITS
from tests.retrieval.conftest import DIMENSIONS, HashingEmbedder

ROOT = Path(__file__).parents[2]
LONGEST = 60
"""Seconds that a worker may take, however busy the machine is."""


class Watched:
    """Any part of the worker's world; `ended` is told the name of every call when it is done."""

    def __init__(self, part: object, ended: Callable[[str], None], began: Callable[[str], None]) -> None:
        self._part = part
        self._ended = ended
        self._began = began

    def __getattr__(self, name: str) -> Any:  # Any: whatever the part has
        found = getattr(self._part, name)
        if not callable(found):
            return found

        def call(*given: Any, **named: Any) -> Any:
            self._began(name)
            result = found(*given, **named)
            if name == "keys":  # asked for page by page else, long after the call
                result = iter(list(result))
            self._ended(name)
            return result

        return call


def nothing(_call: str) -> None:
    """What is done at a call that nobody is interested in."""


@dataclass(frozen=True, slots=True)
class Parts:
    """What a worker works on."""

    documents: DocumentStore
    blobs: BlobStore
    index: PassageIndex
    embedder: HashingEmbedder
    events: Any  # a subscriber of any kind
    queue: Any  # the queue, or something in its place

    def worker(self, ended: Callable[[str], None], began: Callable[[str], None] = nothing) -> DocumentWorker:
        """One whose every call to its world is watched."""

        def watched(part: object) -> Any:  # Any: it behaves as what it watches
            return Watched(part, ended, began)

        # A clock that stands still: how far a document is would else be saved as often as time allows.
        return DocumentWorker(
            watched(self.documents), watched(self.blobs), watched(self.index), watched(self.embedder),
            watched(self.events), watched(self.queue), LIMITS, clock=lambda: 0.0,
        )  # fmt: skip


class Nobody:
    """Subscribers that there are none of."""

    def document_event(self, document: object) -> None:
        """Tells nobody."""


@dataclass(frozen=True, slots=True)
class Fate:
    """The calls that a worker lived to see the end of, and whether it died of them."""

    calls: tuple[str, ...]
    killed: bool


class Workshop:
    """The process that forks workers, as its owner sees it."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process

    @classmethod
    @contextmanager
    def opened(cls, bucket: str, url: str, table: str) -> Iterator[Self]:
        environ = {**os.environ, "PYTHONPATH": f"{ROOT / 'chalice_app'}:{ROOT}"}
        command = [sys.executable, "-W", "ignore", "-m", "tests.documents.crashing", bucket, url, table]
        with subprocess.Popen(
            command, env=environ, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        ) as process:
            try:
                yield cls(process)
            finally:
                process.kill()  # it has nothing to put in order

    def work(self, index: Path, messages: Sequence[Mapping[str, Any]], calls: int | None = None) -> Fate:
        """Has a worker handle messages together, and kills it when so many of its calls have ended."""
        assert self._process.stdin
        assert self._process.stdout
        job = {"index": str(index), "messages": messages, "calls": calls}
        self._process.stdin.write(json.dumps(job) + "\n")
        self._process.stdin.flush()
        told = json.loads(self._process.stdout.readline())
        assert told["signal"] == (0 if calls is None else signal.SIGKILL), told
        return Fate(tuple(told["calls"]), calls is not None)


def main(bucket: str, url: str, table: str) -> None:
    """Forks a worker for every job."""
    lance()
    s3 = boto3.client("s3", config=Config(signature_version="s3v4"))
    store = DocumentStore(boto3.resource("dynamodb").Table(table))
    queue = Queue(boto3.client("sqs"), url)
    blobs = BlobStore(s3, bucket)
    for line in sys.stdin:
        job = json.loads(line)
        index = PassageIndex(job["index"], DIMENSIONS)
        parts = Parts(store, blobs, index, HashingEmbedder(), Nobody(), queue)
        reading, writing = os.pipe()
        if not (child := os.fork()):
            os.close(reading)
            _work(parts, job, writing)
        os.close(writing)
        with os.fdopen(reading) as told:
            calls = told.read().split()
        _, status = os.waitpid(child, 0)
        ended = {"calls": calls, "signal": os.waitstatus_to_exitcode(status) * -1}
        sys.stdout.write(json.dumps(ended) + "\n")
        sys.stdout.flush()


def _work(parts: Parts, job: Mapping[str, Any], told: int) -> None:
    """What the child does; it ends by being killed, or else without any of Python's own ending."""
    signal.alarm(LONGEST)
    left = iter(range(job["calls"] or 10_000, 0, -1))
    if job["calls"] == 0:
        os.kill(os.getpid(), signal.SIGKILL)

    def ended(call: str) -> None:
        os.write(told, f"{call}\n".encode())
        if next(left) == 1 and job["calls"] is not None:
            os.kill(os.getpid(), signal.SIGKILL)

    failed = parts.worker(ended).handle_all([Delivery(each, fresh=True) for each in job["messages"]])
    os._exit(int(any(failed)))


if __name__ == "__main__":
    main(*sys.argv[1:])
