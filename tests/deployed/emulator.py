"""A MiniStack whose functions run from their own zips and layers, as a child process of the tests."""

import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from localcloud.execution.preparing import prepare
from localcloud.stack.deploying import Cloud
from tests.conftest import ROOT, free_port, wait_for


@dataclass(frozen=True)
class Emulator:
    """An account in which nothing is, and that is forgotten in the end."""

    home: Path
    port: int = field(default_factory=free_port)

    @property
    def cloud(self) -> Cloud:
        return Cloud(f"http://127.0.0.1:{self.port}", "test", "test")

    def client(self, service: str) -> Any:  # a boto3 client of any service
        return self.cloud.client(service)

    @contextmanager
    def running(self, variables: Mapping[str, str] | None = None, origin: str = "") -> Iterator[None]:
        """`variables` join those by which functions find AWS; the page at `origin` may transfer objects."""
        image = prepare(self.home / "image")
        command = [str(ROOT / ".venv-ministack/bin/python"), "-m", "localcloud.stack.ministack", "--forget"]
        command += ["--port", str(self.port), "--state", str(self.home / "state"), "--image", str(image)]
        command += ["--origin", origin] if origin else []
        environment = {"PATH": os.environ["PATH"], **self.cloud.variables(), **(variables or {})}
        with (self.home / "ministack.log").open("wb") as log:
            child = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=log, stderr=log)
        try:
            wait_for(f"{self.cloud.endpoint}/_ministack/health")
            yield
        finally:
            child.terminate()
            child.wait(20)
            shutil.rmtree(self.home, ignore_errors=True)  # hundreds of megabytes of layers
