"""The command line of `python -m localcloud`: `dev` runs the local cloud, `reset` empties it."""

import argparse
import asyncio
import os
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

from localcloud.launcher import CannotStart
from localcloud.launcher.dev import LocalCloud
from localcloud.launcher.plan import ROOT, Options, without_aws, without_proxy
from localcloud.launcher.ports import Ports
from localcloud.launcher.progress import Progress
from localcloud.launcher.state import State

_DEFAULTS = Ports()


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs a command; returns the exit code. A problem that a person can solve is one sentence on stderr."""
    given = _parser().parse_args(arguments)
    try:
        return int(given.run(given))
    except CannotStart as problem:
        Console(stderr=True).print(str(problem), style="red", highlight=False, markup=False, soft_wrap=True)
        return 1
    except KeyboardInterrupt:
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m localcloud", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="command")
    dev = commands.add_parser("dev", help="run Riffle and everything it needs on this machine")
    dev.set_defaults(run=_dev)
    dev.add_argument("--port", type=int, default=_DEFAULTS.page, help="of the page and GraphQL")
    dev.add_argument("--aws-port", type=int, default=_DEFAULTS.aws, help="of the emulated AWS services")
    dev.add_argument("--functions-port", type=int, default=_DEFAULTS.functions, help="of the function host")
    dev.add_argument("--models-port", type=int, default=_DEFAULTS.models, help="of the model endpoint")
    dev.add_argument("--stage", default="local", help="names the resources: riffle-STAGE-…")
    dev.add_argument("--app", type=Path, default=ROOT / "chalice_app", help="the Chalice app to run")
    dev.add_argument("--workers", type=int, default=max(4, os.cpu_count() or 1), help="per function, at most")
    dev.add_argument("--cache", type=Path, help="folder of prepared models; by default in the state folder")
    dev.add_argument("--faults", action="store_true", help="let tests slow down and break the models")
    reset = commands.add_parser("reset", help="delete all documents, answers and accounts of this machine")
    reset.set_defaults(run=_reset)
    reset.add_argument("--yes", action="store_true", help="do not ask")
    for command in (dev, reset):
        command.add_argument("--state", type=Path, default=ROOT / ".riffle", help="folder of everything kept")
    return parser


def _dev(given: argparse.Namespace) -> int:
    ports = Ports(given.port, given.aws_port, given.functions_port, given.models_port)
    state = State(given.state.resolve(), given.cache and given.cache.resolve())
    environ = without_proxy(os.environ)
    options = Options(
        ports, state, given.stage, given.app.resolve(), max(1, given.workers), environ, given.faults
    )
    for name in os.environ.keys() - without_aws(os.environ).keys():
        del os.environ[name]
    os.environ.update(without_aws(environ))
    with state.locked(f"process {os.getpid()} ({options.page})"):
        ports.check()
        state.keep_logs_short()
        asyncio.run(LocalCloud(options, Progress(Console())).run())
    return 0


def _reset(given: argparse.Namespace) -> int:
    state = State(given.state.resolve())
    if not state.root.exists():
        Console().print(f"{state.root} does not exist: there is nothing to delete.", soft_wrap=True)
        return 0
    if not given.yes and input(f"Delete all documents, answers and accounts in {state.root}? [y/N] ") != "y":
        return 1
    with state.locked(f"process {os.getpid()} (a reset)"):
        state.remove()
    return 0
