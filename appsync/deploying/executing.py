"""Has CloudFormation carry out what was asked, and follows it event by event to its end."""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import boto3

from appsync.deploying import changes, stacks
from appsync.deploying.changes import ChangeSet
from appsync.deploying.errors import StackFailed, explained

if TYPE_CHECKING:
    from mypy_boto3_cloudformation import CloudFormationClient
    from mypy_boto3_cloudformation.type_defs import StackEventTypeDef

SUCCEEDED = frozenset({"CREATE_COMPLETE", "UPDATE_COMPLETE", "IMPORT_COMPLETE", "DELETE_COMPLETE"})
_STACK = "AWS::CloudFormation::Stack"
_BEGINNINGS = frozenset(
    {"CREATE_IN_PROGRESS", "UPDATE_IN_PROGRESS", "DELETE_IN_PROGRESS", "IMPORT_IN_PROGRESS"}
)


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


def execute(session: boto3.Session, change_set: ChangeSet) -> Iterator[Progress]:
    """Carries the changes out. Raises Busy when they hold no more, StackFailed after the rollback."""
    client = stacks.client(session)
    with explained("cloudformation"):
        before = _newest(client, change_set.stack)
    changes.execute(session, change_set)
    yield from watch(session, change_set.stack, len(change_set.changes), since=before)


def delete(session: boto3.Session, stack: str) -> Iterator[Progress]:
    """Deletes the stack; what its template says is to be retained stays. Raises StackFailed."""
    found = stacks.described(session, stack)
    if found is None:
        return
    total = len(stacks.resources(session, stack))
    with explained("cloudformation"):
        before = _newest(stacks.client(session), stack)
        stacks.client(session).delete_stack(StackName=stack)
    if found["StackStatus"] == "REVIEW_IN_PROGRESS":
        _await_absence(session, found["StackId"])
    else:
        yield from watch(session, found["StackId"], total, since=before)


def _await_absence(session: boto3.Session, stack: str) -> None:
    """A stack that only ever held a change set has nothing to tell of its end."""
    pauses = stacks.pauses()
    while stacks.described(session, stack) is not None:
        next(pauses)


def continue_rollback(session: boto3.Session, stack: str) -> Iterator[Progress]:
    """Tries again to bring the stack back to what it was. Raises StackFailed."""
    with explained("cloudformation"):
        before = _newest(stacks.client(session), stack)
        stacks.client(session).continue_update_rollback(StackName=stack)
    ends = SUCCEEDED | {"UPDATE_ROLLBACK_COMPLETE"}
    yield from watch(session, stack, len(stacks.resources(session, stack)), since=before, ends=ends)


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
    client, started = stacks.client(session), time.monotonic()
    seen: list[StackEventTypeDef] = []
    done: set[str] = set()
    pauses = stacks.pauses()
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
