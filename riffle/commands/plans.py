"""What a deployment would do: for people, on a terminal or in the log of a pipeline."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

from rich.markup import escape
from rich.table import Table

from riffle.commands.console import out, plain

if TYPE_CHECKING:
    from appsync.costs.bill import Bill
    from appsync.deploying.changes import Change
    from appsync.deploying.proposing import Proposal
    from appsync.deploying.stages import Stage

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
    """However narrow the terminal, no name is cut."""
    table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 2, 0, 0))
    for row in rows:
        table.add_row("", *map(escape, row))
    for column in table.columns:
        column.overflow = "fold"
    if not out.is_terminal:
        out.width = LOG_WIDTH
    with out.capture() as laid_out:
        out.print(table, soft_wrap=False)
    for line in laid_out.get().splitlines():
        out.print(line.rstrip(), markup=False)


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


def costs(stage: "Stage") -> list[str]:
    """A model without a price is no reason not to deploy."""
    from appsync.costs import bill
    from appsync.costs.deployment import Deployment
    from appsync.costs.prices import NoPrice

    charged = Deployment.of(stage.name, stage.parameters)
    try:
        questions = bill.per_thousand_questions(charged)
    except NoPrice as error:
        return [f"{error}; what a question costs is not known"]
    return list(cost_lines(bill.idle(charged), questions, charged.chat_model))


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
