"""Takes MiniStack's invocations and finds, or starts, a sandbox for each."""

from collections.abc import Callable, Mapping
from pathlib import Path
from threading import Lock
from typing import Any

from localcloud.execution.functions import Function
from localcloud.execution.preparing import RUNTIME
from localcloud.execution.sandbox import Image, Outcome, Sandbox, failure
from localcloud.execution.unpacking import Unfit, Unpacking

_SPARE = 4  # idle sandboxes kept per function

type Record = Mapping[str, Any]  # MiniStack's own of a function: its configuration and its zip
type Content = Callable[[Any], bytes | None]  # from what the configuration says of a layer to the layer's zip


class Executor:
    """Has the signature and result of MiniStack's `_execute_function_proxy`; any thread may call it."""

    def __init__(self, image: Path, variables: Mapping[str, str], content: Content, machine: str) -> None:
        self._image = Image(image, RUNTIME, variables)
        self._unpacking = Unpacking(image)
        self._content = content
        self._machine = machine
        self._idle: dict[str, list[Sandbox]] = {}
        self._peaks: dict[str, int] = {}
        self._lock = Lock()

    def __call__(self, record: Record, event: object, _url: str, request_id: str) -> Outcome:
        """Handles an event with what is deployed at this moment; a later deployment does not disturb it."""
        config = record.get("config") or record
        try:
            function = self._function(config, record.get("code_zip"))
        except Unfit as reason:
            return failure("Sandbox.Unfit", str(reason))
        sandbox = self._taken(function)
        try:
            return sandbox.invoke(request_id, event, config["FunctionArn"])
        finally:
            self._peaks[config["FunctionName"]] = sandbox.peak
            self._give_back(sandbox)

    def peak(self, record: Record) -> int:
        """MB that the function's last event needed, or one before it in the same process."""
        config = record.get("config") or record
        return self._peaks.get(config["FunctionName"], 0) // (1024 * 1024)

    def _function(self, config: Mapping[str, Any], code: bytes | None) -> Function:
        """Raises Unfit for what AWS would run in a way that this machine cannot, or would not run."""
        if config.get("Runtime") != RUNTIME:
            raise Unfit(f"The function wants {config.get('Runtime')}; this machine has {RUNTIME}.")
        if config.get("Architectures") != [self._machine]:
            raise Unfit(
                f"The function is for {config.get('Architectures')}; this machine is {self._machine}."
            )
        if not code:
            raise Unfit("The function has no code: nothing was at the place it was deployed from.")
        layers = [self._layer(each) for each in config.get("Layers") or ()]
        return Function.of(config, *self._unpacking.folders(code, layers))

    def _layer(self, attachment: Any) -> bytes:  # noqa: ANN401  (an ARN, or MiniStack's mapping with one)
        content = self._content(attachment)
        if not content:
            raise Unfit(f"The layer {attachment} has no content.")
        return content

    def _taken(self, function: Function) -> Sandbox:
        """One that is idle and made of the same; those made of something else are stale, and end."""
        key = f"{function.name}:{function.version}"
        with self._lock:
            idle = self._idle.pop(key, [])
            fit = [each for each in idle if each.alive and each.function == function]
            sandbox = fit.pop() if fit else None
            self._idle[key] = fit
        for each in set(idle) - set(fit) - {sandbox}:
            each.stop()
        return sandbox or Sandbox(function, self._image)

    def _give_back(self, sandbox: Sandbox) -> None:
        key = f"{sandbox.function.name}:{sandbox.function.version}"
        with self._lock:
            idle = self._idle.setdefault(key, [])
            keep = sandbox.alive and len(idle) < _SPARE
            if keep:
                idle.append(sandbox)
        if not keep:
            sandbox.stop()
