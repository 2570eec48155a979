"""The commands of docs/deploy.md, each as it is written there, one after the other at a terminal."""

import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.deployed.inventory import inventory, of
from tests.deployed.world import Stage, World
from tests.deploying.commands import Ran, at_terminal

pytestmark = [pytest.mark.flow, pytest.mark.timeout(300, func_only=True)]

GUIDE = (ROOT / "docs/deploy.md").read_text()
LINES = [
    line
    for block in re.findall(r"^```sh\n(.*?)^```", GUIDE, re.MULTILINE | re.DOTALL)
    for line in block.splitlines()
]
ANSWERS = {
    "riffle deploy --stage dev": {"? [y/N]": b"y\n"},
    "riffle destroy --stage dev": {"? [y/N]": b"y\n"},
    "riffle destroy --stage dev --data": {"Type dev": b"dev\n"},
}
"""What somebody types, by the command that asks."""


@pytest.fixture
def reader(world: World) -> Iterator[Stage]:
    """Somebody who has cloned the repository and built the page, in an account without this stage."""
    stage = Stage(world, "dev")
    stage.prepare(parameters={"Page": "present", "Protection": "on"})
    (stage.clone / "frontend/dist").mkdir(parents=True)
    (stage.clone / "frontend/dist/index.html").write_text("page")
    yield stage
    if of("dev", inventory(world.emulator)):  # the guide ends with an account in which nothing is left
        stage.riffle("destroy", "--data", "--yes").succeeded()


def typed(stage: Stage, line: str) -> Ran:
    """The line in the clone, with `riffle` and `python` as an activated environment has them."""
    programs = stage.home / "bin"
    programs.mkdir(exist_ok=True)
    (programs / "riffle").write_text(f'#!/bin/sh\nexec {sys.executable} -m riffle "$@"\n')
    (programs / "riffle").chmod(0o755)
    path = f"{programs}:{Path(sys.executable).parent}:{stage.world.variables['PATH']}"
    command = ("bash", "-euc", f"cd {stage.clone} && {line}")
    return at_terminal({**stage.world.variables, "PATH": path}, *command, answers=ANSWERS.get(line, {}))


def rows(text: str) -> set[str]:
    """Without colours and indentation."""
    return {" ".join(row.split()) for row in re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", text).splitlines()}


def excerpt() -> set[str]:
    """The rows of the plan that the guide shows, but for those that differ from account to account."""
    (plan,) = re.findall(r"^```\n(riffle-dev, a new stack.*?)^```", GUIDE, re.MULTILINE | re.DOTALL)
    return {row for row in rows(plan) if "…" not in row and "account" not in row}


def test_every_command_does_what_the_guide_says(reader: Stage) -> None:
    shown: dict[str, str] = {}
    for line in LINES:
        ran = typed(reader, line)
        assert ran.status == (5 if line.endswith("--plan") else 0), f"{line}\n{ran.out}"
        shown[line] = ran.out
    assert set(ANSWERS) <= set(shown)
    assert excerpt() <= rows(shown["riffle deploy --stage dev --plan"])
    assert "https://" in shown["riffle deploy --stage dev"]
    assert "riffle-dev in us-east-1 is healthy" in shown["riffle status --stage dev"]
    assert "Kept in us-east-1" in shown["riffle destroy --stage dev"]
    assert {each.name for each in (reader.clone / "package").iterdir()} == {
        "template.json", "parameters.json", "functions.zip", "runtime.zip", "reading.zip", "index.zip"
    }  # fmt: skip
    assert of("dev", inventory(reader.world.emulator)) == set()
