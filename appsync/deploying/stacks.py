"""CloudFormation as the deployer needs it: change sets to look at, their execution to watch, and states."""

import json
import time
import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, cast

import boto3
from botocore.exceptions import ClientError

from appsync.deploying.errors import DeployError, StackFailed, explained

if TYPE_CHECKING:
    from mypy_boto3_cloudformation import CloudFormationClient
    from mypy_boto3_cloudformation.literals import CapabilityType
    from mypy_boto3_cloudformation.type_defs import (
        ChangeTypeDef,
        CreateChangeSetInputTypeDef,
        DescribeChangeSetOutputTypeDef,
        ResourceToImportTypeDef,
        StackEventTypeDef,
        StackTypeDef,
    )

type Action = Literal["Add", "Modify", "Remove", "Import", "Dynamic"]
type Replacement = Literal["no", "yes", "conditional"]
type Kind = Literal["CREATE", "UPDATE", "IMPORT"]

SUCCEEDED = frozenset({"CREATE_COMPLETE", "UPDATE_COMPLETE", "IMPORT_COMPLETE", "DELETE_COMPLETE"})
REPLACEMENTS: Mapping[str, Replacement] = {"True": "yes", "Conditional": "conditional"}
CAPABILITIES: "Sequence[CapabilityType]" = ("CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND")
UNCHANGED = ("didn't contain changes", "No updates are to be performed")
"""CloudFormation has no code for this, only these words; its own command line reads them, too."""

_STACK = "AWS::CloudFormation::Stack"
_BEGINNINGS = frozenset(
    {"CREATE_IN_PROGRESS", "UPDATE_IN_PROGRESS", "DELETE_IN_PROGRESS", "IMPORT_IN_PROGRESS"}
)
_FIRST_PAUSE, _LONGEST_PAUSE = 0.1, 3.0  # seconds between two looks at a stack


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
class Progress:
    """One resource got further; `done` of `total` resources are there after `elapsed` seconds."""

    resource: str
    kind: str
    status: str
    reason: str
    done: int
    total: int
    elapsed: float


@dataclass(frozen=True, slots=True)
class Request:
    """What a stack is to become: the template's address, its parameters, the stack's tags."""

    stack: str
    template: str
    parameters: Mapping[str, str]
    tags: Mapping[str, str]


def status(session: boto3.Session, stack: str) -> str | None:
    """CloudFormation's word for the stack's state, None when there is no such stack."""
    found = described(session, stack)
    return None if found is None else found["StackStatus"]


def outputs(session: boto3.Session, stack: str) -> dict[str, str]:
    """What the deployed stack says of itself; {} when it is not there."""
    found = described(session, stack)
    given = [] if found is None else found.get("Outputs", [])
    return {each["OutputKey"]: each["OutputValue"] for each in given}


def parameters(session: boto3.Session, stack: str) -> dict[str, str]:
    """What the stack was deployed with."""
    found = described(session, stack)
    given = [] if found is None else found.get("Parameters", [])
    return {each["ParameterKey"]: each["ParameterValue"] for each in given}


def described(session: boto3.Session, stack: str) -> "StackTypeDef | None":
    """The stack by name or id; None also once it is deleted."""
    try:
        found = _client(session).describe_stacks(StackName=stack)["Stacks"][0]
    except ClientError as error:
        if error.response["Error"]["Code"] == "ValidationError":
            return None  # the answer of DescribeStacks to a name that it does not know
        with explained("cloudformation"):
            raise
    return None if found["StackStatus"] == "DELETE_COMPLETE" else found


def template(session: boto3.Session, stack: str) -> str:
    """The template that the stack was deployed with, before its transforms."""
    with explained("cloudformation"):
        answer = _client(session).get_template(StackName=stack, TemplateStage="Original")
    found: object = answer["TemplateBody"]  # boto3 reads JSON bodies, though its types do not say so
    return found if isinstance(found, str) else json.dumps(found, separators=(",", ":"), ensure_ascii=False)


def resources(session: boto3.Session, stack: str, kind: str = "") -> dict[str, str]:
    """The stack's physical ids by logical id, of one type or of all; {} when it is not there."""
    if described(session, stack) is None:
        return {}
    with explained("cloudformation"):
        pages = _client(session).get_paginator("list_stack_resources").paginate(StackName=stack)
        listed = [each for page in pages for each in page["StackResourceSummaries"]]
    there = [
        each
        for each in listed
        if each["ResourceStatus"] != "DELETE_COMPLETE" and kind in ("", each["ResourceType"])
    ]
    return {each["LogicalResourceId"]: each.get("PhysicalResourceId", "") for each in there}


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
        _client(session).create_change_set(**asked)
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
    client, pauses = _client(session), _pauses()
    while True:
        next(pauses)
        found = client.describe_change_set(StackName=stack, ChangeSetName=name)
        if found["Status"] in {"CREATE_COMPLETE", "FAILED"}:
            return found


