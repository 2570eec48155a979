"""`python -m bench fanout`: runs the comparison, prints it, keeps the raw figures, writes the tables."""

import argparse
import json
import os
import tempfile
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from rich.console import Console

from bench.fanout import report
from bench.fanout.comparison import MATRIX, Cell, Run, compare, runs
from evaluation.report import insert

PAGE = Path(__file__).parent.parent.parent / "docs" / "performance.md"
RAW = Path(tempfile.gettempdir()) / "riffle-fanout.json"
console = Console()


def main(arguments: Sequence[str]) -> int:
    options = parser().parse_args(arguments)
    matrix = tuple(
        filter(lambda cell: options.only in {None, f"{cell.connections}x{cell.subscriptions}"}, MATRIX)
    )
    load = os.getloadavg()[0]
    console.print(f"{os.cpu_count()} cores, load {load:.1f} at the start; raw figures go to {options.raw}\n")
    found = list[Run]()
    for run in runs(matrix):
        found.append(run)
        console.print(progress(run), highlight=False)
    options.raw.write_text(json.dumps([asdict(run) for run in found], indent=1))
    show(matrix, found, load, write=options.write)
    return 0


def parser() -> argparse.ArgumentParser:
    options = argparse.ArgumentParser(prog="python -m bench fanout", description=__doc__)
    options.add_argument("--raw", type=Path, default=RAW, help="where every run's figures go, as JSON")
    options.add_argument("--write", action="store_true", help=f"put the tables into docs/{PAGE.name}")
    options.add_argument("--only", metavar="50x4", help="one cell of the matrix")
    return options


def progress(run: Run) -> str:
    figures = run.figures
    where = f"{run.connections} × {run.subscriptions}, {run.in_flight} in flight, {run.server}:"
    times = f"{figures.p50_ms:.1f} / {figures.p99_ms:.1f} ms, {figures.server_cpu_us:.1f} µs each"
    return f"{where:<45} {figures.per_second:>8,.0f} deliveries/s, {times}"


def show(matrix: tuple[Cell, ...], found: list[Run], load: float, *, write: bool) -> None:
    rows = list(compare(matrix, found))
    grids = (report.speed(rows), report.cost(rows))
    for grid in grids:
        grid.print(console)
    if write:
        machine = (
            f"{os.cpu_count()} cores; load {load:.1f} when it started, {os.getloadavg()[0]:.1f} at the end."
        )
        insert(PAGE, "fanout", "\n\n".join((machine, *(grid.markdown() for grid in grids))))
