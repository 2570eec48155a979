"""Runs everybody in turn, each time in a fresh process, and puts what they found side by side."""

import json
import os
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from statistics import median

from bench.ingesting.contenders import Entry
from bench.ingesting.measuring import Answers, Figures

ROUNDS = 5
ROOT = Path(__file__).parent.parent.parent
PEERS = ROOT / ".venv-peers/bin/python"
_SECONDS = 1_800.0

type Runs = Mapping[str, Sequence[Figures]]
"""By the contender's name; the runs of one round have the same place."""


def rounds(entries: Sequence[Entry], count: int) -> Iterator[tuple[Entry, Figures]]:
    """Everybody once, then again: what else the machine does falls on all alike."""
    for _ in range(count):
        for each in entries:
            yield each, run(each)


def run(entry: Entry) -> Figures:
    python = PEERS if entry.peer else sys.executable
    done = subprocess.run(  # noqa: S603  (our own module)
        [python, "-W", "ignore", "-m", "bench.ingesting.measuring", entry.name],
        cwd=ROOT, env=_environment(), capture_output=True, text=True, timeout=_SECONDS, check=False,
    )  # fmt: skip
    if done.returncode:
        raise RuntimeError(f"{entry.title} broke off:\n{done.stderr[-2_000:]}")
    return read(done.stdout.splitlines()[-1])


def read(line: str) -> Figures:
    told = json.loads(line)
    answers = {name: Answers(**each) for name, each in told.pop("answers").items()}
    return Figures(**told, answers=answers)


def gathered(found: Sequence[tuple[Entry, Figures]]) -> Runs:
    runs = defaultdict[str, list[Figures]](list)
    for each, figures in found:
        runs[each.name].append(figures)
    return runs


def ratio(runs: Runs, one: str, other: str) -> tuple[float, float, float]:
    """How many times as many documents a second as the other: the median round's, the lowest, the highest."""
    pairs = zip(runs[one], runs[other], strict=True)
    ratios = [theirs.seconds / ours.seconds for ours, theirs in pairs]
    return median(ratios), min(ratios), max(ratios)


def _environment() -> dict[str, str]:
    """The caller's, with our modules to import, and LanceDB's remarks left out."""
    paths = os.pathsep.join((str(ROOT), str(ROOT / "chalice_app")))
    return {**os.environ, "PYTHONPATH": paths, "LANCEDB_LOG": "error"}
