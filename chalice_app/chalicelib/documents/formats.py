"""The kinds of file that can be read: decided by what a file holds, then by its name and declared type."""

import io
import zipfile
from collections.abc import Mapping
from enum import StrEnum
from pathlib import PurePosixPath
from types import MappingProxyType

from chalicelib.errors import Unreadable, UnsupportedType


class Format(StrEnum):
    """Each value is the media type that the format is stored and presigned with."""

    TEXT = "text/plain"
    MARKDOWN = "text/markdown"
    HTML = "text/html"
    PDF = "application/pdf"
    DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
    PPTX = "application/vnd.openxmlformats-officedocument.presentationml.presentation"


CONTENT_TYPES = tuple(each.value for each in Format)
READ = "txt, md, html, pdf, docx, pptx"
"""What a message lists as readable."""

_SUFFIXES: Mapping[str, Format] = MappingProxyType(
    {
        "txt": Format.TEXT, "text": Format.TEXT, "log": Format.TEXT,
        "md": Format.MARKDOWN, "markdown": Format.MARKDOWN,
        "html": Format.HTML, "htm": Format.HTML, "xhtml": Format.HTML,
        "pdf": Format.PDF, "docx": Format.DOCX, "pptx": Format.PPTX,
    }
)  # fmt: skip
_OTHER_TYPES: Mapping[str, Format] = MappingProxyType(
    {
        "application/xhtml+xml": Format.HTML,
        "text/x-markdown": Format.MARKDOWN,
        "application/x-pdf": Format.PDF,
    }
)
_TEXTUAL = frozenset({Format.TEXT, Format.MARKDOWN, Format.HTML})
_SIGNATURES: tuple[tuple[bytes, str], ...] = (
    (b"\x89PNG", "a PNG image"),
    (b"\xff\xd8\xff", "a JPEG image"),
    (b"GIF8", "a GIF image"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive"),
    (b"Rar!", "a RAR archive"),
    (b"\x7fELF", "a program"),
    (b"MZ\x90", "a program"),
    (b"{\\rtf", "an RTF file"),
    (b"%!PS", "a PostScript file"),
    (b"SQLite format 3\0", "a database"),
)
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


def declared_format(name: str, content_type: str | None) -> Format:
    """The format that a name, or failing that a media type, promises. Raises UnsupportedType naming both."""
    suffix = PurePosixPath(name).suffix.removeprefix(".").lower()
    media_type = (content_type or "").partition(";")[0].strip().lower()
    found = _SUFFIXES.get(suffix) or _by_media_type(media_type)
    if found is None:
        what = f"a file of type {suffix or media_type[:100] or 'unknown'!r}"
        raise UnsupportedType(f"{name!r} is {what}; what can be read is {READ}")
    return found


def actual_format(data: bytes, name: str, declared: Format) -> Format:
    """The format that the bytes show. Raises UnsupportedType, or Unreadable for a broken file."""
    if b"%PDF-" in data[:1024]:
        return Format.PDF
    if data.startswith(b"PK"):
        return _in_zip(data, name)
    if data.startswith(_OLE):
        raise _ole_failure(name, declared)
    return _textual(data, name, declared)


def _by_media_type(media_type: str) -> Format | None:
    if media_type in CONTENT_TYPES:
        return Format(media_type)
    return _OTHER_TYPES.get(media_type)


def _in_zip(data: bytes, name: str) -> Format:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = set(archive.namelist())
    except (zipfile.BadZipFile, ValueError, OSError) as error:
        raise Unreadable(f"{name!r} is broken: it begins like a zip archive and is not one") from error
    if any(each.startswith("word/") for each in members):
        return Format.DOCX
    if any(each.startswith("ppt/") for each in members):
        return Format.PPTX
    raise UnsupportedType(f"{name!r} is an archive of another kind; what can be read is {READ}")


def _ole_failure(name: str, declared: Format) -> Unreadable | UnsupportedType:
    """Office encrypts a document by wrapping it in the container that its old formats used."""
    if declared in {Format.DOCX, Format.PPTX}:
        return Unreadable(f"{name!r} is protected with a password, or in an old Office format")
    return UnsupportedType(f"{name!r} is in an old Office format; what can be read is {READ}")


def _textual(data: bytes, name: str, declared: Format) -> Format:
    for signature, kind in _SIGNATURES:
        if data.startswith(signature):
            raise UnsupportedType(f"{name!r} is {kind}; what can be read is {READ}")
    if declared not in _TEXTUAL:
        raise Unreadable(f"{name!r} is not what its name says, {declared.name}")
    if declared is Format.TEXT and _looks_like_html(data):
        return Format.HTML
    return declared


def _looks_like_html(data: bytes) -> bool:
    start = data.lstrip(b"\xef\xbb\xbf \t\r\n")[:200].lower()
    return start.startswith((b"<!doctype html", b"<html"))
