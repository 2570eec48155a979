"""The command line. What it prints and the exit status it ends with are its contract."""

import os
import sys

import typer

from riffle.commands import channels, documents, questions, sessions
from riffle.commands.console import complain
from riffle.errors import RiffleError

app = typer.Typer(
    help="Ask questions about your own documents and read cited answers as they are written.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
COMMANDS = (
    sessions.login, sessions.logout, sessions.about,
    documents.ingest, documents.documents, documents.delete, documents.retry,
    questions.search, questions.ask, questions.stop, questions.conversations,
    channels.publish, channels.listen,
)  # fmt: skip
for command in COMMANDS:
    app.command()(command)


def main() -> None:
    """The program: expected failures are one sentence on stderr and status 1, usage errors status 2."""
    try:
        app()
    except RiffleError as error:
        complain(error)
        sys.exit(1)
    except BrokenPipeError:
        # The reader of a pipe has gone; what Python flushes at exit must not fail again.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
