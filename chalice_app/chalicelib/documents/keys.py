"""Where a document's objects lie in the bucket, and back from a key to what it belongs to."""

import re
from dataclasses import dataclass
from urllib.parse import quote, unquote

_NAME_BYTES = 700  # of the 1,024 that S3 allows a key, once percent-encoded
_UPLOAD = re.compile(r"uploads/([^/]+)/([^/]+)/([1-9][0-9]{0,8})/([^/]+)")
_TEXT = re.compile(r"texts/([^/]+)/([^/]+)/([1-9][0-9]{0,8})\.[a-z]+")

UPLOADS = "uploads/"
TEXTS = "texts/"


@dataclass(frozen=True, slots=True)
class UploadKey:
    owner: str
    document_id: str
    version: int
    name: str


@dataclass(frozen=True, slots=True)
class TextKey:
    owner: str
    document_id: str
    version: int


def upload_key(owner: str, document_id: str, version: int, name: str) -> str:
    """The key of one version's file. A name too long for a key is shortened there, keeping its suffix."""
    return f"{upload_prefix(owner, document_id, version)}{quote(_shortened(name), safe='')}"


def upload_prefix(owner: str, document_id: str, version: int | None = None) -> str:
    """What the keys of one version's file, or of every version's, begin with."""
    everything = f"{UPLOADS}{quote(owner, safe='')}/{document_id}/"
    return everything if version is None else f"{everything}{version}/"


def text_key(owner: str, document_id: str, version: int) -> str:
    return f"{text_prefix(owner, document_id)}{version}.json"


def parked_key(owner: str, document_id: str, version: int) -> str:
    """Where the vectors of a version lie that could not be finished."""
    return f"{text_prefix(owner, document_id)}{version}.vectors"


def is_parked(key: str) -> bool:
    """Whether such vectors lie there, of all that lies where texts do."""
    return key.endswith(".vectors")


def text_prefix(owner: str, document_id: str) -> str:
    return f"{TEXTS}{quote(owner, safe='')}/{document_id}/"


def parse_upload_key(key: str) -> UploadKey | None:
    """What an upload's key says, or None for any other key."""
    match = _UPLOAD.fullmatch(key)
    if match is None:
        return None
    owner, document_id, version, name = match.groups()
    return UploadKey(unquote(owner), document_id, int(version), unquote(name))


def parse_text_key(key: str) -> TextKey | None:
    """What the key of a text, or of parked vectors, says, or None for any other key."""
    match = _TEXT.fullmatch(key)
    return TextKey(unquote(match[1]), match[2], int(match[3])) if match else None


def _shortened(name: str) -> str:
    stem, dot, suffix = name.rpartition(".")
    if not dot or len(suffix) > 10:
        stem, dot, suffix = name, "", ""
    while stem and len(quote(f"{stem}{dot}{suffix}", safe="")) > _NAME_BYTES:
        stem = stem[:-1]
    return f"{stem}{dot}{suffix}"