def _changes(session: boto3.Session, stack: str, name: str) -> Iterator[Change]:
    pages = (
        _client(session).get_paginator("describe_change_set").paginate(StackName=stack, ChangeSetName=name)
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


def forget(session: boto3.Session, change_set: ChangeSet) -> None:
    """Deletes the change set, and the stack when it was made only to hold it."""
    client = _client(session)
    with explained("cloudformation"):
        client.delete_change_set(StackName=change_set.stack, ChangeSetName=change_set.name)
        if status(session, change_set.stack) == "REVIEW_IN_PROGRESS":
            client.delete_stack(StackName=change_set.stack)


def execute(session: boto3.Session, change_set: ChangeSet) -> Iterator[Progress]:
    """Carries the changes out. Raises StackFailed after the rollback has ended."""
    client = _client(session)
    with explained("cloudformation"):
        before = _newest(client, change_set.stack)
        client.execute_change_set(StackName=change_set.stack, ChangeSetName=change_set.name)
    yield from watch(session, change_set.stack, len(change_set.changes), since=before)


def delete(session: boto3.Session, stack: str) -> Iterator[Progress]:
    """Deletes the stack; what its template says is to be retained stays. Raises StackFailed."""
    found = described(session, stack)
    if found is None:
        return
    total = len(resources(session, stack))
    with explained("cloudformation"):
        before = _newest(_client(session), stack)
        _client(session).delete_stack(StackName=stack)
    if found["StackStatus"] == "REVIEW_IN_PROGRESS":
        _await_absence(session, found["StackId"])
    else:
        yield from watch(session, found["StackId"], total, since=before)


def _await_absence(session: boto3.Session, stack: str) -> None:
    """A stack that only ever held a change set has nothing to tell of its end."""
    pauses = _pauses()
    while described(session, stack) is not None:
        next(pauses)


def continue_rollback(session: boto3.Session, stack: str) -> Iterator[Progress]:
    """Tries again to bring the stack back to what it was. Raises StackFailed."""
    with explained("cloudformation"):
        before = _newest(_client(session), stack)
        _client(session).continue_update_rollback(StackName=stack)
    ends = SUCCEEDED | {"UPDATE_ROLLBACK_COMPLETE"}
    yield from watch(session, stack, len(resources(session, stack)), since=before, ends=ends)


def watch(
    session: boto3.Session,
    stack: str,
    total: int,
    *,
    since: str | None = None,
    ends: frozenset[str] = SUCCEEDED,
) -> Iterator[Progress]:
    """Follows what runs, or ran since the event `since`, until it ends.

    Raises StackFailed with the first resource that failed unless the stack's state is one of `ends` then.
    """
    client, started = _client(session), time.monotonic()
    seen: list[StackEventTypeDef] = []
    done: set[str] = set()
    pauses = _pauses()
    while (end := _end(seen)) is None:
        next(pauses)
        fresh = _events(client, stack, since)[len(seen) :]
        seen += fresh
        for event in fresh:
            if event["ResourceType"] != _STACK and event["ResourceStatus"].endswith("_COMPLETE"):
                done.add(event["LogicalResourceId"])
            yield _progress(event, len(done), total, time.monotonic() - started)
    if end not in ends:
        raise _failure(seen, end)


def _progress(event: "StackEventTypeDef", done: int, total: int, elapsed: float) -> Progress:
    return Progress(
        event["LogicalResourceId"], event["ResourceType"], event["ResourceStatus"],
        event.get("ResourceStatusReason", ""), done, max(done, total), elapsed,
    )  # fmt: skip


def _end(events: "Sequence[StackEventTypeDef]") -> str | None:
    """The state in which the operation ended, None while it runs."""
    own = [event["ResourceStatus"] for event in events if event["PhysicalResourceId"] == event["StackId"]]
    return own[-1] if own and not own[-1].endswith("_IN_PROGRESS") else None


def _failure(events: "Sequence[StackEventTypeDef]", state: str) -> StackFailed:
    """The first resource that failed: the failures after it follow from it."""
    failed = [event for event in events if event["ResourceStatus"].endswith("_FAILED")] or [events[-1]]
    reason = failed[0].get("ResourceStatusReason", "CloudFormation gives no reason")
    return StackFailed(events[0]["StackName"], failed[0]["LogicalResourceId"], reason, state)


def _events(client: "CloudFormationClient", stack: str, since: str | None) -> "list[StackEventTypeDef]":
    """Oldest first: those after the event `since`, or those of the operation that runs or ran last."""
    found: list[StackEventTypeDef] = []
    with explained("cloudformation"):
        for page in client.get_paginator("describe_stack_events").paginate(StackName=stack):
            for event in page["StackEvents"]:
                if event["EventId"] == since:
                    return found[::-1]
                found.append(event)
                if since is None and _begins(event):
                    return found[::-1]
    return found[::-1]


def _begins(event: "StackEventTypeDef") -> bool:
    return event["ResourceType"] == _STACK and event["ResourceStatus"] in _BEGINNINGS


def _newest(client: "CloudFormationClient", stack: str) -> str | None:
    """The id of the stack's last event so far."""
    return next(
        (event["EventId"] for event in client.describe_stack_events(StackName=stack)["StackEvents"]), None
    )


def _pauses() -> Iterator[None]:
    """A look now, and others after pauses that grow: quick to see the small, gentle over minutes."""
    pause = _FIRST_PAUSE
    while True:
        yield
        time.sleep(pause)
        pause = min(pause * 1.3, _LONGEST_PAUSE)


def _client(session: boto3.Session) -> "CloudFormationClient":
    return session.client("cloudformation")
