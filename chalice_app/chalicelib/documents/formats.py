"""The kinds of file that can be read: decided by what a file holds, then by its name and declared type."""

import io
import zipfile
from collections.abc import Mapping
from enum import StrEnum
from pathlib import PurePosixPath
from types import MappingProxyType

from chalicelib.errors import NoText, RiffleError, Unreadable, UnsupportedType


class Format(StrEnum):
    """Each value is the media type that the format is stored and presigned with."""

    TEXT = "text/plain"
    MARKDOWN = "text/markdown"
    HTML = "text/html"
    PDF = "application/pdf"
    DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
    PPTX = "application/vnd.openxmlformats-officedocument.presentationml.presentation"
    XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    CSV = "text/csv"
    TSV = "text/tab-separated-values"
    EPUB = "application/epub+zip"
    RTF = "application/rtf"
    ODT = "application/vnd.oasis.opendocument.text"
    ODS = "application/vnd.oasis.opendocument.spreadsheet"
    ODP = "application/vnd.oasis.opendocument.presentation"
    EML = "message/rfc822"
    MSG = "application/vnd.ms-outlook"
    JSON = "application/json"
    JSONL = "application/jsonl"
    XML = "application/xml"
    CODE = "text/x-source"
    ZIP = "application/zip"
    PNG = "image/png"
    JPEG = "image/jpeg"
    GIF = "image/gif"
    WEBP = "image/webp"


IMAGES = (Format.PNG, Format.JPEG, Format.GIF, Format.WEBP)
"""Files of these hold no text; a model reads it from them where one is deployed."""

IMAGE_BYTES = 3_750_000
"""Of one image: what Claude takes at most
(https://docs.aws.amazon.com/bedrock/latest/userguide/model-parameters-anthropic-claude-messages.html)."""

_ENDINGS: Mapping[Format, str] = MappingProxyType(
    {
        Format.TEXT: "txt text log",
        Format.MARKDOWN: "md markdown",
        Format.HTML: "html htm xhtml",
        Format.PDF: "pdf",
        Format.DOCX: "docx docm dotx",
        Format.PPTX: "pptx pptm ppsx",
        Format.XLSX: "xlsx xlsm xltx",
        Format.CSV: "csv",
        Format.TSV: "tsv tab",
        Format.EPUB: "epub",
        Format.RTF: "rtf",
        Format.ODT: "odt ott",
        Format.ODS: "ods ots",
        Format.ODP: "odp otp",
        Format.EML: "eml",
        Format.MSG: "msg",
        Format.JSON: "json ipynb geojson webmanifest",
        Format.JSONL: "jsonl ndjson",
        Format.XML: "xml xsd xsl xslt rss atom svg plist wsdl",
        Format.CODE: (
            "adb ada asm astro awk bash bat bib c cc cfg clj cmake cmd conf cpp cs css cxx dart diff "
            "dockerfile editorconfig el elm env erl ex exs f90 fish fs fsx gd go gql gradle graphql "
            "groovy h haml hcl hh hpp hrl hs ini ipp java jl js json5 jsonc jsx kt kts less lisp lock "
            "lua m mak makefile mjs ml mli mm nim nix pas patch php pl pm po pp properties proto ps1 "
            "pug py pyi pyx r rb rkt rs rst sass scala scm scss sh sol sql srt styl sv svelte swift tcl "
            "tex tf tfvars toml ts tsx v vb vbs vhd vhdl vim vtt vue yaml yml zig zsh"
        ),
        Format.ZIP: "zip",
        Format.PNG: "png",
        Format.JPEG: "jpg jpeg jfif",
        Format.GIF: "gif",
        Format.WEBP: "webp",
    }
)  # fmt: skip
_BY_ENDING = {ending: kind for kind, endings in _ENDINGS.items() for ending in endings.split()}
_BY_NAME = {"makefile": Format.CODE, "dockerfile": Format.CODE, "readme": Format.TEXT, "license": Format.TEXT}
_UNNAMED = {Format.CODE, *IMAGES}
READ = ", ".join(each.split()[0] for kind, each in _ENDINGS.items() if kind not in _UNNAMED) + ", source code"
"""What a message lists as readable."""

