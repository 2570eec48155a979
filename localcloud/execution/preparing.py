"""Makes the part of Lambda's image that every function shares: a bare Python and the runtime client."""

import importlib.metadata
import sys
import venv
from pathlib import Path

RUNTIME = f"python{sys.version_info.major}.{sys.version_info.minor}"
_CLIENT = ("awslambdaric", "simplejson", "snapshot-restore-py")


def prepare(image: Path) -> Path:
    """The folder `image` with `lang/bin/python`, which has no packages, and `runtime`, AWS's own client.

    Called in the environment that has the client installed. Raises PackageNotFoundError where it is not.
    """
    venv.create(image / "lang", symlinks=True)
    runtime = image / "runtime"
    runtime.mkdir()
    for name in _CLIENT:
        _link(importlib.metadata.distribution(name), runtime)
    return image


def _link(distribution: importlib.metadata.Distribution, runtime: Path) -> None:
    """Its top-level modules and packages, and not its neighbours."""
    tops = {file.parts[0] for file in distribution.files or () if ".dist-info" not in file.parts[0]}
    for top in tops - {"..", "__pycache__"}:
        (runtime / top).symlink_to(Path(str(distribution.locate_file(top))))
