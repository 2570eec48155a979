"""Started in a sandbox: the search path as Lambda has it, then AWS's runtime client, which asks for events.

https://docs.aws.amazon.com/lambda/latest/dg/python-package.html#python-package-searchpath
"""

import os
import sys


def main() -> None:
    """Returns when the function has to go."""
    task, opt = os.environ["LAMBDA_TASK_ROOT"], os.environ["RIFFLE_SANDBOX_OPT"]
    del os.environ["RIFFLE_SANDBOX_OPT"]
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    layers = [f"{opt}/python/lib/{version}/site-packages", f"{opt}/python"]
    sys.path[:] = [task, *layers, *sys.path[1:], os.environ["LAMBDA_RUNTIME_DIR"]]
    sys.argv[:] = [task, os.environ["_HANDLER"]]

    from awslambdaric.__main__ import main as run  # type: ignore[import-untyped]

    run(sys.argv)


if __name__ == "__main__":
    main()
