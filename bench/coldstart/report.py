"""The starts as one table, and as JSON."""

from collections.abc import Iterable, Sequence

from bench.coldstart.packages import OURS, Package
from bench.coldstart.starts import Start, median
from evaluation.report import Grid

HEADERS = (
    "function", "package", "import", "first event", "index", "together, ms", "processor, ms", "ratio",
    "memory, MB", "unzipped, MB",
)  # fmt: skip


def grid(packages: Sequence[Package], found: Sequence[Start]) -> Grid:
    functions = dict.fromkeys(each.function for each in found)
    rows = (row(package, function, found) for function in functions for package in packages)
    return Grid("Cold starts, beyond the interpreter's own", HEADERS, tuple(rows))


def row(package: Package, function: str, found: Iterable[Start]) -> tuple[str, ...]:
    of = [each for each in found if each.function == function]
    ours = [each for each in of if each.package == OURS]
    these = [each for each in of if each.package == package.name]
    ratio = median(these, lambda each: each.total) / median(ours, lambda each: each.total)
    return (
        f"`{function}`", package.name,
        _ms(median(these, lambda each: each.imported)),
        _ms(median(these, lambda each: each.used - each.imported)),
        _ms(median(these, lambda each: each.total - each.used)),
        _ms(median(these, lambda each: each.total)),
        _ms(median(these, lambda each: each.processor)),
        f"{ratio:.1f}",
        f"{median(these, lambda each: each.memory) / 1e6:.0f}",
        f"{package.bytes(function) / 1e6:.1f}",
    )  # fmt: skip


def _ms(seconds: float) -> str:
    return f"{seconds * 1000:.0f}" if seconds > 0.0005 else "–"
