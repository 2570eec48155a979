"""What a deployment would do, and what it is doing: for people, on a terminal or in the log of a pipeline."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
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
from rich.table import Table

from riffle.commands.console import err, out, plain, say

if TYPE_CHECKING:
    from appsync.costs.bill import Bill
    from appsync.deploying.changes import Change
    from appsync.deploying.executing import Progress as Step
    from appsync.deploying.proposing import Proposal
    from appsync.deploying.settling import Event

DATA = {
    "AWS::DynamoDB::Table": "its rows",
    "AWS::S3::Bucket": "its files",
    "AWS::Cognito::UserPool": "its accounts",
}
"""What people's things are kept in, by type of resource."""
VERSIONS = frozenset({"AWS::Lambda::LayerVersion"})
"""What never changes but by another in its place, which harms nobody."""
NAMED = 4  # so many resources of a kind are told by name, more by number
LOG_WIDTH = 160  # rich takes a pipe for a terminal of 80 columns
OVER = ("_COMPLETE", "_FAILED", "_SKIPPED")


def show(
    proposal: "Proposal", elsewhere: Mapping[str, list[str]], costs: Iterable[str], files: int = 0
) -> None:
    """The plan, on standard output; one line when the stack stays as it is. `files` of the page change."""
    page = f"{files} files of the page change" if files else ""
    if not proposal.changes:
        _line(f"{proposal.stack} in {proposal.place.region} is as it should be: {page or 'no change'}")
        return
    new, place = "a new stack" if proposal.new else "an update", proposal.place
    _line(f"[bold]{proposal.stack}[/bold], {new} in {place.region}, account {place.account}")
    show_elsewhere(elsewhere)
    for note in proposal.notes():
        _line(f"[yellow]·[/yellow] {escape(plain(note))}")
    for warning in warnings(proposal.changes):
        _line(f"[bold red]DATA: {escape(warning)}[/bold red]")
    for title, changes in grouped(proposal.changes):
        _line(f"\n{heading(title, changes)}")
        _table(_summed(changes) if title == "Made" else map(_row, changes))
    _line(f"\n{page}\n" if page else "")
    for cost in costs:
        _line(escape(cost))


def show_elsewhere(addresses: Mapping[str, list[str]]) -> None:
    """What is asked of somebody else than AWS, which a forgotten variable is enough for."""
    for address, services in addresses.items():
        _line(f"[yellow]Not on AWS:[/yellow] {', '.join(services)} and others are asked at {escape(address)}")


def _line(text: str) -> None:
    out.print(text)


def _table(rows: Iterable[tuple[str, ...]]) -> None:
    table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 2, 0, 0))
    for row in rows:
        table.add_row("", *map(escape, row))
    if not out.is_terminal:
        out.width = LOG_WIDTH
    out.print(table, soft_wrap=False)


def warnings(changes: "Iterable[Change]") -> Iterator[str]:
    """Shouted: what a change does to what people stored."""
    for change in changes:
        kept = DATA.get(change.kind)
        if kept is None:
            continue
        if change.action == "Remove":
            yield f"{change.resource} leaves the stack with {kept}; it stays, but nothing uses it any more"
        elif change.replacement != "no":
            may = "is" if change.replacement == "yes" else "may be"
            why = f", since {', '.join(change.properties)} changes" if change.properties else ""
            yield f"{change.resource} {may} replaced by an empty one, without {kept}{why}"


def heading(title: str, changes: "Iterable[Change]") -> str:
    """Red over what gets another in its place: its address or its id may be known elsewhere."""
    these = list(changes)
    loud = any(each.replacement == "yes" and each.kind not in VERSIONS for each in these)
    style = "bold red" if loud else "bold"
    return f"[{style}]{title} ({len(these)})[/{style}]"


def grouped(changes: "Iterable[Change]") -> "Iterator[tuple[str, list[Change]]]":
    """By what becomes of them, the harmless first."""
    found: dict[str, list[Change]] = {title: [] for title in ("Made", "Taken up", "Changed")}
    found |= {title: [] for title in ("Perhaps changed", "Perhaps replaced", "Replaced", "Removed")}
    for change in changes:
        found[_title(change)].append(change)
    yield from ((title, these) for title, these in found.items() if these)


def _title(change: "Change") -> str:
    titles = {"Add": "Made", "Import": "Taken up", "Remove": "Removed", "Dynamic": "Perhaps changed"}
    replaced = {"yes": "Replaced", "conditional": "Perhaps replaced", "no": "Changed"}
    return titles.get(change.action) or replaced[change.replacement]


def _row(change: "Change") -> tuple[str, ...]:
    service, kind = _kind(change.kind)
    return service, kind, change.resource, ", ".join(change.properties)


def _summed(changes: "Iterable[Change]") -> Iterator[tuple[str, ...]]:
    """A line for each type: a new stack has a hundred resources, a quarter of them resolvers."""
    names: dict[tuple[str, str], list[str]] = {}
    for change in changes:
        names.setdefault(_kind(change.kind), []).append(change.resource)
    for (service, kind), these in sorted(names.items()):
        yield service, kind, f"{len(these)}", ", ".join(these) if len(these) <= NAMED else ""


def _kind(kind: str) -> tuple[str, str]:
    """`AWS::DynamoDB::Table` is a Table of DynamoDB."""
    _, _, rest = kind.partition("::")
    service, _, name = rest.partition("::")
    return (service, name) if name else ("", kind)


def cost_lines(idle: "Bill", questions: "Bill", model: str) -> Iterator[str]:
    """What it will cost, by the list; the free amounts are an account's, and may be used up already."""
    yield (
        f"Idle it costs about ${idle.listed:.2f} a month (${idle.charged:.2f} beyond AWS's free amounts), "
        f"and ${questions.listed:.2f} per thousand questions to {model}, by the list prices of us-east-1; "
        "`riffle cost` has the details."
    )


def counted(changes: "Iterable[Change]") -> str:
    """`3 made, 1 changed`."""
    counts = Counter(_title(change).lower() for change in changes)
    return ", ".join(f"{count} {title}" for title, count in counts.items())


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
        from appsync.deploying.settling import Note

        if isinstance(event, Note):
            say(event.text)
        else:
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


def _few(names: list[str]) -> str:
    """What takes longest first."""
    more = f" and {len(names) - 2} more" if len(names) > 2 else ""
    return ", ".join(names[:2]) + more


def _told(step: "Step") -> str:
    """`CREATE_COMPLETE` is said as it is: people look it up, and CloudFormation's console says it too."""
    style = "red" if step.status.endswith("_FAILED") else "dim"
    reason = f": {step.reason}" if step.reason and style == "red" else ""
    return f"[{style}]{step.status:<24}[/{style}] {escape(plain(f'{step.resource}{reason}'))}"
