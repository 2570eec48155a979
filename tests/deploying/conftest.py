"""A stage of each test's own in MiniStack, deployed from an app that is five empty functions."""

import itertools
import shutil
from dataclasses import dataclass, field
from pathlib import Path

import boto3
import pytest

from appsync.deploying import stages
from appsync.deploying.deploying import Event, Functions, Proposal, deploy, plan
from appsync.deploying.stages import Stage

APP = Path(__file__).parent / "app"
PARAMETERS = {"Events": "absent", "MonthlyBudget": "0"}
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

    def plan(self, functions: Functions = "stack", layers: dict[str, Path] | None = None) -> Proposal:
        return plan(self.session, self.stage, self.app, layers or {}, self.out, functions=functions)

    def deploy(self, functions: Functions = "stack") -> list[Event]:
        return list(deploy(self.session, self.plan(functions)))

    def invoke(self, function: str) -> bytes:
        answer = self.session.client("lambda").invoke(FunctionName=f"{self.stack}-{function}", Payload=b"{}")
        return answer["Payload"].read()

    def write(self, file: str, old: str, new: str) -> None:
        """Changes the code that is deployed next."""
        path = self.app / file
        path.write_text(path.read_text().replace(old, new))


@pytest.fixture
def world(aws: boto3.Session, tmp_path: Path) -> World:
    app = tmp_path / "app"
    shutil.copytree(APP, app)
    return World(aws, app, tmp_path / "out", f"d{next(_numbers)}")
