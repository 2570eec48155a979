"""Sending a file to the address that S3 signed for it, streamed from disk."""

import io
import mimetypes
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import httpx

from riffle.deployment import http_client
from riffle.errors import ConnectionFailed, InvalidInput, RiffleError, TooLarge, Unauthorized
from riffle.records import Upload

# What mimetypes does not know everywhere: it reads the system's own tables too.
TYPES = {
    ".md": "text/markdown",
    ".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    ".pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


def media_type(name: str) -> str | None:
    """What a file's suffix promises; also for a suffix alone, with or without its dot."""
    suffix = Path(name).suffix or f".{name.lstrip('.')}"
    return TYPES.get(suffix.lower()) or mimetypes.guess_type(f"file{suffix}")[0]


@dataclass(frozen=True, slots=True)
class Source:
    """A file to be uploaded: open, with the size it had when it was opened."""

    file: BinaryIO
    name: str
    bytes: int

    @property
    def content_type(self) -> str | None:
        return media_type(self.name) if Path(self.name).suffix else None


@contextmanager
def opened(content: str | os.PathLike[str] | bytes, name: str | None) -> Iterator[Source]:
    """A path or bytes as a source. Raises InvalidInput for a path that is no readable file."""
    if isinstance(content, bytes):
        if not name:
            raise InvalidInput("bytes need a name: pass name='notes.txt'")
        yield Source(io.BytesIO(content), name, len(content))
        return
    with _open(Path(content)) as file:
        yield Source(file, spelled(name or Path(content).name), os.fstat(file.fileno()).st_size)


def _open(path: Path) -> BinaryIO:
    try:
        if not path.is_file() and path.exists():  # to open a pipe is to wait for whoever writes to it
            raise InvalidInput(f"{path} is not a file")
        return path.open("rb")
    except OSError as error:
        raise InvalidInput(f"{path} cannot be read: {error.strerror}") from error


def check_size(source: Source, limit: int) -> None:
    """Spares the way to the deployment for what it would reject."""
    if source.bytes > limit:
        raise TooLarge(f"{source.name!r} is {readable(source.bytes)}; the limit is {readable(limit)}")


def readable(size: int) -> str:
    """A size as people read it."""
    if size < 1024:
        return f"{size} bytes"
    return f"{size / 1024 / 1024:.1f} MB" if size >= 1024 * 1024 else f"{size / 1024:.0f} kB"


def spelled(name: str) -> str:
    """A file's name as text that can be sent: a byte in it that is not UTF-8 becomes a question mark."""
    return name.encode(errors="replace").decode()


async def send(upload: Upload, source: Source) -> None:
    """Posts the file. S3 wants the signed fields first, and compares the size with what was signed."""
    files = {"file": (source.name, source.file, source.content_type or "application/octet-stream")}
    try:
        async with http_client(upload.url) as http:
            response = await http.post(upload.url, data=upload.fields, files=files)
    except httpx.HTTPError as error:
        raise ConnectionFailed(f"the upload of {source.name!r} broke off") from error
    if not response.is_success:
        raise _rejection(response, source)


def _rejection(response: httpx.Response, source: Source) -> RiffleError:
    """S3 says why in XML; two elements of it are all that matters, so no parser is fed."""
    code, message = _element(response.text, "Code"), _element(response.text, "Message")
    kind = {"EntityTooLarge": TooLarge, "EntityTooSmall": InvalidInput, "AccessDenied": Unauthorized}.get(
        code, RiffleError
    )
    reason = message or f"HTTP {response.status_code}"
    return kind(f"the upload of {source.name!r} was rejected: {reason}")


def _element(xml: str, name: str) -> str:
    found = re.search(f"<{name}>([^<]*)</{name}>", xml)
    return found.group(1) if found else ""
