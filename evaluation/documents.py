"""Real files of many kinds through the product's extraction, beside what other libraries made of them."""

import json
import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import batched, groupby
from pathlib import Path
from typing import Any

from chalicelib.documents.extracted import Extracted
from chalicelib.documents.extracting import Bounds, File, Outcome, extract_all
from chalicelib.documents.formats import declared_format
from chalicelib.errors import NoText, RiffleError, Unreadable, UnsupportedType

from evaluation.report import Grid

type Row = dict[str, Any]  # Any: a line of the manifest

BOUNDS = Bounds(seconds=30)
_BATCH = 20
_SHORTEST, _LONGEST, _SLACK = 0.7, 1.4, 40
_SHORTEST_PAGE = 0.4  # menus and the like are left out, which others count
_SHARE_OF_WORDS = 0.5
_MARKED_UP = frozenset({"xml", "rtf", "email", "other", "archive", "text-md"})
"""Categories whose observed length, if there is one, counts the markup too."""


class Verdict(StrEnum):
    """How a file ended, beside what the manifest says other libraries made of it."""

    ALIKE = "text like others'"
    READ = "text, none to compare"
    REFUSED = "failed, with a true reason"
    OTHER = "neither"


@dataclass(frozen=True, slots=True)
class Ending:
    """One file's."""

    file: str
    category: str
    verdict: Verdict
    told: str


def evaluate(folder: Path) -> list[Ending]:
    """Every file of the manifest, in its order."""
    rows = [json.loads(line) for line in (folder / "manifest.jsonl").read_text("utf-8").splitlines()]
    return [
        _ending(row, outcome)
        for batch in batched(rows, _BATCH, strict=False)
        for row, outcome in zip(batch, _outcomes(folder, batch), strict=True)
    ]


def _outcomes(folder: Path, rows: Sequence[Row]) -> list[Outcome]:
    """As after an upload: a name that promises nothing readable is refused before the file is looked at."""
    found: dict[str, RiffleError] = {}
    files: list[File] = []
    for row in rows:
        path = folder / row["file"]
        try:
            files.append(File(path.read_bytes(), path.name, declared_format(path.name, None)))
        except RiffleError as failure:
            found[row["file"]] = failure
    read = iter(extract_all(files, BOUNDS))
    return [found[row["file"]] if row["file"] in found else next(read) for row in rows]


def _ending(row: Row, outcome: Outcome) -> Ending:
    if isinstance(outcome, Extracted):
        verdict, told = _compared(
            row, f"{outcome.title or ''} {outcome.text}" if _is_page(row) else outcome.text
        )
    else:
        verdict, told = _weighed(row, outcome), f"{outcome.type}: {outcome.message}"
    return Ending(row["file"], row["category"], verdict, told)


def _said(row: Row, extracted: Extracted) -> str:
    """Of a web page others count the title too, which is no part of our text."""
    return f"{extracted.title or ''} {extracted.text}" if _is_page(row) else extracted.text


def _compared(row: Row, text: str) -> tuple[Verdict, str]:
    """Alike is: nearly as long as with one of the libraries, and half of the sample's words are in it."""
    lengths = _lengths(row)
    if not any(lengths) or row["category"] in _MARKED_UP:
        return Verdict.READ, ""
    length = len(" ".join(text.replace(" | ", " ").split()))
    share = _share_of_words(row["observed"].get("sample", ""), text)
    shortest = _SHORTEST_PAGE if _is_page(row) else _SHORTEST
    if share >= _SHARE_OF_WORDS and any(_near(length, each, shortest) for each in lengths):
        return Verdict.ALIKE, ""
    others = " or ".join(str(each) for each in lengths)
    return Verdict.OTHER, f"{length} characters beside {others}, {share:.0%} of the sample's words"


def _lengths(row: Row) -> list[int]:
    observed = row["observed"]
    return [observed[name] for name in ("chars", "pypdf_chars") if name in observed]


def _is_page(row: Row) -> bool:
    return str(row["file"]).endswith(".html")


def _near(ours: int, theirs: int, shortest: float) -> bool:
    return abs(ours - theirs) <= _SLACK or shortest <= ours / max(theirs, 1) <= _LONGEST


def _share_of_words(sample: str, text: str) -> float:
    """Letters are compared in Unicode's compatibility form: ligatures and positional forms are one."""
    words, present = _words(sample), unicodedata.normalize("NFKC", text).casefold()
    return sum(each in present for each in words) / len(words) if words else 1.0


def _words(sample: str) -> list[str]:
    """The last is left out, being cut off as a rule."""
    return re.findall(r"\w{2,}", unicodedata.normalize("NFKC", sample).casefold())[:-1]


def _weighed(row: Row, failure: RiffleError) -> Verdict:
    """Whether the reason is borne out by what others made of the file, or by its name."""
    observed = row["observed"]
    nothing = not any(_lengths(row)) or (isinstance(failure, NoText) and 0 in _lengths(row))
    match failure:
        case UnsupportedType():
            true = not _is_promised(row["file"])
        case NoText():
            true = nothing or row["category"] in _MARKED_UP
        case Unreadable() if "password" in failure.message:
            true = "password" in row["category"] or observed.get("mupdf_encrypted", False)
        case _:
            true = nothing
    return Verdict.REFUSED if true else Verdict.OTHER


def _is_promised(file: str) -> bool:
    try:
        declared_format(file, None)
    except UnsupportedType:
        return False
    return True


def grid(endings: Iterable[Ending]) -> Grid:
    """A row per category and one of all."""
    of = sorted(endings, key=lambda each: each.category)
    rows = [_row(category, list(some)) for category, some in groupby(of, key=lambda each: each.category)]
    headers = ("category", "files", *(str(each) for each in Verdict))
    return Grid("Documents of many kinds", headers, (*rows, _row("all", of)))


def _row(category: str, endings: Sequence[Ending]) -> tuple[str, ...]:
    counts = (sum(each.verdict is verdict for each in endings) for verdict in Verdict)
    return (category, str(len(endings)), *map(str, counts))


def others(endings: Iterable[Ending]) -> Grid:
    """Those that ended as neither, each with what came of it."""
    rows = ((each.file, each.told) for each in endings if each.verdict is Verdict.OTHER)
    return Grid("Files that ended as neither", ("file", "what came of it"), tuple(rows))
