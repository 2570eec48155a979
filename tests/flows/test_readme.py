"""The quick start of README.md, run word for word against a local cloud."""

import contextlib
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import pytest

from tests.conftest import ROOT, free_port, wait_for
from tests.flows.cloud import Cloud

pytestmark = pytest.mark.flow
PATH = f"{Path(sys.executable).parent}:{os.environ['PATH']}"


def blocks(language: str, url: str) -> list[str]:
    """The README's code in one language, for the cloud at `url`."""
    readme = (ROOT / "README.md").read_text().replace("http://localhost:8000", url)
    return re.findall(rf"^```{language}\n(.*?)^```", readme, re.MULTILINE | re.DOTALL)


def run(command: list[str], home: Path) -> str:
    """What a command prints, with this environment's `riffle` first in PATH."""
    environment = {"PATH": PATH, "HOME": str(home), "XDG_CONFIG_HOME": str(home), "PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_command_line_and_python_of_the_quick_start_work_as_written(cloud: Cloud, tmp_path: Path) -> None:
    (shell, _), (python,) = blocks("sh", cloud.url), blocks("python", cloud.url)
    said = run(["bash", "-euc", shell], tmp_path)
    assert "README.md" in said
    assert "process" in said
    assert "README.md" in run([sys.executable, "-c", python], tmp_path)


def test_endpoint_is_made_and_served_as_written(tmp_path: Path) -> None:
    _, tool = blocks("sh", "")
    install, init, serve = tool.splitlines()
    assert install == "pip install '.[appsync]'"
    run(["bash", "-euc", f"cd {tmp_path} && {init}"], tmp_path)
    port, log = free_port(), tmp_path / "log"
    with log.open("w") as output, served(f"exec {serve} --port {port}", tmp_path, output):
        wait_for(f"http://localhost:{port}/graphql", 40)
    assert f"http://localhost:{port}/graphql" in log.read_text()


@contextlib.contextmanager
def served(command: str, folder: Path, output: IO[str]) -> Iterator[None]:
    """Runs until the block ends, in a folder of its own."""
    environment = {"PATH": PATH, "HOME": str(folder), "XDG_DATA_HOME": str(folder), "PYTHONPATH": str(ROOT)}
    process = subprocess.Popen(
        ["bash", "-euc", command], cwd=folder, env=environment, stdout=output, stderr=output
    )
    try:
        yield
    finally:
        process.terminate()
        process.wait(10)


def test_every_make_target_of_the_readme_is_there() -> None:
    named = set(re.findall(r"make ([a-z]+)", (ROOT / "README.md").read_text()))
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    assert {"dev", "test", "reset"} <= named <= targets


def test_every_file_that_the_readme_links_to_is_there() -> None:
    links = re.findall(r"\]\(([a-z][^):]*)\)", (ROOT / "README.md").read_text())
    assert links
    assert [link for link in links if not (ROOT / link).exists()] == []
