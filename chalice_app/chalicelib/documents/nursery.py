"""Keeps one process ready that forks children to read files, since starting Python for each takes longer than
reading most files. Neither this process nor that one ever looks into a file."""

import atexit
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path
from threading import Lock
from typing import Any

from chalicelib.errors import Unavailable

_MODULE = "chalicelib.documents.reading"
_PRODUCT = str(Path(__file__).parents[2])
_BIRTH_SECONDS = 60.0  # the first child waits until all readers' libraries are imported
_CHUNK = 1024 * 1024
_LINE_BYTES = 256 * 1024
_ANSWER_BYTES = 240_000_000
"""As of a stored text. A file may have taken its child over, which then says what it likes."""

AHEAD_BYTES = 64 * 1024
"""What a connection takes in though nobody reads from it: Linux gives it room for three times as much."""

_REASON_CHARS = 2_000

type Process = subprocess.Popen[bytes]
type Told = dict[str, Any]  # Any: a line of JSON, which extracting.py takes apart


class Died(Exception):
    """A child ended before it had answered, or answered what no child of ours would."""


class Child:
    """A process that reads one file after the other, until it breaks down over one."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._received = bytearray()

    def read(self, request: Mapping[str, object], data: bytes, seconds: float) -> tuple[Told, bytes]:
        """The line that it answers, and the bytes that follow. Raises Died, or TimeoutError after so long."""
        self.send(request, data, seconds)
        return self.answer(seconds)

    def send(self, request: Mapping[str, object], data: bytes, seconds: float) -> None:
        """Has it read a file once it is done with those before. That it has died shows when it is to answer.

        Raises TimeoutError. Whoever sends more before an answer was taken must keep to `AHEAD_BYTES`: a child
        takes nothing in while it waits for room to answer.
        """
        self._connection.settimeout(seconds)
        with suppress(BrokenPipeError, ConnectionResetError):
            self._connection.sendall(b"%b\n%b" % (json.dumps(request).encode(), data))

    def answer(self, seconds: float) -> tuple[Told, bytes]:
        """About the first file that it was sent and has not answered yet. Raises as `read` does."""
        deadline = time.monotonic() + seconds
        try:
            told = _told(self._taken(self._line_end(deadline), deadline))
            return told, self._taken(told["bytes"], deadline)
        except (BrokenPipeError, ConnectionResetError) as error:
            raise Died from error

    def _line_end(self, deadline: float) -> int:
        while (found := self._received.find(b"\n")) < 0:
            if len(self._received) > _LINE_BYTES:
                raise Died
            self._receive(deadline)
        return found + 1

    def _taken(self, length: int, deadline: float) -> bytes:
        while len(self._received) < length:
            self._receive(deadline)
        taken = bytes(self._received[:length])
        del self._received[:length]
        return taken

    def _receive(self, deadline: float) -> None:
        """Raises TimeoutError when nothing is left: zero would mean not to wait, and so not to time out."""
        left = deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError
        self._connection.settimeout(left)
        received = self._connection.recv(_CHUNK)
        if not received:
            raise Died
        self._received += received


def _told(line: bytes) -> Told:
    """A line of outcome, of which the reason is kept short. Raises Died for what is none."""
    try:
        told: Told = json.loads(line)
        size, failed = told["bytes"], told["failed"]
        if failed:
            told["failed"] = failed | {
                name: str(failed[name])[:_REASON_CHARS] for name in ("message", "cause")
            }
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise Died from error
    if type(size) is not int or not 0 <= size <= _ANSWER_BYTES:
        raise Died
    return told


class Nursery:
    """Started with the first file, and again should it have died. Any thread may ask."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._running: tuple[Process, socket.socket] | None = None

    @contextmanager
    def child(self, memory: int, seconds: int) -> Iterator[Child]:
        """A new one that has so many bytes of memory and seconds of processor time; killed at the end.

        Raises Unavailable when there can be none.
        """
        ours, theirs = socket.socketpair()
        with ours:
            with theirs:
                born = self._born({"memory": memory, "seconds": seconds}, theirs)
            try:
                yield Child(ours)
            finally:
                with suppress(ProcessLookupError):
                    os.kill(born, signal.SIGKILL)

    def close(self) -> None:
        """Ends the process; children at work on a file end by themselves."""
        if self._running:
            process, control = self._running
            self._running = None
            control.close()
            process.kill()
            process.wait()

    def _born(self, birth: Mapping[str, int], end: socket.socket) -> int:
        """The process id of a child that answers at this end of a connection."""
        with self._lock:
            for _ in range(2):
                with suppress(OSError):
                    control = self._control()
                    socket.send_fds(control, [json.dumps(birth).encode()], [end.fileno()])
                    if said := control.recv(64):
                        return int(said)
                self.close()
        raise Unavailable("there is no process to read the file")

    def _control(self) -> socket.socket:
        if self._running is None:
            self._running = _started()
        return self._running[1]


@cache
def nursery() -> Nursery:
    """This process's own."""
    made = Nursery()
    atexit.register(made.close)
    return made


def _started() -> tuple[Process, socket.socket]:
    """It ends by itself when our end of the connection closes, so also when we are killed."""
    ours, theirs = socket.socketpair()
    with theirs:
        command = [sys.executable, "-P", "-m", _MODULE, str(theirs.fileno())]
        process = subprocess.Popen(  # noqa: S603  (our own module)
            command, pass_fds=(theirs.fileno(),), env=_environment(),
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
    ours.settimeout(_BIRTH_SECONDS)
    return process, ours


def _environment() -> dict[str, str]:
    """Where to import from and nothing else: no credentials for whatever a file makes its reader do.

    Lambda's Python finds its own shared library by `LD_LIBRARY_PATH`.
    """
    paths = [_PRODUCT, *filter(None, sys.path)]
    kept = {name: os.environ[name] for name in ("LD_LIBRARY_PATH",) if name in os.environ}
    return kept | {"PYTHONPATH": os.pathsep.join(paths), "LC_ALL": "C.UTF-8", "MALLOC_ARENA_MAX": "2"}
