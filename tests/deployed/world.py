"""An AWS account on this machine, and stages deployed into it by the command line that people use."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.conftest import ROOT, free_port, wait_for
from tests.deployed.emulator import Emulator
from tests.flows.cloud import Cloud

CHALICE = ("--functions", "chalice")
CLONED = ("appsync", "chalice_app", "requirements", "riffle")
LEFT_OUT = shutil.ignore_patterns("__pycache__", "node_modules", "deployed")
CHAT_MODEL = "amazon.nova-lite-v1:0"
TELLS = """
import json, sys
_files = {name: getattr(each, "__file__", None) for name, each in [*sys.modules.items()] if "." not in name}
print(json.dumps({"loaded": {name: file for name, file in _files.items() if file}}))
"""
"""At the end of `app.py`: has each function log what it was made of when it had started."""


@dataclass(frozen=True)
class Ran:
    """A command that has ended."""

    status: int
    out: str
    err: str

    def succeeded(self) -> "Ran":
        assert self.status == 0, f"exit status {self.status}\n{self.out}\n{self.err}"
        return self


@dataclass(frozen=True)
class World:
    """The account and its models. Everything is forgotten in the end."""

    home: Path
    emulator: Emulator
    models_port: int = field(default_factory=free_port)

    @property
    def variables(self) -> dict[str, str]:
        """The environment of whoever deploys: the account, and nothing of the developer's own AWS profile."""
        own = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
        return {**own, **self.emulator.cloud.variables(), "COLUMNS": "200"}

    def run(self, *command: str, cwd: Path = ROOT, seconds: float = 300) -> Ran:
        """Runs a command as somebody who deploys."""
        done = subprocess.run(
            command, cwd=cwd, env=self.variables, capture_output=True, text=True, check=False,
            timeout=seconds, stdin=subprocess.DEVNULL,
        )  # fmt: skip
        return Ran(done.returncode, done.stdout, done.stderr)

    @contextmanager
    def running(self) -> Iterator["World"]:
        url = f"http://127.0.0.1:{self.models_port}"
        with ExitStack() as stack:
            stack.enter_context(self._models(url))
            stack.enter_context(self.emulator.running({"AWS_ENDPOINT_URL_BEDROCK_RUNTIME": url}))
            yield self

    @contextmanager
    def _models(self, url: str) -> Iterator[None]:
        command = [sys.executable, "-m", "localcloud.bedrock", "--port", str(self.models_port), "--faults"]
        command += ["--cache", str(ROOT / ".riffle/models"), "--chat-model", CHAT_MODEL]
        with child(command, self.home / "models.log", f"{url}/health"):
            yield


@contextmanager
def child(
    command: list[str], log: Path, address: str, environment: Mapping[str, str] | None = None
) -> Iterator[None]:
    """A server until the block ends; it answers at `address` when the block begins."""
    with log.open("ab") as output:
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=output, stderr=output)
    try:
        wait_for(address, 120)  # the first start of the models prepares their weights
        yield
    finally:
        process.terminate()
        process.wait(20)


