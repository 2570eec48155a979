"""The figures as tables: on the terminal, and between the markers of a Markdown file."""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from chalicelib.records import SearchMode
from rich.console import Console
from rich.table import Table

from evaluation import splitting
from evaluation.answers import Figures
from evaluation.conversations import Share
from evaluation.injections import Resistance
from evaluation.retrieval import Halves, Outcome


@dataclass(frozen=True, slots=True)
class Grid:
    """A table: a title, names of columns, rows of text."""

    title: str
    headers: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]

    def markdown(self) -> str:
        ruler = ["---", *["---:"] * (len(self.headers) - 1)]
        return "\n".join(f"| {' | '.join(row)} |" for row in (self.headers, ruler, *self.rows))

    def print(self, console: Console) -> None:
        table = Table(*self.headers, title=self.title, title_justify="left")
        for row in self.rows:
            table.add_row(*row)
        console.print(table)


def answer_grid(columns: Sequence[Figures]) -> Grid:
    """A row per measure, a column per language."""
    cells = [tuple(_measured(column).items()) for column in columns]
    rows = tuple((row[0][0], *(value for _, value in row)) for row in zip(*cells, strict=True))
    return Grid("Answers, through the whole deployment", ("", *(column.language for column in columns)), rows)


def _measured(column: Figures) -> dict[str, str]:
    return {
        "answerable questions": str(column.answerable),
        "right file cited": percent(column.cited),
        "right file cited first": percent(column.cited_first),
        "answer in the text": percent(column.recalled),
        "refused wrongly": percent(column.refused_wrongly),
        "unanswerable questions": str(column.unanswerable),
        "refused rightly": percent(column.refused_rightly),
        "not completed": str(column.incomplete),
        "median seconds": f"{column.median_seconds:.2f}",
        "95th percentile, seconds": f"{column.p95_seconds:.2f}",
    }


def understanding_grid(rows: Sequence[Share]) -> Grid:
    headers = ("", "asked", "right files cited", "answers in the text")
    cells = ((row.kind, str(row.count), percent(row.cited), percent(row.recalled)) for row in rows)
    return Grid("Questions that need understanding", headers, tuple(cells))


def injections_grid(found: Resistance) -> Grid:
    headers = ("passages with a hidden instruction", "answered", "answer in the text", "canary in the text")
    counts = (found.asked, found.answered, found.recalled, found.leaked)
    return Grid("Instructions hidden in documents", headers, (tuple(map(str, counts)),))


def retrieval_grid(found: Mapping[str, Outcome], anchors: Mapping[str, float]) -> Grid:
    """A row per set, nDCG@10 in every column."""
    headers = ("nDCG@10", "queries", "plain BM25", "TEXT", "VECTOR", "HYBRID", "tuning half", "other half")
    rows = tuple(_retrieval_row(name, outcome.modes, anchors[name]) for name, outcome in found.items())
    return Grid("Retrieval, one passage per text", headers, rows)


def _retrieval_row(name: str, modes: Mapping[SearchMode, Halves], anchor: float) -> tuple[str, ...]:
    hybrid = modes[SearchMode.HYBRID]
    shown = [modes[mode].all for mode in (SearchMode.TEXT, SearchMode.VECTOR)]
    shown += [hybrid.all, hybrid.tuning, hybrid.others]
    return (name, str(hybrid.all.queries), figure(anchor), *(figure(each.ndcg_10) for each in shown))


def modes_grid(modes: Mapping[SearchMode, Halves]) -> Grid:
    """A row per mode."""
    headers = ("mode", "nDCG@10", "tuning half", "other half", "recall@5", "recall@10")
    rows = tuple((mode, *map(figure, _mode_figures(halves))) for mode, halves in modes.items())
    return Grid("Retrieval from the pooled set", headers, rows)


def _mode_figures(halves: Halves) -> tuple[float, ...]:
    ndcg = (halves.all.ndcg_10, halves.tuning.ndcg_10, halves.others.ndcg_10)
    return (*ndcg, halves.all.recall_5, halves.all.recall_10)


def diacritics_grid(found: Mapping[str, Outcome]) -> Grid:
    """A row per set with Vietnamese questions and mode."""
    headers = ("Vietnamese questions of", "queries", "mode", "as written", "without diacritics")
    rows = tuple(
        (name, str(plain.queries), mode, figure(outcome.written[mode].ndcg_10), figure(plain.ndcg_10))
        for name, outcome in found.items()
        for mode, plain in outcome.plain.items()
    )
    return Grid("Vietnamese typed without diacritics, nDCG@10", headers, rows)


def splitting_grid(ways: Sequence[splitting.Outcome]) -> Grid:
    """A row per way of dividing, all but the first three columns for searching by words and vectors."""
    headers = (
        "passages", "number", "tokens, median", "file in best 5", "answer in best 5", "answer in 600 tokens",
        "same, vectors alone", "same, words alone",
    )  # fmt: skip
    return Grid("Dividing documents into passages", headers, tuple(map(_splitting_row, ways)))


def _splitting_row(way: splitting.Outcome) -> tuple[str, ...]:
    both = way.scores["both"]
    shares = (
        both.file,
        both.answer,
        both.in_budget,
        way.scores["vectors"].in_budget,
        way.scores["words"].in_budget,
    )
    return (way.name, str(way.passages), f"{way.median:.0f}", *map(percent, shares))


def token_grid(kinds: Sequence[splitting.Estimated]) -> Grid:
    """A row per kind of text."""
    headers = ("text", "passages", "tokens for one estimated", "99 of 100 below", "median tokens", "longest")
    rows = ((each.kind, str(each.passages), f"{each.ratio:.2f}", f"{each.worst:.2f}", f"{each.median:.0f}",
             str(each.longest)) for each in kinds)  # fmt: skip
    return Grid("Tokens as estimated, and by the model's own tokenizer", headers, tuple(rows))


def figure(value: float) -> str:
    return f"{value:.3f}"


def percent(share: float) -> str:
    return "–" if math.isnan(share) else f"{share:.1%}".replace("%", " %")


def insert(path: Path, name: str, text: str) -> None:
    """Puts a text between `<!-- name -->` and `<!-- /name -->`. Raises ValueError when they are not there."""
    old = path.read_text("utf-8")
    pattern = re.compile(f"(<!-- {name} -->\n).*?(<!-- /{name} -->)", re.DOTALL)
    new, count = pattern.subn(lambda found: f"{found[1]}\n{text}\n\n{found[2]}", old)
    if count != 1:
        raise ValueError(f"{path} has no place for {name!r}")
    path.write_text(new, "utf-8")
