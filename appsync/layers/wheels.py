"""Installs a layer's locked wheels for a machine that this one need not be."""

import csv
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from email.message import Message
from email.parser import HeaderParser
from pathlib import Path

from uv import find_uv_bin

from appsync.layers.errors import LayerFailed
from appsync.layers.targets import Layer, Target
from appsync.layers.tree import Tree

LOCKS = Path(__file__).parents[2] / "requirements/layers"

_SETTINGS = {"UV_COMPILE_BYTECODE": "0"}
"""Whatever somebody's own are: bytecode that uv makes would be of this machine's Python."""


def lock(layer: Layer) -> Path:
    return LOCKS / f"{layer}.txt"


def installed(layer: Layer, target: Target, root: Path) -> Tree:
    """The wheels of `layer` in `root`, every hash checked and nothing compiled here. Raises LayerFailed."""
    done = subprocess.run(  # noqa: S603  (our own arguments)
        [find_uv_bin(), *_arguments(layer, target, root)], env={**os.environ, **_SETTINGS},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode:
        raise LayerFailed(
            f"the wheels of layer {layer} for {target} could not be installed: {_reason(done.stderr)}"
        )
    (root / ".lock").unlink(missing_ok=True)  # uv's own, while it installs
    shutil.rmtree(
        root / "bin", ignore_errors=True
    )  # commands, which begin with the path of this machine's Python
    return Tree(root, dict(sorted(_owners(root))))  # file systems list folders in any order


def _reason(said: str) -> str:
    """What uv failed at and the innermost cause, without the causes between and its hints."""
    told = " ".join(said.split()).removeprefix("error: ").partition(" hint: ")[0]
    outer, *_, inner = 2 * re.split(r" (?:cause|Caused by): ", told)
    return outer if outer == inner else f"{outer}: {inner}"


def versions(root: Path) -> dict[str, str]:
    """The packages in `root` and their versions."""
    metadata = [_metadata(folder) for folder in sorted(root.glob("*.dist-info"))]
    return {_name(each): each["Version"] for each in metadata}


def _metadata(folder: Path) -> Message:
    return HeaderParser().parsestr((folder / "METADATA").read_text())


def _name(metadata: Message) -> str:
    """As lock files spell it."""
    return re.sub(r"[-_.]+", "-", metadata["Name"]).lower()


def _arguments(layer: Layer, target: Target, root: Path) -> list[str]:
    # Copies, because the files are changed and links would change uv's cache with them.
    return [
        "pip", "install", "--quiet", "--no-deps", "--require-hashes", "--only-binary", ":all:",
        "--link-mode", "copy", "--python", sys.executable, "--python-version", target.python,
        "--python-platform", target.platform, "--target", str(root), "--requirements", str(lock(layer)),
    ]  # fmt: skip


def _owners(root: Path) -> Iterator[tuple[str, str]]:
    """Every file and its package, as the wheels' own records say."""
    for record in root.glob("*.dist-info/RECORD"):
        package = _name(_metadata(record.parent))
        with record.open(newline="") as rows:
            for name, *_ in csv.reader(rows):
                if (root / name).is_file():
                    yield name, package
