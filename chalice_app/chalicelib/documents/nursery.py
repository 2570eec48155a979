"""Keeps one process ready that forks a child for every file, since starting Python for each takes longer than
reading most files. Neither this process nor that one ever looks into a file."""

import atexit
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from functools import cache
from pathlib import Path
from threading import Lock

from chalicelib.errors import Unavailable

_MODULE = "chalicelib.documents.reading"
_PRODUCT = str(Path(__file__).parents[2])
_BIRTH_SECONDS = 60.0  # the first file of a format waits until its libraries are imported
_CHUNK = 1024 * 1024

type Process = subprocess.Popen[bytes]


class Nursery:
    """Started with the first file, and again should it have died. Any thread may ask."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._running: tuple[Process, socket.socket] | None = None

    def read(self, data: bytes, request: Mapping[str, object], seconds: float) -> bytes:
        """All that a child of its own says of a file before it ends, however it ends.

        Raises TimeoutError when it has not ended after so many seconds, and kills it; Unavailable when
        there can be no child.
        """
        ours, theirs = socket.socketpair()
        with ours:
            with theirs:
                child = self._born(request, theirs)
            try:
                return _exchanged(ours, data, time.monotonic() + seconds)
            except TimeoutError:
                with suppress(ProcessLookupError):
                    os.kill(child, signal.SIGKILL)
                raise

    def close(self) -> None:
        """Ends the process; children at work on a file end by themselves."""
        if self._running:
            process, control = self._running
            self._running = None
            control.close()
            process.kill()
            process.wait()

    def _born(self, request: Mapping[str, object], end: socket.socket) -> int:
        """The process id of a child that answers at this end of a connection."""
        with self._lock:
            for _ in range(2):
                with suppress(OSError):
                    control = self._control()
                    socket.send_fds(control, [json.dumps(request).encode()], [end.fileno()])
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


def _exchanged(connection: socket.socket, data: bytes, deadline: float) -> bytes:
    """Sends all, then receives all. A child that dies meanwhile has said what it has said."""
    answer = bytearray()
    with suppress(BrokenPipeError, ConnectionResetError):
        connection.settimeout(_left(deadline))
        connection.sendall(data)
        connection.shutdown(socket.SHUT_WR)
        while received := connection.recv(_CHUNK):
            answer += received
            connection.settimeout(_left(deadline))
    return bytes(answer)


def _left(deadline: float) -> float:
    """Raises TimeoutError when nothing is left: zero would mean not to wait, and so not to time out."""
    left = deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left


def _environment() -> dict[str, str]:
    """Where to import from and nothing else: no credentials for whatever a file makes its reader do.

    Lambda's Python finds its own shared library by `LD_LIBRARY_PATH`.
    """
    paths = [_PRODUCT, *filter(None, sys.path)]
    kept = {name: os.environ[name] for name in ("LD_LIBRARY_PATH",) if name in os.environ}
    return kept | {"PYTHONPATH": os.pathsep.join(paths), "LC_ALL": "C.UTF-8", "MALLOC_ARENA_MAX": "2"}
