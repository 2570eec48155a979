"""`riffle deploy`, up to what is agreed to. What deploys is imported when it runs."""

import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from riffle.commands import carrying, plans
from riffle.commands.appsync import pairs
from riffle.commands.boards import Board
from riffle.commands.console import err, out, say
from riffle.commands.stages import (
    ProfileOption,
    RegionOption,
    StageOption,
    YesOption,
    aim,
    answerable,
    deployer,
    stoppable,
)

if TYPE_CHECKING:
    import boto3

    from appsync.deploying.callers import Caller
    from appsync.deploying.proposing import Proposal
    from appsync.deploying.stages import Stage

DIFFERS = 5  # the exit status of a plan that would change anything

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
        from appsync.deploying.callers import elsewhere
        from appsync.deploying.proposing import discard

        target = prepare(stage, given, profile, region, functions, image)
        session = target.session
        begin(target, plan=plan, yes=yes)
        proposal = propose(target, functions, image, folder)
        files = carrying.page_files(session, proposal)
        plans.show(proposal, elsewhere(session), plans.costs(target.stage), files)
        differs = bool(proposal.changes or files)
        if plan:
            discard(session, proposal)
            raise typer.Exit(DIFFERS if differs else 0)
        agree(target, proposal, yes=yes or not differs)
        carrying.carry_out(session, proposal)


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
    from appsync.deploying import bedrock, checks, stages, standing

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
        checks.require(standing.problems(session, name, image))
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
    with stoppable("Stopped; the same command goes on."), Board("Settling") as board:
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
    with err.status("Looking for the layers") as status:

        def told(building: str) -> None:
            say(building)
            status.update("The first time this takes two minutes in all")

        return {layer: build(layer, wanted, say=told).path for layer in LAYERS}


def agree(target: Aim, proposal: "Proposal", *, yes: bool) -> None:
    """Asks, where there is something to agree to; otherwise the plan is forgotten, and the command ends."""
    from appsync.deploying.proposing import discard

    if yes:
        return
    where = f"{target.caller.region}, account {target.caller.account}"
    try:
        agreed = typer.confirm(f"Deploy {proposal.stack} to {where}?", err=True)
    except (KeyboardInterrupt, typer.Abort):
        agreed = False
    if not agreed:
        discard(target.session, proposal)
        say("Nothing was changed.")
        raise typer.Exit(1)
