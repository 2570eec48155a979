"""How long work stays in its queue when a service asks to slow down: pauses that grow, so many of them."""

from collections.abc import Callable
from dataclasses import dataclass
from random import SystemRandom


@dataclass(frozen=True, slots=True)
class Patience:
    """Pauses in seconds, which double from `first` up to `longest`, for `times` times in all.

    Half of each pause is drawn at random, so that those who were refused together do not come back together.
    SQS delays a message by 900 seconds at most.
    """

    first: int
    longest: int
    times: int
    draw: Callable[[], float] = SystemRandom().random  # not seeded: restored snapshots would agree

    def pause(self, waited: int) -> int | None:
        """Before the next try, after so many pauses; None when patience is over."""
        if waited >= self.times:
            return None
        whole = min(self.longest, self.first << waited)
        return max(1, round(whole * (1 + self.draw()) / 2))
