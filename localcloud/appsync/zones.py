"""Time zones for an engine that has none: when a zone's distance from UTC changes, and to what."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

FIRST, LAST = datetime(1900, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)
STEP = timedelta(days=7)  # no zone has changed twice within a week
BEGINNING = -(10**15)

type Transition = tuple[int, int]
"""Since when, in milliseconds of the epoch, and how many seconds east of UTC."""


class UnknownZone(Exception):
    """A name that is no time zone."""


@cache
def transitions(name: str) -> list[Transition]:
    """From the earliest on. Raises UnknownZone."""
    try:
        zone = ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise UnknownZone(f"'{name}' is not a time zone") from error
    return [(BEGINNING, offset(zone, FIRST)), *changes(zone)]


def changes(zone: ZoneInfo) -> Iterator[Transition]:
    earlier = FIRST
    while earlier < LAST:
        later = earlier + STEP
        if offset(zone, earlier) != offset(zone, later):
            yield turn(zone, earlier, later), offset(zone, later)
        earlier = later


def turn(zone: ZoneInfo, earlier: datetime, later: datetime) -> int:
    """The second at which the offset of `later` begins, found by halving."""
    low, high = int(earlier.timestamp()), int(later.timestamp())
    target = offset(zone, later)
    while high - low > 1:
        middle = (low + high) // 2
        if offset(zone, datetime.fromtimestamp(middle, UTC)) == target:
            high = middle
        else:
            low = middle
    return high * 1000


def offset(zone: ZoneInfo, when: datetime) -> int:
    found = when.astimezone(zone).utcoffset()
    return int(found.total_seconds()) if found is not None else 0
