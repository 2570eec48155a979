"""The child process that reads one file: bytes on standard input, a line of outcome and the text on output.

Its memory and time are limited by the kernel, so that a file made to break a reader breaks this alone.
Usage: python -m chalicelib.documents.reading NAME CONTENT_TYPE MAX_BYTES_OF_MEMORY SECONDS MAX_CHARS
"""

import json
import os
import resource
import sys

from chalicelib.documents.extracted import Extracted
from chalicelib.documents.formats import Format, actual_format
from chalicelib.documents.reading import reader
from chalicelib.errors import NoText, RiffleError, TooLarge, Unreadable


def main(name: str, content_type: str, memory: int, seconds: int, max_chars: int) -> None:
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 5))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    output = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # whatever a library prints does not mix with the outcome
    with output:
        for part in outcome(sys.stdin.buffer.read(), name, Format(content_type), max_chars):
            output.write(part)


def outcome(data: bytes, name: str, declared: Format, max_chars: int) -> tuple[bytes, ...]:
    """A line of JSON that is `{}` or says what failed, then what was extracted."""
    try:
        extracted = extract(data, name, declared, max_chars)
    except RiffleError as failure:
        return (_failed(failure, failure),)
    except MemoryError as failure:
        return (_failed(Unreadable(f"{name!r} takes too much memory to read"), failure),)
    except Exception as failure:  # noqa: BLE001  (an entry point: whatever a library raises for a broken file)
        return (_failed(Unreadable(f"{name!r} is broken and could not be read"), failure),)
    return b"{}\n", extracted.to_json()


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


def _failed(failure: RiffleError, cause: BaseException) -> bytes:
    told = {
        "type": failure.type,
        "message": failure.message,
        "cause": f"{type(cause).__name__}: {cause}"[:500],
    }
    return json.dumps(told).encode() + b"\n"


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4]), int(sys.argv[5]))
