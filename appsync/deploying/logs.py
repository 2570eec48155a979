"""One function's log lines, oldest first, as CloudWatch keeps them; Powertools writes most as JSON."""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Literal, get_args

from botocore.exceptions import ClientError

from appsync.deploying.errors import DeployError, explained

if TYPE_CHECKING:
    from mypy_boto3_logs import CloudWatchLogsClient
    from mypy_boto3_logs.type_defs import FilteredLogEventTypeDef

type Level = Literal["DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"]
LEVELS: tuple[Level, ...] = get_args(Level.__value__)

UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}
DIGITS = 5  # of days: more than there are logs
LATE = timedelta(seconds=10)  # CloudWatch shows lines of one moment in any order, some of them seconds later
CONSTANT = frozenset({
    "level", "message", "timestamp", "service", "location", "function_name", "function_arn",
    "function_memory_size", "function_request_id", "cold_start", "xray_trace_id",
})  # fmt: skip
"""What Powertools adds to every line, and which says nothing about the one that is read."""
PLATFORM = re.compile(r"^(START|END|INIT_START|XRAY|EXTENSION|TELEMETRY)\b")
BROKEN = re.compile(r"^\[ERROR\]|Task timed out|Runtime exited|Status: (error|timeout)")


class NoSuchLog(DeployError):
    """Raised when a function has no log group: the stage or the function is not deployed."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line. `level` is None where the function did not say one; `raw` is what it wrote."""

    at: datetime
    level: Level | None
    message: str
    raw: str
    keys: Mapping[str, str] = field(default_factory=dict)
    is_noise: bool = False

    def reaches(self, level: Level) -> bool:
        return self.level is not None and LEVELS.index(self.level) >= LEVELS.index(level)


def duration(text: str) -> timedelta:
    """`90s`, `10m`, `2h` or `7d`. Raises ValueError for anything else."""
    number, unit = text[:-1], text[-1:]
    if unit not in UNITS or not number.isdecimal() or len(number) > DIGITS:
        raise ValueError(f"'{text}' is no length of time; try 90s, 10m, 2h or 7d")
    return timedelta(**{UNITS[unit]: int(number)})


def read(client: "CloudWatchLogsClient", group: str, since: datetime) -> Iterator[Line]:
    """What was written since then. Raises NoSuchLog."""
    with _explained(group):
        yield from map(_line, _events(client, group, since))


def follow(
    client: "CloudWatchLogsClient", group: str, since: datetime, wait: Callable[[], None]
) -> Iterator[Line]:
    """What was written since then, and whatever comes after; `wait` passes the time between two looks.

    Raises NoSuchLog.
    """
    shown: dict[str, datetime] = {}
    while True:
        with _explained(group):
            for event in _events(client, group, since):
                if event["eventId"] not in shown:
                    shown[event["eventId"]] = _time(event)
                    yield _line(event)
        since = max([since, *(at - LATE for at in shown.values())])
        shown = {each: at for each, at in shown.items() if at >= since}
        wait()


def _events(
    client: "CloudWatchLogsClient", group: str, since: datetime
) -> "Iterator[FilteredLogEventTypeDef]":
    pages = client.get_paginator("filter_log_events")
    start = int(since.timestamp() * 1000)
    for page in pages.paginate(logGroupName=group, startTime=start):
        yield from page["events"]


@contextmanager
def _explained(group: str) -> Iterator[None]:
    try:
        with explained("logs"):
            yield
    except DeployError as error:
        if isinstance(error.__cause__, ClientError) and _is_missing(error.__cause__):
            raise NoSuchLog(
                f"There is no log group {group}; `riffle status` shows what is deployed"
            ) from error
        raise


def _is_missing(error: ClientError) -> bool:
    return error.response["Error"].get("Code") == "ResourceNotFoundException"


def _time(event: "FilteredLogEventTypeDef") -> datetime:
    return datetime.fromtimestamp(event["timestamp"] / 1000, UTC)


def _line(event: "FilteredLogEventTypeDef") -> Line:
    return parse(event["message"].rstrip("\n"), _time(event))


def parse(text: str, at: datetime) -> Line:
    """A line of Powertools' logger or metrics, of Lambda itself, or of a bare `print`."""
    try:
        value = json.loads(text) if text.startswith("{") else None
    except (
        ValueError,
        RecursionError,
    ):  # numbers of thousands of digits, and what is nested as deeply, included
        value = None
    if isinstance(value, dict):
        return _structured(value, text, at)
    broken = BROKEN.search(text) is not None
    noise = PLATFORM.match(text) is not None and not broken
    return Line(at, "ERROR" if broken else None, " ".join(text.split()), text, is_noise=noise)


def _structured(value: dict[str, object], text: str, at: datetime) -> Line:
    """Metrics are such lines too: they have `_aws` and no message."""
    level = next((each for each in LEVELS if each == value.get("level")), None)
    keys = {name: _shown(each) for name, each in value.items() if name not in CONSTANT}
    return Line(at, level, _shown(value.get("message", text)), text, keys, is_noise="_aws" in value)


def _shown(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
