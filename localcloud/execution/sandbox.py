"""One execution environment: a process that imports the function once and handles one event at a time."""

import contextlib
import json
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from threading import Thread

from localcloud.execution.functions import Function, environment
from localcloud.execution.memory import used
from localcloud.execution.runtime_api import Invocation, Report, RuntimeApi, deadline

_INIT_SECONDS = 10.0  # Lambda starts over after these, within the function's own timeout
_BOOTSTRAP = Path(__file__).with_name("bootstrap.py")
_GLANCE = 0.25  # seconds between looks at the memory in use

type Outcome = dict[str, object]  # {"body": JSON, "log": text} and "error" when it is one: MiniStack's shape


@dataclass(frozen=True, slots=True)
class Image:
    """Where the bare Python and the runtime client are, and the variables that every function has."""

    folder: Path
    runtime: str
    variables: Mapping[str, str]


class Sandbox:
    """Not safe for two events at a time: the executor sees to that."""

    def __init__(self, function: Function, image: Image) -> None:
        self.function = function
        self.initialised = 0.0  # seconds from the process's start to its first wait for an event
        self.peak = 0  # bytes, as far as was seen
        self._stopped = False
        self._api = RuntimeApi()
        self._tmp = Path(tempfile.mkdtemp(prefix=f"{function.name}-", dir=image.folder))
        self._log = (self._tmp / "log").open("w+b", buffering=0)
        self._started = time.monotonic()
        self._process = self._spawn(image)
        Thread(target=self._reap, daemon=True).start()

    @property
    def alive(self) -> bool:
        return not self._stopped and self._process.poll() is None

    def invoke(self, request_id: str, event: object, arn: str) -> Outcome:
        """Handles one event, after the import if this is the first."""
        self._log.seek(0)
        self._log.truncate()
        cold = not self.initialised
        report = self._report(_INIT_SECONDS + self.function.timeout)
        if report and report.kind == "waits":
            self.initialised = self.initialised or time.monotonic() - self._started
            body = json.dumps(event, ensure_ascii=False).encode()
            self._api.give(Invocation(request_id, body, arn, deadline(self.function.timeout)))
            report = self._report(self.function.timeout)
        else:
            self.stop()
        return self._outcome(report, request_id) | {"log": self._said(cold)}

    def stop(self) -> None:
        """Ends the process and what it started, at once."""
        self._stopped = True
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)

    def _spawn(self, image: Image) -> subprocess.Popen[bytes]:
        surroundings = {
            **image.variables,
            "AWS_LAMBDA_RUNTIME_API": self._api.address,
            "LAMBDA_RUNTIME_DIR": str(image.folder / "runtime"),
            "PYTHONDONTWRITEBYTECODE": "1",  # Lambda's code folders are read-only
            "RIFFLE_SANDBOX_OPT": str(self.function.opt),
            "TMPDIR": str(self._tmp),
        }
        return subprocess.Popen(  # noqa: S603  (the developer's own code)
            [str(image.folder / "lang/bin/python"), str(_BOOTSTRAP)],
            env=environment(self.function, image.runtime, surroundings), cwd=self.function.task,
            stdin=subprocess.DEVNULL, stdout=self._log, stderr=self._log, start_new_session=True,
        )  # fmt: skip

    def _reap(self) -> None:
        self._process.wait()
        self._api.tell(Report("gone"))
        self.stop()
        self._api.close()
        shutil.rmtree(self._tmp, ignore_errors=True)

    def _report(self, seconds: float) -> Report | None:
        """What the process does next; None when its time or its memory is used up, and it with them."""
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            report = self._api.told(min(left, _GLANCE))
            self.peak = max(self.peak, used(self._process.pid))
            if report:
                return report
            if self.peak > self.function.memory * 1024 * 1024:
                self.stop()
        self.stop()
        return None

    def _outcome(self, report: Report | None, request_id: str) -> Outcome:
        match report:
            case Report("result", body):
                return {"body": json.loads(body or b"null")}
            case Report("error", body):
                return {"body": json.loads(body), "error": True}
            case Report("gone"):
                return failure("Runtime.ExitError", f"RequestId: {request_id} Error: {self._end()}")
            case _:
                spent = f"Task timed out after {self.function.timeout}.00 seconds"
                return failure("Sandbox.Timedout", f"RequestId: {request_id} Error: {spent}")

    def _end(self) -> str:
        code = self._process.wait()
        how = f"exit status {code}" if code >= 0 else "signal: killed"
        return f"Runtime exited with error: {how}"

    def _said(self, cold: bool) -> str:
        """The log of this event; of the start too if it came just before, with Lambda's line on it."""
        self._log.seek(0)
        text = self._log.read().decode(errors="replace")
        line = f"INIT_REPORT Init Duration: {self.initialised * 1000:.2f} ms\tPhase: init\n"
        return line + text if cold and self.initialised else text


def failure(kind: str, message: str) -> Outcome:
    """An outcome as Lambda words its own errors."""
    return {"body": {"errorType": kind, "errorMessage": message}, "error": True, "log": message}
