"""The quick start of README.md, run word for word against a local cloud."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.flows.cloud import Cloud

pytestmark = pytest.mark.flow


def blocks(language: str, cloud: Cloud) -> list[str]:
    """The README's code in one language, for the address of this cloud."""
    readme = (ROOT / "README.md").read_text().replace("http://localhost:8000", cloud.url)
    return re.findall(rf"^```{language}\n(.*?)^```", readme, re.MULTILINE | re.DOTALL)


def run(command: list[str], home: Path) -> str:
    """What a command prints, with this environment's `riffle` first in PATH."""
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    environment = {"PATH": path, "HOME": str(home), "XDG_CONFIG_HOME": str(home), "PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_command_line_and_python_of_the_quick_start_work_as_written(cloud: Cloud, tmp_path: Path) -> None:
    (shell,), (python,) = blocks("sh", cloud), blocks("python", cloud)
    said = run(["bash", "-euc", shell], tmp_path)
    assert "README.md" in said
    assert "process" in said
    assert "README.md" in run([sys.executable, "-c", python], tmp_path)


def test_every_make_target_of_the_readme_is_there() -> None:
    named = set(re.findall(r"make ([a-z]+)", (ROOT / "README.md").read_text()))
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    assert {"dev", "test", "reset"} <= named <= targets


def test_every_file_that_the_readme_links_to_is_there() -> None:
    links = re.findall(r"\]\(([a-z][^):]*)\)", (ROOT / "README.md").read_text())
    assert links
    assert [link for link in links if not (ROOT / link).exists()] == []
