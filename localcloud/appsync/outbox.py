"""What waits to be written to one socket: bounded, so that who does not read costs a known amount."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator

from localcloud.appsync.realtime import Limits


class BoundedOutbox:
    """Frames in order. Past its bounds it overflows: it takes no more, and its socket is to be closed.

    Finished, it takes no more either; what waits is still written, and then its socket is to be closed.
    """

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._frames: deque[str] = deque()
        self._chars = 0
        self._ready = asyncio.Event()
        self._finished = False
        self.overflowed = asyncio.Event()

    def offer(self, frame: str) -> None:
        if not self._finished:
            self._append(frame)

    def finish(self, frame: str) -> None:
        """Its last frame. When several subscriptions of a client are ended at once, each has one."""
        self._append(frame)
        self._finished = True

    def _append(self, frame: str) -> None:
        if self.overflowed.is_set():
            return
        self._frames.append(frame)
        self._chars += len(frame)
        self._ready.set()
        if len(self._frames) > self._limits.frames or self._chars > self._limits.chars:
            self.overflowed.set()
            self._frames.clear()

    async def __aiter__(self) -> AsyncIterator[str]:
        while True:
            while self._frames:
                frame = self._frames.popleft()
                self._chars -= len(frame)
                yield frame
            if self._finished:
                return
            self._ready.clear()
            await self._ready.wait()

    @property
    def empty(self) -> bool:
        return not self._frames
