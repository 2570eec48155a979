"""The composition: `plan` says what would change, `deploy` does it, `discard` forgets it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import boto3

from appsync.deploying.assembling import Assembly
from appsync.deploying.stacks import Change, Progress
from appsync.deploying.stages import Stage

type Functions = Literal["stack", "chalice"]


@dataclass(frozen=True, slots=True)
class Note:
    """A step that is no resource of the stack: one sentence."""

    text: str


type Event = Note | Progress


@dataclass(frozen=True, slots=True)
class Proposal:
    """What `deploy` would do. `changes` is empty when everything is as it should be already.

    `new` when no stack is there yet; `notes` are sentences that the plan shows (settings taken from dev, data
    that is adopted, what runs already).
    """

    stage: Stage
    region: str
    account: str
    new: bool
    changes: tuple[Change, ...]
    notes: tuple[str, ...]
    assembly: Assembly
    bucket: str
    functions: Functions
    change_set: str | None


def plan(
    session: boto3.Session,
    stage: Stage,
    app: Path,
    layers: Mapping[str, Path],
    out: Path,
    *,
    functions: Functions = "stack",
    image: str = "",
) -> Proposal:
    """Packages the functions, uploads what is not there yet and asks CloudFormation what it would change.

    `out` is a folder for what is built; `layers` are the built layers' zips by name, {} for none.
    """
    raise NotImplementedError


def deploy(session: boto3.Session, proposal: Proposal) -> Iterator[Event]:
    """Does it, and checks that every function starts; a stack that does not is brought back to what it was.

    Raises StackFailed or CannotStart after the rollback has ended.
    """
    raise NotImplementedError


def discard(session: boto3.Session, proposal: Proposal) -> None:
    """Forgets a plan: the change set, and what was made only to hold it."""
    raise NotImplementedError
