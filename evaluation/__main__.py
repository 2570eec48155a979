"""`python -m evaluation`: measures, prints the tables, and writes them into docs/evaluation.md."""

import argparse
import asyncio
import os
import sys
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from chalicelib.documents.tokens import MAX_TOKENS
from rich.console import Console

from evaluation import answers, conversations, data, documents, injections, report, retrieval, splitting
from evaluation.embedding import local_embedder
from evaluation.remembering import remembering
from evaluation.stack import ROOT, NotStarted, new_account, own_cloud
from riffle import AsyncClient, RiffleError

console = Console()


def main() -> int:
    """Runs what was asked for; 0 also when the data is absent, which is said loudly."""
    options = _options()
    if not options.data.is_dir():
        console.print(f"[bold yellow]SKIPPED: there is no evaluation data in {options.data}; see --data[/]")
        return 0
    try:
        _run(options)
    except (RiffleError, NotStarted, answers.NotIngested) as error:
        Console(stderr=True).print(str(error), style="red", markup=False)
        return 1
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m evaluation", description=__doc__)
    parser.add_argument(
        "--data", type=Path, default=ROOT.parent / "shared/evaldata", help="the data's folder"
    )
    parser.add_argument("--only", choices=list(PARTS), help="one of the parts")
    parser.add_argument("--url", help="a deployment that runs; otherwise a local one is started")
    parser.add_argument("--questions", type=int, help="only so many of the questions, spread over all files")
    parser.add_argument("--tuning", action="store_true", help="splitting: the half of questions to choose on")
    parser.add_argument("--cache", type=Path, default=ROOT / ".riffle", help="for models and vectors")
    parser.add_argument("--report", type=Path, default=ROOT / "docs/evaluation.md", help="the file to update")
    return parser.parse_args()


def _run(options: argparse.Namespace) -> None:
    for name in [options.only] if options.only else PARTS:
        for marker, grid in PARTS[name](options).items():
            _publish(options, marker, grid)


def _documents(options: argparse.Namespace) -> dict[str, report.Grid]:
    endings = documents.evaluate(options.data / "documents")
    return {"documents": documents.grid(endings), "others": documents.others(endings)}


def _retrieval(options: argparse.Namespace) -> dict[str, report.Grid]:
    folder = options.data / "retrieval"
    with local_embedder(options.cache / "models", options.cache / "evaluation") as embedder:
        found = {name: retrieval.evaluate(data.pool(folder / name), embedder) for name in retrieval.SETS}
    return {
        "retrieval": report.retrieval_grid(found, data.anchors(folder)),
        "modes": report.modes_grid(found["pooled_dev"].modes),
        "diacritics": report.diacritics_grid(found),
    }


def _splitting(options: argparse.Namespace) -> dict[str, report.Grid]:
    folder = options.data / "e2e"
    with remembering(options.cache / "models", options.cache / "evaluation/passages.sqlite") as remembered:
        ways = splitting.compare(folder / "files", data.questions(folder), remembered, tuning=options.tuning)
        texts = splitting.kinds(options.data, ROOT)
        estimated = splitting.estimates(texts, remembered.count_tokens, MAX_TOKENS)
    return {"splitting": report.splitting_grid(ways), "tokens": report.token_grid(estimated)}


def _answers(options: argparse.Namespace) -> dict[str, report.Grid]:
    outcomes = _asked(options, lambda client: answers.ask_all(client, _questions(options)))
    return {"answers": report.answer_grid(answers.figures(outcomes))}


def _understanding(options: argparse.Namespace) -> dict[str, report.Grid]:
    shares = _asked(options, lambda client: conversations.measure(client, _questions(options)))
    return {"understanding": report.understanding_grid(shares)}


def _injections(options: argparse.Namespace) -> dict[str, report.Grid]:
    passages = injections.poisoned(options.data / "prompt_injection" / "poisoned_passages.jsonl")
    found = _asked(options, lambda client: injections.measure(client, passages), with_files=False)
    return {"injections": report.injections_grid(found)}


def _questions(options: argparse.Namespace) -> list[data.Question]:
    questions = data.questions(options.data / "e2e")
    return questions[:: max(1, len(questions) // options.questions)] if options.questions else questions


PARTS = {
    "documents": _documents,
    "retrieval": _retrieval,
    "splitting": _splitting,
    "answers": _answers,
    "understanding": _understanding,
    "injections": _injections,
}


@contextmanager
def _deployment(url: str | None) -> Iterator[str]:
    if url is not None:
        yield url
        return
    console.print("Starting a local cloud …")
    with own_cloud() as cloud:
        yield cloud.url


def _asked[T](
    options: argparse.Namespace, ask: Callable[[AsyncClient], Awaitable[T]], *, with_files: bool = True
) -> T:
    """What is made of a deployment that has the articles, if they are wanted."""
    files = sorted((options.data / "e2e" / "files").iterdir()) if with_files else []

    async def asked(url: str) -> T:
        name, password = await asyncio.to_thread(_account, url)
        async with await AsyncClient.connect(url, username=name, password=password) as client:
            await answers.upload(client, files)
            return await ask(client)

    with _deployment(options.url) as url:
        return asyncio.run(asked(url))


def _account(url: str) -> tuple[str, str]:
    """RIFFLE_USERNAME with RIFFLE_PASSWORD, or an account made for the purpose."""
    name, password = os.environ.get("RIFFLE_USERNAME"), os.environ.get("RIFFLE_PASSWORD")
    return (name, password) if name and password else new_account(url)


def _publish(options: argparse.Namespace, name: str, grid: report.Grid) -> None:
    """A part of the questions is for a quick look and not for the record."""
    grid.print(console)
    if options.questions is None and not options.tuning:
        when = f"Measured {datetime.now(UTC):%Y-%m-%d} on {os.cpu_count()} cores."
        report.insert(options.report, name, f"{grid.markdown()}\n\n{when}")


if __name__ == "__main__":
    sys.exit(main())
