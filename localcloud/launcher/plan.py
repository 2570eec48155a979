"""Which processes make up the local cloud, and with which arguments each is started."""

import signal
import sys
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from localcloud.launcher import CannotStart
from localcloud.launcher.child import Spec
from localcloud.launcher.ports import Ports
from localcloud.launcher.state import State

ROOT = Path(__file__).parents[2]
HOSTS = ("localhost", "127.0.0.1")


@dataclass(frozen=True, slots=True)
class Options:
    """What the command line decides. `workers` is per function; `environ` is the user's.

    With `faults`, whoever reaches the model endpoint can slow it down and break it: for tests.
    """

    ports: Ports
    state: State
    stage: str
    app: Path
    workers: int
    environ: Mapping[str, str]
    faults: bool = False

    @property
    def page(self) -> str:
        """The page's address, by the name that people type."""
        return f"http://localhost:{self.ports.page}"

    @property
    def origins(self) -> list[str]:
        """All that a browser may call the page's origin: it is there by two names, with TLS and without."""
        return [f"{scheme}://{host}:{self.ports.page}" for scheme in ("http", "https") for host in HOSTS]


def without_aws(environ: Mapping[str, str]) -> dict[str, str]:
    """An environment without the profile, keys and endpoints that a developer has for real accounts."""
    return {name: value for name, value in environ.items() if not name.startswith("AWS_")}


def without_proxy(environ: Mapping[str, str]) -> dict[str, str]:
    """An environment whose HTTP_PROXY, if it has one, is not asked for what is on this machine.

    boto3 and urllib would ask it even for 127.0.0.1; the real Bedrock may well be behind it.
    """
    known = environ.get("no_proxy") or environ.get("NO_PROXY")
    names = ",".join(filter(None, [known, "localhost,127.0.0.1"]))
    return {**environ, "NO_PROXY": names, "no_proxy": names}


def ministack(options: Options) -> Spec:
    """S3, SQS, DynamoDB, Cognito, Lambda, CloudFormation. Saves its state even if the launcher is killed."""
    python = ROOT / ".venv-ministack" / "bin" / "python"
    if not python.exists():
        raise CannotStart(f"{python.parent.parent} is missing. Run `make setup`.")
    command = [str(python), "-m", "localcloud.stack.ministack", "--port", str(options.ports.aws)]
    command += ["--state", str(options.state.cloud)]
    command += [part for origin in options.origins for part in ("--origin", origin)]
    return Spec(
        name="MiniStack",
        command=command,
        health=f"http://127.0.0.1:{options.ports.aws}/_ministack/health",
        log=options.state.logs / "ministack.log",
        environment=without_aws(options.environ),
        grace=30,
        orphaned=signal.SIGTERM,
    )


def functions(options: Options) -> Spec:
    """The host of `chalice_app`'s functions."""
    arguments = ["--app", str(options.app), "--stage", options.stage, "--workers", str(options.workers)]
    arguments += ["--environment", str(options.state.environment), "--logs", str(options.state.logs)]
    return _ours(options, "function host", "localcloud.stack.host", options.ports.functions, arguments)


def models(options: Options) -> Spec:
    """The Bedrock runtime over local models, or RIFFLE_MODEL's: real AWS needs the user's credentials."""
    arguments = ["--cache", str(options.state.models), *(["--faults"] if options.faults else [])]
    spec = _ours(options, "model endpoint", "localcloud.bedrock", options.ports.models, arguments)
    return replace(spec, environment=options.environ)


def endpoint(options: Options) -> Spec:
    """GraphQL, real-time, the explorer and the page; it calls functions where they run."""
    arguments = ["--parameters", str(options.state.values), "--config", str(options.state.page)]
    arguments += ["--certificates", str(options.state.certificates)]
    name, port = "AppSync endpoint", options.ports.page
    spec = _ours(options, name, "localcloud.appsync", port, arguments, "/riffle.json")
    cloud = options.state.cloud_at(f"http://127.0.0.1:{options.ports.aws}")
    functions = {"AWS_ENDPOINT_URL_LAMBDA": f"http://127.0.0.1:{options.ports.functions}"}
    return replace(spec, environment={**spec.environment, **cloud.variables(), **functions})


def _ours(
    options: Options, name: str, module: str, port: int, arguments: list[str], health: str = "/health"
) -> Spec:
    return Spec(
        name=name,
        command=[sys.executable, "-m", module, "--port", str(port), *arguments],
        health=f"http://127.0.0.1:{port}{health}",
        log=options.state.logs / f"{name.replace(' ', '-')}.log",
        environment=without_aws(options.environ),
    )
