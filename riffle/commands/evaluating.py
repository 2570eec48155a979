"""`riffle eval`: figures on questions of one's own, a page to read, and a comparison."""

import json
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import Progress

from riffle.asynchronous import AsyncClient, Scope
from riffle.commands.console import complain, err, say, write_json, write_table
from riffle.commands.options import CollectionOption, JsonOption, UrlOption, run
from riffle.errors import InvalidInput, RiffleError
from riffle.evaluating import reports, runs
from riffle.evaluating.questions import Question, load

USAGE = 2


def evaluate(
    questions: Annotated[
        Path,
        typer.Argument(
            metavar="QUESTIONS", help="CSV or JSONL: question, and documents, answers, answerable if known."
        ),
    ],
    url: UrlOption = None,
    collection: CollectionOption = None,
    depth: Annotated[int, typer.Option("-k", min=1, max=50, help="Passages to look at.")] = 10,
    search_only: Annotated[bool, typer.Option("--search-only", help="Search, but ask nothing.")] = False,
    setting: Annotated[
        list[str] | None, typer.Option("--set", metavar="NAME=VALUE", help="mode, rerank, rewrite or split.")
    ] = None,
    against: Annotated[
        list[str] | None,
        typer.Option("--against", metavar="NAME=VALUE", help="Run again with this, and compare; repeatable."),
    ] = None,
    page: Annotated[Path | None, typer.Option("--page", help="Write a page with every question.")] = None,
    save: Annotated[Path | None, typer.Option("--save", help="Write the figures, as a baseline.")] = None,
    baseline: Annotated[Path | None, typer.Option("--baseline", help="Compare with saved figures.")] = None,
    tolerance: Annotated[float, typer.Option(min=0, help="Points that a figure may fall by.")] = 2.0,
    as_json: JsonOption = False,
) -> None:
    """Measure retrieval and answers on your own questions.

    Documents are named as in `riffle documents`. Asking costs what questions cost. Exit status: 0, 1 when a
    figure has fallen below the baseline by more than the tolerance, 2 when a file or setting is wrong.
    """
    try:
        asked, settings = load(questions), _settings(setting or [], against or [])
        before = reports.read_baseline(baseline) if baseline else {}
    except RiffleError as error:
        complain(error)
        raise typer.Exit(USAGE) from error
    scope = Scope(collection)
    done = run(url, lambda client: _runs(client, asked, settings, depth, scope, ask=not search_only))
    _written(done, questions.name, page, save)
    _told(done, as_json=as_json)
    fallen = reports.falls(before, done[0], tolerance)
    for fall in fallen:
        complain(f"Fallen by more than {tolerance:g} points: {fall}")
    raise typer.Exit(1 if fallen else 0)


def _settings(first: list[str], second: list[str]) -> list[runs.Setting]:
    """One setting, or two of which the second differs from the first."""
    chosen = runs.Setting()
    for change in first:
        chosen = chosen.changed(change)
    other = chosen
    for change in second:
        other = other.changed(change)
    if second and other == chosen:
        raise InvalidInput("--against names what is set already")
    return [chosen, other] if second else [chosen]


async def _runs(
    client: AsyncClient, asked: list[Question], settings: list[runs.Setting], depth: int, scope: Scope, *,
    ask: bool,
) -> list[runs.Run]:  # fmt: skip
    with Progress(console=err, transient=True, disable=not err.is_terminal) as progress:
        bar = progress.add_task("Asking" if ask else "Searching", total=len(asked) * len(settings))
        return [
            await runs.run(
                client, asked, each, depth=depth, scope=scope, ask=ask, tell=lambda: progress.advance(bar)
            )
            for each in settings
        ]


def _written(done: list[runs.Run], title: str, page: Path | None, save: Path | None) -> None:
    if page:
        made = datetime.now().astimezone()
        page.write_text(reports.page(done, f"Evaluation of {title}", made), "utf-8")
        say(f"Every question is in {page}.")
    if save:
        save.write_text(json.dumps(reports.saved(done[0]), indent=2, ensure_ascii=False) + "\n", "utf-8")


def _told(done: list[runs.Run], *, as_json: bool) -> None:
    if as_json:
        for each in done:
            write_json(reports.saved(each))
        return
    headers = ["Measure", *(str(each.setting) for each in done), *(["points"] if len(done) > 1 else [])]
    write_table(headers, reports.table(done))
    cost = sum(each.cost_usd for each in done)
    say(f"{len(done[0].results)} questions" + (f", ${cost:.4f}." if cost else "."))
