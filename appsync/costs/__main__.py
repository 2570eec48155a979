"""The tables of docs/cost.md: `python -m appsync.costs --check` or `--write`."""

import argparse
import sys
from collections.abc import Sequence

from appsync.costs.tables import TABLES
from appsync.packaging import TEMPLATE

PAGE = TEMPLATE.parent.parent / "docs/cost.md"


def updated(page: str) -> str:
    """The page with every table as it should be. Raises ValueError for one that it has no place for."""
    for name, table in TABLES.items():
        begin, end = f"<!-- {name} -->\n", f"<!-- /{name} -->"
        before, found, rest = page.partition(begin)
        _, closed, after = rest.partition(end)
        if not found or not closed:
            raise ValueError(f"{PAGE.name} has no place for {name!r}")
        page = f"{before}{begin}\n{table()}\n\n{end}{after}"
    return page


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m appsync.costs", description=__doc__)
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument(
        "--check", action="store_true", help="fail when a table is not as the calculator has it"
    )
    what.add_argument("--write", action="store_true", help="write the tables")
    options = parser.parse_args(arguments)
    there = PAGE.read_text("utf-8")
    wanted = updated(there)
    if options.write:
        PAGE.write_text(wanted, "utf-8")
    elif there != wanted:
        sys.stderr.write(f"The tables of {PAGE.name} are out of date: run `make fix`.\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
