"""Failures and slowness on demand, for tests: a queue of faults and a pace, set over HTTP."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Literal

from localcloud.bedrock.errors import IN_STREAM, STATUS, ServiceError, invalid

type Operation = Literal[
    "Converse", "ConverseStream", "InvokeModel", "InvokeModelWithResponseStream", "CountTokens"
]

# Each operation and the last part of its path.
OPERATIONS: Mapping[Operation, str] = MappingProxyType(
    {
        "Converse": "converse",
        "ConverseStream": "converse-stream",
        "InvokeModel": "invoke",
        "InvokeModelWithResponseStream": "invoke-with-response-stream",
        "CountTokens": "count-tokens",
    }
)


@dataclass(frozen=True, slots=True)
class Fault:
    """One failure: after `after_chunks` pieces of text (None: before the response begins), wait, then fail.

    Without `error` and `cut` it only waits. `cut` breaks the connection off with no final frame.
    """

    operation: Operation | None = None
    error: str | None = None
    message: str = "A fault asked for by a test."
    after_chunks: int | None = None
    stall_seconds: float = 0.0
    cut: bool = False

    @property
    def exception(self) -> ServiceError | None:
        return ServiceError(self.error, self.message) if self.error else None

    @classmethod
    def parse(cls, body: object) -> "Fault":
        """Raises ServiceError naming what is wrong."""
        if not isinstance(body, Mapping):
            raise invalid("a fault is an object")
        try:
            fault = cls(**body)
        except TypeError as error:
            raise invalid(f"not a fault: {error}") from error
        fault._check()
        return fault

    def _check(self) -> None:
        if self.operation is not None and self.operation not in OPERATIONS:
            raise invalid(f"operation {self.operation!r} is none of {sorted(OPERATIONS)}")
        known = STATUS if self.after_chunks is None else IN_STREAM
        if self.error is not None and self.error not in known:
            raise invalid(f"error {self.error!r} is none of {sorted(known)}")


@dataclass(slots=True)
class Faults:
    """What will go wrong next: each fault once, in order, for the operation it names (or for any)."""

    faults: list[Fault] = field(default_factory=list)
    tokens_per_second: float | None = None

    def take(self, operation: Operation) -> Fault | None:
        for fault in self.faults:
            if fault.operation in {None, operation}:
                self.faults.remove(fault)
                return fault
        return None

    def replace(self, body: Mapping[str, Any]) -> None:  # Any: parsed JSON
        """Takes `{"faults": […], "tokens_per_second": 20}`; what is absent is cleared."""
        pace = body.get("tokens_per_second")
        if pace is not None and not (isinstance(pace, int | float) and pace > 0):
            raise invalid(f"tokens_per_second is {pace!r}; it must be a number above 0")
        self.faults = [Fault.parse(item) for item in body.get("faults", [])]
        self.tokens_per_second = pace
