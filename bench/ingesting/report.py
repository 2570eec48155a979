"""The tables of docs/performance.md."""

from collections.abc import Sequence
from statistics import median

from bench.ingesting.comparison import Runs, ratio
from bench.ingesting.contenders import ENTRIES, Entry
from bench.ingesting.measuring import Answers, Figures
from evaluation.report import Grid

AIMS = {"langchain": 1.7, "batched": 1.7, "llamaindex": 4.0, "bare": 0.7}
"""Of Riffle's documents per second, as a multiple of theirs."""


def ingestion(runs: Runs) -> Grid:
    headers = ("", "documents/s", "processor ms per document", "passages per document", "peak memory MB",
               *(f"times {each.title}" for each in ENTRIES if each.name in AIMS))  # fmt: skip
    rows = tuple(_ingestion_row(runs, each) for each in _there(runs))
    return Grid("Ingesting the same documents", headers, rows)


def queries(runs: Runs) -> Grid:
    headers = ("", "queries/s", "recall@10", "passage asked for is found", "peak memory MB")
    rows = (
        (f"{each.title}, {kind}", *_answers(runs[each.name], kind))
        for each in _there(runs)
        for kind in runs[each.name][0].answers
    )
    return Grid("Answering the same queries", headers, tuple(rows))


def contents(runs: Runs) -> Grid:
    rows = tuple((each.title, each.stores, each.indexes) for each in _there(runs))
    return Grid("What each stores and indexes", ("", "columns", "indexes"), rows)


def aims(runs: Runs) -> Grid:
    rows = tuple(_aim_row(runs, each) for each in _there(runs) if each.name in AIMS)
    return Grid("Riffle's documents per second", ("as a multiple of", "aim", "found", "range"), rows)


def _there(runs: Runs) -> list[Entry]:
    return [each for each in ENTRIES if each.name in runs]


def _ingestion_row(runs: Runs, entry: Entry) -> tuple[str, ...]:
    found = runs[entry.name]
    against = [_times(runs, entry.name, name) for name in AIMS]
    return (
        entry.title,
        f"{median(each.documents / each.seconds for each in found):,.0f}",
        f"{median(each.processor_seconds / each.documents for each in found) * 1_000:.2f}",
        f"{found[0].passages / found[0].documents:.1f}",
        f"{median(each.ingesting_mb for each in found):,.0f}",
        *against,
    )


def _times(runs: Runs, one: str, other: str) -> str:
    return f"{ratio(runs, one, other)[0]:.2f}" if other in runs and other != one else "–"


def _answers(found: Sequence[Figures], kind: str) -> tuple[str, ...]:
    answers: list[Answers] = [each.answers[kind] for each in found]
    recall = f"{median(each.recall for each in answers):.3f}" if kind == "vector" else "–"
    return (
        f"{median(each.per_second for each in answers):,.0f}",
        recall,
        f"{median(each.hits for each in answers):.3f}",
        f"{median(each.answering_mb for each in found):,.0f}",
    )


def _aim_row(runs: Runs, entry: Entry) -> tuple[str, ...]:
    middle, least, most = ratio(runs, "riffle", entry.name)
    aim = AIMS[entry.name]
    return (
        entry.title,
        f"{aim:g}",
        f"{middle:.2f}" + ("" if middle >= aim else ", missed"),
        f"{least:.2f}–{most:.2f}",
    )
