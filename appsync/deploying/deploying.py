"""The composition: `settle` ends what an earlier run left, `plan` says what would change, `deploy` does it.

`unsettled` tells beforehand what `settle` does, and `discard` forgets a plan. Between two runs everything
is in AWS, so that each can be interrupted.
"""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import boto3

from appsync.deploying import buckets, configuring, keeping, probing, stacks
from appsync.deploying.assembling import Assembly, assemble, assemble_without_functions
from appsync.deploying.errors import Busy, CannotStart, DeployError, StackFailed, explained
from appsync.deploying.keeping import Kept, Place
from appsync.deploying.merging import without_joins
from appsync.deploying.stacks import Change, ChangeSet, Progress, Request
from appsync.deploying.stages import Stage
from appsync.packaging import body

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

type Functions = Literal["stack", "chalice"]

STEADY = frozenset({
    None, "REVIEW_IN_PROGRESS", "CREATE_COMPLETE", "UPDATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE",
    "IMPORT_COMPLETE", "IMPORT_ROLLBACK_COMPLETE",
})  # fmt: skip
"""States from which a deployment can begin."""

EMPTY = frozenset({"ROLLBACK_COMPLETE", "ROLLBACK_FAILED", "CREATE_FAILED", "DELETE_FAILED"})
"""States of a stack that never stood, or was being removed: all it can do is be deleted."""

PAGE_BUCKET = "PageBucket"


@dataclass(frozen=True, slots=True)
class Note:
    """A step that is no resource of the stack: one sentence."""

    text: str


type Event = Note | Progress


@dataclass(frozen=True, slots=True)
class Proposal:
    """What `deploy` would do. `changes` is empty when everything is as it should be already.

    `new` when no stack is there yet; `notes` are sentences that the plan shows; `adopted` is data of an
    earlier deployment that becomes part of the new stack.
    """

    stage: Stage
    app: Path
    place: Place
    new: bool
    changes: tuple[Change, ...]
    notes: tuple[str, ...]
    assembly: Assembly
    bucket: str
    bucket_is_new: bool
    functions: Functions
    adopted: tuple[Kept, ...]
    change_set: ChangeSet | None

    @property
    def stack(self) -> str:
        return self.stage.stack


@dataclass(frozen=True, slots=True)
class Earlier:
    """What a stack was before: the request that would bring it back, and its template's text."""

    request: Request
    text: str


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
    """Ends what an earlier run left behind: waits for what runs, and clears away what never stood."""
    while left := unsettled(session, stack):
        yield Note(left.text)
        if not left.changes:
            yield from followed(session, stack)
        elif stacks.status(session, stack) in EMPTY:
            yield from stacks.delete(session, stack)
        else:
            yield from stacks.continue_rollback(session, stack)


def followed(session: boto3.Session, stack: str) -> Iterator[Progress]:
    """Whatever the end: what it means is for the next look to say."""
    try:
        yield from stacks.watch(session, stack, len(stacks.resources(session, stack)))
    except StackFailed:
        return


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
    """Packages the functions and asks CloudFormation what it would change.

    `out` is a folder for what is built; `layers` are the built layers' zips by name, {} for none. Of all that
    is made only the template is uploaded, as CloudFormation reads it there. Raises Busy when `settle` is due.
    """
    state = stacks.status(session, stage.stack)
    if state not in STEADY:
        raise Busy(f"{stage.stack} is {state}; wait until it has settled.")
    place = locate(session, stage.name)
    bucket = buckets.deployments(stage.name, place.account, place.region)
    assembly = _assembled(session, stage, app, layers, bucket, out, functions, image)
    new = state in (None, "REVIEW_IN_PROGRESS")
    adopted = keeping.kept(session, place, assembly.template) if new else ()
    made = buckets.ensure(session, bucket)
    change_set = _proposed(session, stage, assembly, bucket, new=new, adopted=adopted)
    return Proposal(
        stage, app, place, new, change_set.changes if change_set else (), tuple(_notes(stage, new, adopted)),
        assembly, bucket, made, functions, adopted, change_set,
    )  # fmt: skip


def locate(session: boto3.Session, stage: str) -> Place:
    """The account and region that the session's calls go to."""
    with explained("sts"):
        account = session.client("sts").get_caller_identity()["Account"]
    return Place(stage, account, session.region_name)


