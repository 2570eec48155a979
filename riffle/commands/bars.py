"""The progress of an ingestion, one bar per stage: on stderr, and only where somebody can see it."""

from typing import Self

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from riffle.commands.console import err
from riffle.commands.ingesting import Outcome
from riffle.records import DocumentStatus


class Bars:
    """A context manager; `tell` moves the bars."""

    def __init__(self, files: int, *, wait: bool) -> None:
        columns = TextColumn("{task.description:<9}"), BarColumn(), MofNCompleteColumn()
        self._progress = Progress(*columns, console=err, transient=True, disable=not err.is_terminal)
        stages = ["Uploaded", "Extracted", "Ready"] if wait else ["Uploaded"]
        self._bars = {stage: self._progress.add_task(stage, total=files) for stage in stages}
        self._outcomes: dict[str, Outcome] = {}

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._progress.stop()

    def tell(self, outcome: Outcome) -> None:
        self._outcomes[outcome.item.uri] = outcome
        for stage, bar in self._bars.items():
            done = sum(_share(stage, outcome) for outcome in self._outcomes.values())
            self._progress.update(bar, completed=round(done, 1))


def _share(stage: str, outcome: Outcome) -> float:
    """How much of a stage a file has behind it: failed files have everything behind them."""
    document = outcome.document
    if document is None or document.status.settled or stage == "Uploaded":
        return 1
    if document.status is not DocumentStatus.EMBEDDING:
        return 0
    return 1 if stage == "Extracted" else document.progress or 0
