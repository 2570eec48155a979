"""Channel names, and who listens to which.

https://docs.aws.amazon.com/appsync/latest/eventapi/channel-namespaces.html
"""

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from localcloud.appsync.errors import BadRequest

MAX_SEGMENTS = 5
SEGMENT = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,48}[A-Za-z0-9])?")
WILDCARD = "*"

type Segments = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Channel:
    """A channel by its segments, the first of which is its namespace; `text` is as its client wrote it.

    With `wildcard` it stands for every channel below, however deep.
    """

    segments: Segments
    text: str
    wildcard: bool = False

    @property
    def namespace(self) -> str:
        return self.segments[0]

    @property
    def path(self) -> str:
        """With one slash in front and none behind, as handlers see it."""
        return "/" + "/".join(self.all_segments)

    @property
    def all_segments(self) -> Segments:
        return (*self.segments, WILDCARD) if self.wildcard else self.segments


def parse(text: str) -> Channel:
    """A channel to publish to. Raises BadRequest; a `*` is part of no name."""
    return Channel(checked(split(text)), text)


def parse_pattern(text: str) -> Channel:
    """A channel to subscribe to, which may end in `/*`. Raises BadRequest, also for `/*` alone."""
    segments = split(text)
    if segments[-1] != WILDCARD or len(segments) > MAX_SEGMENTS:
        return parse(text)
    return Channel(checked(segments[:-1]), text, wildcard=True)


def split(text: str) -> Segments:
    return tuple(text.removeprefix("/").removesuffix("/").split("/"))


def checked(segments: Segments) -> Segments:
    if not 1 <= len(segments) <= MAX_SEGMENTS or not all(SEGMENT.fullmatch(each) for each in segments):
        raise BadRequest("Invalid Channel Format")
    return segments


class Listener(Protocol):
    """Somebody whose subscription is registered. Compared by identity."""

    @property
    def channel(self) -> Channel: ...


class Registry[L: Listener]:
    """Every live subscription, found by looking up a published channel and each of its beginnings.

    No source says whether `/a/*` also hears `/a` itself: `include_parent` decides.
    """

    def __init__(self, *, include_parent: bool = False) -> None:
        self._exact: defaultdict[Segments, dict[L, None]] = defaultdict(dict)
        self._below: defaultdict[Segments, dict[L, None]] = defaultdict(dict)
        self._include_parent = include_parent

    def __len__(self) -> int:
        return sum(len(found) for shelf in (self._exact, self._below) for found in shelf.values())

    def add(self, listener: L) -> None:
        self._shelf(listener.channel)[listener.channel.segments][listener] = None

    def remove(self, listener: L) -> None:
        """Channels exist only while somebody listens: an empty one is forgotten."""
        shelf, segments = self._shelf(listener.channel), listener.channel.segments
        shelf[segments].pop(listener, None)
        if not shelf[segments]:
            del shelf[segments]

    def listening(self, channel: Channel) -> Iterator[L]:
        """Those whom an event on a channel reaches. They may leave while this is read."""
        yield from list(self._exact.get(channel.segments, ()))
        longest = len(channel.segments) + (1 if self._include_parent else 0)
        for length in range(1, longest):
            yield from list(self._below.get(channel.segments[:length], ()))

    def _shelf(self, channel: Channel) -> defaultdict[Segments, dict[L, None]]:
        return self._below if channel.wildcard else self._exact
