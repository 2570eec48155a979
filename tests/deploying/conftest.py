"""A stage of each test's own in MiniStack, deployed from an app that is five empty functions."""

import itertools
import shutil
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import boto3
import pytest

from appsync.deploying import stages
from appsync.deploying.assembling import Parts
from appsync.deploying.deploying import deploy
from appsync.deploying.executing import Progress
from appsync.deploying.proposing import Functions, Proposal, plan
from appsync.deploying.settling import Event, Note, settle
from appsync.deploying.stages import Stage
from tests.deploying.commands import Inside

APP = Path(__file__).parent / "app"
_numbers = itertools.count()


@dataclass
class World:
    """A copy of the app that a test may change, and what deploys it."""

    session: boto3.Session
    app: Path
    out: Path
    name: str
    parameters: dict[str, str] = field(default_factory=dict)

    @property
    def stack(self) -> str:
        return f"riffle-{self.name}"

    @property
    def stage(self) -> Stage:
        return stages.read(self.app, self.name, self.parameters)

    def plan(self, functions: Functions = "stack", layers: Mapping[str, Path] | None = None) -> Proposal:
        parts = Parts(self.stage, self.app, layers or {})
        return plan(self.session, parts, self.out, functions=functions)

    def begin(self, functions: Functions = "stack") -> Iterator[Event]:
        return deploy(self.session, self.plan(functions))

    def deploy(self, functions: Functions = "stack", layers: Mapping[str, Path] | None = None) -> list[Event]:
        return list(deploy(self.session, self.plan(functions, layers)))

    def settle(self) -> list[Event]:
        return list(settle(self.session, self.stack))

    def invoke(self, function: str) -> str:
        answer = self.session.client("lambda").invoke(FunctionName=f"{self.stack}-{function}", Payload=b"{}")
        return answer["Payload"].read().decode()

    def packages(self) -> set[str]:
        """The keys of the functions' packages that are in the stage's own bucket."""
        bucket = f"{self.stack}-deployments-000000000000-us-east-1"
        listed = self.session.client("s3").list_objects_v2(Bucket=bucket, Prefix="functions/")
        return {each["Key"] for each in listed["Contents"]}

    def layers(self, function: str) -> list[str]:
        """The names of a function's layers, without the stage's."""
        client = self.session.client("lambda")
        found = client.get_function_configuration(FunctionName=f"{self.stack}-{function}")
        return [each["Arn"].split(":")[-2].removeprefix(f"{self.stack}-") for each in found["Layers"]]

    def write(self, file: str, old: str, new: str) -> None:
        """Changes the project that is deployed next."""
        path = self.app / file
        path.write_text(path.read_text().replace(old, new))


def said(events: Iterable[Event]) -> list[str]:
    return [event.text for event in events if isinstance(event, Note)]


def progress(events: Iterable[Event]) -> list[Progress]:
    return [event for event in events if isinstance(event, Progress)]


@pytest.fixture
def world(aws: boto3.Session, tmp_path: Path) -> World:
    """Protection is off, as what a test makes is to be removed with the tests' MiniStack and not before."""
    app = tmp_path / "app"
    shutil.copytree(APP, app)
    return World(aws, app, tmp_path / "out", f"d{next(_numbers)}", {"Protection": "off"})


@pytest.fixture
def inside(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Inside:
    return Inside(monkeypatch, capsys)
