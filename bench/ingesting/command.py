"""`python -m bench ingesting`: runs the comparison, prints it, and writes it into docs/performance.md."""

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

from bench.ingesting import overhead, report
from bench.ingesting.comparison import PEERS, ROUNDS, gathered, rounds
from bench.ingesting.contenders import ENTRIES, Entry
from bench.ingesting.measuring import Figures
from evaluation.report import Grid, insert

PAGE = Path(__file__).parent.parent.parent / "docs" / "performance.md"
console = Console(width=160, markup=False)


def main(arguments: Sequence[str]) -> int:
    options = parser().parse_args(arguments)
    wanted = [each for each in ENTRIES if each.name in (options.only or [each.name])]
    if any(each.peer for each in wanted) and not PEERS.exists():
        sys.stderr.write(
            "The peers are not installed: run `make .venv-peers/.ready`, or name others by --only.\n"
        )
        return 1
    load = os.getloadavg()[0]
    grids = [overhead.table(options.rounds)] if options.real else compared(wanted, options.rounds)
    loads = f"load {load:.1f} when it started, {os.getloadavg()[0]:.1f} at the end"
    machine = f"Rounds: {options.rounds}. {os.cpu_count()} cores; {loads}."
    for grid in grids:
        grid.print(console)
    console.print(machine)
    if options.write:
        name = "real embedder" if options.real else "ingesting"
        insert(PAGE, name, "\n\n".join((machine, *map(titled, grids))))
    return 0


def titled(grid: Grid) -> str:
    return f"{grid.title}:\n\n{grid.markdown()}"


def parser() -> argparse.ArgumentParser:
    options = argparse.ArgumentParser(prog="python -m bench ingesting", description=__doc__)
    options.add_argument("--write", action="store_true", help=f"put the tables into docs/{PAGE.name}")
    options.add_argument(
        "--real", action="store_true", help="only ours, with the embedder of the local cloud"
    )
    options.add_argument("--rounds", type=int, default=ROUNDS)
    options.add_argument("--only", metavar="NAME", nargs="+", choices=[each.name for each in ENTRIES])
    return options


def compared(wanted: Sequence[Entry], count: int) -> list[Grid]:
    found = list[tuple[Entry, Figures]]()
    for each, figures in rounds(wanted, count):
        found.append((each, figures))
        console.print(progress(each, figures), highlight=False)
    runs = gathered(found)
    grids = [report.ingestion(runs), report.queries(runs), report.contents(runs)]
    complete = {"riffle", *report.AIMS} <= runs.keys()
    return [report.aims(runs), *grids] if complete else grids


def progress(entry: Entry, figures: Figures) -> str:
    answers = ", ".join(f"{each.per_second:,.0f} {kind}" for kind, each in figures.answers.items())
    return f"{entry.title:<28} {figures.documents / figures.seconds:>6,.0f} documents/s; queries/s: {answers}"
