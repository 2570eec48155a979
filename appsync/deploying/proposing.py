"""What a deployment would change: the assembled stage, and CloudFormation's change set for it."""

import hashlib
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import boto3

from appsync.deploying import buckets, changes, differing, keeping, stacks, standing
from appsync.deploying.assembling import LAYER_KEYS, Assembly, Parts, assemble, assemble_without_functions
from appsync.deploying.changes import Change, ChangeSet, Request
from appsync.deploying.errors import Busy, DeployError, explained
from appsync.deploying.keeping import Kept, Place
from appsync.deploying.merging import without_joins
from appsync.deploying.settling import STEADY
from appsync.deploying.stages import Stage
from appsync.packaging import body

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

type Functions = Literal["stack", "chalice"]

FUNCTION = "AWS::Lambda::Function"
NOT_YET = frozenset({None, "REVIEW_IN_PROGRESS"})
"""States in which there is no stack, or one that holds a plan only."""
PACKAGE = r"functions/[0-9a-f]{64}\.zip"


@dataclass(frozen=True, slots=True)
class Proposal:
    """What `deploy` would do; `change_set` is None when everything is as it should be already.

    `new` when no stack is there yet; `adopted` is data of an earlier deployment that becomes part of it;
    `before` has the parameters that the stack was deployed with; `lost` when packages of it are gone.
    """

    parts: Parts
    place: Place
    functions: Functions
    assembly: Assembly
    bucket: str
    bucket_is_new: bool
    new: bool
    adopted: tuple[Kept, ...]
    before: Mapping[str, str]
    change_set: ChangeSet | None = None
    lost: bool = False

    @property
    def stage(self) -> Stage:
        return self.parts.stage

    @property
    def stack(self) -> str:
        return self.stage.stack

    @property
    def protected(self) -> bool:
        """Whether tables and user pool are to be protected from deletion."""
        return self.stage.parameters.get("Protection", "on") == "on"

    @property
    def changes(self) -> tuple[Change, ...]:
        return self.change_set.changes if self.change_set else ()

    def notes(self) -> Iterator[str]:
        """Sentences that the plan shows beside the changes."""
        if self.stage.settings != self.stage.name:
            name, settings = self.stage.name, self.stage.settings
            yield f"{name} is not in .chalice/config.json: it takes the settings of {settings}."
        if self.adopted:
            names = ", ".join(each.name for each in self.adopted)
            yield f"What an earlier deployment kept joins the stack, before the rest is made: {names}."
        if self.functions == "chalice":
            yield from self._notes_for_chalice()
        yield from differing.parameters(self.stage, self.before, self.assembly.parameters)
        if self.lost:
            yield f"{self.bucket} lacks packages of what runs now: if this fails, AWS cannot bring that back."
        if self.new and self.protected:
            yield "Tables and user pool are protected from deletion once the stack stands."

    def _notes_for_chalice(self) -> Iterator[str]:
        yield "The stage's environment, roles and layers are written into .chalice/config.json."
        if any((each.action, each.kind) == ("Remove", FUNCTION) for each in self.changes):
            again = f"`chalice deploy --stage {self.stage.name}`, and this command once more,"
            yield f"The stack's functions go, and nobody is answered until {again} have run."


def plan(session: boto3.Session, parts: Parts, out: Path, *, functions: Functions = "stack") -> Proposal:
    """Packages the functions and asks CloudFormation what it would change.

    `out` is a folder for what is built. Of all that is made only the template is uploaded, as CloudFormation
    reads it there. Raises Busy when `settle` is due.
    """
    stack = parts.stage.stack
    state = stacks.status(session, stack)
    if state not in STEADY:
        raise Busy(f"{stack} is {state}; wait until it has settled.")
    with _undisturbed(session, stack, state):
        draft = _drafted(session, parts, out, functions, new=state in NOT_YET)
        change_set = _worked_out(session, draft)
        return replace(draft, change_set=change_set, lost=bool(change_set) and _lost(session, draft))


