"""Decides when which text of an answer is published. Pure: the caller has the clock, and publishes."""

from dataclasses import dataclass

INTERVAL = 0.05
"""Seconds between the starts of two publishes: about 20 a second, as fast as reading can follow."""

CHUNK_CHARS = 10_000
"""The most text of one event: 120 kB if each needs the longest JSON escape; AppSync takes 240 kB."""


@dataclass(frozen=True, slots=True)
class Chunk:
    """Text and where it belongs, in characters (Unicode code points)."""

    offset: int
    text: str


class Coalescer:
    """Gathers text between publishes. The first goes at once; each later one is whatever came meanwhile."""

    def __init__(self, interval: float = INTERVAL, chunk_chars: int = CHUNK_CHARS) -> None:
        self._interval = interval
        self._chunk_chars = chunk_chars
        self._pending: list[str] = []
        self._offset = 0
        self._last: float | None = None

    def add(self, text: str) -> None:
        if text:
            self._pending.append(text)

    @property
    def pending(self) -> bool:
        return bool(self._pending)

    def due_in(self, now: float) -> float | None:
        """Seconds until text should be published, 0 when at once; None while there is nothing to publish."""
        if not self._pending:
            return None
        return 0.0 if self._last is None else max(0.0, self._last + self._interval - now)

    def take(self, now: float) -> Chunk:
        """The next text to publish, counted as published at `now`; empty when nothing waits."""
        whole = "".join(self._pending)
        chunk = Chunk(self._offset, whole[: self._chunk_chars])
        rest = whole[self._chunk_chars :]
        self._pending = [rest] if rest else []
        self._offset += len(chunk.text)
        self._last = now
        return chunk
