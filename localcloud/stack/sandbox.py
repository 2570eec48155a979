"""A worker process from the outside: started, asked one event at a time, killed when its time is up."""

import asyncio
import contextlib
import json
import os
import signal
import socket
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from localcloud.stack.functions import Function

_START_LIMIT = 60.0  # seconds an import may take on a busy machine
_LINE_LIMIT = 64 * 1024 * 1024  # a Lambda payload is 6 MB at most; escaped JSON is larger

type Outcome = dict[str, Any]  # {"result": JSON} or {"error": Lambda's error object}


@dataclass(frozen=True, slots=True)
class Place:
    """Where the functions run: the Chalice app's folder, the folder of logs, and this stage's name prefix."""

    app: Path
    logs: Path
    prefix: str


class Sandbox:
    """One worker process of one function. Not safe for two events at a time: its pool sees to that."""

    def __init__(
        self,
        function: Function,
        name: str,
        process: asyncio.subprocess.Process,
        streams: tuple[asyncio.StreamReader, asyncio.StreamWriter],
    ) -> None:
        self._function = function
        self._name = name
        self._process = process
        self._reader, self._writer = streams

    @classmethod
    async def start(cls, function: Function, place: Place, environment: Mapping[str, str]) -> Self:
        """Starts the process; the app is still being imported when this returns."""
        ours, theirs = socket.socketpair()
        with theirs:
            process = await _spawn(function, place, environment, theirs.fileno())
        streams = await asyncio.open_connection(sock=ours, limit=_LINE_LIMIT)
        return cls(function, place.prefix + function.name, process, streams)

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def alive(self) -> bool:
        return self._process.returncode is None

    async def ready(self) -> Outcome | None:
        """Waits for the import; None, or why no event can be handled."""
        outcome = await self._answer(_START_LIMIT, "Runtime.InitTimeout")
        return outcome if "error" in outcome else None

    async def invoke(self, event: object, request_id: str, arn: str) -> Outcome:
        """Handles one event. A worker that dies or overruns its timeout is an error of this event only."""
        context = {
            "function_name": self._name,
            "memory_limit_in_mb": self._function.memory,
            "aws_request_id": request_id,
            "invoked_function_arn": arn,
            "deadline": time.time() + self._function.timeout,
        }
        self._writer.write(json.dumps({"event": event, "context": context}).encode() + b"\n")
        return await self._answer(self._function.timeout, "Sandbox.Timedout")

    async def _answer(self, seconds: float, overrun: str) -> Outcome:
        try:
            line = await asyncio.wait_for(self._reader.readline(), seconds)
        except TimeoutError:
            await self.stop()
            return _error(overrun, f"Task timed out after {seconds:.2f} seconds")
        except asyncio.CancelledError:
            await self.stop()  # it is still at work on what nobody waits for
            raise
        except OSError:
            line = b""
        return json.loads(line) if line.endswith(b"\n") else await self._ended()

    async def _ended(self) -> Outcome:
        await self.stop()
        code = self._process.returncode or 0
        how = f"signal: {signal.Signals(-code).name}" if code < 0 else f"exit status {code}"
        return _error("Runtime.ExitError", f"Runtime exited with error: {how}")

    async def stop(self) -> None:
        """Ends the process and whatever it started, at once; an ended one is only cleaned up."""
        self._writer.close()
        if self.alive:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
        await self._process.wait()


def _error(kind: str, message: str) -> Outcome:
    return {"error": {"errorType": kind, "errorMessage": message}}


async def _spawn(
    function: Function, place: Place, environment: Mapping[str, str], descriptor: int
) -> asyncio.subprocess.Process:
    """The process leads a session of its own, so that its group can be killed as one."""
    command = [sys.executable, "-m", "localcloud.stack.worker", "--app", str(place.app)]
    command += ["--function", function.name, "--fd", str(descriptor)]
    place.logs.mkdir(parents=True, exist_ok=True)
    with (place.logs / f"{function.name}.log").open("ab") as log:
        return await asyncio.create_subprocess_exec(
            *command,
            env={**environment, **function.variables, **_runtime(function, place)},  # its own outweigh all's
            stdin=asyncio.subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            pass_fds=(descriptor,),
            start_new_session=True,
        )


def _runtime(function: Function, place: Place) -> dict[str, str]:
    """What Lambda itself sets, the bounds on native threads, and nothing of the developer's AWS profile."""
    return {
        "PATH": os.environ["PATH"], "HOME": os.environ.get("HOME", "/tmp"), "LANG": "C.UTF-8", "TZ": "UTC",  # noqa: S108
        "PYTHONUNBUFFERED": "1", "AWS_LAMBDA_FUNCTION_NAME": place.prefix + function.name,
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(function.memory), "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
        "AWS_CONFIG_FILE": os.devnull, "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
        "OMP_NUM_THREADS": "1", "RAYON_NUM_THREADS": "2", "TOKIO_WORKER_THREADS": "2",
        "LANCE_CPU_THREADS": "2", "LANCE_IO_THREADS": "8",
    }  # fmt: skip
