"""The whole local cloud as a test runs it: the real launcher, free ports and a state folder of its own."""

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import boto3
import httpx
import psutil

from tests.conftest import ROOT, free_port
from tests.flows.caller import Caller

PASSWORD = "correct-horse-1"
READY = 60.0  # seconds


@dataclass
class Cloud:
    """One launcher. `start` and `stop` may alternate: the state folder and the ports stay the same."""

    state: Path
    app: Path = ROOT / "chalice_app"
    ports: dict[str, int] = field(
        default_factory=lambda: {
            name: free_port() for name in ("--port", "--aws-port", "--functions-port", "--models-port")
        }
    )
    variables: dict[str, str] = field(default_factory=dict)
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Where the page is."""
        return f"http://127.0.0.1:{self.ports['--port']}"

    @property
    def graphql(self) -> str:
        return f"{self.url}/graphql"

    @property
    def output(self) -> str:
        """What the launcher has said so far, over all its starts."""
        return (self.state / "launcher.txt").read_text()

    @cached_property
    def config(self) -> dict[str, Any]:  # JSON, read by tests field by field
        """The `riffle.json` that the page reads."""
        config: dict[str, Any] = httpx.get(f"{self.url}/riffle.json").json()
        return config

    def launch(self) -> subprocess.Popen[bytes]:
        """Starts the launcher and returns at once."""
        self.state.mkdir(parents=True, exist_ok=True)
        options = [str(part) for pair in self.ports.items() for part in pair]
        command = [
            sys.executable,
            "-m",
            "localcloud",
            "dev",
            "--state",
            str(self.state),
            "--app",
            str(self.app),
        ]
        command += ["--faults", "--cache", str(ROOT / ".riffle" / "models"), *options]
        with (self.state / "launcher.txt").open("ab") as output:
            self.process = subprocess.Popen(
                command, cwd=ROOT, env={**os.environ, "COLUMNS": "300", **self.variables},
                stdout=output, stderr=output, start_new_session=True,
            )  # fmt: skip
        return self.process

    def start(self) -> None:
        """Returns once everything is ready. Raises AssertionError with the launcher's words otherwise."""
        said = len(self.output) if (self.state / "launcher.txt").exists() else 0
        process, deadline = self.launch(), time.monotonic() + READY
        while "Riffle is ready" not in self.output[said:]:
            assert process.poll() is None, self.output[said:]
            assert time.monotonic() < deadline, self.output[said:]
            time.sleep(0.05)

    def stop(self, how: int = signal.SIGINT, seconds: float = 40) -> int:
        """Ends the launcher and waits for it; returns its exit code."""
        if self.process is None:
            return 0
        self.process.send_signal(how)
        return self.process.wait(seconds)

    def processes(self) -> list[psutil.Process]:
        """The launcher and everything below it."""
        assert self.process
        launcher = psutil.Process(self.process.pid)
        return [launcher, *launcher.children(recursive=True)]

    def child(self, module: str) -> psutil.Process:
        """The process that runs a module, such as `localcloud.stack.ministack`."""
        return next(each for each in self.processes() if module in each.cmdline())

    def aws(self, service: Any) -> Any:  # boto3's overloads want a literal
        """A boto3 client of MiniStack, with the credentials of this cloud's own functions."""
        keys = json.loads((self.state / "credentials.json").read_text())
        session = boto3.Session(keys["accessKeyId"], keys["secretAccessKey"], region_name="us-east-1")
        return session.client(service, endpoint_url=f"http://127.0.0.1:{self.ports['--aws-port']}")

    def models(self, *faults: dict[str, Any], tokens_per_second: float | None = None) -> None:
        """What the models do next: each fault once, at this pace; called without arguments, all is well."""
        body = {"faults": faults, "tokens_per_second": tokens_per_second}
        address = f"http://127.0.0.1:{self.ports['--models-port']}/_faults"
        httpx.post(address, json=body).raise_for_status()

    def user(self, name: str) -> Caller:
        """Signs a person up unless they have an account, confirms it, and signs them in."""
        email = f"{name}@example.com"
        client = {"ClientId": self.config["userPoolClientId"]}
        signed_up = self.cognito("SignUp", {**client, "Username": email, "Password": PASSWORD})
        if signed_up.is_success:
            confirmation = {**client, "Username": email, "ConfirmationCode": "123456"}
            self.cognito("ConfirmSignUp", confirmation).raise_for_status()
        return Caller(self.graphql, self.token(email))

    def token(self, email: str) -> str:
        """An access token for somebody who has an account."""
        request = {
            "ClientId": self.config["userPoolClientId"],
            "AuthFlow": "USER_PASSWORD_AUTH",
            "AuthParameters": {"USERNAME": email, "PASSWORD": PASSWORD},
        }
        answer = self.cognito("InitiateAuth", request)
        token: str = answer.raise_for_status().json()["AuthenticationResult"]["AccessToken"]
        return token

    def cognito(self, operation: str, request: dict[str, Any]) -> httpx.Response:
        """One of Cognito's public operations, through the page's address."""
        headers = {"x-amz-target": f"AWSCognitoIdentityProviderService.{operation}"}
        return httpx.post(f"{self.url}/cognito", json=request, headers=headers, timeout=20)
