"""Takes a stage away again; documents, answers and accounts stay unless told otherwise."""

from collections.abc import Iterator
from dataclasses import dataclass

import boto3

from appsync import packaging
from appsync.deploying import buckets, executing, keeping, stacks, standing
from appsync.deploying.buckets import PAGE_BUCKET
from appsync.deploying.errors import DeployError, explained
from appsync.deploying.keeping import Kept, Place
from appsync.deploying.proposing import locate
from appsync.deploying.settling import Event, Note, followed
from appsync.layers.targets import LAYERS_OF

API, EVENTS_API = "Api", "EventsApi"


@dataclass(frozen=True, slots=True)
class Remains:
    """What there is of a stage: `goes` is removed and `stays` is kept, each by type and name."""

    stage: str
    goes: tuple[str, ...]
    stays: tuple[str, ...]


def survey(session: boto3.Session, stage: str, *, data: bool = False) -> Remains:
    """What `destroy` would remove and keep; both are empty when nothing of the stage is left.

    Raises DeployError for functions of `chalice deploy`, which `chalice delete` has to remove before.
    """
    place = locate(session, stage)
    stack, deployments = _names(place)
    _check_functions(session, stage)
    goes = [f"stack {stack}"] if stacks.status(session, stack) else []
    goes += [f"bucket {deployments}"] if buckets.presence(session, deployments) == "ours" else []
    kept = [each.title for each in _kept(session, place)]
    return Remains(stage, tuple(goes + kept if data else goes), () if data else tuple(kept))


def destroy(session: boto3.Session, stage: str, *, data: bool = False) -> Iterator[Event]:
    """Removes the stage, whatever state it is in. With `data`, also what people stored, which is final."""
    place = locate(session, stage)
    stack, deployments = _names(place)
    _check_functions(session, stage)
    state = stacks.status(session, stack) or ""
    if state.endswith("_IN_PROGRESS") and state != "REVIEW_IN_PROGRESS":
        yield Note(f"{stack} is {state}: what an earlier run began is waited for.")
        yield from followed(session, stack)
    groups = _log_groups(session, stack)
    yield from _without_stack(session, stack)
    yield from _without_bucket(session, deployments)
    _remove_log_groups(session, groups)
    kept = _kept(session, place)
    if data:
        yield from _without_data(session, kept)
    elif kept:
        names = ", ".join(each.title for each in kept)
        yield Note(f"Kept: {names}. `riffle destroy --stage {stage} --data` removes them for good.")


def _names(place: Place) -> tuple[str, str]:
    """Of the stack, and of the bucket that it is deployed from."""
    return f"riffle-{place.stage}", buckets.deployments(place.stage, place.account, place.region)


def _check_functions(session: boto3.Session, stage: str) -> None:
    if there := standing.elsewhere(session, f"riffle-{stage}", tuple(LAYERS_OF)):
        raise DeployError(
            f"The function {there[0]} was deployed by Chalice: run `chalice delete --stage {stage}` first."
        )


def _kept(session: boto3.Session, place: Place) -> tuple[Kept, ...]:
    return keeping.kept(session, place, packaging.package())


def _without_stack(session: boto3.Session, stack: str) -> Iterator[Event]:
    if stacks.status(session, stack) is None:
        return
    if page := stacks.resources(session, stack).get(PAGE_BUCKET):
        for gone in buckets.empty(session, page):
            yield Note(f"{gone} files of the page are gone.")
    with explained("cloudformation"):
        session.client("cloudformation").update_termination_protection(
            StackName=stack, EnableTerminationProtection=False
        )
    yield from executing.delete(session, stack)


def _without_bucket(session: boto3.Session, bucket: str) -> Iterator[Note]:
    for gone in buckets.remove(session, bucket):
        yield Note(f"{gone} packages and templates are gone.")


def _without_data(session: boto3.Session, kept: tuple[Kept, ...]) -> Iterator[Note]:
    for each in kept:
        for gone in keeping.remove(session, each):
            yield Note(f"{gone} objects of {each.name} are gone.")
        yield Note(f"{each.name} is gone.")


def _log_groups(session: boto3.Session, stack: str) -> tuple[str, ...]:
    """Those that the stage's functions and APIs write to: a late line can bring one back."""
    there = stacks.resources(session, stack)
    apis = [
        f"/aws/appsync/apis/{there[api].rsplit('/', 1)[-1]}" for api in (API, EVENTS_API) if there.get(api)
    ]
    return (*(f"/aws/lambda/{stack}-{name}" for name in LAYERS_OF), *apis)


def _remove_log_groups(session: boto3.Session, names: tuple[str, ...]) -> None:
    client = session.client("logs")
    with explained("logs"):
        for name in names:
            pages = client.get_paginator("describe_log_groups").paginate(logGroupNamePrefix=name)
            if any(group["logGroupName"] == name for page in pages for group in page["logGroups"]):
                client.delete_log_group(logGroupName=name)
