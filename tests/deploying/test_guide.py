"""docs/deploy.md says what is so: its tables, options, parameters, sentences and links."""

import ast
import json
import re
from collections.abc import Mapping
from pathlib import Path

import pytest
from typer.main import get_command

from appsync.deploying import checks, manual, rules, stages
from appsync.deploying.stages import DECIDED_HERE
from riffle.cli import app
from tests.conftest import ROOT

GUIDE = (ROOT / "docs/deploy.md").read_text()
CODE = "\n".join(re.findall(r"^```(?:sh|bash)\n(.*?)^```", GUIDE, re.MULTILINE | re.DOTALL)).replace(
    "\\\n", " "
)
SOURCES = ("appsync/deploying", "appsync/layers", "riffle/commands")
ANYTHING = "…"


def commands() -> list[str]:
    """Every `riffle …` of the guide, in blocks and in sentences."""
    return re.findall(r"(?:^|`|\()(riffle [a-z].*?)(?:`|\)|$)", CODE + GUIDE, re.MULTILINE)


def options(command: str) -> set[str]:
    """As the program has them, with how they are turned off."""
    found = get_command(app).commands[command]  # type: ignore[attr-defined]  # a group
    return {name for each in found.params for name in (*each.opts, *each.secondary_opts)}


def test_every_command_and_option_is_there() -> None:
    assert len(commands()) > 20
    for line in commands():
        _, command, *words = line.split()
        assert {word for word in words if word.startswith("--")} <= options(command), line


def test_every_parameter_that_is_named_is_one_that_may_be_set(tmp_path: Path) -> None:
    named = dict(re.findall(r"\b([A-Z][A-Za-z]+)=([^\s`…]+)", GUIDE))
    del named["Stage"]  # of the image's own template
    assert {"SnapStart", "SignUp", "Mfa"} <= set(stage("{}", tmp_path, named).parameters)


@pytest.mark.parametrize(
    "section", re.findall(r"^```json\n\"prod\": (.*?)^```", GUIDE, re.MULTILINE | re.DOTALL)
)
def test_every_section_of_settings_is_one_that_the_template_takes(section: str, tmp_path: Path) -> None:
    read = stage(section, tmp_path)
    assert len(read.parameters) > 2
    assert list(rules.broken(checks.parameters(read))) == []


def stage(section: str, folder: Path, given: Mapping[str, str] | None = None) -> stages.Stage:
    """The stage `prod` with these settings."""
    (folder / ".chalice").mkdir()
    config = {"lambda_functions": {"resolve": {}}, "stages": {"prod": json.loads(section)}}
    (folder / ".chalice/config.json").write_text(json.dumps(config))
    return stages.read(folder, "prod", given)


def test_the_tables_are_up_to_date(capsys: pytest.CaptureFixture[str]) -> None:
    assert manual.main(["--check"]) == 0, capsys.readouterr().err


def test_parameters_that_follow_from_the_stage_are_not_offered() -> None:
    offered = set(re.findall(r"^\| `(\w+)` \|", manual.parameters(), re.MULTILINE))
    assert not offered & DECIDED_HERE
    assert "AnswerConcurrency" in offered


def test_quotas_are_asked_for_by_number_of_people() -> None:
    rows = [row.split(" | ") for row in manual.quotas().splitlines()[2:]]
    assert len(rows) > 5
    assert any("Bedrock" in name for name, *_ in rows)
    assert {len(row) for row in rows} == {4}


def texts() -> str:
    """What is written in the code that deploys, the parts of f-strings one by one."""
    trees = (ast.parse(path.read_text()) for folder in SOURCES for path in (ROOT / folder).glob("*.py"))
    nodes = (node for tree in trees for node in ast.walk(tree) if isinstance(node, ast.Constant))
    return "\n".join(node.value for node in nodes if isinstance(node.value, str))


def test_every_sentence_of_the_table_of_problems_is_one_that_is_said() -> None:
    table = GUIDE.partition("| it says | do this |")[2].partition("\n\n")[0]
    said, sentences = texts(), re.findall(r"^\| `(.+?)` \|", table, re.MULTILINE)
    assert len(sentences) > 25
    parts = [part.strip() for sentence in sentences for part in sentence.split(ANYTHING)]
    assert [part for part in parts if part not in said] == []


def test_every_link_leads_somewhere() -> None:
    titles = re.findall(r"^#+ (.+)$", GUIDE, re.MULTILINE)
    anchors = {
        re.sub(r"[^a-z0-9 `-]", "", each.lower()).replace("`", "").replace(" ", "-") for each in titles
    }
    for link in re.findall(r"\]\(((?!https)[^)]+)\)", GUIDE):
        path, _, anchor = link.partition("#")
        assert (ROOT / "docs" / path).exists(), link
        assert path or anchor in anchors, link


def test_every_make_target_is_there() -> None:
    named = set(re.findall(r"`make ((?:[a-z]+ ?)+)", GUIDE)) | set(
        re.findall(r"^make ([a-z]+)", CODE, re.MULTILINE)
    )
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    assert {target for each in named for target in each.split()} <= targets
