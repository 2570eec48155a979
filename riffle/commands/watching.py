"""`riffle status` and `riffle logs`: how a stage on AWS is, and what its functions write."""

import sys
import time
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Literal

import typer
from rich.text import Text

from riffle.commands.console import complain, out, plain, say, write, write_json, write_table
from riffle.commands.options import JsonOption
from riffle.commands.stages import ProfileOption, RegionOption, StageOption, aim, deployer
from riffle.decoding import encode
from riffle.uploads import readable

if TYPE_CHECKING:
    from appsync.deploying.inspecting import Function, Queue, Table
    from appsync.deploying.logs import Line
    from appsync.deploying.status import Endpoints, Status

LOOK = 2.0  # seconds between two looks at a log
STYLES = {"DEBUG": "dim", "WARNING": "yellow", "ERROR": "red", "CRITICAL": "bold red"}

LevelName = Literal["DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"]
Name = Literal["resolve", "search", "ingest", "answer", "maintain"]


def status(
    stage: StageOption,
    region: RegionOption = None,
    profile: ProfileOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show a stage on AWS: its addresses, functions, queues and tables, and whether it is well.

    Exit status: 0 when it is healthy, 1 when something is wrong with it or it is not there.
    """
    with deployer():
        from appsync.deploying.status import inspect

        session, _ = aim(profile, region)
        found = inspect(session, stage, datetime.now(UTC))
    if as_json:
        write_json({**encode(found), "healthy": not found.problems})
    else:
        _show(found)
    raise typer.Exit(1 if found.problems else 0)


FUNCTION = ("function", "state", "changed", "code", "memory", "timeout", "layers")
QUEUE = ("queue", "waiting", "in flight", "delayed", "failed for good", "oldest")
TABLE = ("table", "state", "rows, about", "protected", "recoverable")


def _show(found: "Status") -> None:
    _show_addresses(found.endpoints)
    _section("Functions", FUNCTION, map(_function_row, found.functions))
    _section("Queues", QUEUE, map(_queue_row, found.queues))
    _section("Tables", TABLE, map(_table_row, found.tables))
    for problem in found.problems:
        complain(problem)
    well = "healthy" if not found.problems else f"not well ({len(found.problems)})"
    say(f"riffle-{found.stage} in {found.region} is {well}: {found.stack}")


def _show_addresses(found: "Endpoints") -> None:
    """At a terminal never cut to its width: addresses are for copying."""
    if not out.is_terminal:
        write_table(("what", "where"), _addresses(found))
        return
    out.print("\n[bold]Addresses[/bold]")
    for what, where in _addresses(found):
        out.print(f"{what:<11}{where}", markup=False, soft_wrap=True)


def _section(title: str, headers: tuple[str, ...], rows: Iterable[Iterable[object]]) -> None:
    if out.is_terminal:
        out.print(f"\n[bold]{title}[/bold]")
    write_table(headers, rows)


def _addresses(found: "Endpoints") -> list[tuple[str, str]]:
    named = {
        "page": found.page, "GraphQL": found.graphql, "Events": found.events, "user pool": found.user_pool,
        "client id": found.user_pool_client, "dashboard": found.dashboard,
    }  # fmt: skip
    return [(name, value) for name, value in named.items() if value]


def _function_row(each: "Function") -> tuple[object, ...]:
    code = None if each.bytes is None else readable(each.bytes)
    memory = None if each.memory_mb is None else f"{each.memory_mb} MB"
    timeout = None if each.timeout_seconds is None else f"{each.timeout_seconds} s"
    return each.name, each.state, _moment(each.modified), code, memory, timeout, each.layers


def _queue_row(each: "Queue") -> tuple[object, ...]:
    oldest = None if each.oldest_seconds is None else f"{each.oldest_seconds} s"
    return each.name, each.waiting, each.in_flight, each.delayed, each.dead, oldest


def _table_row(each: "Table") -> tuple[object, ...]:
    return each.name, each.state, each.items, _yes(each.protected), _yes(each.recoverable)


def _yes(value: bool) -> str:
    return "yes" if value else "no"


def _moment(at: datetime | None) -> str | None:
    return None if at is None else f"{at.astimezone():%Y-%m-%d %H:%M}"


def logs(
    function: Annotated[Name, typer.Argument(help="Whose log.")],
    stage: StageOption,
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Wait for more, until Ctrl-C.")] = False,
    since: Annotated[str, typer.Option(metavar="TIME", help="From 90s, 10m, 2h or 7d ago.")] = "10m",
    level: Annotated[LevelName | None, typer.Option(help="This level and those above it only.")] = None,
    raw: Annotated[bool, typer.Option("--raw", help="Lines as the function wrote them.")] = False,
    region: RegionOption = None,
    profile: ProfileOption = None,
) -> None:
    """Show what a function of a stage on AWS has written, or follow it."""
    with deployer():
        from appsync.deploying import logs as log

        try:
            start = datetime.now(UTC) - log.duration(since)
        except ValueError as error:
            raise typer.BadParameter(str(error), param_hint="--since") from error
        session, _ = aim(profile, region)
        client, group = session.client("logs"), f"/aws/lambda/riffle-{stage}-{function}"
        lines = log.follow(client, group, start, _wait) if follow else log.read(client, group, start)
        try:
            shown = sum(_print(line, raw=raw) for line in lines if _wanted(line, level, raw=raw))
        except KeyboardInterrupt:
            sys.exit(130)
    if not shown:
        say(f"{function} wrote nothing {'of that kind ' if level else ''}in the last {since}.")


def _wait() -> None:
    time.sleep(LOOK)


def _wanted(line: "Line", level: "LevelName | None", *, raw: bool) -> bool:
    if level is not None:
        return line.reaches(level)
    return raw or not line.is_noise


def _print(line: "Line", *, raw: bool) -> int:
    if raw:
        write(f"{line.raw}\n")
        return 1
    text = Text(f"{line.at.astimezone():%Y-%m-%d %H:%M:%S.%f}"[:-3], "dim")
    text.append(f" {line.level or '':<8} ", STYLES.get(line.level or "", ""))
    text.append(plain(line.message))
    for name, value in line.keys.items():
        text.append(f" {plain(name)}=", "dim")
        text.append(plain(value))
    out.print(text)
    return 1
