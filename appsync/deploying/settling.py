"""Ends what an earlier run left of a stack: waits for what runs, and clears away what never stood."""

from collections.abc import Iterator
from dataclasses import dataclass

import boto3

from appsync.deploying import executing, stacks
from appsync.deploying.buckets import Upload
from appsync.deploying.errors import Busy, StackFailed
from appsync.deploying.executing import Progress

STEADY = frozenset({
    None, "REVIEW_IN_PROGRESS", "CREATE_COMPLETE", "UPDATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE",
    "IMPORT_COMPLETE", "IMPORT_ROLLBACK_COMPLETE",
})  # fmt: skip
"""States from which a deployment can begin."""

EMPTY = frozenset({"ROLLBACK_COMPLETE", "ROLLBACK_FAILED", "CREATE_FAILED", "DELETE_FAILED"})
"""States of a stack that never stood, or was being removed: all it can do is be deleted."""


@dataclass(frozen=True, slots=True)
class Note:
    """A step that is no resource of the stack: one sentence."""

    text: str


type Event = Note | Progress | Upload


@dataclass(frozen=True, slots=True)
class Unsettled:
    """What has to be done before anything can be planned: one sentence. `changes` when more than waiting."""

    text: str
    changes: bool


def unsettled(session: boto3.Session, stack: str) -> Unsettled | None:
    """What an earlier run left behind; None when a deployment can begin. Raises Busy for what nobody ends."""
    state = stacks.status(session, stack)
    if state is None or state in STEADY:
        return None
    if state.endswith("_IN_PROGRESS"):
        return Unsettled(f"{stack} is {state}: what an earlier run began is waited for.", changes=False)
    if state in EMPTY:
        return Unsettled(
            f"{stack} is {state} and serves nobody: what there is of it is removed.", changes=True
        )
    if state == "UPDATE_ROLLBACK_FAILED":
        return Unsettled(f"{stack} is {state}: the rollback is tried again.", changes=True)
    raise Busy(f"{stack} is {state}, which only the CloudFormation console can mend.")


def settle(session: boto3.Session, stack: str) -> Iterator[Event]:
    """Brings the stack to a state from which a deployment can begin. Raises Busy when it cannot."""
    while left := unsettled(session, stack):
        yield Note(left.text)
        if not left.changes:
            yield from followed(session, stack)
        elif stacks.status(session, stack) in EMPTY:
            yield from executing.delete(session, stack)
        else:
            yield from executing.continue_rollback(session, stack)


def followed(session: boto3.Session, stack: str) -> Iterator[Progress]:
    """Whatever the end: what it means is for the next look to say."""
    try:
        yield from executing.watch(session, stack, len(stacks.resources(session, stack)))
    except StackFailed:
        return
