"""A MiniStack child, a function host and a launcher, each started for real and stopped by its id."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest

from localcloud.stack.deploying import Cloud
from tests.conftest import ROOT, free_port, wait_for
from tests.flows import cloud as whole

APP = Path(__file__).parent / "app"
PAGE = "http://localhost:8000"


@dataclass
class Stack:
    """MiniStack behind its guard; `start` after `end` or `kill` finds the state that was saved."""

    state: Path
    port: int = field(default_factory=free_port)
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def cloud(self) -> Cloud:
        return Cloud(self.url, "test", "test")

    def launch(self) -> subprocess.Popen[bytes]:
        command = [str(ROOT / ".venv-ministack/bin/python"), "-m", "localcloud.stack.ministack"]
        command += ["--port", str(self.port), "--state", str(self.state), "--origin", PAGE]
        with self.state.with_suffix(".log").open("ab") as log:
            self.process = subprocess.Popen(command, cwd=ROOT, stdout=log, stderr=log)
        return self.process

    def start(self) -> None:
        self.launch()
        wait_for(f"{self.url}/_ministack/health")

    def end(self) -> None:
        """As the launcher ends it."""
        assert self.process
        self.process.terminate()
        assert self.process.wait(20) == 0

    def kill(self) -> None:
        assert self.process
        self.process.kill()
        self.process.wait(5)

    def client(self, service: str) -> Any:  # a boto3 client of any service
        return self.cloud.client(service)

    def snapshots(self) -> list[str]:
        return sorted(path.name for path in (self.state / "snapshots").glob("[0-9]*"))

    def saved_after(self, before: list[str], seconds: float = 20) -> None:
        """Waits until there is a snapshot that was not there `before`."""
        until(lambda: set(self.snapshots()) - set(before), seconds)


def until(condition: Callable[[], object], seconds: float = 20) -> None:
    """Returns once `condition` holds. Raises TimeoutError after `seconds`."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError(f"not so within {seconds} s")
        time.sleep(0.05)


@pytest.fixture
def stack(tmp_path: Path) -> Iterator[Stack]:
    """A MiniStack of the test's own, running."""
    stack = Stack(tmp_path / "ministack")
    stack.start()
    yield stack
    if stack.process and stack.process.poll() is None:
        stack.kill()


@dataclass
class Functions:
    """A function host over a copy of the fixture app, which a test may change."""

    home: Path
    port: int = field(default_factory=free_port)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/"

    @property
    def app(self) -> Path:
        return self.home / "app"

    @property
    def environment(self) -> Path:
        return self.home / "environment.json"

    def invoke(self, name: str, event: object) -> httpx.Response:
        headers = {"X-Amzn-Lambda-Function-Name": f"riffle-local-{name}"}
        return httpx.post(self.url, json=event, headers=headers, timeout=30)

    def pids(self, name: str) -> list[int]:
        pids: list[int] = httpx.get(f"{self.url}health").json()[name]["pids"]
        return pids


@pytest.fixture
def functions(tmp_path: Path) -> Iterator[Functions]:
    """A running function host whose environment is there already."""
    functions = Functions(tmp_path / "functions")
    subprocess.run(["cp", "-r", str(APP), str(tmp_path / "copy")], check=True)
    functions.home.mkdir()
    (tmp_path / "copy").rename(functions.app)
    functions.environment.write_text('{"RIFFLE_STAGE": "local"}')
    command = [sys.executable, "-m", "localcloud.stack.host", "--port", str(functions.port)]
    command += ["--app", str(functions.app), "--environment", str(functions.environment)]
    command += ["--logs", str(functions.home / "logs")]
    host = subprocess.Popen(command, cwd=ROOT, env={**os.environ, "PYTHONWARNINGS": "default"})
    try:
        wait_for(f"{functions.url}health")
        yield functions
    finally:
        host.terminate()
        host.wait(10)


@pytest.fixture
def launcher(tmp_path: Path) -> Iterator[whole.Cloud]:
    """The launcher over the fixture app, not started yet."""
    cloud = whole.Cloud(tmp_path / "state", APP)
    yield cloud
    if cloud.process and cloud.process.poll() is None:
        cloud.stop()
