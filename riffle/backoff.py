"""Delays between attempts: exponential with full jitter, so that many clients do not return together."""

import random
from collections.abc import Iterator


def delays(attempts: int, first: float = 0.2, cap: float = 5.0) -> Iterator[float]:
    """One delay in seconds per further attempt, each drawn below a doubling bound."""
    for number in range(attempts):
        bound = min(cap, first * 2**number)
        yield random.uniform(bound / 4, bound)  # noqa: S311  # spreading load needs no cryptography
