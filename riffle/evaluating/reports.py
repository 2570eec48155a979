"""What runs are worth: as JSON to compare with later, and as a page to read."""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from html import escape
from pathlib import Path

from riffle.errors import InvalidInput
from riffle.evaluating.runs import LOWER_IS_BETTER, Result, Run

type Figures = Mapping[str, float | None]

_STYLE = """
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
body { max-width: 70rem; margin: 2rem auto; padding: 0 1rem; }
table { border-collapse: collapse; width: 100%; margin: 1rem 0 2rem; }
th, td { text-align: left; padding: .4rem .6rem; border-bottom: 1px solid #8884; vertical-align: top; }
td.n, th.n { text-align: right; font-variant-numeric: tabular-nums; }
.bad { color: #b42318; } .good { color: #067647; } .quiet { opacity: .7; }
details { margin: .2rem 0; } summary { cursor: pointer; }
@media (prefers-color-scheme: dark) { .bad { color: #f97066; } .good { color: #47cd89; } }
"""


@dataclass(frozen=True, slots=True)
class Fall:
    """A figure that is worse than it was, by that many points of a hundred."""

    name: str
    before: float
    now: float

    @property
    def points(self) -> float:
        return worse_by(self.name, self.before, self.now)

    def __str__(self) -> str:
        return f"{self.name}: {self.now:.1%}, was {self.before:.1%}"


def worse_by(name: str, before: float, now: float) -> float:
    """Points by which a figure is worse than before; below zero if it is better."""
    return 100 * (now - before if name in LOWER_IS_BETTER else before - now)


def saved(run: Run) -> dict[str, object]:
    """What a later run can be compared with."""
    figures = {name: None if math.isnan(value) else round(value, 4) for name, value in run.figures.items()}
    return {"setting": str(run.setting), "questions": len(run.results), "figures": figures}


def read_baseline(path: Path) -> Figures:
    """The figures of a saved run. Raises InvalidInput for any other file."""
    try:
        found = json.loads(path.read_text("utf-8"))["figures"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InvalidInput(f"{path} is not a result that `riffle eval --save` wrote") from error
    if not isinstance(found, dict) or not all(isinstance(v, int | float | None) for v in found.values()):
        raise InvalidInput(f"{path} is not a result that `riffle eval --save` wrote")
    return found


def falls(before: Figures, run: Run, tolerance: float) -> list[Fall]:
    """The figures that are worse than before by more than `tolerance` points, or have no value any more."""
    now = run.figures
    pairs = [(name, value, now.get(name, math.nan)) for name, value in before.items() if value is not None]
    worse = (Fall(*each) for each in pairs)
    return [each for each in worse if math.isnan(each.now) or each.points > tolerance + 1e-9]


def table(runs: Sequence[Run]) -> list[tuple[str, ...]]:
    """A row for each figure that there is, a column for each run, and their difference if they are two."""
    names = [name for name in runs[0].figures if not all(math.isnan(run.figures[name]) for run in runs)]
    rows = [(name, *(percent(run.figures[name]) for run in runs), *_difference(name, runs)) for name in names]
    if not any(math.isnan(run.seconds[0]) for run in runs):
        rows += [_seconds("seconds, median", 0, runs), _seconds("seconds, 95 %", 1, runs)]
    return rows


def _seconds(name: str, place: int, runs: Sequence[Run]) -> tuple[str, ...]:
    shown = [f"{run.seconds[place]:.2f}" for run in runs]
    return (name, *shown, *([""] if len(runs) > 1 else []))


def _difference(name: str, runs: Sequence[Run]) -> list[str]:
    if len(runs) < 2:
        return []
    change = 100 * (runs[1].figures[name] - runs[0].figures[name])
    return ["–" if math.isnan(change) else f"{change:+.1f}"]


def percent(share: float) -> str:
    return "–" if math.isnan(share) else f"{100 * share:.1f} %"


def page(runs: Sequence[Run], title: str, made: datetime) -> str:
    """One HTML file that needs nothing else: figures, then every question with what became of it."""
    head = f"<title>{escape(title)}</title><style>{_STYLE}</style>"
    meta = '<meta charset="utf-8"><meta name="viewport" content="width=device-width">'
    count = f"{len(runs[0].results)} questions, {made:%Y-%m-%d %H:%M}"
    body = f"<h1>{escape(title)}</h1><p class=quiet>{count}</p>{_figures(runs)}{_questions(runs)}"
    return f'<!doctype html><html lang="en"><head>{meta}{head}</head><body>{body}</body></html>\n'


def _figures(runs: Sequence[Run]) -> str:
    named = [escape(str(run.setting)) for run in runs]
    headers = "".join(f"<th class=n>{name}</th>" for name in [*named, *(["points"] if len(runs) > 1 else [])])
    rows = "".join(
        f"<tr><td>{escape(name)}</td>{''.join(f'<td class=n>{escape(value)}</td>' for value in values)}</tr>"
        for name, *values in table(runs)
    )
    return f"<table><tr><th>Measure</th>{headers}</tr>{rows}</table>"


def _questions(runs: Sequence[Run]) -> str:
    rows = "".join(
        f"<tr><td>{escape(results[0].question.text)}{_expected(results[0])}</td>"
        f"{''.join(f'<td>{_result(each)}</td>' for each in results)}</tr>"
        for results in zip(*(run.results for run in runs), strict=True)
    )
    headers = "".join(f"<th>{escape(str(run.setting))}</th>" for run in runs)
    return f"<h2>Questions</h2><table><tr><th>Question</th>{headers}</tr>{rows}</table>"


def _expected(result: Result) -> str:
    question = result.question
    told = [*question.documents, *(f"“{answer}”" for answer in question.answers)]
    if not question.answerable:
        told.append("the documents do not say")
    return f"<br><span class=quiet>{escape(' · '.join(told))}</span>" if told else ""


def _result(result: Result) -> str:
    wanted = result.question.documents
    rank = next((at for at, each in enumerate(result.ranked, start=1) if each in wanted), None)
    place = f"found at {rank}" if rank else "not found"
    found = f"<span class={'good' if rank else 'bad'}>{place}</span>" if wanted else ""
    if result.status is None:
        return found
    right = result.refused != result.question.answerable
    status = f"<span class={'good' if right else 'bad'}>{result.status.lower()}</span>"
    sources = ", ".join(dict.fromkeys(result.sources)) or "no source"
    text = f"<details><summary>{escape(sources)}</summary>{escape(result.text)}</details>"
    return " · ".join(filter(None, [found, status])) + text
