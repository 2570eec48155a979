"""The figures as tables."""

from collections.abc import Sequence
from dataclasses import dataclass

from bench.searching.cloud import Compared
from bench.searching.corpus import SHARES
from bench.searching.disk import Made, Owned
from bench.searching.scattering import DOCUMENTS, Scattered
from evaluation.report import Grid


@dataclass(frozen=True, slots=True)
class Size:
    passages: int
    made: Made
    owners: list[Owned]
    first_ms: float
    compared: list[Compared]


def grids(sizes: Sequence[Size], singles: tuple[Sequence[Scattered], float] | None) -> list[Grid]:
    found = [_graphql(sizes), _recall(sizes), _making(sizes)] if sizes else []
    return [*found, _scattered(*singles)] if singles else found


def section(grid: Grid) -> str:
    return f"**{grid.title}**\n\n{grid.markdown()}"


def _graphql(sizes: Sequence[Size]) -> Grid:
    rows = [
        (
            f"{size.passages:,}, {each.mode}", str(each.bare), str(each.searcher), str(each.graphql),
            f"{each.graphql.p50 - each.bare.p50:+.1f}",
        )
        for size in sizes
        for each in size.compared
    ]  # fmt: skip
    headers = (
        "passages, search",
        "bare LanceDB",
        "Searcher",
        "`search` through GraphQL",
        "GraphQL more, p50",
    )
    return Grid(
        "Through the local cloud, p50 / p95 in ms; all ask S3 and the embedding model", headers, tuple(rows)
    )


def _recall(sizes: Sequence[Size]) -> Grid:
    rows = [
        (
            f"{size.passages:,}, {_share(each.owner)}", f"{each.passages:,}", f"{each.recall:.3f}",
            str(each.ours), str(each.bare), str(each.exact),
        )
        for size in sizes
        for each in size.owners
    ]  # fmt: skip
    headers = ("passages, whose", "in scope", "recall@10", "ours", "bare LanceDB as wide", "exact")
    return Grid("Vector search on this disk, p50 / p95 in ms", headers, tuple(rows))


def _share(owner: str) -> str:
    return owner if owner in SHARES else "nearly all"


def _making(sizes: Sequence[Size]) -> Grid:
    rows = [
        (
            f"{size.passages:,}", f"{size.made.writing:.0f}", f"{size.made.upkeep:.0f}",
            f"{size.made.again:.1f}",
            f"{size.made.figures.bytes / 1e6:,.0f}",
            f"{sum(each.bytes for each in size.made.figures.indexes) / 1e6:,.0f}",
            f"{size.first_ms:.0f}",
        )
        for size in sizes
    ]  # fmt: skip
    headers = (
        "passages",
        "written, s",
        "indexed, s",
        "upkeep after one document more, s",
        "table, MB",
        "indexes of it, MB",
        "first query, ms",
    )
    return Grid("Making the table on this disk, and the first query of a fresh process", headers, tuple(rows))


def _scattered(found: Sequence[Scattered], rate: float) -> Grid:
    rows = [
        (
            each.mode, str(each.bulk), str(each.single), f"{each.single.p50 / each.bulk.p50:.2f}",
            str(each.tended), f"{each.tended.p50 / each.bulk.p50:.2f}",
        )
        for each in found
    ]  # fmt: skip
    headers = (
        "search",
        "one bulk ingest",
        "single ingests",
        "ratio of p50",
        "then `maintain`",
        "ratio of p50",
    )
    title = f"After {DOCUMENTS:,} documents ingested one by one ({rate:.0f} a second), p50 / p95 in ms"
    return Grid(title, headers, tuple(rows))
