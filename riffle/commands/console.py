"""What the command line prints: results on stdout, all else on stderr, and nothing a document could forge."""

import json
import re
from collections.abc import Iterable, Sequence

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from riffle.decoding import Value, encode
from riffle.errors import RiffleError

out = Console(highlight=False, soft_wrap=True)
err = Console(stderr=True, highlight=False, soft_wrap=True)
CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")
"""Halves of surrogate pairs too, which JSON may hold and no stream can be written."""


def plain(text: str) -> str:
    """Text of a document or model without control characters: it must not steer the terminal."""
    return CONTROLS.sub("", text)


def say(text: str) -> None:
    """A remark to the person, not part of the result."""
    err.print(escape(plain(text)))


def complain(error: RiffleError | str) -> None:
    """One red sentence."""
    err.print(f"[red]{escape(plain(str(error)))}[/red]")


def write(text: str) -> None:
    """A piece of a text that is still being written."""
    out.file.write(plain(text))
    out.file.flush()


def write_json(value: Value) -> None:
    """One JSON value on a line of its own, in the API's field names."""
    out.file.write(json.dumps(encode(value), ensure_ascii=False) + "\n")
    out.file.flush()


def write_table(headers: Sequence[str], rows: Iterable[Iterable[object]]) -> None:
    """A table for people; tab-separated lines, without headers, for a pipe."""
    cells = [[_cell(value) for value in row] for row in rows]
    if not out.is_terminal:
        write("".join("\t".join(row) + "\n" for row in cells))
        return
    table = Table(box=None, pad_edge=False, header_style="bold")
    for header in headers:
        table.add_column(header, overflow="fold")
    for row in cells:
        table.add_row(*map(escape, row))
    out.print(table, soft_wrap=False)


def _cell(value: object) -> str:
    return "" if value is None else " ".join(plain(str(value)).split())
