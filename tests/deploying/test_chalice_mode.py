"""Chalice deploys the functions itself: the stack tells it what it has to know, and joins them afterwards."""

import json
import os
import re
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import pytest
from chalice.policy import policy_from_source_code

from appsync.deploying import configuring, environment, stacks, zips
from appsync.deploying.chalicing import LEFT_OUT, packaged
from appsync.deploying.checks import APP
from appsync.deploying.destroying import destroy
from appsync.deploying.errors import DeployError
from appsync.deploying.stages import config_path
from appsync.layers import LAYERS, LAYERS_OF
from tests.deploying.conftest import World, said
from tests.deploying.test_deploying import layer


def chalice(world: World, *arguments: str) -> str:
    done = ran(world, *arguments)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def ran(world: World, *arguments: str, said: str = "y\n") -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", "import sys; from chalice.cli import main; sys.exit(main())", *arguments]
    return subprocess.run(
        [*command, "--stage", world.name], cwd=world.app, env=dict(os.environ), input=said,
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip


def mappings(world: World) -> set[str]:
    found = world.session.client("lambda").list_event_source_mappings()["EventSourceMappings"]
    arns = {each["FunctionArn"].rsplit(":", 1)[1] for each in found}
    return {name for name in arns if name.startswith(f"{world.stack}-")}


def recursion(world: World, function: str) -> str:
    client = world.session.client("lambda")
    return client.get_function_recursion_config(FunctionName=f"{world.stack}-{function}")["RecursiveLoop"]


def test_chalice_deploys_the_functions_between_two_runs_and_removes_them_again(world: World) -> None:
    notes = said(world.deploy("chalice"))
    assert notes[-1] == f"Run `chalice deploy --stage {world.name}` now, and this command once more."
    assert mappings(world) == set()
    chalice(world, "deploy")
    assert stacks.outputs(world.session, world.stack)["BucketName"] in world.invoke("resolve")
    world.deploy("chalice")
    assert mappings(world) == {f"{world.stack}-ingest", f"{world.stack}-answer"}
    assert {name: recursion(world, name) for name in ("answer", "ingest", "resolve")} == {
        "answer": "Allow", "ingest": "Allow", "resolve": "Terminate",
    }  # fmt: skip
    assert world.plan("chalice").changes == ()
    with pytest.raises(DeployError, match=f"exists outside {world.stack}; run `chalice delete"):
        world.plan()
    with pytest.raises(DeployError, match="was deployed by Chalice: run `chalice delete"):
        list(destroy(world.session, world.name))
    chalice(world, "delete")
    list(destroy(world.session, world.name, data=True))
    assert stacks.status(world.session, world.stack) is None


SETTINGS: dict[str, object] = {
    "lambda_architecture": "arm64",
    "tags": {"team": "search"},
    "environment_variables": {"POWERTOOLS_LOG_LEVEL": "DEBUG"},
    "reserved_concurrency": 7,
    "xray": True,
    "lambda_functions": {"answer": {"lambda_memory_size": 3008, "tags": {"team": "answers"}}},
    "parameters": {"Events": "absent"},
}
"""What a stage may say of functions, for all and for one."""

TOLD = (
    "FunctionName", "PackageType", "Runtime", "Handler", "Role", "Timeout", "MemorySize", "Architectures",
    "Environment", "TracingConfig", "EphemeralStorage", "LoggingConfig", "Layers",
)  # fmt: skip


def configured(world: World) -> World:
    path = config_path(world.app)
    config = json.loads(path.read_text())
    config["stages"] = {world.name: SETTINGS}
    path.write_text(json.dumps(config))
    return world


def described(world: World) -> dict[str, Any]:
    """What Lambda tells of each function; ids of the stack's own resources are the names of its outputs."""
    client = world.session.client("lambda")
    found: dict[str, Any] = {
        name: client.get_function(FunctionName=f"{world.stack}-{name}") for name in world.stage.functions
    }
    text = json.dumps({name: settled(each) for name, each in found.items()})
    for name, value in stacks.outputs(world.session, world.stack).items():
        text = text.replace(f'"{value}"', f'"the {name}"')
    return cast("dict[str, Any]", json.loads(re.sub(rf"\b{world.name}\b", "STAGE", text)))


def settled(function: dict[str, Any]) -> dict[str, Any]:
    """Without dates, numbers, and the marks of who made it."""
    tags = {key: value for key, value in function["Tags"].items() if not key.startswith(("aws:", "lambda:"))}
    return {**{key: function["Configuration"][key] for key in TOLD}, "Tags": tags}


def reserved(world: World) -> dict[str, int]:
    """By the template: MiniStack takes this from Lambda's own calls, and not from CloudFormation."""
    client = world.session.client("cloudformation")
    body: Any = client.get_template(StackName=world.stack)["TemplateBody"]  # text, or what it says
    resources = (json.loads(body) if isinstance(body, str) else body)["Resources"]
    return {
        name: resources[name.title()]["Properties"]["ReservedConcurrentExecutions"]
        for name in world.stage.functions
    }


def test_chalice_asks_for_a_role_before_anything_is_made_of_a_stage_that_is_not_prepared(
    world: World,
) -> None:
    done = ran(world, "deploy")
    assert done.returncode != 0
    assert "you must provide an 'iam_role_arn'" in done.stderr
    functions = world.session.client("lambda").list_functions()["Functions"]
    assert not [each for each in functions if each["FunctionName"].startswith(f"{world.stack}-")]


def test_what_chalice_deployed_is_invoked_and_read_by_its_own_commands(world: World) -> None:
    world.deploy("chalice")
    chalice(world, "deploy")
    invoked = ran(world, "invoke", "--name", "resolve", said="{}")
    assert invoked.returncode == 0, invoked.stderr
    assert stacks.outputs(world.session, world.stack)["BucketName"] in invoked.stdout
    chalice(world, "logs", "--name", "resolve")


def test_chalices_own_package_has_the_projects_five_functions(world: World, tmp_path: Path) -> None:
    shutil.copytree(APP, tmp_path / "project", ignore=LEFT_OUT)
    project = replace(world, app=tmp_path / "project", name="dev")
    chalice(project, "package", str(tmp_path / "made"))
    resources = json.loads((tmp_path / "made/sam.json").read_text())["Resources"]
    kinds = {name: each["Type"] for name, each in resources.items()}
    assert kinds == dict.fromkeys((name.title() for name in LAYERS_OF), "AWS::Serverless::Function")
    timeouts = {name: each["Properties"]["Timeout"] for name, each in resources.items()}
    assert timeouts["Ingest"] == 900


def test_chalice_can_read_the_app_and_finds_no_call_of_aws_in_it() -> None:
    """`chalice gen-policy`, which knows no `type` statement, for one."""
    assert policy_from_source_code((APP / "app.py").read_text())["Statement"] == []


def test_our_package_is_the_same_whatever_pythons_variables_somebody_has(
    world: World, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    before = zips.digest(packaged(world.stage, world.app, tmp_path / "one").archive)
    for name in ("PYTHONOPTIMIZE", "PYTHONHASHSEED"):
        monkeypatch.setenv(name, "2")
    monkeypatch.setenv("PYTHONPYCACHEPREFIX", str(tmp_path))
    assert zips.digest(packaged(world.stage, world.app, tmp_path / "two").archive) == before


def test_functions_are_the_same_either_way_in_all_that_a_stage_may_say(world: World, tmp_path: Path) -> None:
    layers: dict[str, Path] = {name: layer(tmp_path, name) for name in LAYERS}
    other = replace(world, app=tmp_path / "other", out=tmp_path / "other-out", name=f"{world.name}c")
    shutil.copytree(world.app, other.app)
    configured(world).deploy(layers=layers)
    configured(other).deploy("chalice", layers)
    chalice(other, "deploy")
    whole, chalices = described(world), described(other)
    assert whole == chalices
    assert whole["answer"]["Tags"].items() >= {"team": "answers", "riffle:stage": "STAGE"}.items()
    client = world.session.client("lambda")
    for name, limit in reserved(world).items():
        found = client.get_function(FunctionName=f"{other.stack}-{name}")
        assert found["Concurrency"] == {"ReservedConcurrentExecutions": limit}


def outputs() -> dict[str, str]:
    names = (*environment.OUTPUTS.values(), "RuntimeLayerArn", "ReadingLayerArn", "IndexLayerArn")
    roles = (f"{name}RoleArn" for name in ("Resolve", "Search", "Ingest", "Answer", "Maintain"))
    return {name: f"the {name}" for name in (*names, *roles)}


def test_configuration_keeps_what_people_wrote_and_is_written_once(world: World) -> None:
    path = config_path(world.app)
    config = json.loads(path.read_text())
    config["stages"]["dev"] |= {
        "tags": {"team": "search"},
        "environment_variables": {"POWERTOOLS_LOG_LEVEL": "DEBUG"},
        "lambda_functions": {"answer": {"lambda_memory_size": 3008}},
    }
    path.write_text(json.dumps(config))
    assert configuring.write(world.app, world.stage, outputs())
    written = json.loads(path.read_text())["stages"]
    assert written["dev"] == config["stages"]["dev"]
    section = written[world.name]
    assert section["tags"] == {"team": "search", "riffle:stage": world.name}
    assert section["environment_variables"]["POWERTOOLS_LOG_LEVEL"] == "DEBUG"
    assert section["environment_variables"]["RIFFLE_BUCKET"] == "the BucketName"
    assert section["lambda_functions"]["answer"] == {
        "lambda_memory_size": 3008,
        "iam_role_arn": "the AnswerRoleArn",
        "layers": ["the RuntimeLayerArn", "the IndexLayerArn"],
    }
    assert not configuring.write(world.app, world.stage, outputs())
    assert [each.name for each in path.parent.iterdir()] == ["config.json"]


def test_written_configuration_is_one_that_the_next_run_accepts(world: World) -> None:
    before = world.stage.parameters
    configuring.write(world.app, world.stage, outputs())
    assert (world.stage.settings, world.stage.parameters) == (world.name, before)
