"""`riffle index check` of a stage whose function reports what a real index measured."""

import io
import json
import zipfile
from collections.abc import Callable
from pathlib import Path

import boto3
import pytest
from chalicelib.retrieval.index import PassageIndex
from chalicelib.retrieval.upkeep import check, to_json

from tests.conftest import free_port
from tests.deploying.commands import Inside, Ran, account
from tests.retrieval.conftest import DIMENSIONS, a_document, put

type Line = Callable[..., Ran]


@pytest.fixture
def stage(aws: boto3.Session) -> str:
    return f"i{free_port()}"


@pytest.fixture
def line(inside: Inside, ministack: str, tmp_path: Path, stage: str) -> Line:
    environment = account(tmp_path, ministack)
    return lambda *more: inside(environment, "index", "check", "--stage", stage, *more)


def reports(aws: boto3.Session, stage: str, code: str) -> None:
    """Makes the stage's `maintain` a function of that body."""
    package = io.BytesIO()
    with zipfile.ZipFile(package, "w") as archive:
        archive.writestr(
            "app.py", f"def maintain(event, context):\n    assert event == {{'check': True}}\n    {code}\n"
        )
    aws.client("lambda").create_function(
        FunctionName=f"riffle-{stage}-maintain", Runtime="python3.13", Handler="app.maintain",
        Role="arn:aws:iam::000000000000:role/x", Code={"ZipFile": package.getvalue()},
    )  # fmt: skip


def measured(folder: Path) -> dict[str, object]:
    """What a real index of three passages says of itself."""
    index = PassageIndex(str(folder), DIMENSIONS)
    put(index, a_document(), "One passage.", "Another passage.", "A third.")
    return dict(to_json(check(index)))


def test_what_the_index_measured_is_shown(aws: boto3.Session, stage: str, line: Line, tmp_path: Path) -> None:
    report = measured(tmp_path / "index")
    reports(aws, stage, f"return {report!r}")
    shown = dict(each.split("\t", 1) for each in line().out.splitlines() if "\t" in each)
    assert shown["recall@10"] == "1.000 of 3 searches"
    assert shown["passages"] == "3"
    assert "owner" in shown
    assert json.loads(line("--json").out) == json.loads(json.dumps(report))


def test_a_recall_that_is_too_low_fails_the_command(aws: boto3.Session, stage: str, line: Line) -> None:
    reports(aws, stage, 'return {"recall": 0.5, "k": 10, "rows": 0}')
    ran = line("--least", "0.6")
    assert ran.status == 1
    assert "recall@10 is 0.500; 0.6 is wanted" in ran.err
    assert line("--least", "0.5").status == 0


def test_a_stage_that_is_not_there_is_said_to_be_none(stage: str, line: Line) -> None:
    ran = line()
    assert ran.status == 1
    assert f"There is no function riffle-{stage}-maintain" in ran.err


def test_a_function_that_fails_says_where_to_look(aws: boto3.Session, stage: str, line: Line) -> None:
    reports(aws, stage, "raise ValueError('broken')")
    ran = line()
    assert ran.status == 1
    assert f"riffle logs maintain --stage {stage}" in ran.err
