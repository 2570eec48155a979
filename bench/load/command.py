"""`python -m bench load`: the tables of docs/scaling.md, a run of one's own, or a real one to compare."""

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

from bench.load import report
from bench.load.people import People
from bench.load.quotas import Quotas
from bench.load.real import TRIALS, compared
from bench.load.scenarios import SECONDS, Scenario, scenarios
from bench.load.simulation import simulate
from evaluation.report import Grid, insert

PAGE = Path(__file__).parent.parent.parent / "docs" / "scaling.md"
PEOPLE = People(10_000)
console = Console(width=200, markup=False)


def main(arguments: Sequence[str]) -> int:
    options = parser().parse_args(arguments)
    if options.check:
        return check()
    if options.real:
        real(write=options.write)
    elif options.users is None:
        tables(write=options.write)
    else:
        own(options.users, dict(map(named, options.quota)), options.seconds)
    return 0


def parser() -> argparse.ArgumentParser:
    options = argparse.ArgumentParser(prog="python -m bench load", description=__doc__)
    options.add_argument("--write", action="store_true", help=f"put the tables into docs/{PAGE.name}")
    options.add_argument("--check", action="store_true", help="fail when the tables on paper are out of date")
    options.add_argument("--real", action="store_true", help="run a local cloud, and compare; two minutes")
    options.add_argument("--users", type=int, help="a run of one's own, of so many people at work")
    options.add_argument("--quota", metavar="NAME=VALUE", action="append", default=[], help="repeatable")
    options.add_argument("--seconds", type=float, default=SECONDS, help="of a run of one's own")
    return options


def named(text: str) -> tuple[str, float]:
    name, _, value = text.partition("=")
    return name, float(value)


def check() -> int:
    """Only what needs no run, since `make check` has no minutes for it."""
    page = PAGE.read_text("utf-8")
    stale = [name for name, grid in report.grids(PEOPLE) if grid.markdown() not in page]
    if stale:
        again = 'make bench ARGS="load --write"'
        sys.stderr.write(f"docs/{PAGE.name} is out of date ({', '.join(stale)}): run `{again}`.\n")
    return int(bool(stale))


def on_paper() -> None:
    """Writes the tables that need no run."""
    for name, grid in report.grids(PEOPLE):
        insert(PAGE, name, grid.markdown())


def tables(*, write: bool) -> None:
    found = [(each, simulate(each.people, each.quotas, each.seconds)) for each in scenarios()]
    outcomes = report.outcomes(found)
    for grid in (*(grid for _, grid in report.grids(PEOPLE)), outcomes):
        grid.print(console)
    if write:
        on_paper()
        insert(PAGE, "outcomes", outcomes.markdown())


def own(users: int, changes: dict[str, float], seconds: float) -> None:
    scenario = Scenario(", ".join(changes) or "defaults", People(users), Quotas().raised(**changes), seconds)
    show(report.outcomes([(scenario, simulate(scenario.people, scenario.quotas, seconds))]))


def show(grid: Grid) -> None:
    grid.print(console)


def real(*, write: bool) -> None:
    load = os.getloadavg()[0]
    grid = report.comparison(compared(TRIALS))
    show(grid)
    busy = f"{os.cpu_count()} cores, load {load:.1f} at the start and {os.getloadavg()[0]:.1f} at the end."
    console.print(busy)
    if write:
        insert(PAGE, "real", f"{grid.markdown()}\n\n{busy}")
