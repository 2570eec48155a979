"""The comparison as two tables: what subscribers see, and what it costs the server."""

from collections.abc import Callable, Iterable

from bench.fanout.comparison import Versus
from bench.fanout.load import Figures
from evaluation.report import Grid

WHERE = ("connections × subscriptions", "mutations in flight")


def speed(rows: Iterable[Versus]) -> Grid:
    """Deliveries per second, and the milliseconds from a mutation's sending to a delivery's reading."""
    headers = (
        *WHERE, "deliveries/s: Riffle", "simulator", "ratio (range)",
        "p50 / p99 ms: Riffle", "simulator", "ratio of p99 (range)",
    )  # fmt: skip
    return Grid("Fan-out: speed", headers, tuple(_speed(row) for row in rows))


def _speed(row: Versus) -> tuple[str, ...]:
    rates = [f"{rate:,.0f}" for rate in row.both(lambda each: each.per_second)]
    latencies = [
        f"{p50:,.1f} / {p99:,.1f}"
        for p50, p99 in zip(row.both(lambda e: e.p50_ms), row.both(lambda e: e.p99_ms), strict=True)
    ]
    return (
        *_where(row), *rates, _ratio(row, lambda each: each.per_second),
        *latencies, _ratio(row, lambda each: each.p99_ms),
    )  # fmt: skip


def cost(rows: Iterable[Versus]) -> Grid:
    """The server's processor time per delivery, and its memory before any connection and at its peak."""
    headers = (
        *WHERE, "CPU µs per delivery: Riffle", "simulator", "ratio (range)",
        "memory MB, before → peak: Riffle", "simulator", "client busy: Riffle", "simulator",
    )  # fmt: skip
    return Grid("Fan-out: cost", headers, tuple(_cost(row) for row in rows))


def _cost(row: Versus) -> tuple[str, ...]:
    cpu = [f"{each:.1f}" for each in row.both(lambda each: each.server_cpu_us)]
    memory = [
        f"{before:.0f} → {peak:.0f}"
        for before, peak in zip(
            row.both(lambda each: each.rss_before_mb), row.both(lambda each: each.rss_peak_mb), strict=True
        )
    ]
    busy = [f"{each:.0%}".replace("%", " %") for each in row.both(lambda each: each.client_busy)]
    return (*_where(row), *cpu, _ratio(row, lambda each: each.server_cpu_us), *memory, *busy)


def _where(row: Versus) -> tuple[str, str]:
    return str(row.cell), str(row.in_flight)


def _ratio(row: Versus, figure: Callable[[Figures], float]) -> str:
    middle, low, high = row.ratio(figure)
    return f"{middle:.2f} ({low:.2f}–{high:.2f})"
