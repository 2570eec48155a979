"""`python -m bench coldstart`: makes the packages, starts every function with each, prints a table."""

import argparse
import json
import os
import platform
import tempfile
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from chalicelib.retrieval.index import PassageIndex
from rich.console import Console

from appsync.layers import LAYERS_OF
from bench.coldstart import report
from bench.coldstart.packages import packages
from bench.coldstart.starts import interpreter, starts
from evaluation.report import insert

PAGE = Path(__file__).parents[2] / "docs/cold-start.md"
RAW = Path(tempfile.gettempdir()) / "riffle-coldstart.json"
console = Console()


def main(arguments: Sequence[str]) -> int:
    options = parser().parse_args(arguments)
    load = os.getloadavg()[0]
    with tempfile.TemporaryDirectory(prefix="riffle-coldstart-") as work:
        index = Path(work) / "index"
        PassageIndex(str(index), 3).maintain()  # makes the table, which is empty
        compared = list(packages(Path(work)))
        found = list(starts(compared, options.functions, options.runs, index))
        table = report.grid(compared, found)
    options.raw.write_text(json.dumps([asdict(each) for each in found], indent=1))
    table.print(console)
    where = machine(options.runs, load)
    console.print(f"{where}\nEvery start is in {options.raw}.")
    if options.write:
        insert(PAGE, "coldstart", f"{where}\n\n{table.markdown()}")
    return 0


def machine(runs: int, load: float) -> str:
    loads = f"a load of {load:.1f} at the start and {os.getloadavg()[0]:.1f} at the end"
    return (
        f"Medians of {runs} interleaved starts; Python {platform.python_version()}, "
        f"{os.cpu_count()} shared cores, {loads}. "
        f"The interpreter's own start, left out: {interpreter(runs) * 1000:.0f} ms."
    )


def parser() -> argparse.ArgumentParser:
    options = argparse.ArgumentParser(prog="python -m bench coldstart", description=__doc__)
    options.add_argument(
        "functions", nargs="*", default=list(LAYERS_OF), help="those to start; all if absent"
    )
    options.add_argument("--runs", type=int, default=11, help="starts of each function with each package")
    options.add_argument("--raw", type=Path, default=RAW, help="where every start's figures go, as JSON")
    options.add_argument("--write", action="store_true", help=f"put the table into docs/{PAGE.name}")
    return options
