"""Turns files into text in child processes, so that a file that breaks its reader fails alone."""

import logging
import time
from collections import defaultdict, deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from itertools import islice
from typing import Literal, get_args

from chalicelib.documents.dividing import divided
from chalicelib.documents.extracted import Extracted, plain
from chalicelib.documents.formats import IMAGE_BYTES, Format, actual_format
from chalicelib.documents.legibility import checked, harmless
from chalicelib.documents.nursery import AHEAD_BYTES, Child, Died, Told, nursery
from chalicelib.errors import NoText, RiffleError, TooLarge, Unreadable, UnsupportedType
from chalicelib.settings import Limits

log = logging.getLogger(__name__)

_FAILURES: dict[str, type[RiffleError]] = {
    each.type: each for each in (NoText, TooLarge, Unreadable, UnsupportedType)
}
_FILES_OF_A_CHILD = 200
_REQUESTS_OF_A_CHILD = 30  # for the images of one file, some pages each
_PLAIN_BYTES = 1024 * 1024

_ALMOST = 0.9
"""Of its time, after which a child that ended had none left: it may have begun before it was waited for."""

type Media = Literal["png", "jpeg", "gif", "webp"]
type Outcome = Extracted | RiffleError
type Late = Callable[[], RiffleError | None]
"""What is to be said of files that there is no time for, once that is so."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """What reading one file may take. A child that reads several gets no more memory for it."""

    memory_bytes: int = 1_500 * 1024 * 1024
    seconds: int = 90
    chars: int = Limits().document_chars


@dataclass(frozen=True, slots=True)
class File:
    """A file under the name and type that it was registered with. Files of two owners never share a child."""

    data: bytes
    name: str
    content_type: str
    owner: str = ""


@dataclass(frozen=True, slots=True)
class Shown:
    """A page as an image, of a type in Bedrock's words; `name` says which page of what."""

    page: int
    media: Media
    data: bytes
    name: str


@dataclass(frozen=True, slots=True)
class _Answer:
    outcome: Outcome
    broke_down: bool = False
    """The child is gone, or has no memory left."""
    was_slow: bool = False


def extract(data: bytes, name: str, content_type: str, bounds: Bounds | None = None) -> Extracted:
    """The text of a file that was registered under that name and type.

    Raises NoText, TooLarge, Unreadable or UnsupportedType, each naming the file, or Unavailable.
    """
    found = extract_all([File(data, name, content_type)], bounds or Bounds())[0]
    if isinstance(found, RiffleError):
        raise found
    return found


def in_time() -> None:
    """Of whoever has all the time that reading takes."""


def extract_all(files: Sequence[File], bounds: Bounds, late: Late = in_time) -> list[Outcome]:
    """What each of the files holds, or why it could not be read, in their order. Raises Unavailable.

    Plain UTF-8 is looked at here, as to hand it over takes longer than to read it. Everything else goes to
    children, each of which reads many, and divides their texts. Whoever has few files does not wait for those
    of whoever has many; once it is late, none is begun any more.
    """
    found: dict[int, Outcome] = {}
    waiting: dict[str, deque[int]] = defaultdict(deque)
    for at, file in enumerate(files):
        if (here := _read_here(file, bounds)) is not None:
            found[at] = here
        else:
            waiting[file.owner].append(at)
    for queue in sorted(waiting.values(), key=len):
        while queue:
            if failure := late():
                found |= {queue.popleft(): failure}
            else:
                found |= _read_apart(files, queue, bounds, late)
    return [found[at] for at in range(len(files))]


def shown(file: File, known: Sequence[int], bounds: Bounds) -> Iterator[Shown]:
    """Images of the file's pages that are pictures, in order, but for those whose text is known.

    Raises as `extract` does, maybe after some.
    """
    after: int | None = 0
    with nursery().child(bounds.memory_bytes, bounds.seconds * _REQUESTS_OF_A_CHILD) as child:
        for _ in range(_REQUESTS_OF_A_CHILD):
            told, data = _asked(child, file, bounds, pictures={"known": list(known), "after": after})
            yield from _pictures(file, told, data)
            if (after := told["more"]) is None:
                return


def _pictures(file: File, told: Told, data: bytes) -> Iterator[Shown]:
    """A child that was taken over may say anything."""
    at = 0
    for page, media, size in told["pictures"]:
        if media not in get_args(Media.__value__) or not 0 < size <= IMAGE_BYTES:
            raise Unreadable(f"{file.name!r} could not be read: its reader broke down")
        yield Shown(page, media, data[at : at + size], f"page {page:d} of {file.name!r}")
        at += size


def _read_here(file: File, bounds: Bounds) -> Outcome | None:
    """Of a text that takes linear work only; None of any other file."""
    if file.content_type != Format.TEXT or len(file.data) > _PLAIN_BYTES or file.data.startswith(b"PK"):
        return None
    text = harmless(file.data)
    try:
        if text is None or actual_format(file.data, file.name, Format.TEXT) is not Format.TEXT:
            return None
        return checked(plain(text), file.name, Format.TEXT, bounds.chars)
    except RiffleError as failure:
        return failure


