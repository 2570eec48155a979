"""An endpoint in a process of its own, so that its memory and processor time can be measured."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import psutil

from tests.conftest import ROOT, free_port, wait_for
from tests.localcloud.appsync.world import CERTIFICATES, FIXTURES, KEY, VALUES

NOTES = FIXTURES / "template.yaml"
ENVIRONMENT = {
    "PATH": os.environ["PATH"], "AWS_ENDPOINT_URL": "http://127.0.0.1:9", "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test",
}  # fmt: skip
MB = 1_000_000


@dataclass(frozen=True)
class Child:
    """A served API: where it is, its key, its process and what it has logged."""

    host: str
    key: str
    process: psutil.Process
    log: Path
    http: httpx.Client

    @property
    def url(self) -> str:
        return f"http://{self.host}/graphql"

    @property
    def rss(self) -> float:
        """Resident memory in MB."""
        return float(self.process.memory_info().rss) / MB

    @property
    def cpu(self) -> float:
        """Processor seconds so far. Unlike the clock they do not depend on what else this machine does."""
        times = self.process.cpu_times()
        return float(times.user + times.system)

    def post(self, query: str, **variables: Any) -> httpx.Response:
        body = {"query": query, "variables": variables}
        return self.http.post(self.url, json=body, headers={"x-api-key": self.key})


@contextmanager
def serving(
    folder: Path, template: Path = NOTES, values: Any = VALUES, key: str = KEY, *options: str
) -> Iterator[Child]:
    """The command that serves a template, until the block ends; its log must hold no traceback."""
    port, log = free_port(), folder / "log"
    (folder / "values.json").write_text(json.dumps(values))
    command = [
        "-m", "localcloud.appsync", "--template", template, "--parameters", folder / "values.json",
        "--certificates", CERTIFICATES.authority.parent,
    ]  # fmt: skip
    with log.open("wb") as target:
        child = subprocess.Popen(
            [sys.executable, *map(str, command), "--port", str(port), *options],
            cwd=ROOT, env=ENVIRONMENT, stderr=target,
        )  # fmt: skip
    try:
        wait_for(f"http://127.0.0.1:{port}/riffle.json")
        with httpx.Client(timeout=20) as http:
            yield Child(f"localhost:{port}", key, psutil.Process(child.pid), log, http)
    finally:
        child.terminate()
        child.wait(10)
    assert "Traceback" not in log.read_text(), log.read_text()[-3000:]
