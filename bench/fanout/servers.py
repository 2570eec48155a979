"""The two servers, each started afresh on loopback with the same API, watched, and ended."""

import json
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from socket import create_connection, create_server

import psutil

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
KEY = "da2-fanout"
START_SECONDS = 60.0
SAMPLE_SECONDS = 0.05


class NotStarted(Exception):
    """A server did not come up; the message ends with what it printed."""


class Server:
    """A running server. Its memory is watched from the first connection on."""

    key = KEY

    def __init__(self, port: int, pid: int) -> None:
        self.port = port
        self._process = psutil.Process(pid)
        self.rss_before = self.rss_peak = self._process.memory_info().rss

    def cpu_seconds(self) -> float:
        times = self._process.cpu_times()
        return times.user + times.system

    def watch(self, done: threading.Event) -> None:
        while not done.wait(SAMPLE_SECONDS):
            self.rss_peak = max(self.rss_peak, self._process.memory_info().rss)


@contextmanager
def riffle() -> Iterator[Server]:
    port = free_port()
    with tempfile.TemporaryDirectory(prefix="riffle-fanout-") as folder:
        parameters = Path(folder) / "parameters.json"
        parameters.write_text(json.dumps({"Key.ApiKey": KEY}))
        template = HERE / "api" / "template.yaml"
        given = ["--template", template, "--parameters", parameters, "--certificates", folder]
        with running(
            [sys.executable, "-m", "localcloud.appsync", *map(str, (*given, "--port", port))], port
        ) as server:
            yield server


@contextmanager
def simulator() -> Iterator[Server]:
    install()
    port = free_port()
    with running(["node", str(HERE / "simulator.mjs"), str(port), KEY], port) as server:
        yield server


def install() -> None:
    """The simulator's packages, 300 MB of them: only when somebody asks for this benchmark."""
    lock, installed = HERE / "package-lock.json", HERE / "node_modules" / ".package-lock.json"
    if not installed.exists() or installed.stat().st_mtime < lock.stat().st_mtime:
        subprocess.run(["npm", "ci", "--silent", "--ignore-scripts"], cwd=HERE, check=True)  # noqa: S607


@contextmanager
def running(command: Sequence[str], port: int) -> Iterator[Server]:
    with tempfile.TemporaryFile() as output:
        process = subprocess.Popen(command, cwd=ROOT, stdout=output, stderr=output)  # noqa: S603  # ours
        done = threading.Event()
        try:
            if not listens(port, process):
                output.seek(0)
                raise NotStarted(output.read()[-2000:].decode("utf-8", "replace"))
            server = Server(port, process.pid)
            threading.Thread(target=server.watch, args=(done,), daemon=True).start()
            yield server
        finally:
            done.set()
            process.terminate()
            process.wait(20)


def listens(port: int, process: "subprocess.Popen[bytes]") -> bool:
    deadline = time.monotonic() + START_SECONDS
    while process.poll() is None and time.monotonic() < deadline:
        try:
            create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return True
    return False


def free_port() -> int:
    with create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])
