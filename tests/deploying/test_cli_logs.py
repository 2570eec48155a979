"""The log of a function: CloudWatch's events in, lines for people out."""

import json
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

import boto3
import pytest

from appsync.deploying import logs
from tests.deploying.commands import Inside, account

if TYPE_CHECKING:
    from mypy_boto3_logs.type_defs import InputLogEventTypeDef

NOW = datetime(2026, 11, 21, 15, 4, 5, 678_000, UTC)
_numbers = count()

POWERTOOLS = json.dumps({
    "level": "WARNING", "location": "handle:42", "message": "index is busy", "timestamp": "…",
    "service": "riffle", "function_name": "riffle-dev-ingest", "cold_start": False, "document": "01J",
    "tries": 2,
})  # fmt: skip
METRICS = json.dumps({"_aws": {"Timestamp": 1}, "service": "riffle", "Fields": [1.0]})


class Log:
    """A function's log group in MiniStack."""

    def __init__(self, aws: boto3.Session) -> None:
        self.stage = f"log{next(_numbers)}"
        self.group = f"/aws/lambda/riffle-{self.stage}-ingest"
        self.client = aws.client("logs")
        self.client.create_log_group(logGroupName=self.group)
        self.client.create_log_stream(logGroupName=self.group, logStreamName="one")

    def write(self, *texts: str, ago: timedelta = timedelta(seconds=1)) -> None:
        at = int((datetime.now(UTC) - ago).timestamp() * 1000)
        events: list[InputLogEventTypeDef] = [{"timestamp": at, "message": text} for text in texts]
        self.client.put_log_events(logGroupName=self.group, logStreamName="one", logEvents=events)


@pytest.fixture
def log(aws: boto3.Session) -> Log:
    return Log(aws)


# ---- Lines.


def test_line_of_powertools_is_its_level_message_and_own_keys() -> None:
    line = logs.parse(POWERTOOLS, NOW)
    assert (line.level, line.message) == ("WARNING", "index is busy")
    assert line.keys == {"document": "01J", "tries": "2"}
    assert not line.is_noise


@pytest.mark.parametrize(
    "text", [METRICS, "START RequestId: 1 Version: 2", "END RequestId: 1", "INIT_START x"]
)
def test_metrics_and_the_platforms_own_lines_are_noise(text: str) -> None:
    assert logs.parse(text, NOW).is_noise


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-21T15:04:05Z 1 Task timed out after 25.00 seconds",
        "RequestId: 1 Error: Runtime exited with error: signal: killed",
        "[ERROR] KeyError: 'x'\nTraceback (most recent call last):",
        "INIT_REPORT Init Duration: 9999 ms Phase: init Status: timeout",
    ],
)
def test_what_lambda_says_of_a_broken_run_is_an_error(text: str) -> None:
    line = logs.parse(text, NOW)
    assert line.level == "ERROR"
    assert line.reaches("WARNING")
    assert not line.is_noise


HOSTILE = ['{"a":' * 20_000, '{"message": ' + "1" * 5000 + "}"]


@pytest.mark.parametrize("text", ["{not json", "{}", "[1]", "printed", "", *HOSTILE], ids=range(7))
def test_any_text_is_a_line(text: str) -> None:
    assert logs.parse(text, NOW).raw == text


@pytest.mark.parametrize(("text", "seconds"), [("90s", 90), ("10m", 600), ("2h", 7200), ("7d", 604_800)])
def test_lengths_of_time(text: str, seconds: int) -> None:
    assert logs.duration(text) == timedelta(seconds=seconds)


@pytest.mark.parametrize("text", ["", "10", "m", "-1h", "1.5h", "1 h", "²m", "999999999d"])
def test_what_is_no_length_of_time_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is no length of time"):
        logs.duration(text)


# ---- Reading.


def test_only_what_was_written_since_is_read(log: Log) -> None:
    log.write("long ago", ago=timedelta(hours=2))
    log.write("just now")
    lines = logs.read(log.client, log.group, datetime.now(UTC) - timedelta(minutes=10))
    assert [line.message for line in lines] == ["just now"]