NO_OCR = "reading text from images (OCR) is switched off"
_OTHER_IMAGES = frozenset({"avif", "bmp", "heic", "heif", "ico", "jp2", "tif", "tiff"})
_NOT_THESE = "NO_TEXT, and OCR, where it is switched on, reads PNG, JPEG, GIF and WebP only"
_OLD_OFFICE = {"doc": "docx", "dot": "docx", "ppt": "pptx", "pps": "pptx", "xls": "xlsx", "xlt": "xlsx"}
_OTHER_TYPES: Mapping[str, Format] = MappingProxyType(
    {
        "application/xhtml+xml": Format.HTML,
        "text/x-markdown": Format.MARKDOWN,
        "application/x-pdf": Format.PDF,
        "application/csv": Format.CSV,
        "text/rtf": Format.RTF,
        "text/xml": Format.XML,
        "text/json": Format.JSON,
        "application/x-ndjson": Format.JSONL,
        "application/x-zip-compressed": Format.ZIP,
        "application/javascript": Format.CODE,
        "text/javascript": Format.CODE,
        "text/css": Format.CODE,
    }
)
_TEXTUAL = frozenset(
    {Format.TEXT, Format.MARKDOWN, Format.HTML, Format.CSV, Format.TSV, Format.EML, Format.JSON, Format.JSONL,
     Format.XML, Format.CODE}
)  # fmt: skip
_IMAGE_SIGNATURES = ((b"\x89PNG", Format.PNG), (b"\xff\xd8\xff", Format.JPEG), (b"GIF8", Format.GIF))
_TIFF = (b"II*\0", b"MM\0*")
_SIGNATURES = (
    (b"\x1f\x8b", "a gzip archive"),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive"),
    (b"Rar!", "a RAR archive"),
    (b"BZh", "a bzip2 archive"),
    (b"\xfd7zXZ\0", "an xz archive"),
    (b"\x7fELF", "a program"),
    (b"MZ\x90", "a program"),
    (b"%!PS", "a PostScript file"),
    (b"SQLite format 3\0", "a database"),
    (b"ID3", "a sound"),
    (b"OggS", "a sound or film"),
)
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ZIP = (b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
_MAIL = "__properties_version1.0".encode("utf-16-le")
_TYPED_ZIPS = {
    b"application/epub+zip": Format.EPUB,
    b"application/vnd.oasis.opendocument.text": Format.ODT,
    b"application/vnd.oasis.opendocument.spreadsheet": Format.ODS,
    b"application/vnd.oasis.opendocument.presentation": Format.ODP,
}
_OFFICE = {"word/": Format.DOCX, "ppt/": Format.PPTX, "xl/": Format.XLSX}


def content_types(*, ocr: bool) -> tuple[str, ...]:
    """The media types that can be read, with a model that reads images or without."""
    return tuple(each.value for each in Format if ocr or each not in IMAGES)


def is_pictured(data: bytes) -> bool:
    """Whether the bytes begin like an image or a PDF, which may have pages that are images."""
    return b"%PDF-" in data[:1024] or _image(data) is not None


def declared_format(name: str, content_type: str | None) -> Format:
    """The format that a name, or failing that a media type, promises. Raises UnsupportedType naming both."""
    path = PurePosixPath(name.lower())
    ending = path.suffix.removeprefix(".")
    media_type = (content_type or "").partition(";")[0].strip().lower()
    found = _BY_ENDING.get(ending) or _by_media_type(media_type) or _BY_NAME.get(path.name)
    if found is None or ending in _OTHER_IMAGES or ending in _OLD_OFFICE:
        raise _refusal(name, ending, media_type)
    return found


def actual_format(data: bytes, name: str, declared: Format) -> Format:
    """The one format that the bytes show, whatever else they could also be taken for.

    Raises NoText for an image that nothing reads, UnsupportedType, or Unreadable for a broken or protected
    file.
    """
    if b"%PDF-" in data[: 1024 if declared is Format.PDF else 8]:
        return Format.PDF
    if data.startswith(_ZIP):
        return _in_zip(data, name, declared)
    if data.startswith(_OLE):
        return _in_ole(data, name)
    if image := _image(data):
        return image
    return _textual(data, name, declared)


def _refusal(name: str, ending: str, media_type: str) -> UnsupportedType:
    if ending in _OTHER_IMAGES or media_type.startswith("image/"):
        return UnsupportedType(f"{name!r} is an image: {_NOT_THESE}")
    if newer := _OLD_OFFICE.get(ending):
        return UnsupportedType(f"{name!r} is in an old Office format; save it as {newer} and upload that")
    what = f"a file of type {ending or media_type[:100] or 'unknown'!r}"
    return UnsupportedType(f"{name!r} is {what}; what can be read is {READ}")


def _by_media_type(media_type: str) -> Format | None:
    if media_type in Format:
        return Format(media_type)
    return _OTHER_TYPES.get(media_type)


def _image(data: bytes) -> Format | None:
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return Format.WEBP
    return next((kind for signature, kind in _IMAGE_SIGNATURES if data.startswith(signature)), None)


def _in_zip(data: bytes, name: str, declared: Format) -> Format:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = archive.namelist()
            typed = _typed(archive) if "mimetype" in members else None
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError, RuntimeError) as error:
        raise Unreadable(f"{name!r} is broken: it begins like a zip archive and is not one") from error
    return typed or _office(members, declared) or _any_zip(name, declared)


