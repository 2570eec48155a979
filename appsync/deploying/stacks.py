"""CloudFormation as the deployer needs it: a change set to look at, its execution to watch, states to recover from."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import boto3

type Action = Literal["Add", "Modify", "Remove", "Import", "Dynamic"]
type Replacement = Literal["no", "yes", "conditional"]


@dataclass(frozen=True, slots=True)
class Change:
    """What a deployment does to one resource; `properties` are those that differ."""

    action: Action
    resource: str
    kind: str
    replacement: Replacement = "no"
    properties: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Progress:
    """One resource got further; `done` of `total` resources are there after `elapsed` seconds."""

    resource: str
    kind: str
    status: str
    reason: str
    done: int
    total: int
    elapsed: float


def outputs(session: boto3.Session, stack: str) -> dict[str, str]:
    """What the deployed stack says of itself; {} when it is not there."""
    raise NotImplementedError


def status(session: boto3.Session, stack: str) -> str | None:
    """CloudFormation's word for the stack's state, None when there is no such stack."""
    raise NotImplementedError


def watch(session: boto3.Session, stack: str, total: int) -> Iterator[Progress]:
    """Follows what runs until it ends. Raises StackFailed once a rollback has ended, too."""
    raise NotImplementedError
