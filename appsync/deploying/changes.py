"""What CloudFormation would change: its change sets."""

import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, cast

import boto3

from appsync.deploying import stacks
from appsync.deploying.errors import Busy, DeployError, explained

if TYPE_CHECKING:
    from mypy_boto3_cloudformation.literals import CapabilityType
    from mypy_boto3_cloudformation.type_defs import (
        ChangeTypeDef,
        CreateChangeSetInputTypeDef,
        DescribeChangeSetOutputTypeDef,
        ResourceToImportTypeDef,
    )

type Action = Literal["Add", "Modify", "Remove", "Import", "Dynamic"]
type Replacement = Literal["no", "yes", "conditional"]
type Kind = Literal["CREATE", "UPDATE", "IMPORT"]

REPLACEMENTS: Mapping[str, Replacement] = {"True": "yes", "Conditional": "conditional"}
CAPABILITIES: "Sequence[CapabilityType]" = ("CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND")
UNCHANGED = ("didn't contain changes", "No updates are to be performed")
"""CloudFormation has no code for this, only these words; its own command line reads them, too."""


@dataclass(frozen=True, slots=True)
class Change:
    """What a deployment does to one resource; `properties` are those that differ."""

    action: Action
    resource: str
    kind: str
    replacement: Replacement = "no"
    properties: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ChangeSet:
    """Changes that CloudFormation has worked out and would carry out."""

    stack: str
    name: str
    changes: tuple[Change, ...]


@dataclass(frozen=True, slots=True)
class Request:
    """What a stack is to become: the template's address, its parameters, the stack's tags."""

    stack: str
    template: str
    parameters: Mapping[str, str]
    tags: Mapping[str, str]


def propose(
    session: boto3.Session, request: Request, kind: Kind, imports: "Sequence[ResourceToImportTypeDef]" = ()
) -> ChangeSet | None:
    """Asks what would change; None when nothing would. Raises DeployError when CloudFormation refuses."""
    name, given = f"riffle-{uuid.uuid4().hex}", request.parameters.items()
    asked: CreateChangeSetInputTypeDef = {
        "StackName": request.stack,
        "ChangeSetName": name,
        "ChangeSetType": kind,
        "TemplateURL": request.template,
        "Parameters": [{"ParameterKey": key, "ParameterValue": value} for key, value in given],
        "Tags": [{"Key": key, "Value": value} for key, value in request.tags.items()],
        "Capabilities": CAPABILITIES,
    }
    if imports:
        asked["ResourcesToImport"] = imports
    with explained("cloudformation"):
        stacks.client(session).create_change_set(**asked)
        return _worked_out(session, request.stack, name)


def _worked_out(session: boto3.Session, stack: str, name: str) -> ChangeSet | None:
    found = _settled(session, stack, name)
    if found["Status"] == "CREATE_COMPLETE":
        return ChangeSet(stack, name, tuple(_changes(session, stack, name)))
    reason = found.get("StatusReason", "")
    forget(session, ChangeSet(stack, name, ()))
    if any(words in reason for words in UNCHANGED):
        return None
    raise DeployError(f"CloudFormation refuses the change of {stack}: {reason}")


def _settled(session: boto3.Session, stack: str, name: str) -> "DescribeChangeSetOutputTypeDef":
    client, pauses = stacks.client(session), stacks.pauses()
    while True:
        next(pauses)
        found = client.describe_change_set(StackName=stack, ChangeSetName=name)
        if found["Status"] in {"CREATE_COMPLETE", "FAILED"}:
            return found


def _changes(session: boto3.Session, stack: str, name: str) -> Iterator[Change]:
    pages = (
        stacks.client(session)
        .get_paginator("describe_change_set")
        .paginate(StackName=stack, ChangeSetName=name)
    )
    for page in pages:
        yield from map(_change, page["Changes"])


def _change(change: "ChangeTypeDef") -> Change:
    there = change["ResourceChange"]
    targets = [detail.get("Target", {}) for detail in there.get("Details", ())]
    properties = {target.get("Name") or target.get("Attribute", "") for target in targets}
    return Change(
        action=cast("Action", there["Action"]),  # those that a change set of ours can have
        resource=there["LogicalResourceId"],
        kind=there["ResourceType"],
        replacement=REPLACEMENTS.get(there.get("Replacement", ""), "no"),
        properties=tuple(sorted(properties - {""})),
    )


def execute(session: boto3.Session, change_set: ChangeSet) -> None:
    """Begins it. Raises Busy when it holds no more: another one that is carried out ends all others."""
    client = stacks.client(session)
    over = client.exceptions.ChangeSetNotFoundException, client.exceptions.InvalidChangeSetStatusException
    with explained("cloudformation"):
        try:
            client.execute_change_set(StackName=change_set.stack, ChangeSetName=change_set.name)
        except over as error:
            raise Busy(
                f"What was planned for {change_set.stack} holds no more, since somebody else has changed it: "
                "run the same command again."
            ) from error


def forget(session: boto3.Session, change_set: ChangeSet) -> None:
    """Deletes the change set, and the stack when it was made only to hold it."""
    client = stacks.client(session)
    with explained("cloudformation"):
        client.delete_change_set(StackName=change_set.stack, ChangeSetName=change_set.name)
        if stacks.status(session, change_set.stack) == "REVIEW_IN_PROGRESS":
            client.delete_stack(StackName=change_set.stack)
