"""`riffle deploy` and `riffle destroy`. What deploys is imported when it runs."""

import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from riffle.commands import plans
from riffle.commands.appsync import pairs
from riffle.commands.console import complain, err, out, say
from riffle.commands.stages import ProfileOption, RegionOption, StageOption, YesOption, aim, deployer

if TYPE_CHECKING:
    import boto3

    from appsync.deploying.callers import Caller
    from appsync.deploying.destroying import Remains
    from appsync.deploying.proposing import Proposal
    from appsync.deploying.stages import Stage

USAGE, DIFFERS, INTERRUPTED = 2, 5, 130

Functions = Literal["cloudformation", "chalice"]


@dataclass(frozen=True, slots=True)
class Aim:
    """What is deployed, and where to."""

    session: "boto3.Session"
    caller: "Caller"
    stage: "Stage"


def deploy(
    stage: StageOption,
    region: RegionOption = None,
    profile: ProfileOption = None,
    yes: YesOption = False,
    plan: Annotated[
        bool, typer.Option("--plan", help="Show what would be done, and end: status 5 if anything would.")
    ] = False,
    page: Annotated[
        bool | None,
        typer.Option("--page/--no-page", help="Serve the web page too; by default as the stage says."),
    ] = None,
    functions: Annotated[
        Functions, typer.Option(help="Who deploys the functions; with chalice, you do: chalice deploy.")
    ] = "cloudformation",
    parameter: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME=VALUE", help="Of the template, before the stage's own; repeatable."),
    ] = None,
    image: Annotated[
        str, typer.Option(metavar="URI", help="Run the functions from this container image in ECR.")
    ] = "",
) -> None:
    """Bring a stage to AWS: show what would change and what it costs, ask, and do it.

    Run it again to update the stage, or after anything went wrong. Exit status: 0 when the stage is as it
    should be, 1 when something failed, 2 when options, settings or packages are not right, 3 when the account
    does not allow it, 4 when a deployment failed (AWS then undoes it, as far as there was anything before),
    5 when --plan shows a change.
    """
    answerable("--yes to go ahead, or --plan to see what would be done", asked=not (yes or plan))
    given = {**pairs(parameter), **({} if page is None else {"Page": "present" if page else "absent"})}
    with deployer(), stoppable("Stopped before the stage was changed."), _folder() as folder:
        target = prepare(stage, given, profile, region, functions, image)
        begin(target, plan=plan, yes=yes)
        proposal = propose(target, functions, image, folder)
        files = page_files(target, proposal)
        plans.show(proposal, _elsewhere(target.session), _costs(target), files)
        differs = bool(proposal.changes or files)
        if plan:
            _discard(target, proposal)
            raise typer.Exit(DIFFERS if differs else 0)
        agree(target, proposal, yes=yes or not differs)
        carry_out(target, proposal)


def answerable(otherwise: str, *, asked: bool) -> None:
    """Said before any work is done: status 2 where nobody could be asked."""
    if asked and not sys.stdin.isatty():
        complain(f"Nobody can be asked here: give {otherwise}")
        raise typer.Exit(USAGE)


@contextmanager
def stoppable(said: str) -> Iterator[None]:
    """After Ctrl-C: what has become of it."""
    try:
        yield
    except KeyboardInterrupt:
        say(f"\n{said}")
        raise typer.Exit(INTERRUPTED) from None


@contextmanager
def _folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="riffle-deploy-") as folder:
        yield Path(folder)


def prepare(
    name: str,
    given: Mapping[str, str],
    profile: str | None,
    region: str | None,
    functions: Functions,
    image: str,
) -> Aim:
    """What can be known beforehand is found out; all that stands in the way is told, and nothing changed."""
    from appsync.deploying import bedrock, checks, stages

    checks.require(checks.on_this_machine())
    stage = stages.read(checks.APP, name, given)
    parameters = checks.parameters(stage)
    checks.require(checks.page_problems(parameters))
    checks.require(checks.rule_problems(parameters))
    checks.require(checks.combination_problems(parameters, image, chalice=functions == "chalice"))
    with err.status("Asking the account"):
        session, caller = aim(profile, region)
        checks.require(checks.image_problems(image, caller.region))
        checks.require(checks.in_the_account(session, caller, name, parameters))
        arns = bedrock.behind(session.client("bedrock"), parameters)
    return Aim(session, caller, replace(stage, parameters={**arns, **stage.parameters}))


