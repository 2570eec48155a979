"""Fields of one operation that one function answers together, as a data loader gathers keys.

Whoever may take part joins before its request handler runs, and then hands in a payload or leaves. The fields
of one execution step start within a few turns of the event loop: after those, and once all who joined have
decided, the payloads are sent.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import batched

from localcloud.appsync.errors import FieldError, Json

# A field's task starts one turn after its parent's fields are gathered, and lists are gathered within lists.
TURNS = 3

type Ask = Callable[[list[Json]], Awaitable[list[Json]]]


@dataclass(frozen=True, slots=True)
class Entry:
    """One field's payload; results come back in the order of the seats."""

    seat: int
    payload: Json
    result: asyncio.Future[Json]

    def settle(self, value: Json = None, error: Exception | None = None) -> None:
        """Who was cancelled in the meantime waits no more."""
        if self.result.done():
            return
        if error:
            self.result.set_exception(error)
        else:
            self.result.set_result(value)


class Gathering:
    """The payloads of one execution step for one function; `limit` is how many go into one invocation."""

    def __init__(self, ask: Ask, limit: int) -> None:
        self._ask = ask
        self._limit = limit
        self._seats = 0
        self._undecided = 0
        self._closed = False
        self._entries: list[Entry] = []
        self._sending: set[asyncio.Task[None]] = set()

    def join(self) -> int:
        """The number of a new seat."""
        self._seats += 1
        self._undecided += 1
        return self._seats

    def leave(self) -> None:
        self._undecided -= 1
        self._send_when_complete()

    def close(self) -> None:
        """Nobody joins any more."""
        self._closed = True
        self._send_when_complete()

    def add(self, seat: int, payload: Json) -> asyncio.Future[Json]:
        """The payload's result, once there is one; a failing invocation fails all of its payloads."""
        entry = Entry(seat, payload, asyncio.get_running_loop().create_future())
        self._entries.append(entry)
        return entry.result

    def _send_when_complete(self) -> None:
        if self._closed and self._undecided == 0:
            entries, self._entries = sorted(self._entries, key=lambda each: each.seat), []
            for chunk in batched(entries, self._limit, strict=False):
                task = asyncio.create_task(self._send(chunk))
                self._sending.add(task)
                task.add_done_callback(self._sending.discard)

    async def _send(self, chunk: tuple[Entry, ...]) -> None:
        try:
            results = await self._ask([entry.payload for entry in chunk])
        except Exception as error:  # noqa: BLE001  (whatever it is, the fields that wait for it raise it)
            for entry in chunk:
                entry.settle(error=error.another() if isinstance(error, FieldError) else error)
            return
        for entry, result in zip(chunk, results, strict=True):
            entry.settle(result)


class Seat:
    """One field's place in a gathering; it may be given up without a payload."""

    def __init__(self, gathering: Gathering) -> None:
        self._gathering = gathering
        self._decided = False
        self._number = gathering.join()

    async def ask(self, payload: Json) -> Json:
        """Raises FieldError when the invocation fails."""
        future = self._gathering.add(self._number, payload)
        self.leave()
        return await future

    def leave(self) -> None:
        if not self._decided:
            self._decided = True
            self._gathering.leave()


class Batches:
    """The gatherings of one operation that are open, by what asks."""

    def __init__(self) -> None:
        self._open: dict[int, Gathering] = {}

    @contextmanager
    def seat(self, key: object, ask: Ask, limit: int) -> Iterator[Seat]:
        seat = Seat(self._gathering(id(key), ask, limit))
        try:
            yield seat
        finally:
            seat.leave()

    def _gathering(self, key: int, ask: Ask, limit: int) -> Gathering:
        if key not in self._open:
            self._open[key] = Gathering(ask, limit)
            asyncio.get_running_loop().call_soon(self._close, key, TURNS)
        return self._open[key]

    def _close(self, key: int, turns: int) -> None:
        if turns:
            asyncio.get_running_loop().call_soon(self._close, key, turns - 1)
        else:
            self._open.pop(key).close()
