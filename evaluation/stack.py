"""A deployment to measure: one that runs already, or a local cloud of its own on free ports."""

import os
import secrets
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from riffle import Client

ROOT = Path(__file__).parent.parent
START_SECONDS = 180.0
STOP_SECONDS = 60.0
CODE = "123456"

type Process = subprocess.Popen[bytes]


class NotStarted(Exception):
    """The local cloud did not come up; the message ends with what it printed last."""


@dataclass(frozen=True, slots=True)
class LocalCloud:
    """Where a local cloud listens."""

    url: str
    models_url: str


@contextmanager
def own_cloud(environ: Mapping[str, str] = os.environ, *options: str) -> Iterator[LocalCloud]:
    """Starts a local cloud with empty state, and ends it with all it started."""
    page, aws, functions, models = _free_ports(4)
    ports = ["--port", page, "--aws-port", aws, "--functions-port", functions, "--models-port", models]
    with tempfile.TemporaryDirectory(prefix="riffle-") as folder:
        kept = ["--state", f"{folder}/state", "--cache", str(ROOT / ".riffle" / "models")]
        command = [sys.executable, "-m", "localcloud", "dev", *map(str, ports), *kept, *options]
        with _running(command, Path(folder) / "log", environ) as process:
            cloud = LocalCloud(f"http://localhost:{page}", f"http://127.0.0.1:{models}")
            _await_ready(cloud.url, process, Path(folder) / "log")
            yield cloud


@contextmanager
def _running(command: Sequence[str], log: Path, environ: Mapping[str, str]) -> Iterator[Process]:
    with log.open("wb") as output:
        process = subprocess.Popen(command, cwd=ROOT, stdout=output, stderr=output, env=environ)  # noqa: S603  # ours
        try:
            yield process
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(STOP_SECONDS)


def _await_ready(url: str, process: Process, log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while not _answers(f"{url}/riffle.json"):
        if process.poll() is not None or time.monotonic() > deadline:
            raise NotStarted(log.read_text("utf-8", "replace")[-2000:])
        time.sleep(0.2)


def _answers(url: str) -> bool:
    try:
        return httpx.get(url, timeout=2, trust_env=False).is_success
    except httpx.TransportError:
        return False


def _free_ports(count: int) -> list[int]:
    probes = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [probe.getsockname()[1] for probe in probes]
    for probe in probes:
        probe.close()
    return ports


def new_account(url: str) -> tuple[str, str]:
    """Name and password of a fresh account of a local cloud, confirmed with its constant code."""
    name, password = f"evaluation-{secrets.token_hex(4)}@example.com", f"Aa1-{secrets.token_urlsafe(12)}"
    if not Client.sign_up(url, name, password).confirmed:
        Client.confirm(url, name, CODE)
    return name, password
