"""The second half of `riffle deploy`: what was agreed to is done, the page published, and the rest told."""

from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import TYPE_CHECKING

import typer

from riffle.commands.boards import Board
from riffle.commands.console import complain, err, out, say
from riffle.commands.stages import INTERRUPTED

if TYPE_CHECKING:
    import boto3

    from appsync.deploying.proposing import Proposal


def page_files(session: "boto3.Session", proposal: "Proposal") -> int:
    """How many files of a page that stands would be uploaded or removed."""
    from appsync.deploying import page, stacks

    outputs = stacks.outputs(session, proposal.stack)
    if proposal.stage.parameters.get("Page") != "present" or "PageBucketName" not in outputs:
        return 0
    wanted = page.entries(page.DIST, page.config(outputs))
    stale, gone = page.differing(session.client("s3"), outputs["PageBucketName"], wanted)
    return len(stale) + len(gone)


def carry_out(session: "boto3.Session", proposal: "Proposal") -> None:
    """The deployment and the page; then what to do with them."""
    from appsync.deploying.errors import DeployError, StackFailed

    try:
        outputs = _carried_out(session, proposal)
    except KeyboardInterrupt:
        say("\n" + left_behind(proposal.stage.name, _state(session, proposal.stack)))
        raise typer.Exit(INTERRUPTED) from None
    except DeployError as error:
        complain(str(error))
        if error.status != StackFailed.status:
            say(left_behind(proposal.stage.name, _state(session, proposal.stack)))
        raise typer.Exit(error.status) from error
    if proposal.changes and proposal.assembly.parameters["Functions"] == "present":
        _tell_next(proposal.stage.name, outputs)


def _carried_out(session: "boto3.Session", proposal: "Proposal") -> Mapping[str, str]:
    """The outputs of the stack that stands now."""
    from appsync.deploying import stacks
    from appsync.deploying.deploying import deploy

    with Board(f"Deploying {proposal.stack}") as board:
        for event in deploy(session, proposal):
            board.tell(event)
    outputs = stacks.outputs(session, proposal.stack)
    _publish(session, outputs)
    return outputs


def _state(session: "boto3.Session", stack: str) -> str | None:
    """None also where it cannot be asked, or nobody wants to wait for the answer."""
    from appsync.deploying import stacks
    from appsync.deploying.errors import DeployError

    with suppress(DeployError, KeyboardInterrupt):
        return stacks.status(session, stack)
    return None


def left_behind(stage: str, state: str | None) -> str:
    """What goes on without us, and how to continue: CloudFormation does not notice who watches."""
    if state is None or state == "REVIEW_IN_PROGRESS" or not state.endswith("_IN_PROGRESS"):
        return f"Stopped; the same `riffle deploy --stage {stage}` does what is left."
    if state.startswith("DELETE"):
        return f"riffle-{stage} is {state}: somebody is removing it. The same `riffle deploy` makes it anew."
    return (
        f"You no longer watch, but AWS goes on: riffle-{stage} is {state}. `riffle status --stage {stage}` "
        f"shows how far it is; the same `riffle deploy` waits for its end, and does what is left."
    )


def _publish(session: "boto3.Session", outputs: Mapping[str, str]) -> None:
    from appsync.deploying import page

    if "PageBucketName" not in outputs:
        return
    with err.status("Publishing the page"):
        wanted = page.entries(page.DIST, page.config(outputs))
        done = page.publish(session.client("s3"), outputs["PageBucketName"], wanted)
        if done.changed and "DistributionId" in outputs:
            page.invalidate(session.client("cloudfront"), outputs["DistributionId"])
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