@dataclass(frozen=True)
class Stage:
    """One stage of the account, deployed from a clone of its own, which tests may change; and an address."""

    world: World
    name: str
    options: tuple[str, ...] = ()
    port: int = field(default_factory=free_port)

    @property
    def stack(self) -> str:
        return f"riffle-{self.name}"

    @property
    def home(self) -> Path:
        return self.world.home / self.name

    @property
    def clone(self) -> Path:
        return self.home / "clone"

    @property
    def app(self) -> Path:
        return self.clone / "chalice_app"

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def prepare(self, **settings: Any) -> None:
        """Clones what deploys and is deployed, and writes this stage into its configuration."""
        for name in CLONED:
            shutil.copytree(ROOT / name, self.clone / name, ignore=LEFT_OUT)
        (self.clone / "schema.graphql").symlink_to(ROOT / "schema.graphql")
        (self.clone / "build").symlink_to(ROOT / "build")  # the layers, which take a minute
        self.configure(**settings)

    def configure(self, parameters: Mapping[str, str] | None = None, **settings: Any) -> None:
        """Writes the stage's settings anew; `parameters` join those that this machine asks for."""
        path = self.app / ".chalice" / "config.json"
        config = json.loads(path.read_text())
        here = {
            "ApiUrl": f"{self.url}/graphql",
            "PageOrigin": self.url,
            "Events": "absent",  # MiniStack's CloudFormation does not know its types
            "ChatModel": CHAT_MODEL,
            "EmbeddingDimensions": "384",  # of the model that embeds here
            "IngestConcurrency": "2",
            "AnswerConcurrency": "2",
            "Protection": "off",
        }
        kept = config["stages"].get(self.name, {})
        config["stages"][self.name] = {**kept, **settings, "parameters": {**here, **(parameters or {})}}
        path.write_text(json.dumps(config, indent=2))

    def append(self, name: str, text: str) -> None:
        """Adds lines to a file of the functions' code."""
        with (self.app / name).open("a") as file:
            file.write(text)

    def edit_template(self, old: str, new: str) -> None:
        """Puts `new` in the place of the first `old` of the template."""
        path = self.clone / "appsync" / "template.yaml"
        path.write_text(path.read_text().replace(old, new, 1))

    def riffle(self, command: str, *arguments: str) -> Ran:
        """`riffle deploy`, `destroy`, `status` or `logs` for this stage."""
        return self.world.run(*self._line(command, *arguments), cwd=self.clone)

    def deploy(self) -> Ran:
        """As it was deployed before."""
        return self.riffle("deploy", "--yes", *self.options)

    def start_deploying(self) -> subprocess.Popen[bytes]:
        """Does not wait for the end."""
        return subprocess.Popen(
            self._line("deploy", "--yes"), cwd=self.clone, env=self.world.variables,
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip

    def bring(self) -> None:
        """Deploys it for the first time."""
        self.prepare()
        self.deploy().succeeded()
        if self.options:  # the functions are Chalice's, and are joined to the stack once they are there
            self.chalice().succeeded()
            self.deploy().succeeded()

    def restore(self, functions: dict[str, dict[str, Any]]) -> None:
        """Makes the clone what it was before tests changed it, and deploys it unless these are there."""
        shutil.rmtree(self.clone)
        self.prepare()
        if self.functions() != functions:
            self.deploy().succeeded()

    def chalice(self, command: str = "deploy") -> Ran:
        """`chalice deploy`, as somebody who knows Chalice types it in the project's folder."""
        chalice = str(Path(sys.executable).with_name("chalice"))
        return self.world.run(chalice, command, "--stage", self.name, cwd=self.app)

    def being_made(self) -> bool:
        """Whether CloudFormation is at work on it."""
        stacks = self._client("cloudformation").list_stacks()["StackSummaries"]
        return any(
            (each["StackName"], each["StackStatus"]) == (self.stack, "CREATE_IN_PROGRESS") for each in stacks
        )

    def functions(self) -> dict[str, dict[str, Any]]:
        """What is deployed of each function, by its short name."""
        client = self._client("lambda")
        found = [
            each for page in client.get_paginator("list_functions").paginate() for each in page["Functions"]
        ]
        return {
            each["FunctionName"].removeprefix(f"{self.stack}-"): {
                "code": each["CodeSha256"], "memory": each["MemorySize"], "environment": each["Environment"],
                "layers": [layer["Arn"] for layer in each.get("Layers", ())],
            }
            for each in found
            if each["FunctionName"].startswith(f"{self.stack}-")
        }  # fmt: skip

    def described(self) -> dict[str, Any]:
        """The stack as CloudFormation describes it."""
        found: dict[str, Any] = self._client("cloudformation").describe_stacks(StackName=self.stack)[
            "Stacks"
        ][0]
        return found

    @property
    def outputs(self) -> dict[str, str]:
        return {each["OutputKey"]: each["OutputValue"] for each in self.described()["Outputs"]}

    @property
    def front(self) -> Cloud:
        """What flow tests call a cloud, seen from outside: people, their tokens, and the models' faults."""
        return Cloud(
            self.home / "front", ports={"--port": self.port, "--models-port": self.world.models_port}
        )

    @contextmanager
    def serving(self) -> Iterator[None]:
        """Puts our endpoint in front of the deployed stack: its template, its values, its resources."""
        template, values, config = (self.home / f"{name}.json" for name in ("template", "values", "riffle"))
        template.write_text(json.dumps(self._template()))
        values.write_text(json.dumps(self._values()))
        config.write_text(json.dumps(self._config()))
        command = [sys.executable, "-m", "localcloud.appsync", "--port", str(self.port)]
        command += ["--template", str(template), "--parameters", str(values), "--config", str(config)]
        command += ["--certificates", str(self.home / "certificates")]
        with child(command, self.home / "endpoint.log", f"{self.url}/riffle.json", self.world.variables):
            yield

    def _template(self) -> Any:
        body = self._client("cloudformation").get_template(StackName=self.stack)["TemplateBody"]
        return json.loads(body) if isinstance(body, str) else body

    def _values(self) -> dict[str, str]:
        """As `localcloud.launcher.deployment` has them: parameters, physical ids, the API's attributes."""
        stack, outputs = self.described(), self.outputs
        pages = self._client("cloudformation").get_paginator("list_stack_resources")
        listed = [
            each for page in pages.paginate(StackName=self.stack) for each in page["StackResourceSummaries"]
        ]
        return {
            **{each["LogicalResourceId"]: each.get("PhysicalResourceId", "") for each in listed},
            **{each["ParameterKey"]: each["ParameterValue"] for each in stack["Parameters"]},
            "Api.ApiId": outputs["ApiId"],
            "ApiKey.ApiKey": outputs["ApiKey"],
            "Events": "present",
        }

    def _config(self) -> dict[str, Any]:
        outputs = self.outputs
        return {
            "region": "us-east-1",
            "graphqlUrl": f"{self.url}/graphql",
            "eventsUrl": f"{self.url}/event",
            "userPoolId": outputs["UserPoolId"],
            "userPoolClientId": outputs["UserPoolClientId"],
            "userPoolEndpoint": f"{self.url}/cognito",
            "apiKey": outputs["ApiKey"],
        }

    def starts(self) -> dict[str, list[float]]:
        """Milliseconds that the functions' processes took until they waited for an event, from their logs."""
        client, found = self._client("logs"), dict[str, list[float]]()
        for name in self.functions():
            group = f"/aws/lambda/{self.stack}-{name}"
            said = client.filter_log_events(logGroupName=group, filterPattern="INIT_REPORT")["events"]
            found[name] = [
                float(each["message"].split()[3]) for each in said if "Init Duration" in each["message"]
            ]
        return {name: starts for name, starts in found.items() if starts}

    def loaded(self, function: str) -> dict[str, Path]:
        """The file of each module and package that a function which TELLS had loaded at its last start."""
        [*_, line] = [each for each in self.said(function) if each.startswith('{"loaded"')]
        return {name: Path(file) for name, file in json.loads(line)["loaded"].items()}

    def said(self, function: str) -> list[str]:
        """All lines of a function's log, oldest first."""
        pages = self._client("logs").get_paginator("filter_log_events")
        found = pages.paginate(logGroupName=f"/aws/lambda/{self.stack}-{function}")
        return [each["message"] for page in found for each in page["events"]]

    def _line(self, command: str, *arguments: str) -> list[str]:
        return [sys.executable, "-m", "riffle", command, "--stage", self.name, *arguments]

    def _client(self, service: str) -> Any:  # a boto3 client of any service
        return self.world.emulator.client(service)
