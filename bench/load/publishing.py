"""What becomes of publishes when the API takes fewer than there are: a fixed point, no simulation.

A worker publishes from one thread and waits for each reply, so refused publishes slow it down, and the text
that comes meanwhile goes with the next one: the load gives way by itself. Retries are urllib3's, as
`chalicelib/stores/events.py` sets them.
"""

import math
from dataclasses import dataclass

from appsync.costs.facts import PUBLISH_SECONDS

TRIES = 5
FIRST_PAUSE = 0.1
JITTER = 0.1
"""Of a publish: the first and four more, after 0, 0.2, 0.4 and 0.8 s and up to 0.2 s of jitter each."""

_ROUNDS = 60


@dataclass(frozen=True, slots=True)
class Publishing:
    """`interval`: seconds between two events of an answer; `refused`: share of requests the API turns away;
    `lost`: share of events given up, which their readers fetch instead."""

    interval: float
    refused: float
    lost: float


def settled(streams: float, wanted: float, others: float, quota: float, reply: float) -> Publishing:
    """Where `streams` answers of `wanted` events a second each, and `others` requests, come to rest."""
    if not streams or streams * wanted + others <= quota:
        return Publishing(1 / wanted, 0.0, 0.0)
    low, high = 0.0, 0.999
    for _ in range(_ROUNDS):
        refused = (low + high) / 2
        offered = streams * tries(refused) / interval(refused, wanted, reply) + others
        low, high = (refused, high) if offered * (1 - refused) > quota else (low, refused)
    return Publishing(interval(high, wanted, reply), high, high**TRIES)


def tries(refused: float) -> float:
    """Requests of one event, on average."""
    return math.fsum(refused**number for number in range(TRIES))


def interval(refused: float, wanted: float, reply: float) -> float:
    """Seconds from one event's first request to the next's, never less than the coalescer's."""
    pauses = (0.0, *(FIRST_PAUSE * 2**number for number in range(1, TRIES - 1)))
    waited = math.fsum(
        refused**number * (pause + (JITTER if pause else 0.0)) for number, pause in enumerate(pauses, start=1)
    )
    return max(PUBLISH_SECONDS, 1 / wanted, reply * tries(refused) + waited)
