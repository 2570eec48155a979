"""The process that forks children to read files, and what such a child does.

A child has a connection of its own. Files come in one after the other, a line of JSON that describes each and
then its bytes; of each goes out a line of outcome and then what was extracted and the parts that it divides
into, or images of what holds no text, for a model to read. A child may open nothing, and its memory and time
are limited by the kernel, so that a file made to break a reader breaks this child alone.
Usage: python -m chalicelib.documents.reading DESCRIPTOR_OF_A_SOCKET
"""

import codecs
import gc
import json
import os
import signal
import socket
import sys
import traceback
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from types import FrameType
from typing import BinaryIO, NoReturn, NotRequired, TypedDict

from chalicelib.documents.dividing import parts_of, to_json
from chalicelib.documents.extracted import Extracted
from chalicelib.documents.formats import Format, actual_format
from chalicelib.documents.legibility import checked
from chalicelib.documents.reading import reader
from chalicelib.documents.reading.picturing import pictures
from chalicelib.documents.reading.sandbox import confine
from chalicelib.documents.reading.text import ENCODINGS
from chalicelib.errors import NoText, RiffleError, TooLarge, Unreadable

_REQUEST_BYTES = 64 * 1024
_REHEARSAL = b"<html lang=en><title>One</title><body><p>Two.</p><ul><li>three</ul></body></html>"


class Birth(TypedDict):
    """What a child may take in all: bytes of memory, seconds of processor time."""

    memory: int
    seconds: int


class Wanted(TypedDict):
    """Images are, not text: of pages after this one whose text is not known."""

    known: list[int]
    after: int


class Request(TypedDict):
    """A file of so many bytes, and what it may take: seconds of processor time, characters of text."""

    name: str
    content_type: str
    bytes: int
    seconds: float
    chars: int
    pictures: NotRequired[Wanted]


class Shown(TypedDict):
    """The images that follow, as page, type and size of each, and after which page to ask for more."""

    pictures: list[tuple[int, str, int]]
    more: int | None


class Divided(TypedDict):
    """How many of the bytes that follow are about the parts; the text comes first."""

    divided: int


type Found = tuple[Mapping[str, object], bytes]
"""What the line of outcome says besides, and the bytes after it."""


class Failed(TypedDict):
    """A typed failure, what the log is told of it, and whether the child should read nothing more."""

    type: str
    message: str
    cause: str
    exhausted: bool


def main(control: socket.socket) -> None:
    """Until whoever asks has gone. One thread only, as a fork takes no other along."""
    signal.signal(signal.SIGCHLD, _reap)
    _prepare()
    while True:
        message, descriptors, _, _ = socket.recv_fds(control, _REQUEST_BYTES, 1)
        if not message:
            return
        with socket.socket(fileno=descriptors[0]) as connection:
            control.send(str(_fork(json.loads(message), connection, control)).encode())


def _reap(_number: int, _frame: FrameType | None) -> None:
    """Lets children go that have ended, several maybe; what they took is then counted as this process's."""
    with suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass


def _prepare() -> None:
    """Loads all that a child might need, since a child can open no file any more.

    Some libraries load a part only when they first read something, so they read a page here.
    """
    for kind in Format:
        reader(kind)
    for encoding in ENCODINGS:
        codecs.lookup(encoding)
    reader(Format.HTML)(_REHEARSAL)
    gc.collect()
    gc.freeze()


def _fork(birth: Birth, connection: socket.socket, control: socket.socket) -> int:
    child = os.fork()
    if child == 0:
        control.close()
        _live(birth, connection)
    return child


def _live(birth: Birth, connection: socket.socket) -> NoReturn:
    try:
        with connection, connection.makefile("rb") as incoming, connection.makefile("wb") as outgoing:
            filtered = confine(birth["memory"], birth["seconds"])
            while line := incoming.readline():
                for part in _answer(json.loads(line), incoming, filtered=filtered):
                    outgoing.write(part)
                outgoing.flush()
    finally:
        os._exit(0)


def _answer(request: Request, incoming: BinaryIO, *, filtered: bool) -> Iterator[bytes]:
    data = incoming.read(request["bytes"])
    signal.setitimer(signal.ITIMER_PROF, request["seconds"])  # its signal ends this process
    failed, (told, found) = _attempted(request["name"], lambda: _find(data, request))
    signal.setitimer(signal.ITIMER_PROF, 0)
    yield json.dumps({"failed": failed, "bytes": len(found), "filtered": filtered, **told}).encode() + b"\n"
    yield found


def _find(data: bytes, request: Request) -> Found:
    name, declared = request["name"], Format(request["content_type"])
    if wanted := request.get("pictures"):
        return show(data, name, declared, wanted)
    extracted = extract(data, name, declared, request["chars"])
    parts = to_json(parts_of(extracted))
    return Divided(divided=len(parts)), extracted.to_json() + parts


def _attempted(name: str, find: Callable[[], Found]) -> tuple[Failed | None, Found]:
    """What failed, or what was found."""
    nothing: Found = {}, b""
    try:
        return None, find()
    except RiffleError as failure:
        return _failed(failure, failure.__cause__ or failure), nothing
    except MemoryError as failure:
        too_much = Unreadable(f"{name!r} takes too much memory to read")
        return _failed(too_much, failure, exhausted=True), nothing
    except RecursionError as failure:
        return _failed(Unreadable(f"{name!r} is nested too deeply to be read"), failure), nothing
    except Exception as failure:  # noqa: BLE001  (an entry point: whatever a library raises for a broken file)
        return _failed(Unreadable(f"{name!r} is broken and could not be read"), failure), nothing


def extract(data: bytes, name: str, declared: Format, max_chars: int) -> Extracted:
    """Raises NoText, TooLarge, UnsupportedType or Unreadable, and whatever a reader's library raises."""
    kind = actual_format(data, name, declared)
    with _named(name):
        extracted = reader(kind)(data)
    return checked(extracted, name, kind, max_chars)


def show(data: bytes, name: str, declared: Format, wanted: Wanted) -> tuple[Shown, bytes]:
    """Raises as `extract` does."""
    kind = actual_format(data, name, declared)
    with _named(name):
        some, more = pictures(data, kind, frozenset(wanted["known"]), wanted["after"])
    listed = [(each.page, each.media, len(each.data)) for each in some]
    return {"pictures": listed, "more": more}, b"".join(each.data for each in some)


@contextmanager
def _named(name: str) -> Iterator[None]:
    try:
        yield
    except (NoText, TooLarge, Unreadable) as failure:
        raise type(failure)(f"{name!r} could not be read: {failure.message}") from failure


def _failed(failure: RiffleError, cause: BaseException, *, exhausted: bool = False) -> Failed:
    return {"type": failure.type, "message": failure.message, "cause": _place(cause), "exhausted": exhausted}


def _place(cause: BaseException) -> str:
    """Its kind and where it was raised. Not its message, in which libraries quote what they were reading."""
    kind, frames = type(cause).__name__, [frame for frame, _ in traceback.walk_tb(cause.__traceback__)]
    return f"{kind} in {frames[-1].f_globals.get('__name__')}, line {frames[-1].f_lineno}" if frames else kind


if __name__ == "__main__":
    main(socket.socket(fileno=int(sys.argv[1])))
