"""What a deployment is doing: a bar where somebody watches, lines in the log of a pipeline; on stderr."""

from typing import TYPE_CHECKING, Self

from rich.markup import escape
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TextColumn,
    TimeElapsedColumn,
)

from riffle.commands.console import err, plain, say

if TYPE_CHECKING:
    from appsync.deploying.buckets import Upload
    from appsync.deploying.executing import Progress as Step
    from appsync.deploying.settling import Event

OVER = ("_COMPLETE", "_FAILED", "_SKIPPED")


class Board:
    """The progress of a deployment on stderr: a bar where somebody watches, a line per resource in a log."""

    def __init__(self, title: str) -> None:
        columns = (
            SpinnerColumn(), TextColumn("{task.description}"), BarColumn(bar_width=24), MofNCompleteColumn(),
            TimeElapsedColumn(), TextColumn("[dim]{task.fields[now]}[/dim]"),
        )  # fmt: skip
        self._progress = Progress(*columns, console=err, transient=True, disable=not err.is_terminal)
        self._task = self._progress.add_task(title, total=None, now="")
        self._running: dict[str, None] = {}

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._progress.stop()

    def tell(self, event: "Event") -> None:
        from appsync.deploying.buckets import Upload
        from appsync.deploying.settling import Note

        match event:
            case Note():
                say(event.text)
            case Upload():
                self._progress.update(self._task, now=_sent(event))
            case _:
                self._show(event)

    def _show(self, step: "Step") -> None:
        over = step.status.endswith(OVER)
        if over:
            self._running.pop(step.resource, None)
        else:
            self._running[step.resource] = None
        if step.status.endswith("_FAILED") or (over and not err.is_terminal):
            err.print(_told(step))
        self._progress.update(
            self._task, completed=step.done, total=step.total, now=_few(list(self._running))
        )


def _sent(upload: "Upload") -> str:
    if upload.done:
        return ""
    return f"uploading {upload.name}, {upload.sent / 1e6:.0f} of {upload.size / 1e6:.0f} MB"


def _few(names: list[str]) -> str:
    """What takes longest first."""
    more = f" and {len(names) - 2} more" if len(names) > 2 else ""
    return ", ".join(names[:2]) + more


def _told(step: "Step") -> str:
    """`CREATE_COMPLETE` is said as it is: people look it up, and CloudFormation's console says it too."""
    style = "red" if step.status.endswith("_FAILED") else "dim"
    reason = f": {step.reason}" if step.reason and style == "red" else ""
    return f"[{style}]{step.status:<24}[/{style}] {escape(plain(f'{step.resource}{reason}'))}"