def begin(target: Aim, *, plan: bool, yes: bool) -> None:
    """Ends what an earlier run left, which a plan only tells of: nothing can be planned before."""
    from appsync.deploying.settling import settle, unsettled

    left = unsettled(target.session, target.stage.stack)
    if left is None:
        return
    if plan:
        out.print(f"Before anything else: {left.text}", markup=False)
        raise typer.Exit(DIFFERS)
    if left.changes and not yes:
        say(left.text)
        typer.confirm("Go on?", abort=True, err=True)
    with stoppable("Stopped; the same command goes on."), plans.Board("Settling") as board:
        for event in settle(target.session, target.stage.stack):
            board.tell(event)


def propose(target: Aim, functions: Functions, image: str, folder: Path) -> "Proposal":
    """Builds what is not built yet, and asks what would change."""
    from appsync.deploying import checks
    from appsync.deploying.assembling import Parts
    from appsync.deploying.proposing import plan

    built = {} if image else layers(target.stage)
    with err.status("Packaging the functions, and asking CloudFormation what would change"):
        chosen: Literal["stack", "chalice"] = "chalice" if functions == "chalice" else "stack"
        parts = Parts(target.stage, checks.APP, built, image)
        return plan(target.session, parts, folder, functions=chosen)


def layers(stage: "Stage") -> dict[str, Path]:
    """The layers' zips by name, built unless they are there already."""
    from appsync.layers import LAYERS, Target, build

    wanted = Target(stage.python, stage.architecture)
    with err.status("Building the layers; the first time this takes two minutes"):
        return {layer: build(layer, wanted, say=say).path for layer in LAYERS}


def page_files(target: Aim, proposal: "Proposal") -> int:
    """How many files of a page that stands would be uploaded or removed."""
    from appsync.deploying import page, stacks

    outputs = stacks.outputs(target.session, proposal.stack)
    if target.stage.parameters.get("Page") != "present" or "PageBucketName" not in outputs:
        return 0
    wanted = page.entries(page.DIST, page.config(outputs))
    stale, gone = page.differing(target.session.client("s3"), outputs["PageBucketName"], wanted)
    return len(stale) + len(gone)


def _elsewhere(session: "boto3.Session") -> Mapping[str, list[str]]:
    from appsync.deploying.callers import elsewhere

    return elsewhere(session)


def _costs(target: Aim) -> list[str]:
    """A model without a price is no reason not to deploy."""
    from appsync.costs import bill
    from appsync.costs.deployment import Deployment
    from appsync.costs.prices import NoPrice

    charged = Deployment.of(target.stage.name, target.stage.parameters)
    try:
        questions = bill.per_thousand_questions(charged)
    except NoPrice as error:
        return [f"{error}; what a question costs is not known"]
    return list(plans.cost_lines(bill.idle(charged), questions, charged.chat_model))


def _discard(target: Aim, proposal: "Proposal") -> None:
    from appsync.deploying.proposing import discard

    discard(target.session, proposal)


def agree(target: Aim, proposal: "Proposal", *, yes: bool) -> None:
    """Asks, where there is something to agree to; otherwise the plan is forgotten, and the command ends."""
    if yes:
        return
    try:
        agreed = typer.confirm(f"Deploy {proposal.stack} to {target.caller.account}?", err=True)
    except (KeyboardInterrupt, typer.Abort):
        agreed = False
    if not agreed:
        _discard(target, proposal)
        say("Nothing was changed.")
        raise typer.Exit(1)


def carry_out(target: Aim, proposal: "Proposal") -> None:
    """The deployment and the page; then what to do with them."""
    from appsync.deploying import stacks
    from appsync.deploying.deploying import deploy as carry

    try:
        with plans.Board(f"Deploying {proposal.stack}") as board:
            for event in carry(target.session, proposal):
                board.tell(event)
        outputs = stacks.outputs(target.session, proposal.stack)
        _publish(target, outputs)
    except KeyboardInterrupt:
        say("\n" + left_behind(target.stage.name, stacks.status(target.session, proposal.stack)))
        raise typer.Exit(INTERRUPTED) from None
    if proposal.changes and proposal.assembly.parameters["Functions"] == "present":
        _tell_next(target.stage.name, outputs)


