"""`riffle index`: how well a stage's index answers."""

from collections.abc import Iterator, Mapping
from typing import Annotated, Any

import typer

from riffle.commands.console import complain, say, write_json, write_table
from riffle.commands.options import JsonOption
from riffle.commands.stages import ProfileOption, RegionOption, StageOption, aim, deployer
from riffle.uploads import readable

app = typer.Typer(
    help="Look after the index of passages of a stage.",
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"]},
)


@app.callback()
def index() -> None:
    """Look after the index of passages of a stage."""


@app.command()
def check(
    stage: StageOption,
    region: RegionOption = None,
    profile: ProfileOption = None,
    least: Annotated[float, typer.Option(min=0, max=1, help="The recall that is good enough.")] = 0.95,
    as_json: JsonOption = False,
) -> None:
    """Measure how many of the nearest passages searches find, how quickly, and how large the index is.

    The stage's `maintain` function compares searches near passages picked by chance with exact ones; it is a
    metric too (IndexRecall), once a day. Exit status: 0, or 1 when the recall is below --least.
    """
    with deployer():
        from appsync.deploying.measuring import measure

        session, _ = aim(profile, region)
        found = measure(session, stage)
    if as_json:
        write_json(found)
    else:
        _show(found)
    recall = found.get("recall")
    if recall is not None and recall < least:
        complain(f"recall@{found.get('k')} is {recall:.3f}; {least:g} is wanted")
        raise typer.Exit(1)


def _show(found: Mapping[str, Any]) -> None:
    if not found["rows"]:
        say("The index is empty: nothing can be measured yet.")
        return
    write_table(["Measure", "Value"], _rows(found))
    headers = ["Index", "Kind", "Passages", "Not yet in it", "Parts", "Size"]
    say("")
    write_table(headers, (_index_row(each) for each in found["indexes"]))


def _rows(found: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    recall = found["recall"]
    yield f"recall@{found['k']}", "–" if recall is None else f"{recall:.3f} of {found['compared']} searches"
    yield "median of a search", _milliseconds(found["p50Ms"])
    yield "95th percentile", _milliseconds(found["p95Ms"])
    yield "passages", f"{found['rows']:,}"
    yield "not yet in an index", f"{found['unindexedRows']:,}"
    yield "fragments", f"{found['fragments']:,}, of them small {found['smallFragments']:,}"
    yield "size", readable(found["bytes"])


def _milliseconds(value: float | None) -> str:
    return "–" if value is None else f"{value:.1f} ms"


def _index_row(part: Mapping[str, Any]) -> list[object]:
    rows, behind = f"{part['rows']:,}", f"{part['unindexedRows']:,}"
    return [part["column"], part["kind"], rows, behind, part["parts"], readable(part["bytes"])]
