"""What the commands about stages on AWS share: options, the deployer's own errors, and who asks."""

import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from riffle.commands.console import complain, say
from riffle.errors import RiffleError

if TYPE_CHECKING:
    import boto3

    from appsync.deploying.callers import Caller

USAGE, INTERRUPTED = 2, 130
NAME = re.compile(r"[a-z][a-z0-9]{0,11}")  # what the template allows


def _checked(name: str) -> str:
    if not NAME.fullmatch(name):
        raise typer.BadParameter(f"'{name}' is not of 1 to 12 small letters and digits, a letter first")
    return name


StageOption = Annotated[
    str, typer.Option("--stage", metavar="NAME", callback=_checked, help="The stage: dev, prod, …")
]
RegionOption = Annotated[
    str | None, typer.Option("--region", help="The AWS region; by default the profile's, or AWS_REGION.")
]
ProfileOption = Annotated[
    str | None, typer.Option("--profile", help="The AWS profile; by default AWS_PROFILE, or default.")
]
YesOption = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")]


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


class NotInstalled(RiffleError):
    """What deploys is not there: the client alone was installed."""


@contextmanager
def deployer() -> Iterator[None]:
    """Says how to install what an import misses; a failure is its sentences, and its own exit status."""
    try:
        from botocore.exceptions import BotoCoreError, ClientError

        from appsync.deploying.errors import DeployError
        from appsync.layers.errors import LayerFailed
    except ModuleNotFoundError as error:
        message = f"This command needs more than the client ({error.name}): pip install -e '.[deploy]'"
        raise NotInstalled(message) from error
    try:
        yield
    except DeployError as error:
        _complain(str(error))
        raise typer.Exit(error.status) from error
    except LayerFailed as error:
        _complain(str(error))
        raise typer.Exit(2) from error
    except (ClientError, BotoCoreError) as error:
        _complain(f"AWS refused or could not be reached: {error}")
        raise typer.Exit(1) from error


def _complain(text: str) -> None:
    for line in text.splitlines():
        complain(line)


def aim(profile: str | None, region: str | None) -> "tuple[boto3.Session, Caller]":
    """The session that everything is asked with, and whom AWS takes it for."""
    from appsync.deploying.buckets import only_of
    from appsync.deploying.callers import identify, open_session

    session = open_session(profile, region)
    caller = identify(session, datetime.now(UTC))
    only_of(session, caller.account)
    return session, caller