def left_behind(stage: str, state: str | None) -> str:
    """What goes on after Ctrl-C, and how to continue: CloudFormation does not notice who watches."""
    if state is None or state == "REVIEW_IN_PROGRESS" or not state.endswith("_IN_PROGRESS"):
        return f"Stopped; the same `riffle deploy --stage {stage}` does what is left."
    return (
        f"You no longer watch, but AWS goes on: riffle-{stage} is {state}. `riffle status --stage {stage}` "
        f"shows how far it is; the same `riffle deploy` waits for its end, and does what is left."
    )


def _publish(target: Aim, outputs: Mapping[str, str]) -> None:
    from appsync.deploying import page

    if "PageBucketName" not in outputs:
        return
    with err.status("Publishing the page"):
        wanted = page.entries(page.DIST, page.config(outputs))
        done = page.publish(target.session.client("s3"), outputs["PageBucketName"], wanted)
        if done.changed and "DistributionId" in outputs:
            page.invalidate(target.session.client("cloudfront"), outputs["DistributionId"])
    if done.changed:
        say(f"Page: {len(done.uploaded)} files uploaded, {len(done.removed)} removed.")


def _addresses(stage: str, outputs: Mapping[str, str]) -> Iterator[str]:
    """Where the stage is, what DNS has to say for that, and how people get in."""
    page, graphql = outputs.get("PageUrl"), outputs.get("GraphqlUrl", "")
    yield f"Page        {page}" if page else f"GraphQL     {graphql}"
    for url, target in ((page, outputs.get("PageDnsTarget")), (graphql, outputs.get("ApiDnsTarget"))):
        if url and target:
            yield f"DNS         {url.split('/')[2]} CNAME {target}"
    if outputs.get("SignUpRule") == "invited":
        yield f"Invite      riffle invite ADDRESS --stage {stage}"
    elif page:
        yield f"Sign in     riffle login --url {page} --sign-up"


def _tell_next(stage: str, outputs: Mapping[str, str]) -> None:
    say(f"riffle-{stage} is deployed.")
    for line in _addresses(stage, outputs):
        out.print(line, markup=False)
    if url := outputs.get("DashboardUrl"):
        out.print(f"Dashboard   {url}", markup=False)
    out.print(f"Health      riffle status --stage {stage}", markup=False)


def destroy(
    stage: StageOption,
    region: RegionOption = None,
    profile: ProfileOption = None,
    data: Annotated[
        bool, typer.Option("--data", help="Delete documents, answers and accounts too, for good.")
    ] = False,
    yes: YesOption = False,
) -> None:
    """Take a stage off AWS; what people stored stays there unless --data says otherwise.

    Exit status as of riffle deploy.
    """
    answerable("--yes to go ahead", asked=not yes)
    with deployer(), stoppable("Stopped; run the same command again to remove what is left."):
        from appsync.deploying import destroying

        session, caller = aim(profile, region)
        plans.show_elsewhere(_elsewhere(session))
        remains = destroying.survey(session, stage, data=data)
        _show_remains(remains, caller)
        if not remains.goes:
            return
        if not yes:
            _agree_to_lose(stage, data=data)
        with plans.Board(f"Removing riffle-{stage}") as board:
            for event in destroying.destroy(session, stage, data=data):
                board.tell(event)
    say(f"riffle-{stage} is gone from {caller.region}.")


def _show_remains(remains: "Remains", caller: "Caller") -> None:
    where = f"{caller.region}, account {caller.account}"
    if not remains.goes:
        say(f"There is nothing of the stage {remains.stage} to remove in {where}.")
    for title, names in (("Removed", remains.goes), ("Kept", remains.stays)):
        if names:
            out.print(f"{title} in {where}:", markup=False)
        for name in names:
            out.print(f"  {name}", markup=False)


def _agree_to_lose(stage: str, *, data: bool) -> None:
    """Data goes for good, so a y that slipped is not enough."""
    try:
        if data:
            agreed = typer.prompt(f"Type {stage} to delete its data for good", err=True) == stage
        else:
            agreed = typer.confirm(f"Remove riffle-{stage}?", err=True)
    except typer.Abort:
        agreed = False
    if not agreed:
        say("Nothing was changed.")
        raise typer.Exit(1)
