"""`riffle destroy`. What deploys is imported when it runs."""

from typing import TYPE_CHECKING, Annotated

import typer

from riffle.commands import plans
from riffle.commands.boards import Board
from riffle.commands.console import out, say
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
    from appsync.deploying.callers import Caller
    from appsync.deploying.destroying import Remains


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
        from appsync.deploying.callers import elsewhere

        session, caller = aim(profile, region)
        plans.show_elsewhere(elsewhere(session))
        remains = destroying.survey(session, stage, data=data)
        _show_remains(remains, caller)
        if not remains.goes:
            return
        if not yes:
            _agree_to_lose(stage, data=data)
        with Board(f"Removing riffle-{stage}") as board:
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
