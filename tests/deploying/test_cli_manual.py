"""The manual of the commands about stages on AWS: it has every option, and no other."""

import re
import sys
import tomllib

import pytest
from typer.main import get_command

from riffle.cli import app
from tests.conftest import ROOT
from tests.test_imports import imported

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
        "deploy", "status", "logs", "invite", "destroy", "cost", "index"
    }  # fmt: skip
    assert None not in panels.values()


def test_extra_installs_what_the_deployer_imports() -> None:
    extra = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]["deploy"]
    packages = {re.split(r"[^a-z0-9-]", each)[0] for each in extra}
    names = {"yaml": "pyyaml", "elftools": "pyelftools", "botocore": "boto3", "backports": "backports-zstd"}
    folders = [ROOT / "appsync" / part for part in ("deploying", "layers", "costs")]
    modules = {
        module.split(".")[0]
        for path in (
            ROOT / "appsync/packaging.py",
            *(each for folder in folders for each in folder.glob("*.py")),
        )
        for module in imported(path)
    }
    foreign = {each for each in modules if not each.startswith("mypy_boto3")}
    foreign -= set(sys.stdlib_module_names) | {"appsync", "compression"}  # the latter from 3.14 on
    assert {names.get(each, each) for each in foreign} <= packages
