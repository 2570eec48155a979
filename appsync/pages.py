"""Tables that code makes for a page of docs/, each between `<!-- name -->` and `<!-- /name -->`."""

import argparse
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

type Tables = Mapping[str, Callable[[], str]]


def updated(page: Path, tables: Tables) -> str:
    """The page's text with every table as it should be. Raises ValueError for one without a place."""
    text = page.read_text("utf-8")
    for name, table in tables.items():
        begin, end = f"<!-- {name} -->\n", f"<!-- /{name} -->"
        before, found, rest = text.partition(begin)
        _, closed, after = rest.partition(end)
        if not found or not closed:
            raise ValueError(f"{page.name} has no place for {name!r}")
        text = f"{before}{begin}\n{table()}\n\n{end}{after}"
    return text


def main(page: Path, tables: Tables, arguments: Sequence[str] | None = None) -> int:
    """Checks or writes the page; the exit code is 1 when a table is out of date."""
    parser = argparse.ArgumentParser(description=f"The tables of {page.name}.")
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--check", action="store_true", help="fail when a table is out of date")
    what.add_argument("--write", action="store_true", help="write the tables")
    options = parser.parse_args(arguments)
    wanted = updated(page, tables)
    if options.write:
        page.write_text(wanted, "utf-8")
    elif page.read_text("utf-8") != wanted:
        sys.stderr.write(f"The tables of {page.name} are out of date: run `make fix`.\n")
        return 1
    return 0
