"""`python -m localcloud dev`: the whole cloud on this machine."""

import sys

if sys.version_info < (3, 13):  # noqa: UP036 an older one would otherwise stop at some line of syntax
    sys.exit("Riffle's local cloud needs Python 3.13 or later. Run `make dev`, which picks the right one.")

if __name__ == "__main__":
    try:
        from localcloud.launcher.cli import main

        sys.exit(main())
    except KeyboardInterrupt:  # the imports alone take a second, in which nothing has been started
        sys.exit(130)
