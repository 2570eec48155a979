"""What goes wrong for workers in random histories: deaths, lost replies, throttling, lost races, rivals."""

import math
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from chalicelib.errors import Throttled, Unavailable
from chalicelib.retrieval.index.table import PassageTable

from tests.retrieval.conftest import HashingEmbedder

type Message = Mapping[str, Any]


class Crash(BaseException):
    """A worker's end, in the middle of whatever it did."""


@dataclass
class Fault:
    """What goes wrong for one worker, at its so many-eth call or vector."""

    kind: str
    at: int
    lock: threading.Lock = field(default_factory=threading.Lock)
    dead: bool = False

    def began(self, _call: str) -> None:
        if self.dead:
            raise Crash

    def ended(self, call: str) -> None:
        """The call took place, and its caller learns of it or not."""
        with self.lock:
            self.at -= 1
            if self.at == 0 and self.kind == "crash":
                self.dead = True
                raise Crash
            if self.at == 0 and self.kind == "lost reply" and call != "document_event":
                raise Unavailable("the reply was lost")


class FickleEmbedder(HashingEmbedder):
    """Is throttled after a few vectors, once."""

    left: float = math.inf

    def passages(self, texts: Sequence[str]) -> Iterator[list[float]]:  # type: ignore[override]  # one by one
        for text in texts:
            if self.left == 0:
                self.left = math.inf
                raise Throttled("slow down")
            self.left -= 1
            yield self.query(text)


class ContestedTable(PassageTable):
    """Loses races for a commit as lancedb does, or has won them and does not know."""

    losses = 0
    landed = False

    def trying[Result](self, operation: Callable[[Any], Result], *, seen: bool = False) -> Result:
        def contested(table: Any) -> Result:
            if not self.losses:
                return operation(table)
            self.losses -= 1
            if self.landed:
                operation(table)
            raise RuntimeError("this commit conflicts with another one")

        return super().trying(contested, seen=seen)


class Turns:
    """Lets two go on by turns, each for as many calls as was drawn; the last for as long as it likes."""

    def __init__(self, lengths: Sequence[int]) -> None:
        self._lengths = iter(lengths)
        self._left: float = next(self._lengths, math.inf)
        self._whose = 0
        self._there = {0, 1}
        self._changed = threading.Condition()

    def take(self, who: int) -> None:
        """Waits for one's turn, before every call."""
        with self._changed:
            if self._whose == who and self._left <= 0:
                self._next(who)
            if not self._changed.wait_for(lambda: self._whose == who or len(self._there) == 1, 60):
                raise AssertionError("the other one never came to its next call")
            self._left -= 1

    def leave(self, who: int) -> None:
        with self._changed:
            self._there.discard(who)
            self._next(who)

    def _next(self, who: int) -> None:
        self._whose = 1 - who
        self._left = next(self._lengths, math.inf)
        self._changed.notify_all()


class Flying:
    """The queue: what was sent is there at once, and stays until somebody takes it out."""

    def __init__(self) -> None:
        self.messages: list[Message] = []

    def send(self, message: Message, _delay: int = 0) -> None:
        self.messages.append(message)


class Hurry:
    """Waits for no race."""

    def uniform(self, _least: float, _most: float) -> float:
        return 0
