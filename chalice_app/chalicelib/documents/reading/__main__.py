"""The process that forks a child for each file, and what such a child does.

A child has a connection of its own: the file comes in, two whole lines go out, of outcome and of text, so
that an answer which was cut off shows. Its memory and time are limited by the kernel, so that a file made to
break a reader breaks this alone.
Usage: python -m chalicelib.documents.reading DESCRIPTOR_OF_A_SOCKET
"""

import json
import os
import resource
import signal
import socket
import sys
from typing import NoReturn, TypedDict

from chalicelib.documents.extracted import Extracted
from chalicelib.documents.formats import Format, actual_format
from chalicelib.documents.reading import reader
from chalicelib.errors import NoText, RiffleError, TooLarge, Unreadable

_REQUEST_BYTES = 64 * 1024


class Request(TypedDict):
    """How to read a file: in bytes of memory, seconds of processor time and characters of text."""

    name: str
    content_type: str
    memory: int
    seconds: int
    chars: int


def main(control: socket.socket) -> None:
    """Until whoever asks has gone. One thread only, as a fork takes no other along."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for the children
    while True:
        message, descriptors, _, _ = socket.recv_fds(control, _REQUEST_BYTES, 1)
        if not message:
            return
        with socket.socket(fileno=descriptors[0]) as connection:
            control.send(str(_fork(json.loads(message), connection, control)).encode())


def _fork(request: Request, connection: socket.socket, control: socket.socket) -> int:
    """The child's process id. The usual reader's libraries are imported before, once for all children."""
    reader(Format(request["content_type"]))
    child = os.fork()
    if child == 0:
        control.close()
        _answer(request, connection)
    return child


def _answer(request: Request, connection: socket.socket) -> NoReturn:
    try:
        _limit(request["memory"], request["seconds"])
        with connection, connection.makefile("rb") as incoming, connection.makefile("wb") as outgoing:
            kind = Format(request["content_type"])
            for part in outcome(incoming.read(), request["name"], kind, request["chars"]):
                outgoing.write(part)
    finally:
        os._exit(0)


def _limit(memory: int, seconds: int) -> None:
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 5))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def outcome(data: bytes, name: str, declared: Format, max_chars: int) -> tuple[bytes, ...]:
    """A line of JSON that is `{}` or says what failed, then a line of what was extracted."""
    try:
        extracted = extract(data, name, declared, max_chars)
    except RiffleError as failure:
        return _failed(failure, failure)
    except MemoryError as failure:
        return _failed(Unreadable(f"{name!r} takes too much memory to read"), failure)
    except Exception as failure:  # noqa: BLE001  (an entry point: whatever a library raises for a broken file)
        return _failed(Unreadable(f"{name!r} is broken and could not be read"), failure)
    return b"{}\n", extracted.to_json(), b"\n"


def extract(data: bytes, name: str, declared: Format, max_chars: int) -> Extracted:
    """Raises NoText, TooLarge, UnsupportedType or Unreadable, and whatever a reader's library raises."""
    kind = actual_format(data, name, declared)
    try:
        extracted = reader(kind)(data)
    except (NoText, TooLarge, Unreadable) as failure:
        raise type(failure)(f"{name!r} could not be read: {failure.message}") from failure
    if not any(each.isalnum() for each in extracted.text):
        raise NoText(f"{name!r} holds no text: it is empty or has images only")
    if len(extracted.text) > max_chars:
        raise TooLarge(f"{name!r} has {len(extracted.text)} characters of text; the limit is {max_chars}")
    return extracted


def _failed(failure: RiffleError, cause: BaseException) -> tuple[bytes, ...]:
    told = {
        "type": failure.type,
        "message": failure.message,
        "cause": f"{type(cause).__name__}: {cause}"[:500],
    }
    return json.dumps(told).encode(), b"\n\n"


if __name__ == "__main__":
    main(socket.socket(fileno=int(sys.argv[1])))
