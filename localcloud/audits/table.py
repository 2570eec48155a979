"""The table of audits in the documentation: `python -m localcloud.audits.table --check` or `--write`."""

import argparse
import sys
from collections.abc import Iterator, Sequence
from itertools import groupby
from pathlib import Path

from localcloud.audits.catalogue import GROUPS, catalogue
from localcloud.audits.rules import Rule

DOCUMENT = Path(__file__).parent.parent.parent / "docs/appsync-local.md"
BEGIN = "<!-- The table of audits: written by `make fix`, from localcloud/audits. -->"
END = "<!-- End of the table of audits. -->"


def table() -> str:
    """Every rule by its group, in Markdown."""
    lines = [f"{len(catalogue())} rules."]
    for group, rules in groupby(catalogue(), key=lambda rule: rule.group):
        lines += ["", *section(group, list(rules))]
    return "\n".join(lines)


def section(group: str, rules: Sequence[Rule]) -> Iterator[str]:
    yield f"### {group}: {GROUPS[group]} ({len(rules)})"
    yield ""
    yield "| code | the endpoint … | after | evidence |"
    yield "| --- | --- | --- | --- |"
    for rule in rules:
        page = f"[{rule.page.title}]({rule.page.url})"
        yield f"| {rule.code} | {escaped(rule.sentence)} | {page} | {rule.evidence.value} |"


def escaped(text: str) -> str:
    """What Markdown would take for its own signs."""
    for sign in "\\|<>*_":
        text = text.replace(sign, f"\\{sign}")
    return text


def updated(document: str) -> str:
    """The document with the table as it should be. Raises ValueError when its markers are missing."""
    before, begin, rest = document.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"{DOCUMENT.name} has no markers for the table of audits")
    return f"{before}{BEGIN}\n\n{table()}\n\n{END}{after}"


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m localcloud.audits.table", description=__doc__)
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--check", action="store_true", help="fail when the table is not as the code has it")
    what.add_argument("--write", action="store_true", help="write the table")
    options = parser.parse_args(arguments)
    there = DOCUMENT.read_text()
    wanted = updated(there)
    if options.write:
        DOCUMENT.write_text(wanted)
    elif there != wanted:
        sys.stderr.write(f"The table of audits in {DOCUMENT.name} is out of date: run `make fix`.\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