def _assembled(
    session: boto3.Session,
    stage: Stage,
    app: Path,
    layers: Mapping[str, Path],
    bucket: str,
    out: Path,
    functions: Functions,
    image: str,
) -> Assembly:
    elsewhere = functions_elsewhere(session, stage.stack, stage.functions)
    if functions == "stack":
        if elsewhere:
            raise DeployError(
                f"The function {elsewhere[0]} exists outside {stage.stack}; "
                f"run `chalice delete --stage {stage.name}` first, or deploy with --functions chalice."
            )
        return assemble(stage, app, layers, bucket, out, image)
    bare = assemble_without_functions(stage, layers, bucket)
    if len(elsewhere) < len(stage.functions):
        return replace(bare, template=without_joins(bare.template))
    return replace(bare, parameters={**bare.parameters, "Functions": "present"})


def functions_elsewhere(session: boto3.Session, stack: str, names: tuple[str, ...]) -> tuple[str, ...]:
    """The stage's functions that exist and are not the stack's own: those that `chalice deploy` made."""
    own = set(stacks.resources(session, stack, "AWS::Lambda::Function").values())  # not roles, named alike
    wanted = [f"{stack}-{name}" for name in names]
    with explained("lambda"):
        pages = session.client("lambda").get_paginator("list_functions").paginate()
        there = {each["FunctionName"] for page in pages for each in page["Functions"]}
    return tuple(name for name in wanted if name in there - own)


def _proposed(
    session: boto3.Session,
    stage: Stage,
    assembly: Assembly,
    bucket: str,
    *,
    new: bool,
    adopted: tuple[Kept, ...],
) -> ChangeSet | None:
    if adopted:
        bare = replace(assembly, template=keeping.adoption(assembly.template, adopted))
        request = _request(session, stage, bare, bucket, new=True)
        imports = [each.imported() for each in adopted]
        return stacks.propose(session, replace(request, tags={}), "IMPORT", imports)
    request = _request(session, stage, assembly, bucket, new=new)
    return stacks.propose(session, request, "CREATE" if new else "UPDATE")


def _asked(session: boto3.Session, proposal: Proposal, *, new: bool) -> Request:
    return _request(session, proposal.stage, proposal.assembly, proposal.bucket, new=new)


def _request(session: boto3.Session, stage: Stage, assembly: Assembly, bucket: str, *, new: bool) -> Request:
    """A new stack is made without protection, which CloudFormation's own rollback could not undo."""
    address = _upload_template(session, bucket, body(assembly.template))
    parameters = {**assembly.parameters, **({"Protection": "off"} if new else {})}
    return Request(stage.stack, address, parameters, {"riffle:stage": stage.name})


def _upload_template(session: boto3.Session, bucket: str, text: str) -> str:
    """The address in the form that CloudFormation and every stand-in for it read."""
    key = f"templates/{hashlib.sha256(text.encode()).hexdigest()}.json"
    client: S3Client = session.client("s3")
    with explained("s3"):
        if not buckets.has(session, bucket, key):
            client.put_object(Bucket=bucket, Key=key, Body=text.encode())
    return f"https://s3.{session.region_name}.amazonaws.com/{bucket}/{key}"


def _notes(stage: Stage, new: bool, adopted: tuple[Kept, ...]) -> Iterator[str]:
    if stage.settings != stage.name:
        yield f"{stage.name} is not in .chalice/config.json: it takes the settings of {stage.settings}."
    if adopted:
        names = ", ".join(each.name for each in adopted)
        yield f"What an earlier deployment kept becomes part of the stack, before the rest is made: {names}."
    if new and stage.parameters.get("Protection", "on") == "on":
        yield "Tables and user pool are protected from deletion once the stack stands."


def discard(session: boto3.Session, proposal: Proposal) -> None:
    """Forgets a plan: the change set, and what was made only to hold it."""
    if proposal.change_set:
        stacks.forget(session, proposal.change_set)
    if proposal.bucket_is_new:
        for _ in buckets.remove(session, proposal.bucket):
            pass


def deploy(session: boto3.Session, proposal: Proposal) -> Iterator[Event]:
    """Does it, and checks that every function starts; a stack that does not is brought back to what it was.

    Raises StackFailed or CannotStart after the rollback has ended.
    """
    if proposal.change_set:
        yield from _uploaded(session, proposal)
        yield from _taken_down(session, proposal)
        before = None if proposal.new else _earlier(session, proposal)
        yield from _executed(session, proposal, proposal.change_set)
        yield from _probed(session, proposal, before)
        _sweep(session, proposal, before)
    yield from _protected(session, proposal)
    if proposal.functions == "chalice":
        yield from _configured(session, proposal)