def _typed(archive: zipfile.ZipFile) -> Format | None:
    """EPUB and OpenDocument say what they are in a member of their own, which is short."""
    with archive.open("mimetype") as member:
        said = member.read(200).strip()
    return _TYPED_ZIPS.get(said.removesuffix(b"-template"))


def _office(members: list[str], declared: Format) -> Format | None:
    """A folder named `word` alone makes no document of an archive."""
    if "[Content_Types].xml" not in members and declared is Format.ZIP:
        return None
    folders = (folder for folder in _OFFICE if any(each.startswith(folder) for each in members))
    return _OFFICE.get(next(folders, ""))


def _any_zip(name: str, declared: Format) -> Format:
    if declared not in _TEXTUAL and declared is not Format.ZIP:
        raise Unreadable(
            f"{name!r} is not what its name says, {declared.name}, but an archive of other files"
        )
    return Format.ZIP


def _in_ole(data: bytes, name: str) -> Format:
    """Office encrypts a document by wrapping it in the container that its old formats and Outlook use."""
    if _ENCRYPTED in data:
        raise Unreadable(f"{name!r} is protected with a password")
    if _MAIL in data:
        return Format.MSG
    raise UnsupportedType(f"{name!r} is in an old Office format; save it in a new one and upload that")


def _textual(data: bytes, name: str, declared: Format) -> Format:
    if failure := _recognised(data, name):
        raise failure
    if data.startswith(b"{\\rtf"):
        return Format.RTF
    if declared not in _TEXTUAL:
        part = ", or one part of several" if declared is Format.ZIP else ""
        raise Unreadable(f"{name!r} is not what its name says, {declared.name}{part}")
    if declared is Format.TEXT and _looks_like_html(data):
        return Format.HTML
    return declared


def _recognised(data: bytes, name: str) -> RiffleError | None:
    if data.startswith(_TIFF):
        return NoText(f"{name!r} is a TIFF image: {_NOT_THESE}")
    for signature, kind in _SIGNATURES:
        if data.startswith(signature):
            return UnsupportedType(f"{name!r} is {kind}; what can be read is {READ}")
    return None


def _looks_like_html(data: bytes) -> bool:
    start = data[:1000].lstrip(b"\xef\xbb\xbf \t\r\n")[:200].lower()
    return start.startswith((b"<!doctype html", b"<html"))
