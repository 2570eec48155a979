"""The template's roles and the deployer's policies: `python -m appsync.permissions --check` or `--write`."""

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from appsync.packaging import TEMPLATE
from appsync.permissions import deployer
from appsync.permissions.region import updated
from appsync.permissions.roles import roles

CONFIGURATION = Path(__file__).parents[2] / "chalice_app" / ".chalice" / "config.json"


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m appsync.permissions", description=__doc__)
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--check", action="store_true", help="fail when a file is not as the tables have it")
    what.add_argument("--write", action="store_true", help="write them")
    options = parser.parse_args(arguments)
    stale = {path: text for path, text in wanted() if not path.exists() or path.read_text() != text}
    if options.write:
        for path, text in stale.items():
            path.parent.mkdir(exist_ok=True)
            path.write_text(text)
    elif stale:
        sys.stderr.write(f"Out of date: {', '.join(path.name for path in stale)}. Run `make fix`.\n")
        return 1
    return 0


def wanted() -> Iterator[tuple[Path, str]]:
    """Every file that is written here, as it should be."""
    yield TEMPLATE, updated(TEMPLATE.read_text(), roles(traced=traced()))
    yield from deployer.files().items()


def traced() -> bool:
    """Whether Chalice is told to have X-Ray trace the functions, on any stage."""
    config = json.loads(CONFIGURATION.read_text())
    return any(section.get("xray") for section in (config, *config["stages"].values()))


if __name__ == "__main__":
    sys.exit(main())
