"""The manual of the commands about stages on AWS: it has every option, and no other."""

import re

import pytest
from typer.main import get_command

from riffle.cli import app
from tests.conftest import ROOT

MANUAL = (ROOT / "docs/client.md").read_text()
SHARED = {"--region", "--profile", "--help"}  # told once for all of them


def options(command: str) -> set[str]:
    """As the program has them."""
    found = get_command(app).commands[command]  # type: ignore[attr-defined]  # a group
    return {name for each in found.params for name in (*each.opts, *each.secondary_opts) if name[:2] == "--"}


@pytest.mark.parametrize("command", ["deploy", "status", "logs", "destroy"])
def test_manual_has_the_commands_options(command: str) -> None:
    (row,) = re.findall(rf"^\| `riffle {command} (.+?)` \|", MANUAL, re.MULTILINE)
    assert set(re.findall(r"--[a-z-]+", row)) == options(command) - SHARED


def test_help_tells_apart_what_is_for_people_and_what_for_aws() -> None:
    found = get_command(app).commands  # type: ignore[attr-defined]  # a group
    panels = {name: each.rich_help_panel for name, each in found.items()}
    assert {name for name, panel in panels.items() if panel == "On AWS"} == {
        "deploy", "status", "logs", "destroy", "cost"
    }  # fmt: skip
    assert None not in panels.values()
