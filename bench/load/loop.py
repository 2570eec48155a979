"""A small discrete-event loop: processes are generators that yield seconds to sleep or a pool to wait for."""

import heapq
from collections import deque
from collections.abc import Generator
from dataclasses import dataclass, field
from itertools import count

type Steps[Result] = Generator[float | Pool, None, Result]
"""Yields seconds to sleep, or a pool, and goes on once it has a place there."""

type Process = Steps[None]


@dataclass(slots=True)
class Pool:
    """So many places; whoever finds none waits in line."""

    limit: float
    busy: int = 0
    waiting: deque[tuple[float, Process]] = field(default_factory=deque)

    @property
    def free(self) -> bool:
        return self.busy < self.limit


class Loop:
    """Time passes from event to event, in seconds from 0."""

    def __init__(self) -> None:
        self.now = 0.0
        self._events: list[tuple[float, int, Process]] = []
        self._order = count()

    def start(self, process: Process, after: float = 0.0) -> None:
        heapq.heappush(self._events, (self.now + after, next(self._order), process))

    def run(self, until: float) -> None:
        while self._events and self._events[0][0] <= until:
            self.now, _, process = heapq.heappop(self._events)
            self._go_on(process)

    def leave(self, pool: Pool) -> None:
        """Gives a place back, and to whoever has waited longest."""
        pool.busy -= 1
        self.admit(pool)

    def admit(self, pool: Pool) -> None:
        """Lets in who waits, as far as there is room: after a place, or the limit, has changed."""
        while pool.waiting and pool.free:
            pool.busy += 1
            self.start(pool.waiting.popleft()[1])

    def _go_on(self, process: Process) -> None:
        """Until the process sleeps, waits or ends."""
        while (wish := next(process, None)) is not None:
            if isinstance(wish, Pool):
                if not wish.free or wish.waiting:
                    wish.waiting.append((self.now, process))
                    return
                wish.busy += 1
            else:
                self.start(process, wish)
                return
