"""Trying a model call again after a pause, when the failure says that this may help."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from random import SystemRandom

from chalicelib.errors import RiffleError


@dataclass(frozen=True, slots=True)
class Backoff:
    """Pauses that double up to `longest` seconds, each drawn at random from zero up ("full jitter").

    https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
    After `patience` seconds in all, a failure is final: a call that took that long will not improve.
    """

    attempts: int = 4
    first: float = 0.5
    longest: float = 4.0
    patience: float = 10.0
    sleep: Callable[[float], None] = time.sleep
    clock: Callable[[], float] = time.monotonic
    draw: Callable[[], float] = SystemRandom().random  # not seeded: restored snapshots would agree

    def call[T](self, attempt: Callable[[], T]) -> T:
        """What `attempt` returns in the end. Raises its last error, or at once one that is not retryable."""
        give_up = self.clock() + self.patience
        for pause in self._pauses():
            try:
                return attempt()
            except RiffleError as error:
                if not error.retryable or self.clock() + pause > give_up:
                    raise
                self.sleep(pause)
        return attempt()

    def _pauses(self) -> Iterator[float]:
        for tried in range(self.attempts - 1):
            yield min(self.longest, self.first * 2**tried) * self.draw()
