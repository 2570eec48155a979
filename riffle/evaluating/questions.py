"""Questions with what is expected of their answers, from a CSV or JSONL file.

Columns, or keys: `question`; `documents`, the names or ids of those that answer it; `answers`, texts of which
the answer should hold one; `answerable`, false where the documents do not say. All but the first may be
missing. In CSV, several values are separated by `|`.
"""

import csv
import io
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from riffle.errors import InvalidInput, TooLarge
from riffle.uploads import readable

MAX_BYTES = 50 * 1024 * 1024
MAX_QUESTIONS = 10_000
COLUMNS = ("question", "documents", "answers", "answerable")
_NO = frozenset({"false", "no", "0", "n"})
_YES = frozenset({"true", "yes", "1", "y", ""})

type Row = Mapping[str, Any]  # JSON of any kind, or texts of a CSV file


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked, and what is known of the right answer."""

    text: str
    documents: tuple[str, ...] = ()
    answers: tuple[str, ...] = ()
    answerable: bool = True


def load(path: Path) -> list[Question]:
    """Raises InvalidInput naming the line, and TooLarge."""
    text = _text(path)
    rows = _objects(text) if path.suffix.lower() in {".jsonl", ".ndjson", ".json"} else _records(text)
    found = [_question(row, f"{path.name}, line {line}") for line, row in rows]
    if not found:
        raise InvalidInput(f"{path.name} has no questions")
    if len(found) > MAX_QUESTIONS:
        raise TooLarge(f"{path.name} has {len(found)} questions; the limit is {MAX_QUESTIONS}")
    return found


def _text(path: Path) -> str:
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)  # a pipe or a device does not say its size
        if len(data) > MAX_BYTES:
            raise TooLarge(f"{path.name} is larger than the limit of {readable(MAX_BYTES)}")
        return data.decode("utf-8-sig")
    except OSError as error:
        raise InvalidInput(f"{path} cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise InvalidInput(f"{path} is not UTF-8 at byte {error.start}") from error


def _records(text: str) -> Iterator[tuple[int, Row]]:
    reader = csv.DictReader(io.StringIO(text, newline=""))
    try:
        if "question" not in (reader.fieldnames or ()):
            raise InvalidInput(f"the first line must name the columns: {', '.join(COLUMNS)}")
        for row in reader:
            yield reader.line_num, row
    except csv.Error as error:
        raise InvalidInput(f"line {reader.line_num} is not CSV: {error}") from error


def _objects(text: str) -> Iterator[tuple[int, Row]]:
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
            json.dumps(row, ensure_ascii=False).encode()  # halves of surrogate pairs cannot be sent or shown
        except (ValueError, RecursionError) as error:
            raise InvalidInput(f"line {number} is not JSON: {error}") from error
        if not isinstance(row, dict):
            raise InvalidInput(f"line {number} is not a JSON object")
        yield number, row


def _question(row: Row, place: str) -> Question:
    text = row.get("question")
    if not isinstance(text, str) or not text.strip():
        raise InvalidInput(f"{place}: question is missing")
    return Question(
        text.strip(),
        tuple(_values(row.get("documents"), f"{place}: documents")),
        tuple(_values(row.get("answers"), f"{place}: answers")),
        _flag(row.get("answerable"), f"{place}: answerable"),
    )


def _values(value: object, place: str) -> Iterable[str]:
    found = value.split("|") if isinstance(value, str) else value or []
    if not isinstance(found, list) or not all(isinstance(each, str) for each in found):
        raise InvalidInput(f"{place} must be a list of texts")
    return filter(None, map(str.strip, found))


def _flag(value: object, place: str) -> bool:
    if value is None or isinstance(value, bool):
        return value is not False
    word = str(value).strip().casefold()
    if word not in _YES | _NO:
        raise InvalidInput(f"{place} is {value!r}; it must be true or false")
    return word in _YES