def test_following_shows_every_line_once_also_those_that_come_late(log: Log) -> None:
    log.write("first", ago=timedelta(seconds=2))
    begun, looks = datetime.now(UTC) - timedelta(minutes=1), count()

    def wait() -> None:
        first = next(looks) == 0
        log.write("late" if first else "last", ago=timedelta(seconds=4 if first else 1))

    lines = logs.follow(log.client, log.group, begun, wait)
    assert [next(lines).message for _ in range(3)] == ["first", "late", "last"]


@pytest.mark.parametrize("how", ["read", "follow"])
def test_function_without_a_log_is_not_deployed(aws: boto3.Session, how: str) -> None:
    client, group = aws.client("logs"), "/aws/lambda/riffle-no-ingest"
    lines = logs.read(client, group, NOW) if how == "read" else logs.follow(client, group, NOW, pytest.fail)
    with pytest.raises(logs.NoSuchLog, match=f"There is no log group {group}"):
        next(lines)


# ---- The command.


def test_logs_are_readable_lines_with_time_level_message_and_keys(
    inside: Inside, log: Log, ministack: str, tmp_path: Path
) -> None:
    log.write("START RequestId: 1", METRICS, POWERTOOLS)
    ran = inside(account(tmp_path, ministack, TZ="UTC"), "logs", "ingest", "--stage", log.stage)
    assert ran.status == 0
    (line,) = ran.out.splitlines()
    assert line.endswith(" WARNING  index is busy document=01J tries=2")
    assert datetime.fromisoformat(line[:23]).year >= 2026


def test_level_leaves_out_what_is_below_it(inside: Inside, log: Log, ministack: str, tmp_path: Path) -> None:
    log.write(POWERTOOLS, POWERTOOLS.replace("WARNING", "ERROR"), POWERTOOLS.replace("WARNING", "INFO"))
    arguments = ("logs", "ingest", "--stage", log.stage, "--level", "WARNING")
    ran = inside(account(tmp_path, ministack), *arguments)
    assert [line.split()[2] for line in ran.out.splitlines()] == ["WARNING", "ERROR"]


def test_raw_lines_are_as_they_were_written(inside: Inside, log: Log, ministack: str, tmp_path: Path) -> None:
    log.write("END RequestId: 1", POWERTOOLS)
    ran = inside(account(tmp_path, ministack), "logs", "ingest", "--stage", log.stage, "--raw")
    assert ran.out.splitlines() == ["END RequestId: 1", POWERTOOLS]


@pytest.mark.parametrize("raw", [(), ("--raw",)])
def test_no_log_line_steers_the_terminal(
    inside: Inside, log: Log, ministack: str, tmp_path: Path, raw: tuple[str, ...]
) -> None:
    log.write(
        "\x1b[2Jprinted\x07",
        '{"level": "INFO", "message": "\\u001b]0;title\\u0007", "key": "\\u009b1m\\ud800"}',
    )
    ran = inside(account(tmp_path, ministack), "logs", "ingest", "--stage", log.stage, *raw)
    assert "printed" in ran.out
    assert not {"\x1b", "\x07", "\x9b"} & set(ran.out)


def test_empty_log_is_said_to_be_so(inside: Inside, log: Log, ministack: str, tmp_path: Path) -> None:
    ran = inside(account(tmp_path, ministack), "logs", "ingest", "--stage", log.stage, "--since", "90s")
    assert (ran.status, ran.out, ran.err) == (0, "", "ingest wrote nothing in the last 90s.\n")


@pytest.mark.parametrize(
    "wrong", [("digest",), ("ingest", "--since", "yesterday"), ("ingest", "--level", "X")]
)
def test_wrong_usage_of_logs_ends_with_status_2(
    inside: Inside, ministack: str, tmp_path: Path, wrong: tuple[str, ...]
) -> None:
    assert inside(account(tmp_path, ministack), "logs", *wrong, "--stage", "dev").status == 2
