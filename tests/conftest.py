"""Fixtures that start real parts: MiniStack on a free port, or the whole local cloud, once a session."""

import contextlib
import fcntl
import functools
import os
import random
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
import httpx
import pytest

if TYPE_CHECKING:
    from tests.flows.cloud import Cloud

ROOT = Path(__file__).parent.parent
CREDENTIALS = {
    "AWS_ACCESS_KEY_ID": "test",
    "AWS_SECRET_ACCESS_KEY": "test",
    "AWS_DEFAULT_REGION": "us-east-1",
}

MINISTACK = """
from ministack.app import main
from ministack.services import lambda_svc
lambda_svc._LAMBDA_STATE_TRANSITION_DELAY = 0
main()
"""
"""Functions are ready at once: who waits for one, as Chalice does, looks again after five seconds only."""


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:  # of xdist, which may be absent
    from tests.workers import Worlds

    config.option.loadscopereorder = False
    return Worlds(config, log)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    if "PYTEST_XDIST_WORKER" in os.environ:
        from tests.workers import rank

        items.sort(key=lambda item: rank(item.nodeid))


# A shell starts background jobs with SIGINT ignored, which programs started by the tests would inherit.
signal.signal(signal.SIGINT, signal.default_int_handler)


_ports: set[int] = set()
"""Those that this process has taken."""


def free_port() -> int:
    """A loopback port that nobody listens on, that nobody is given by the system, and that is taken hereby.

    A server of another process of tests might else be told the same port before either listens on it.
    """
    while True:
        port = random.randrange(10_000, 32_000)  # noqa: S311  (no secret)
        with contextlib.suppress(OSError):
            _take(port)
            with socket.create_server(("127.0.0.1", port)):
                return port


def _take(port: int) -> None:
    """Until this process ends, however that is. Raises BlockingIOError when a process has it already."""
    if port in _ports:  # which a lock of the process's own does not prevent
        raise BlockingIOError(f"port {port} is taken")
    fcntl.lockf(_register(), fcntl.LOCK_EX | fcntl.LOCK_NB, 1, port)
    _ports.add(port)


@functools.cache
def _register() -> int:
    """A file whose every byte stands for a port, for all processes of tests on this machine."""
    path = Path(tempfile.gettempdir()) / f"riffle-tests-ports-{os.getuid()}"
    return os.open(path, os.O_RDWR | os.O_CREAT, 0o600)


def wait_for(url: str, seconds: float = 60) -> None:
    """Returns once `url` answers anything at all; raises TimeoutError after `seconds`."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            httpx.get(url, timeout=2)
        except httpx.TransportError:
            time.sleep(0.05)
        else:
            return
    raise TimeoutError(f"{url} did not answer within {seconds} s")


@contextlib.contextmanager
def running_ministack(home: Path, **settings: str) -> Iterator[str]:
    """The address of a MiniStack that keeps its state in `home`; `settings` are its own variables."""
    port = free_port()
    env = {
        "PATH": os.environ["PATH"], "HOME": str(home), "TMPDIR": str(home), **CREDENTIALS,
        "BIND_HOST": "127.0.0.1", "MINISTACK_HOST": "127.0.0.1", "GATEWAY_PORT": str(port),
        "SFTP_ENABLED": "0", "IOT_MTLS_ENABLED": "0",
        "S3_DATA_DIR": str(home / "s3"), "STATE_DIR": str(home / "state"), **settings,
    }  # fmt: skip
    log = (home / "log").open("wb")
    child = subprocess.Popen(
        [str(ROOT / ".venv-ministack/bin/python"), "-c", MINISTACK],
        env=env,
        stdout=log,
        stderr=log,
        cwd=home,
    )
    try:
        wait_for(f"http://127.0.0.1:{port}/_ministack/health")
        yield f"http://127.0.0.1:{port}"
    finally:
        child.terminate()
        child.wait(60)  # it ends the processes of all functions that it was asked for, one after the other
        log.close()


@pytest.fixture(scope="session")
def ministack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a MiniStack of this test session's own, empty at the start."""
    with running_ministack(tmp_path_factory.mktemp("ministack")) as address:
        yield address


@pytest.fixture(scope="session")
def aws(ministack: str) -> boto3.Session:
    """A boto3 session whose every client talks to the MiniStack of this test session."""
    os.environ.update(CREDENTIALS, AWS_ENDPOINT_URL=ministack, AWS_EC2_METADATA_DISABLED="true")
    return boto3.Session(region_name="us-east-1")


@pytest.fixture(scope="session")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator["Cloud"]:
    """A running local cloud. Tests share it: each brings users of its own, and none stops it."""
    from tests.flows.cloud import Cloud

    running = Cloud(tmp_path_factory.mktemp("cloud") / "state")
    running.start()
    try:
        yield running
    finally:
        running.stop()
