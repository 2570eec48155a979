"""What came of a simulated, or a real, run: counts, waits and the state of every second."""

import math
from dataclasses import dataclass, field

from riffle.evaluating.measures import percentile


@dataclass(frozen=True, slots=True)
class Second:
    """The state at one second's end; `oldest` is how long the first in line has waited."""

    streams: int
    waiting: int
    oldest: float
    requests: float
    interval: float


@dataclass(slots=True)
class Outcome:
    """`first` has when each answered question was asked, and the seconds to its first text."""

    seconds: float = 0.0
    asked: int = 0
    answered: int = 0
    failed: int = 0
    retried: int = 0
    refused: int = 0
    throttled: int = 0
    unanswered: int = 0
    first: list[tuple[float, float]] = field(default_factory=list)
    states: list[Second] = field(default_factory=list)

    def told(self, asked: float, seconds: float) -> None:
        self.first.append((asked, seconds))

    def seen(self, state: Second) -> None:
        self.states.append(state)

    @property
    def rate(self) -> float:
        """Answers a second."""
        return self.answered / self.seconds if self.seconds else 0.0

    def first_text(self, share: float, after: float = 0.0, before: float = math.inf) -> float:
        """Seconds to the first text of questions asked between these two."""
        found = [seconds for asked, seconds in self.first if after <= asked < before]
        return percentile(found, share) if found else float("nan")

    @property
    def failed_share(self) -> float:
        ended = self.answered + self.failed
        return self.failed / ended if ended else 0.0

    @property
    def most_waiting(self) -> int:
        return max((each.waiting for each in self.states), default=0)

    @property
    def oldest(self) -> float:
        """The longest that a message waited, seen every second."""
        return max((each.oldest for each in self.states), default=0.0)

    @property
    def streams(self) -> float:
        """Answers being written at once, on average over the second half."""
        half = self.states[len(self.states) // 2 :]
        return sum(each.streams for each in half) / len(half) if half else 0.0

    @property
    def slowest_events(self) -> float:
        """The longest pause between two events of an answer, in seconds."""
        return max((each.interval for each in self.states), default=0.0)