def _read_apart(files: Sequence[File], queue: deque[int], bounds: Bounds, late: Late) -> dict[int, Outcome]:
    """Takes files off the queue for as long as one child reads them.

    The file over which a child broke down at once stays queued when others were read before it: they may have
    left too little memory, so it gets a child of its own.
    """
    found: dict[int, Outcome] = {}
    with nursery().child(bounds.memory_bytes, bounds.seconds * _FILES_OF_A_CHILD) as child:
        reading = _Reading(child, bounds, [files[at] for at in islice(queue, _FILES_OF_A_CHILD)])
        while queue and len(found) < _FILES_OF_A_CHILD and not late():
            answer = reading.next()
            if answer.broke_down and found and not answer.was_slow:
                break
            found[queue.popleft()] = answer.outcome
            if answer.broke_down:
                break
    return found


class _Reading:
    """Files that one child reads in turn. Small ones are sent ahead, so that it never waits to be asked."""

    def __init__(self, child: Child, bounds: Bounds, files: Sequence[File]) -> None:
        self._child = child
        self._bounds = bounds
        self._waiting = deque(files)
        self._sent: deque[File] = deque()
        self._ahead = 0

    def next(self) -> _Answer:
        """About the next of them."""
        try:
            self._send()
            file = self._sent.popleft()
            self._ahead -= _room(file)
            return _Answer(_divided(file, *_answered(self._child, file, self._bounds)))
        except _BrokeDown as failure:
            log.warning("the reader of a file broke down")
            return _Answer(failure, broke_down=True, was_slow=failure.was_slow)
        except RiffleError as failure:
            return _Answer(failure)

    def _send(self) -> None:
        while self._waiting and (not self._sent or self._ahead + _room(self._waiting[0]) <= AHEAD_BYTES):
            file = self._waiting.popleft()
            self._sent.append(file)
            self._ahead += _room(file)
            _send(self._child, file, self._bounds)


def _room(file: File) -> int:
    """Bytes of a request, with more than enough for what it says of the file."""
    return len(file.data) + 12 * len(file.name) + 1_000


def _divided(file: File, told: Told, found: bytes) -> Extracted:
    """The child may have been taken over, and say anything."""
    try:
        size = len(found) - int(told["divided"])
        return divided(Extracted.from_json(found[:size]), found[size:])
    except (ValueError, TypeError, LookupError, AttributeError, OverflowError, RecursionError) as failure:
        raise _BrokeDown(f"{file.name!r} could not be read: its reader broke down") from failure


def _asked(child: Child, file: File, bounds: Bounds, **wanted: object) -> tuple[Told, bytes]:
    """What the child answers. Raises what it says that failed, or _BrokeDown."""
    _send(child, file, bounds, **wanted)
    return _answered(child, file, bounds)


def _send(child: Child, file: File, bounds: Bounds, **wanted: object) -> None:
    request = {"name": file.name, "content_type": Format(file.content_type), "bytes": len(file.data),
               "seconds": bounds.seconds, "chars": bounds.chars, **wanted}  # fmt: skip
    with _broken_down(file, bounds):
        child.send(request, file.data, 2 * bounds.seconds)


def _answered(child: Child, file: File, bounds: Bounds) -> tuple[Told, bytes]:
    with _broken_down(file, bounds):
        told, found = child.answer(2 * bounds.seconds)
    _check(told)
    return told, found


@contextmanager
def _broken_down(file: File, bounds: Bounds) -> Iterator[None]:
    """Says of a child that ended, or does not end, that it broke down over the file."""
    began = time.monotonic()
    try:
        yield
    except TimeoutError as failure:
        reason = f"{file.name!r} could not be read within {2 * bounds.seconds} s"
        raise _BrokeDown(reason, was_slow=True) from failure
    except Died as failure:
        if time.monotonic() - began >= _ALMOST * bounds.seconds:
            reason = f"{file.name!r} could not be read within {bounds.seconds} s of processor time"
            raise _BrokeDown(reason, was_slow=True) from failure
        reason = f"{file.name!r} could not be read: its reader broke down or ran out of memory"
        raise _BrokeDown(reason) from failure


def _check(told: Told) -> None:
    if not told["filtered"]:
        _warn_of_open_walls()
    if failed := told["failed"]:
        log.info("a file could not be read: %s", failed["cause"])
        failure = _FAILURES[failed["type"]]
        raise _BrokeDown(failed["message"]) if failed["exhausted"] else failure(failed["message"])


class _BrokeDown(Unreadable):
    """The child is gone, or has no memory left."""

    def __init__(self, reason: str, *, was_slow: bool = False) -> None:
        super().__init__(reason)
        self.was_slow = was_slow


@cache
def _warn_of_open_walls() -> None:
    log.warning("readers of files run without a filter of system calls, which this kernel does not have")
