"""How long something takes, again and again."""

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np

WARM = 5
"""Calls before any is counted."""


@dataclass(frozen=True, slots=True)
class Times:
    """Milliseconds of calls that were made one after the other."""

    p50: float
    p95: float

    def __str__(self) -> str:
        return f"{self.p50:.1f} / {self.p95:.1f}"


def timed[Item](items: Iterable[Item], call: Callable[[Item], object]) -> Times:
    """Of all items but the first few, which warm things up."""
    found = [_milliseconds(call, each) for each in items][WARM:]
    return Times(float(np.percentile(found, 50)), float(np.percentile(found, 95)))


def taking_turns[Item](items: Iterable[Item], *calls: Callable[[Item], object]) -> list[Times]:
    """Each item by every call before the next, so that what else the machine does disturbs all alike."""
    found = np.array([[_milliseconds(call, each) for call in calls] for each in items])[WARM:]
    return [Times(*map(float, np.percentile(column, (50, 95)))) for column in found.T]


def _milliseconds[Item](call: Callable[[Item], object], item: Item) -> float:
    began = time.perf_counter()
    call(item)
    return (time.perf_counter() - began) * 1_000
