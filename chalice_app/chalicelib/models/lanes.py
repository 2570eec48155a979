"""How many calls of a model run at once: found out by trying, as its quota is nobody's to ask."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from chalicelib.errors import Throttled

MOST = 16
"""As many as the client keeps connections."""

_FIRST = 4.0
_SECONDS = 0.5
"""Calls that were on their way together are refused together: within this time, that counts once."""


class Lanes:
    """Additive increase, multiplicative decrease, for all threads of the process.

    One lane more after as many successes as there are lanes; half as many when the model asks to slow down.
    """

    def __init__(self, most: int = MOST, clock: Callable[[], float] = time.monotonic) -> None:
        self._most = most
        self._clock = clock
        self._allowed = min(_FIRST, most)
        self._running = 0
        self._slowed = -_SECONDS
        self._changed = threading.Condition()

    @property
    def allowed(self) -> int:
        return int(self._allowed)

    @contextmanager
    def one(self) -> Iterator[None]:
        """Waits for a lane, and learns from how the call in it ends."""
        with self._changed:
            self._changed.wait_for(lambda: self._running < self.allowed)
            self._running += 1
        try:
            yield
        except Throttled:
            self._slow_down()
            raise
        else:
            self._speed_up()
        finally:
            with self._changed:
                self._running -= 1
                self._changed.notify_all()

    def _speed_up(self) -> None:
        with self._changed:
            self._allowed = min(self._most, self._allowed + 1 / self._allowed)

    def _slow_down(self) -> None:
        with self._changed:
            if self._clock() - self._slowed >= _SECONDS:
                self._slowed = self._clock()
                self._allowed = max(1.0, self._allowed / 2)
