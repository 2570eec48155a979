"""Which processes make up the local cloud, and with which arguments each is started."""

import signal
import sys
from dataclasses import dataclass
from pathlib import Path

from localcloud.launcher import CannotStart
from localcloud.launcher.child import Spec
from localcloud.launcher.ports import Ports
from localcloud.launcher.state import State

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True, slots=True)
class Options:
    """What the command line decides. `workers` bounds the events that each function handles at a time."""

    ports: Ports
    state: State
    stage: str
    app: Path
    workers: int

    @property
    def page(self) -> str:
        """The page's address, by the name that people type."""
        return f"http://localhost:{self.ports.page}"


def ministack(options: Options) -> Spec:
    """S3, SQS, DynamoDB, Cognito, Lambda, CloudFormation. Saves its state even if the launcher is killed."""
    python = ROOT / ".venv-ministack" / "bin" / "python"
    if not python.exists():
        raise CannotStart(f"{python.parent.parent} is missing. Run `make setup`.")
    command = [str(python), "-m", "localcloud.stack.ministack", "--port", str(options.ports.aws)]
    command += ["--state", str(options.state.cloud), "--origin", options.page]
    command += ["--origin", f"http://127.0.0.1:{options.ports.page}"]
    return Spec(
        name="MiniStack",
        command=command,
        health=f"http://127.0.0.1:{options.ports.aws}/_ministack/health",
        log=options.state.logs / "ministack.log",
        grace=30,
        orphaned=signal.SIGTERM,
    )


def functions(options: Options) -> Spec:
    """The host of `chalice_app`'s functions."""
    arguments = ["--app", str(options.app), "--stage", options.stage, "--workers", str(options.workers)]
    arguments += ["--environment", str(options.state.environment), "--logs", str(options.state.logs)]
    return _ours(options, "function host", "localcloud.stack.host", options.ports.functions, arguments)


def models(options: Options) -> Spec:
    """The Bedrock runtime over local models, or over the one that RIFFLE_MODEL names."""
    arguments = ["--cache", str(options.state.models)]
    return _ours(options, "model endpoint", "localcloud.bedrock", options.ports.models, arguments)


def endpoint(options: Options) -> Spec:
    """GraphQL, real-time, the explorer and the page."""
    arguments = ["--settings", str(options.state.endpoint)]
    return _ours(
        options, "AppSync endpoint", "localcloud.appsync", options.ports.page, arguments, "/riffle.json"
    )


def _ours(
    options: Options, name: str, module: str, port: int, arguments: list[str], health: str = "/health"
) -> Spec:
    return Spec(
        name=name,
        command=[sys.executable, "-m", module, "--port", str(port), *arguments],
        health=f"http://127.0.0.1:{port}{health}",
        log=options.state.logs / f"{name.replace(' ', '-')}.log",
    )
