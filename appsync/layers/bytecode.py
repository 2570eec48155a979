"""Compiles a layer's modules for its Python, which nobody can do at run time: layers cannot be written to."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from appsync.layers.errors import LayerFailed
from appsync.layers.targets import Python
from appsync.layers.tree import Tree

_SAYS = """
import platform, sys
print(sys.executable, sys.implementation.cache_tag, platform.python_version(), sep="\\n")
"""


@dataclass(frozen=True, slots=True)
class Interpreter:
    """A CPython of this machine: itself, and not what a version manager has in the path in its place."""

    path: Path
    tag: str
    release: str


@cache
def compiler(python: Python) -> Interpreter | None:
    """An interpreter of that version on this machine. Bytecode of one version is of no use to another."""
    tag = f"cpython-{python.replace('.', '')}"
    found = (each for path in _candidates(python) if (each := _asked(path)) is not None)
    return next((each for each in found if each.tag == tag), None)


def release(python: Python) -> str:
    """The whole version of the compiler, or "" if there is none here."""
    found = compiler(python)
    return found.release if found else ""


def compile_modules(tree: Tree, python: Python) -> bool:
    """Puts bytecode in the place of every module's source, if there is a compiler; whether there is.

    Sources would be half of a layer's Python, to show lines in tracebacks that have their numbers anyway.
    Compiled in one process and without a hash seed: the order of sets, and what was compiled before, show in
    the bytes.
    """
    interpreter = compiler(python)
    if interpreter is None:
        return False
    _run(interpreter.path, tree.root)
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


def _asked(path: Path) -> Interpreter | None:
    """None if it is no interpreter, or cannot be run: version managers leave placeholders in the path."""
    try:
        done = subprocess.run(  # noqa: S603  (an interpreter of this machine)
            [path, "-I", "-S", "-c", _SAYS], capture_output=True, text=True, check=False
        )
    except OSError:
        return None
    match done.stdout.split("\n"):
        case [executable, tag, release, ""]:
            return Interpreter(Path(executable), tag, release)
    return None
