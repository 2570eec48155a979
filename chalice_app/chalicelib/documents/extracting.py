"""Turns a file into text in a child process, so that a file that breaks its reader fails alone."""

import json
import logging
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from chalicelib.documents.extracted import Extracted
from chalicelib.documents.formats import Format
from chalicelib.errors import NoText, RiffleError, TooLarge, Unreadable, UnsupportedType
from chalicelib.settings import Limits

log = logging.getLogger(__name__)

_CHILD = "chalicelib.documents.reading"
_PRODUCT = str(Path(__file__).parents[2])
_FAILURES: dict[str, type[RiffleError]] = {
    each.type: each for each in (NoText, TooLarge, Unreadable, UnsupportedType)
}


@dataclass(frozen=True, slots=True)
class Bounds:
    """What reading one file may take."""

    memory_bytes: int = 1_500 * 1024 * 1024
    seconds: int = 90
    chars: int = Limits().document_chars


def extract(data: bytes, name: str, content_type: str, bounds: Bounds | None = None) -> Extracted:
    """The text of a file that was registered under that name and type.

    Raises NoText, TooLarge, Unreadable or UnsupportedType, each naming the file.
    """
    allowed = bounds or Bounds()
    finished = _run(data, name, content_type, allowed)
    line, _, stored = finished.stdout.partition(b"\n")
    if finished.returncode or not line:
        log.warning("the reader of a file ended with status %s", finished.returncode)
        raise Unreadable(f"{name!r} could not be read: its reader broke down or ran out of time or memory")
    if failed := json.loads(line):
        log.info("a file could not be read: %s", failed["cause"])
        raise _FAILURES[failed["type"]](failed["message"])
    return Extracted.from_json(stored)


def _run(data: bytes, name: str, content_type: str, bounds: Bounds) -> subprocess.CompletedProcess[bytes]:
    numbers = map(str, (bounds.memory_bytes, bounds.seconds, bounds.chars))
    command = [sys.executable, "-P", "-m", _CHILD, name, Format(content_type), *numbers]
    try:
        return subprocess.run(  # noqa: S603  (our own module; the name is an argument, not a command)
            command, input=data, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=_environment(),
            timeout=2 * bounds.seconds, check=False,
        )  # fmt: skip
    except subprocess.TimeoutExpired as error:
        raise Unreadable(f"{name!r} could not be read within {2 * bounds.seconds} s") from error


def _environment() -> dict[str, str]:
    """Where to import from and nothing else: no credentials for whatever a file makes its reader do.

    Lambda's Python finds its own shared library by `LD_LIBRARY_PATH`.
    """
    paths = [_PRODUCT, *filter(None, sys.path)]
    kept = {name: os.environ[name] for name in ("LD_LIBRARY_PATH",) if name in os.environ}
    return kept | {"PYTHONPATH": os.pathsep.join(paths), "LC_ALL": "C.UTF-8", "MALLOC_ARENA_MAX": "2"}
