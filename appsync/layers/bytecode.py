"""Compiles a layer's modules for its Python, which nobody can do at run time: layers cannot be written to."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from appsync.layers.errors import LayerFailed
from appsync.layers.targets import Python
from appsync.layers.tree import Tree


@cache
def compiler(python: Python) -> Path | None:
    """An interpreter of that version on this machine. Bytecode of one version is of no use to another."""
    return next((path for path in _candidates(python) if _release(path).startswith(f"{python}.")), None)


def release(python: Python) -> str:
    """The whole version of the compiler, or "" if there is none here."""
    found = compiler(python)
    return _release(found) if found else ""


def compile_modules(tree: Tree, python: Python) -> bool:
    """Puts bytecode in the place of every module's source, if there is a compiler; whether there is.

    Sources would be half of a layer's Python, to show lines in tracebacks that have their numbers anyway.
    Compiled in one process and without a hash seed: the order of sets, and what was compiled before, show in
    the bytes.
    """
    interpreter = compiler(python)
    if interpreter is None:
        return False
    _run(interpreter, tree.root)
    for path in [path for path in tree.owners if path.endswith(".py")]:
        tree.compiled(path, f"{path}c")
    return True


def _run(interpreter: Path, root: Path) -> None:
    """Where Lambda puts a layer's `python/` is part of the bytecode, for tracebacks."""
    options = [
        "-s", "-S", "-m", "compileall", "-q", "-b", "--invalidation-mode", "unchecked-hash",
        "-p", "/opt/python",
    ]  # fmt: skip
    done = subprocess.run(  # noqa: S603  (our own arguments)
        [str(interpreter), *options, "-s", str(root), str(root)], env={"PYTHONHASHSEED": "0"},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode:
        raise LayerFailed(f"the modules of a layer could not be compiled: {done.stdout}{done.stderr}")


def _candidates(python: Python) -> Iterator[Path]:
    yield Path(sys.executable)
    if found := shutil.which(f"python{python}"):
        yield Path(found)
    for home in (Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions", _uv_home()):
        yield from sorted(home.glob(f"*{python}.*/bin/python{python}"))


def _uv_home() -> Path:
    return Path(os.environ.get("XDG_DATA_HOME", Path.home() / ".local/share")) / "uv/python"


def _release(path: Path) -> str:
    """The version of an interpreter, "" if it is none: version managers leave placeholders in the path."""
    done = subprocess.run(  # noqa: S603  (an interpreter of this machine)
        [path, "-I", "-S", "-c", "import platform; print(platform.python_version())"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    return done.stdout.strip()
