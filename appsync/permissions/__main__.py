"""The roles in the template: `python -m appsync.permissions --check` or `--write`."""

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from appsync.packaging import TEMPLATE
from appsync.permissions.region import updated
from appsync.permissions.roles import roles

CONFIGURATION = Path(__file__).parents[2] / "chalice_app" / ".chalice" / "config.json"


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m appsync.permissions", description=__doc__)
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument(
        "--check", action="store_true", help="fail when the template's roles are not the table's"
    )
    what.add_argument("--write", action="store_true", help="write them")
    options = parser.parse_args(arguments)
    there = TEMPLATE.read_text()
    wanted = updated(there, roles(traced=traced()))
    if options.write:
        TEMPLATE.write_text(wanted)
    elif there != wanted:
        sys.stderr.write("The roles in appsync/template.yaml are out of date: run `make fix`.\n")
        return 1
    return 0


def traced() -> bool:
    """Whether Chalice is told to have X-Ray trace the functions, on any stage."""
    config = json.loads(CONFIGURATION.read_text())
    return any(section.get("xray") for section in (config, *config["stages"].values()))


if __name__ == "__main__":
    sys.exit(main())
