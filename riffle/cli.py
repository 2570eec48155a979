"""The command line. What it prints and the exit status it ends with are its contract."""

import os
import sys
from collections.abc import Callable, Mapping
from typing import NoReturn

import typer

from riffle.commands import (
    appsync,
    channels,
    costs,
    deploying,
    destroying,
    documents,
    evaluating,
    indexing,
    inviting,
    questions,
    sessions,
    watching,
)
from riffle.commands.console import complain
from riffle.errors import RiffleError

app = typer.Typer(
    help="Ask questions about your own documents and read cited answers as they are written.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
PANELS: Mapping[str, tuple[Callable[..., None], ...]] = {
    "Session": (sessions.login, sessions.logout, sessions.about),
    "Documents": (documents.ingest, documents.delete, documents.retry),
    "Questions": (questions.ask, questions.search, questions.stop, questions.conversations),
    "Channels": (channels.publish, channels.listen),
    "On AWS": (
        deploying.deploy,
        watching.status,
        watching.logs,
        inviting.invite,
        destroying.destroy,
        costs.cost,
    ),
}
"""The commands, as `--help` groups them."""
for panel, commands in PANELS.items():
    for command in commands:
        app.command(rich_help_panel=panel)(command)
app.command("eval", rich_help_panel="Questions")(evaluating.evaluate)
app.add_typer(documents.library, name="documents", rich_help_panel="Documents")
app.add_typer(indexing.app, name="index", rich_help_panel="On AWS")
app.add_typer(appsync.app, name="appsync", rich_help_panel="On this machine")


def main() -> None:
    """The program: expected failures are one sentence on stderr and status 1, usage errors status 2."""
    sys.stdout.reconfigure(errors="replace")  # type: ignore[union-attr]  # a TextIOWrapper
    try:
        app()
    except RiffleError as error:
        complain(error)
        sys.exit(1)
    except BrokenPipeError:
        _give_up_output()
    except OSError as error:  # a full disk, a configuration folder that cannot be written
        complain(f"{error.filename or 'the output'} cannot be written: {error.strerror or error}")
        _give_up_output()


def _give_up_output() -> NoReturn:
    """Ends after a failed write: what Python flushes at its exit must not fail again."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    sys.exit(1)
