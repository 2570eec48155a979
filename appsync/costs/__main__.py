"""The tables of docs/cost.md: `python -m appsync.costs --check` or `--write`."""

import sys
from collections.abc import Sequence

from appsync import pages
from appsync.costs.tables import TABLES
from appsync.packaging import TEMPLATE

PAGE = TEMPLATE.parent.parent / "docs/cost.md"


def main(arguments: Sequence[str] | None = None) -> int:
    return pages.main(PAGE, TABLES, arguments)


if __name__ == "__main__":
    sys.exit(main())
