"""What waits to be written to one socket: bounded, so that who does not read costs a known amount."""

import asyncio
from collections import deque

from localcloud.appsync.frames import Wire, opening
from localcloud.appsync.realtime import Limits

SLICE = 65_536  # bytes handed over at once: a connection says only afterwards that it has enough


class BoundedOutbox:
    """Texts in order. All that come in one turn of the event loop are written together after it.

    Past its bounds it overflows: it takes no more, and its socket is to be closed.
    Finished, it takes no more either; what waits is still written, and then its socket is to be closed.
    """

    def __init__(self, limits: Limits, wire: Wire) -> None:
        self._limits = limits
        self._wire = wire
        self._frames = deque[tuple[bytes, bytes]]()
        self._size = 0
        self._flushing: asyncio.Handle | None = None
        self._last = False
        self.overflowed = asyncio.Event()
        self.finished = asyncio.Event()
        wire.when_room(self._flush)

    def offer(self, text: str) -> None:
        self.share(text.encode(), b"")

    def share(self, head: bytes, tail: bytes) -> None:
        """A text in two parts, the second of which many are sent: it is kept once for all of them."""
        if not self._last:
            self._append(opening(len(head) + len(tail)) + head, tail)

    def finish(self, text: str) -> None:
        """Its last text. When several subscriptions of a client are ended at once, each has one."""
        encoded = text.encode()
        self._append(opening(len(encoded)), encoded)
        self._last = True

    def _append(self, head: bytes, tail: bytes) -> None:
        if self.overflowed.is_set():
            return
        self._frames.append((head, tail))
        self._size += len(head) + len(tail)
        if self._flushing is None:
            self._flushing = asyncio.get_running_loop().call_soon(self._flush)
        if self._full:
            self._flush()  # who reads may be sent more than the bound in one turn
            if self._full:
                self.overflowed.set()
                self._frames.clear()

    @property
    def _full(self) -> bool:
        return len(self._frames) > self._limits.frames or self._size > self._limits.waiting_bytes

    def _flush(self) -> None:
        self._flushing = None
        while self._frames and self._wire.has_room:
            self._wire.write(self._take())
        if self._last and not self._frames:
            self.finished.set()

    def _take(self) -> list[bytes]:
        """Whole frames, so that nothing comes between the parts of one."""
        taken, size = list[bytes](), 0
        while self._frames and size < SLICE:
            head, tail = self._frames.popleft()
            taken += (head, tail)
            size += len(head) + len(tail)
        self._size -= size
        return taken