def _uploaded(session: boto3.Session, proposal: Proposal) -> Iterator[Note]:
    files = [(each.key, each.path) for each in proposal.assembly.artifacts]
    for key, size in buckets.upload(session, proposal.bucket, files):
        yield Note(f"Uploaded {key.split('/')[0]} ({size / 1e6:.1f} MB).")


def _taken_down(session: boto3.Session, proposal: Proposal) -> Iterator[Note]:
    """A page that is no longer wanted. S3 deletes no bucket that holds anything: CloudFormation would leave
    it, and be content, and fail over its name when the page is wanted again."""
    there = stacks.resources(session, proposal.stack).get(PAGE_BUCKET)
    if there and proposal.stage.parameters.get("Page") != "present":
        for gone in buckets.empty(session, there):
            yield Note(f"The page is taken down: {gone} files are gone.")


def _executed(session: boto3.Session, proposal: Proposal, change_set: ChangeSet) -> Iterator[Event]:
    """Adoption is a change set of its own, which may make nothing; a second one makes the rest."""
    yield from stacks.execute(session, change_set)
    if proposal.adopted:
        yield Note("The kept data is part of the stack; the rest is made.")
        yield from _updated(session, _asked(session, proposal, new=True))


def _updated(session: boto3.Session, request: Request) -> Iterator[Progress]:
    if change_set := stacks.propose(session, request, "UPDATE"):
        yield from stacks.execute(session, change_set)


def _earlier(session: boto3.Session, proposal: Proposal) -> Earlier:
    text = stacks.template(session, proposal.stack)
    address = _upload_template(session, proposal.bucket, text)
    before = stacks.parameters(session, proposal.stack)
    return Earlier(Request(proposal.stack, address, before, {"riffle:stage": proposal.stage.name}), text)


def _sweep(session: boto3.Session, proposal: Proposal, before: Earlier | None) -> None:
    """Packages and templates stay that the stack was made from, now and the time before."""
    now = _asked(session, proposal, new=False)
    needed = [body(proposal.assembly.template), now.template, *now.parameters.values()]
    if before:
        needed += [before.text, before.request.template, *before.request.parameters.values()]
    buckets.sweep(session, proposal.bucket, "\n".join(needed))


def _probed(session: boto3.Session, proposal: Proposal, before: Earlier | None) -> Iterator[Event]:
    """Code that does not start is a broken deployment too, though CloudFormation cannot see it."""
    if proposal.functions == "chalice":
        return
    yield Note("Every function is started once.")
    names, qualifier = proposal.stage.functions, proposal.assembly.parameters["Qualifier"]
    broken = probing.first_broken(session, proposal.stack, names, qualifier)
    if broken is None:
        return
    said = f"The function {broken.name} does not start: {broken.reason}"
    if before is None:
        raise CannotStart(
            f"{said}; {proposal.stack} stands as it is, since there is no earlier version to go back to. "
            f"Mend it and deploy again, or run `riffle destroy --stage {proposal.stage.name}`."
        )
    yield Note(f"{said}; the stack is brought back to what it was.")
    yield from _updated(session, before.request)
    raise CannotStart(f"{said}; {proposal.stack} is what it was before.")


def _protected(session: boto3.Session, proposal: Proposal) -> Iterator[Event]:
    """Of the tables and the pool, and of the stack itself."""
    wanted = proposal.stage.parameters.get("Protection", "on") == "on"
    if proposal.new and wanted:
        yield Note("Tables and user pool are protected from deletion.")
        yield from _updated(session, _asked(session, proposal, new=False))
    with explained("cloudformation"):
        session.client("cloudformation").update_termination_protection(
            StackName=proposal.stack, EnableTerminationProtection=wanted
        )


def _configured(session: boto3.Session, proposal: Proposal) -> Iterator[Note]:
    changed = configuring.write(proposal.app, proposal.stage, stacks.outputs(session, proposal.stack))
    if changed:
        yield Note(".chalice/config.json has the stage's environment, roles and layers.")
    if proposal.assembly.parameters["Functions"] == "absent":
        yield Note(f"Run `chalice deploy --stage {proposal.stage.name}` now, and this command once more.")
    elif changed:
        yield Note(
            f"Run `chalice deploy --stage {proposal.stage.name}` now: what it deploys with has changed."
        )