@contextmanager
def _undisturbed(session: boto3.Session, stack: str, state: str | None) -> Iterator[None]:
    """Raises Busy for what fails because the stack has changed since it was in that state."""
    try:
        yield
    except DeployError as error:
        now = stacks.status(session, stack)
        same = NOT_YET | {"DELETE_IN_PROGRESS"} if state in NOT_YET else {state}
        if error.status != DeployError.status or now in same:
            raise
        raise Busy(
            f"{stack} was {state or 'not there'} and is {now or 'gone'} now: somebody else is changing it. "
            "Run the same command again, which waits for their end."
        ) from error


def _drafted(session: boto3.Session, parts: Parts, out: Path, functions: Functions, *, new: bool) -> Proposal:
    """All but the change set."""
    place, stack = locate(session, parts.stage.name), parts.stage.stack
    bucket = buckets.deployments(place.stage, place.account, place.region)
    elsewhere = standing.elsewhere(session, stack, parts.stage.functions)
    if functions == "stack":
        standing.check_absence(elsewhere, parts.stage)
        assembly = assemble(parts, bucket, out)
    else:
        assembly = _around(elsewhere, assemble_without_functions(parts, bucket), parts.stage)
    adopted = keeping.kept(session, place, assembly.template) if new else ()
    before = {} if new else stacks.parameters(session, stack)
    made = buckets.ensure(session, bucket)
    return Proposal(parts, place, functions, assembly, bucket, made, new, adopted, before)


def _lost(session: boto3.Session, draft: Proposal) -> bool:
    """Whether something is missing of what the stack was made from, which CloudFormation would go back to."""
    if draft.new:
        return False
    keys = re.findall(PACKAGE, stacks.template(session, draft.stack))
    if draft.before.get("DeploymentBucket") == draft.bucket:
        keys += [draft.before[name] for name in LAYER_KEYS.values()]
    with explained("s3"):
        return not all(buckets.has(session, draft.bucket, key) for key in keys)


def locate(session: boto3.Session, stage: str) -> Place:
    """The account and region that the session's calls go to."""
    with explained("sts"):
        account = session.client("sts").get_caller_identity()["Account"]
    return Place(stage, account, session.region_name)


def _around(elsewhere: tuple[str, ...], assembly: Assembly, stage: Stage) -> Assembly:
    """What invokes functions joins them once all of them are there."""
    if len(elsewhere) < len(stage.functions):
        return replace(assembly, template=without_joins(assembly.template))
    return replace(assembly, parameters={**assembly.parameters, "Functions": "present"})


def _worked_out(session: boto3.Session, draft: Proposal) -> ChangeSet | None:
    if draft.adopted:
        bare = replace(draft.assembly, template=keeping.adoption(draft.assembly.template, draft.adopted))
        asked = replace(request(session, replace(draft, assembly=bare), new=True), tags={})
        return changes.propose(session, asked, "IMPORT", [each.imported() for each in draft.adopted])
    return changes.propose(
        session, request(session, draft, new=draft.new), "CREATE" if draft.new else "UPDATE"
    )


def request(session: boto3.Session, proposal: Proposal, *, new: bool) -> Request:
    """A new stack is made without protection, which CloudFormation's own rollback could not undo."""
    assembly = proposal.assembly
    address = upload_template(session, proposal.bucket, body(assembly.template))
    parameters = {**assembly.parameters, **({"Protection": "off"} if new else {})}
    return Request(proposal.stack, address, parameters, tags(proposal.stage))


def tags(stage: Stage) -> dict[str, str]:
    """By which a stack is known to be ours."""
    return {"riffle:stage": stage.name}


def upload_template(session: boto3.Session, bucket: str, text: str) -> str:
    """The address in the form that CloudFormation and every stand-in for it read."""
    key = f"templates/{hashlib.sha256(text.encode()).hexdigest()}.json"
    client: S3Client = session.client("s3")
    with explained("s3"):
        if not buckets.has(session, bucket, key):
            client.put_object(Bucket=bucket, Key=key, Body=text.encode())
    return f"https://s3.{session.region_name}.amazonaws.com/{bucket}/{key}"


def discard(session: boto3.Session, proposal: Proposal) -> None:
    """Forgets a plan: the change set, and what was made only to hold it."""
    if proposal.change_set:
        changes.forget(session, proposal.change_set)
    if proposal.bucket_is_new:
        for _ in buckets.remove(session, proposal.bucket):
            pass
