"""Places that documents are taken from: folders, S3 prefixes, web pages. Each lists items to be fetched."""

from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

type Content = Path | bytes
type Fetch = Callable[[datetime | None], Coroutine[None, None, "Fetched | None"]]


@dataclass(frozen=True, slots=True)
class Fetched:
    """A file's content, and the name to upload it under."""

    content: Content
    name: str


@dataclass(frozen=True, slots=True)
class Item:
    """One file of a source.

    `uri` names it for good, so that it can be recognised the next time; `label` is what people are shown.
    `fetch` takes a moment and returns None if the file has certainly not changed since. Raises RiffleError.
    """

    uri: str
    label: str
    fetch: Fetch
    named: bool = False
    """Whether somebody asked for this very file, and not for all there is around it."""
