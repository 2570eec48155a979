"""Streams of typed events, built on feeds: an answer as it is written, documents as they are ingested."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from types import TracebackType
from typing import Self

from riffle.decoding import decode
from riffle.errors import ConnectionFailed, RiffleError
from riffle.feeds import Feed, Subscribed
from riffle.progress import Finished, Progress, Step, StreamEvent, advance, restore
from riffle.records import Answer, AnswerEvent, AnswerStatus

GAP_SECONDS = 0.3  # how long a missing event may be merely late
QUIET_SECONDS = 10.0  # AppSync delivers at most once: after this, ask rather than wait


class AnswerStream:
    """One answer as it is written: iterate it for typed events, or await `result()`.

    It survives a cut connection: what was missed comes from the stored answer.
    """

    def __init__(
        self, feed: Feed, fetch: Callable[[], Awaitable[Answer]], stop: Callable[[], Awaitable[Answer]]
    ) -> None:
        self._feed = feed
        self._fetch = fetch
        self._stop = stop
        self._progress = Progress()
        self._events: deque[StreamEvent] = deque()
        self._gap_since: float | None = None
        self._answer: Answer | None = None

    @property
    def id(self) -> str:
        return self._known.id

    @property
    def conversation_id(self) -> str:
        return self._known.conversation_id

    @property
    def text(self) -> str:
        """All text of the present attempt so far."""
        return self._progress.text

    @property
    def status(self) -> AnswerStatus:
        return self._progress.status

    async def stop(self) -> None:
        """Asks for the answer to be ended; the stream then finishes with what there is."""
        await self._stop()

    async def result(self) -> Finished:
        """Reads the stream to its end."""
        async for event in self:
            if isinstance(event, Finished):
                return event
        raise RiffleError("the stream has been read to its end before")

    def begin(self, answer: Answer) -> None:
        """Takes the answer as it is at the start of the stream."""
        self._answer = answer
        self._take(restore(self._progress, answer))

    @property
    def _known(self) -> Answer:
        if self._answer is None:
            raise RiffleError("the stream has not begun")
        return self._answer

    def __aiter__(self) -> AsyncIterator[StreamEvent]:
        return self

    async def __anext__(self) -> StreamEvent:
        while not self._events:
            if self._progress.status.final:
                raise StopAsyncIteration
            await self._receive()
        event = self._events.popleft()
        if isinstance(event, Finished):
            await self.aclose()
        return event

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Ends the subscription, not the answer."""
        await self._feed.aclose()

    async def _receive(self) -> None:
        item = await self._feed.next(self._patience())
        if item is None or isinstance(item, Subscribed):
            await self._refill()
        elif event := item.get("onAnswerEvent"):
            self._take(advance(self._progress, decode(AnswerEvent, event)))

    def _patience(self) -> float:
        if self._gap_since is None:
            return QUIET_SECONDS
        return max(0.0, self._gap_since + GAP_SECONDS - _now())

    async def _refill(self) -> None:
        """Reads the stored answer. When that fails too, the feed's own patience decides how long to go on."""
        try:
            self._take(restore(self._progress, await self._fetch()))
        except ConnectionFailed:
            return
        if self._progress.gap:
            self._gap_since = _now()

    def _take(self, step: Step) -> None:
        self._progress, events = step
        self._events.extend(events)
        if not self._progress.gap:
            self._gap_since = None
        elif self._gap_since is None:
            self._gap_since = _now()


def _now() -> float:
    return asyncio.get_running_loop().time()
