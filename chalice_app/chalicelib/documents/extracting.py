"""Turns a file into text in a child process, so that a file that breaks its reader fails alone."""

import json
import logging
from dataclasses import dataclass

from chalicelib.documents.extracted import Extracted
from chalicelib.documents.formats import Format
from chalicelib.documents.nursery import nursery
from chalicelib.errors import NoText, RiffleError, TooLarge, Unreadable, UnsupportedType
from chalicelib.settings import Limits

log = logging.getLogger(__name__)

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

    Raises NoText, TooLarge, Unreadable or UnsupportedType, each naming the file, or Unavailable.
    """
    line, stored, complete = _answer(data, name, Format(content_type), bounds or Bounds())
    if not complete:
        log.warning("the reader of a file broke off")
        raise Unreadable(f"{name!r} could not be read: its reader broke down or ran out of time or memory")
    if failed := json.loads(line):
        log.info("a file could not be read: %s", failed["cause"])
        raise _FAILURES[failed["type"]](failed["message"])
    return Extracted.from_json(stored)


def _answer(data: bytes, name: str, kind: Format, bounds: Bounds) -> tuple[bytes, bytes, bool]:
    """The child's line of outcome and what it extracted, and whether both are there in full."""
    request = {"name": name, "content_type": kind, "memory": bounds.memory_bytes, "seconds": bounds.seconds,
               "chars": bounds.chars}  # fmt: skip
    try:
        answer = nursery().read(data, request, 2 * bounds.seconds)
    except TimeoutError as error:
        raise Unreadable(f"{name!r} could not be read within {2 * bounds.seconds} s") from error
    line, _, rest = answer.partition(b"\n")
    return line, rest.removesuffix(b"\n"), rest.endswith(b"\n")
