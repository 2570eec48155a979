"""Fresh processes, one function and package each in turn, so that all of them share the machine's moods."""

import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.coldstart.packages import Package

PROBE = Path(__file__).with_name("probe.py")
EVENTS: Mapping[str, object] = json.loads(Path(__file__).with_name("events.json").read_text())
SEARCHING = frozenset({"search", "answer", "ingest", "maintain"})
"""The functions that open the index."""

BARE = ("-I", "-S", "-B", "-W", "ignore")
"""Python with no modules but its own, which leaves no bytecode behind."""

NAMES = (
    "STAGE", "BUCKET", "DOCUMENTS_TABLE", "ANSWERS_TABLE", "CONVERSATIONS_TABLE", "CHAT_MODEL",
    "INGEST_QUEUE_URL", "ANSWER_QUEUE_URL", "GRAPHQL_URL",
)  # fmt: skip
NOWHERE = "https://127.0.0.1:9"
ENVIRON = {f"RIFFLE_{name}": f"{NOWHERE}/x" if name.endswith("URL") else "probe" for name in NAMES} | {
    "RIFFLE_EMBEDDING_MODEL": "amazon.titan-embed-text-v2:0", "RIFFLE_EMBEDDING_DIMENSIONS": "3",
    "AWS_DEFAULT_REGION": "us-east-1", "AWS_ACCESS_KEY_ID": "probe", "AWS_SECRET_ACCESS_KEY": "probe",
    "AWS_ENDPOINT_URL": NOWHERE, "PATH": os.environ["PATH"],
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Start:
    """One process's figures: seconds beyond the interpreter's start, of the processors in them, and bytes."""

    function: str
    package: str
    imported: float
    used: float
    total: float
    processor: float
    memory: int
    modules: tuple[str, ...]


def starts(packages: Sequence[Package], functions: Iterable[str], runs: int, index: Path) -> Iterator[Start]:
    """Every function with every package, `runs` times around, after one round that fills the page cache."""
    for number in range(runs + 1):
        for function in functions:
            for package in packages:
                found = start(package, function, index if function in SEARCHING else None)
                if number:
                    yield found


def start(package: Package, function: str, index: Path | None = None, *, ready: bool = True) -> Start:
    """Starts a function with its first event and, where there is an index to open, opens it afterwards.

    `ready` is whether it is made ready for the event while it is imported, as Lambda has it.
    """
    asked = {
        "function": function,
        "folders": [str(folder) for folder in package.folders[function]],
        "event": EVENTS[function],
        "index": str(index) if index else "",
        "client": package.client,
    }
    done = subprocess.run(  # noqa: S603  (our own arguments)
        [sys.executable, *BARE, str(PROBE), json.dumps(asked)],
        env=ENVIRON | ({"AWS_LAMBDA_FUNCTION_NAME": f"probe-{function}"} if ready else {}),
        capture_output=True, text=True, timeout=120, check=True,
    )  # fmt: skip
    figures = json.loads(done.stdout.splitlines()[-1])
    return Start(function, package.name, **figures | {"modules": tuple(figures["modules"])})


def interpreter(runs: int) -> float:
    """Seconds from nothing to the first line of a program, which no package changes."""
    return statistics.median(_interpreter() for _ in range(runs))


def _interpreter() -> float:
    began = time.perf_counter()
    subprocess.run([sys.executable, *BARE, "-c", "pass"], env=ENVIRON, check=True)  # noqa: S603  (our own arguments)
    return time.perf_counter() - began


def median(found: Iterable[Start], figure: Callable[[Start], float]) -> float:
    return statistics.median(map(figure, found))
