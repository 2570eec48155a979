"""The functions' roles against what the functions ask of AWS, heard while a whole story is told."""

import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from appsync.permissions.grants import FUNCTIONS
from appsync.permissions.roles import roles
from tests.conftest import ROOT
from tests.flows.cloud import Cloud
from tests.permissions.backstage import Backstage
from tests.permissions.evaluating import allowed, covers
from tests.permissions.policies import listed
from tests.permissions.recorder import Recorder
from tests.permissions.requests import Call
from tests.permissions.story import Story

pytestmark = pytest.mark.flow


@dataclass
class Seen:
    """What each function asked for, and the statements of its role as they were deployed."""

    calls: Mapping[str, set[Call]]
    policies: Mapping[str, list[Any]]
    unknown: list[str]


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> Seen:
    """After a story in a cloud of its own: its functions have a token each, and a recorder for AWS."""
    cloud = Cloud(tmp_path_factory.mktemp("permissions") / "state")
    recorder = Recorder(addresses(cloud))
    cloud.app = app_through(recorder, cloud.state.parent / "chalice_app")
    backstage = Backstage(cloud)
    with recorder.running():
        cloud.start()
        try:
            Story(cloud.user("vera"), backstage, recorder).tell()
            policies = {name: backstage.policy(name) for name in FUNCTIONS}
            api = backstage.outputs["ApiArn"]
        finally:
            backstage.close()
            cloud.stop()
    calls = {name: {of_api(call, api) for call in found} for name, found in recorder.calls.items()}
    return Seen(calls, policies, recorder.unknown)


def addresses(cloud: Cloud) -> dict[str, str]:
    """Where each service is, by the name that signatures have."""
    aws, models = (f"http://127.0.0.1:{cloud.ports[name]}" for name in ("--aws-port", "--models-port"))
    return {"dynamodb": aws, "s3": aws, "sqs": aws, "bedrock": models, "appsync": cloud.url}


def app_through(recorder: Recorder, folder: Path) -> Path:
    """The app, whose functions are told by their own variables to take the recorder for AWS."""
    shutil.copytree(ROOT / "chalice_app", folder, ignore=shutil.ignore_patterns("__pycache__"))
    path = folder / ".chalice" / "config.json"
    config = json.loads(path.read_text())
    for name, function in config["lambda_functions"].items():
        function["environment_variables"] = {
            **config["environment_variables"],
            "AWS_SESSION_TOKEN": name,
            "AWS_ENDPOINT_URL": recorder.url,
            "AWS_ENDPOINT_URL_BEDROCK_RUNTIME": recorder.url,
            "RIFFLE_GRAPHQL_URL": f"{recorder.url}/graphql",
        }
    path.write_text(json.dumps(config))
    return folder


def of_api(call: Call, api: str) -> Call:
    """A GraphQL request does not name its API; the stack has one."""
    if call.action != "appsync:GraphQL":
        return call
    return replace(call, resource=f"{api}/{call.resource}")


def test_every_function_was_heard_and_every_request_understood(seen: Seen) -> None:
    assert seen.unknown == []
    assert set(seen.calls) == set(FUNCTIONS)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_function_asks_for_nothing_that_its_role_does_not_allow(seen: Seen, name: str) -> None:
    denied = [call for call in seen.calls[name] if not allowed(seen.policies[name], call)]
    assert denied == []


@pytest.mark.parametrize("name", FUNCTIONS)
def test_role_allows_nothing_that_its_function_was_not_heard_to_ask_for(seen: Seen, name: str) -> None:
    [role] = [each for each in roles(traced=True) if each.name == name]
    idle = [
        (action, resource)
        for grant, statement in zip(role.grants, seen.policies[name], strict=True)
        if not grant.unseen
        for action in listed(statement["Action"])
        for resource in listed(statement["Resource"])
        if not any(covers({**statement, "Action": action, "Resource": resource}, c) for c in seen.calls[name])
    ]
    assert idle == []


def test_one_role_is_refused_what_another_function_asks_for(seen: Seen) -> None:
    for call in seen.calls["maintain"]:
        if call.action in {"dynamodb:Scan", "s3:DeleteObject"}:
            assert not allowed(seen.policies["search"], call)
