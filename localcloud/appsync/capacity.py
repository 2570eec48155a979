"""How many clients may be connected at once, so that a flood of them leaves the process able to work."""

import logging
import resource
import time
from collections.abc import Callable, Collection

log = logging.getLogger(__name__)
RESERVED = 200  # descriptors that are kept for the files and services that answers need
TELL_SECONDS = 1.0


class Capacity:
    """Says whether there is room for one more, and logs it, seldom, when there is not."""

    def __init__(
        self, connected: Collection[object], most: int, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._connected = connected
        self._most = most
        self._clock = clock
        self._told = float("-inf")

    def admits(self, entering: int) -> bool:
        """`entering` have come in and are not connected yet."""
        if len(self._connected) + entering < self._most:
            return True
        if self._clock() - self._told >= TELL_SECONDS:
            self._told = self._clock()
            log.warning("%d clients are connected; no more are let in until some have left", self._most)
        return False


def capacity_for(clients: int) -> int:
    """As many of `clients` as this process can have descriptors for, which it asks for."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = clients + RESERVED
    if soft == resource.RLIM_INFINITY or soft >= wanted:
        return clients
    allowed = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    resource.setrlimit(resource.RLIMIT_NOFILE, (allowed, hard))
    return max(1, allowed - RESERVED)
