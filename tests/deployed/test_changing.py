"""Deployed stages are deployed again: unchanged, changed, broken. Nobody who uses them loses anything."""

import base64
import sys
import sysconfig
from collections.abc import Iterator
from pathlib import Path

import pytest

from appsync.deploying.probing import PROBES
from tests.deployed.inventory import inventory, of
from tests.deployed.world import TELLS, Stage, World
from tests.flows import operations as op
from tests.flows.answers import OPEN, Reader, ask, followed, new_id, stored, until_final
from tests.flows.caller import Caller
from tests.flows.documents import ready

pytestmark = [pytest.mark.flow, pytest.mark.timeout(120, func_only=True)]

MILL = "The mill of Tarn Hollow was built in 1790 by Ruth Aldane. It has two wheels and grinds barley."
QUESTION = "Who built the mill of Tarn Hollow?"
OF_PYTHON = sys.stdlib_module_names | {"__main__", "__mp_main__"}  # and what starts a function
STANDARD = Path(sysconfig.get_path("stdlib"))
REFUSED = """Resources:
  Refused: # there is no such layer, which is found out when the other functions are updated already
    Type: AWS::Lambda::Function
    DependsOn: Answer
    Properties:
      Runtime: python3.13
      Handler: index.handler
      Role: !GetAtt AnswerRole.Arn
      Code: { ZipFile: "handler = print" }
      Layers: [!Sub "arn:${AWS::Partition}:lambda:${AWS::Region}:${AWS::AccountId}:layer:nobodys:1"]
"""


@pytest.fixture
def hana(whole: Stage) -> Iterator[Caller]:
    """Somebody with a document, on a stage that is deployed again when the test has ended."""
    caller = whole.front.user("hana")
    ready(caller, "mill.md", MILL)
    functions = whole.functions()
    yield caller
    whole.front.models()
    whole.restore(functions)


def test_deploying_unchanged_changes_nothing(stage: Stage) -> None:
    before = stage.functions()
    ran = stage.deploy().succeeded()
    assert "no change" in ran.out
    assert "Made" not in ran.out + ran.err
    assert stage.functions() == before


def test_an_update_arrives_while_an_answer_streams_and_nothing_of_it_is_lost(
    whole: Stage, hana: Caller
) -> None:
    """And what runs then is that package with its layers, and nothing of this work tree."""
    whole.configure(lambda_functions={"answer": {"lambda_memory_size": 2048}})
    whole.append("app.py", TELLS)
    before, answer, reader = whole.functions(), new_id(), Reader()
    whole.front.models(tokens_per_second=0.3)
    with hana.subscribe(op.ON_ANSWER, answerId=answer) as events:
        ask(hana, answer, QUESTION)
        while not reader.text:
            reader.read(events.next()["onAnswerEvent"])
        whole.deploy().succeeded()
        assert stored(hana, answer)["status"] in OPEN
        whole.front.models()
        for event in until_final(events):
            reader.read(event)
    assert (final := stored(hana, answer))["status"] == "COMPLETE"
    assert (reader.text, reader.attempt) == (final["text"], 1)
    after = whole.functions()
    assert (after["answer"]["memory"], before["answer"]["memory"]) == (2048, 1769)
    assert after["resolve"]["code"] != before["resolve"]["code"]
    assert [found for name in PROBES if (found := foreign(whole, name))] == []
    assert {"lancedb", "pyarrow"} <= whole.loaded("search").keys()


def foreign(stage: Stage, function: str) -> dict[str, Path]:
    """What a function that TELLS loaded from elsewhere than Python itself, Lambda's runtime, and its package.

    The emulator unpacks each zip into a folder named by its content.
    """
    image, code = stage.world.emulator.home / "image", stage.functions()[function]["code"]
    loaded = {name: file for name, file in stage.loaded(function).items() if name not in OF_PYTHON}
    assert loaded["app"].parent.name == base64.b64decode(code).hex()[:16]
    assert loaded["chalicelib"].parent.parent == loaded["app"].parent
    return {
        name: file
        for name, file in loaded.items()
        if not file.is_relative_to(image) and file.parent != STANDARD
    }


def test_chalice_brings_changed_code_by_itself(chaliced: Stage) -> None:
    before = chaliced.functions()
    chaliced.append("app.py", TELLS)
    chaliced.chalice().succeeded()
    after = chaliced.functions()
    ready(chaliced.front.user("hana"), "mill.md", MILL)
    assert [found for name in ("resolve", "ingest") if (found := foreign(chaliced, name))] == []
    assert {name for name in after if after[name]["code"] != before[name]["code"]} == set(before)
    assert {name: each["layers"] for name, each in after.items()} == {
        name: each["layers"] for name, each in before.items()
    }
    assert "no change" in chaliced.deploy().succeeded().out


def test_every_function_starts_in_the_time_that_lambda_gives_it(whole: Stage) -> None:
    starts = whole.starts()
    assert set(starts) >= {"resolve", "search", "ingest", "answer"}  # which a deployment starts once
    assert max(max(milliseconds) for milliseconds in starts.values()) < 10_000


def test_code_that_does_not_start_is_taken_back(whole: Stage, hana: Caller) -> None:
    before = whole.functions()
    whole.append("app.py", "import yaml  # which those who develop have, and no layer\n")
    ran = whole.deploy()
    assert ran.status == 4
    assert "Runtime.ImportModuleError" in ran.err
    assert "yaml" in ran.err
    assert whole.functions() == before
    assert "Ruth Aldane" in followed(hana, QUESTION)[1]["text"]


def test_a_template_that_is_refused_midway_is_taken_back(whole: Stage, hana: Caller) -> None:
    before = whole.functions()
    whole.configure(lambda_functions={"answer": {"lambda_memory_size": 2048}})
    whole.edit_template("Resources:\n", REFUSED)
    ran = whole.deploy()
    assert ran.status == 4
    assert "Refused" in ran.err
    assert whole.described()["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    assert whole.functions() == before
    assert "Ruth Aldane" in followed(hana, QUESTION)[1]["text"]


def test_settings_that_are_wrong_are_told_before_anything_is_made(world: World) -> None:
    stage = Stage(world, "wrong")
    stage.prepare(parameters={"ChatModel": "no model"})
    ran = stage.deploy()
    assert ran.status == 2
    assert "ChatModel" in ran.err
    assert of("wrong", inventory(world.emulator)) == set()
