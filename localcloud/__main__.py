"""`python -m localcloud dev`: the whole cloud on this machine."""

import os
import signal
import sys

if sys.version_info < (3, 13):  # noqa: UP036 an older one would otherwise stop at some line of syntax
    sys.exit("Riffle's local cloud needs Python 3.13 or later. Run `make dev`, which picks the right one.")

if __name__ == "__main__":
    # The imports take a second, in which nothing has been started. A library that is being imported may
    # swallow KeyboardInterrupt, and the launcher would start all the same.
    signal.signal(signal.SIGINT, lambda *_: os._exit(130))
    from localcloud.launcher.cli import main

    signal.signal(signal.SIGINT, signal.default_int_handler)
    sys.exit(main())
