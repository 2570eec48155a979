"""Carries a proposal out, checks that the functions start, and goes back to what was where they do not.

Between two runs everything is in AWS, so that each can be interrupted.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import boto3

from appsync.deploying import buckets, changes, configuring, executing, probing, stacks
from appsync.deploying.buckets import PAGE_BUCKET
from appsync.deploying.changes import ChangeSet, Request
from appsync.deploying.errors import CannotStart, DeployError, explained
from appsync.deploying.executing import Progress
from appsync.deploying.merging import LOOPING
from appsync.deploying.proposing import Proposal, request, tags, upload_template
from appsync.deploying.settling import Event, Note
from appsync.packaging import body


@dataclass(frozen=True, slots=True)
class Earlier:
    """What a stack was before: the request that would bring it back, and its template's text."""

    request: Request
    text: str


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


def _uploaded(session: boto3.Session, proposal: Proposal) -> Iterator[Event]:
    buckets.protect(session, proposal.bucket)
    files = [(each.key, each.path) for each in proposal.assembly.artifacts]
    for upload in buckets.upload(session, proposal.bucket, files):
        yield upload
        if upload.done:
            yield Note(f"Uploaded {upload.name} ({upload.size / 1e6:.1f} MB).")


def _taken_down(session: boto3.Session, proposal: Proposal) -> Iterator[Note]:
    """A page that is no longer wanted. S3 deletes no bucket that holds anything: CloudFormation would leave
    it, and be content, and fail over its name when the page is wanted again."""
    there = stacks.resources(session, proposal.stack).get(PAGE_BUCKET)
    if there and proposal.stage.parameters.get("Page") != "present":
        for gone in buckets.empty(session, there):
            yield Note(f"The page is taken down: {gone} files are gone.")


def _executed(session: boto3.Session, proposal: Proposal, change_set: ChangeSet) -> Iterator[Event]:
    """Adoption is a change set of its own, which may make nothing; a second one makes the rest."""
    yield from executing.execute(session, change_set)
    if proposal.adopted:
        yield Note("The kept data is part of the stack; the rest is made.")
        yield from _updated(session, request(session, proposal, new=True))


def _updated(session: boto3.Session, wanted: Request) -> Iterator[Progress]:
    if change_set := changes.propose(session, wanted, "UPDATE"):
        yield from executing.execute(session, change_set)


def _earlier(session: boto3.Session, proposal: Proposal) -> Earlier:
    text = stacks.template(session, proposal.stack)
    address = upload_template(session, proposal.bucket, text)
    before = stacks.parameters(session, proposal.stack)
    return Earlier(Request(proposal.stack, address, before, tags(proposal.stage)), text)


def _sweep(session: boto3.Session, proposal: Proposal, before: Earlier | None) -> None:
    """Packages and templates stay that the stack was made from, now and the time before."""
    now = request(session, proposal, new=False)
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
    yield from _brought_back(session, before, said)
    raise CannotStart(f"{said}; {proposal.stack} is what it was before.")


def _brought_back(session: boto3.Session, before: Earlier, said: str) -> Iterator[Event]:
    """Raises CannotStart when that fails too: what does not start is then what there is."""
    try:
        yield from _updated(session, before.request)
    except DeployError as error:
        raise CannotStart(
            f"{said}; and {before.request.stack} could not be brought back to what it was: {error}. "
            "Mend the function and deploy again."
        ) from error


def _protected(session: boto3.Session, proposal: Proposal) -> Iterator[Event]:
    """Of the tables and the pool, and of the stack itself."""
    if proposal.new and proposal.protected:
        yield Note("Tables and user pool are protected from deletion.")
        yield from _updated(session, request(session, proposal, new=False))
    with explained("cloudformation"):
        session.client("cloudformation").update_termination_protection(
            StackName=proposal.stack, EnableTerminationProtection=proposal.protected
        )


def _looped(session: boto3.Session, proposal: Proposal) -> None:
    """Chalice has no word for it; later deployments of its keep what is set."""
    client = session.client("lambda")
    with explained("lambda"):
        for name in LOOPING:
            client.put_function_recursion_config(
                FunctionName=f"{proposal.stack}-{name}", RecursiveLoop="Allow"
            )


def _configured(session: boto3.Session, proposal: Proposal) -> Iterator[Note]:
    if proposal.assembly.parameters["Functions"] == "present":
        _looped(session, proposal)
    changed = configuring.write(proposal.parts.app, proposal.stage, stacks.outputs(session, proposal.stack))
    if changed:
        yield Note(".chalice/config.json has the stage's environment, roles and layers.")
    if proposal.assembly.parameters["Functions"] == "absent":
        yield Note(f"Run `chalice deploy --stage {proposal.stage.name}` now, and this command once more.")
    elif changed:
        yield Note(
            f"Run `chalice deploy --stage {proposal.stage.name}` now: what it deploys with has changed."
        )
