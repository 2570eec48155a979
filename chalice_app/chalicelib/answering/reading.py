"""Reads a stream in a thread of its own, so that whoever publishes what it says never keeps it waiting."""

import queue
import threading
from collections.abc import Generator
from contextlib import closing
from dataclasses import dataclass
from types import TracebackType
from typing import Self

BOUND = 20_000
"""Events kept at most: more than any answer's tokens, so only a runaway stream has to wait."""


@dataclass(frozen=True, slots=True)
class _End:
    """How the stream ended."""

    error: Exception | None = None


class Reading[Event]:
    """A context in which a generator is read ahead. Leaving it closes the generator at its next event.

    The thread is not waited for: a model that says nothing would keep its reader until the read timeout.
    """

    def __init__(self, events: Generator[Event], bound: int = BOUND) -> None:
        self._events = events
        self._queue: queue.Queue[Event | _End] = queue.Queue(bound)
        self._left = threading.Event()
        self._end: _End | None = None

    def __enter__(self) -> Self:
        threading.Thread(target=self._read, name="reading", daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._left.set()

    def ended(self) -> bool:
        """Whether everything has been taken. Raises what the stream raised in the end."""
        if self._end and self._end.error:
            raise self._end.error
        return self._end is not None

    def take(self, seconds: float) -> list[Event]:
        """What has come by now, or the first that comes within `seconds`; a fast stream is not waited out."""
        items = [self._next(seconds)]
        items += [self._next(0) for _ in range(self._queue.qsize())]
        self._end = next((item for item in items if isinstance(item, _End)), self._end)
        return [item for item in items if item is not None and not isinstance(item, _End)]

    def _next(self, seconds: float) -> Event | _End | None:
        try:
            return self._queue.get(timeout=seconds) if seconds > 0 else self._queue.get_nowait()
        except queue.Empty:
            return None

    def _read(self) -> None:
        end = _End()
        try:
            with closing(self._events):
                for event in self._events:
                    if not self._put(event):
                        return
        except Exception as error:  # noqa: BLE001  (carried over to the thread that takes, and raised there)
            end = _End(error)
        self._put(end)

    def _put(self, item: Event | _End) -> bool:
        """Whether anyone still wants it."""
        while not self._left.is_set():
            try:
                self._queue.put(item, timeout=0.2)
            except queue.Full:
                continue
            return True
        return False
