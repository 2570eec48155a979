"""`python -m bench searching`: makes tables of each size, searches them, prints and writes what it took."""

import argparse
import os
import tempfile
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

from bench.searching import report
from bench.searching.cloud import cloud, compared
from bench.searching.corpus import Corpus
from bench.searching.disk import first_query, make, owners
from bench.searching.report import Size
from bench.searching.scattering import scattered
from evaluation.report import insert

PAGE = Path(__file__).parents[2] / "docs/performance.md"
SIZES = (10_000, 100_000, 1_000_000)
console = Console(width=200, markup=False)


def main(arguments: Sequence[str]) -> int:
    options = parser().parse_args(arguments)
    load = os.getloadavg()[0]
    sizes = [measured(size, options.questions) for size in options.sizes]
    singles = None if options.no_singles else scattered(options.questions)
    where = (
        f"{os.cpu_count()} shared cores; load {load:.1f} at the start, {os.getloadavg()[0]:.1f} at the end."
    )
    grids = report.grids(sizes, singles)
    if singles:
        grids[-1].print(console)
    console.print(where)
    if options.write:
        insert(PAGE, "searching", "\n\n".join([where, *(report.section(each) for each in grids)]))
    return 0


def measured(size: int, questions: int) -> Size:
    """All of one size; the local cloud is its own, and so is the folder, which goes with it."""
    with cloud() as running, tempfile.TemporaryDirectory(prefix="riffle-searching-") as name:
        folder, corpus = Path(name), Corpus(size, running.owner)
        made = make(folder, corpus)
        asked = corpus.questions(questions)
        console.print(f"{size:,} passages: written in {made.writing:.0f} s, indexed in {made.upkeep:.0f} s")
        on_disk = list(owners(folder, corpus, asked))
        first = first_query(folder, corpus, asked[0])
        running.upload(folder)
        found = Size(size, made, on_disk, first, list(compared(running, asked)))
    for grid in report.grids([found], None):  # at once, as a million takes long
        grid.print(console)
    return found


def parser() -> argparse.ArgumentParser:
    options = argparse.ArgumentParser(prog="python -m bench searching", description=__doc__)
    options.add_argument("--sizes", type=int, nargs="*", default=SIZES, help="passages in the table")
    options.add_argument("--questions", type=int, default=60, help="for each kind of search")
    options.add_argument("--no-singles", action="store_true", help="leave the 1,000 single ingests out")
    options.add_argument("--write", action="store_true", help=f"put the tables into docs/{PAGE.name}")
    return options
