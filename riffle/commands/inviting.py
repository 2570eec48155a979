"""`riffle invite`: accounts for people on a stage."""

from typing import Annotated

import typer

from riffle.commands.console import say, write
from riffle.commands.stages import ProfileOption, RegionOption, StageOption, aim, deployer


def invite(
    addresses: Annotated[list[str], typer.Argument(metavar="ADDRESS...", help="E-mail addresses of people.")],
    stage: StageOption,
    region: RegionOption = None,
    profile: ProfileOption = None,
) -> None:
    """Make accounts on a stage; each person gets a password by e-mail, and sets another at the first sign-in.

    Whoever was invited and has not come yet is invited again. With SignUp=invited, nobody else gets one.
    """
    with deployer():
        from appsync.deploying import inviting, stacks

        inviting.check(addresses)
        session, _ = aim(profile, region)
        pool, client = inviting.pool(session, stage), session.client("cognito-idp")
        for address in addresses:
            done = inviting.invite(client, pool, address)
            write(f"{address}\t{done}\n")
        page = stacks.outputs(session, f"riffle-{stage}").get("PageUrl")
    say(f"They sign in at {page}" if page else "They sign in with: riffle login --url ADDRESS-OF-THE-PAGE")
