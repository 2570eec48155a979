"""Outlook's mails: properties in streams of an OLE file, as [MS-OXMSG] describes them."""

import io
import re
import struct
from datetime import UTC, datetime, timedelta

import olefile  # type: ignore[import-untyped]

from chalicelib.documents.extracted import Builder, Extracted
from chalicelib.documents.reading import letters
from chalicelib.documents.reading.text import decoded

_SUBJECT, _FROM, _TO, _CC, _BODY, _HTML = "0037", "0C1A", "0E04", "0E03", "1000", "1013"
_FILE_NAME, _SHORT_NAME, _DISPLAY_NAME = "3707", "3704", "3001"
_SAID = (("From", _FROM), ("To", _TO), ("Cc", _CC))
_ATTACHMENT = re.compile(r"__attach_version1\.0_#[0-9A-F]{8}", re.IGNORECASE)
_INNER = "__substg1.0_3701000D"
_PROPERTIES = "__properties_version1.0"
_OWN_PAGE, _SENT_PAGE = 0x3FFD0003, 0x3FDE0003
"""The code pages of text that is not in UTF-16: the mail's own, and the one that it was sent in."""

type Encodings = tuple[str | None, str | None]

type Properties = dict[int, bytes]

_PROPERTY = struct.Struct("<I4x8s")
_SENT, _CAME = 0x00390040, 0x0E060040
_FIRST = datetime(1601, 1, 1, tzinfo=UTC)

_PAGES = {936: "gbk", 950: "big5", 65001: "utf-8-sig"} | {
    page: f"cp{page}" for page in (874, 932, 949, *range(1250, 1259))
}


def read(data: bytes) -> Extracted:
    with olefile.OleFileIO(io.BytesIO(data)) as file:
        mail = _Mail(file, (), _encodings(_properties(file, ())))
        builder = Builder(mail.text(_SUBJECT))
        mail.add_to(builder, 1)
    return builder.build()


def _properties(file: olefile.OleFileIO, path: tuple[str, ...]) -> Properties:
    """The eight bytes of each property that is no longer than that, by its key."""
    if not file.exists([*path, _PROPERTIES]):
        return {}
    with file.openstream([*path, _PROPERTIES]) as stream:
        listed = stream.read()[24 if path else 32 :]  # after what counts attachments and recipients
    return dict(_PROPERTY.unpack_from(listed, at) for at in range(0, len(listed) - 15, 16))


def _encodings(properties: Properties) -> Encodings:
    """What the mail says that its text and its page are in, if it does."""
    pages = (int.from_bytes(properties.get(key, b"")[:4], "little") for key in (_OWN_PAGE, _SENT_PAGE))
    own, sent = map(_PAGES.get, pages)
    return own or sent, sent or own


def _date(properties: Properties) -> str | None:
    """When it was sent, or else came, to the minute: tenths of microseconds since 1601."""
    ticks = int.from_bytes(properties.get(_SENT) or properties.get(_CAME) or b"", "little")
    try:
        return (_FIRST + timedelta(microseconds=ticks // 10)).isoformat(" ", "minutes") if ticks else None
    except OverflowError:
        return None


def _decoded(data: bytes, encoding: str | None) -> str:
    try:
        return data.decode(encoding) if encoding else decoded(data)
    except UnicodeDecodeError:
        return decoded(data)


class _Mail:
    """A mail in a file of them: the outermost, or one attached to it."""

    def __init__(self, file: olefile.OleFileIO, path: tuple[str, ...], encodings: Encodings) -> None:
        self._file = file
        self._path = path
        self._encodings = encodings

    def add_to(self, builder: Builder, level: int) -> None:
        said = [(name, self.text(key)) for name, key in _SAID]
        dated = ("Date", _date(_properties(self._file, self._path)))
        letters.add_heading(builder, self.text(_SUBJECT), [*said, dated], level)
        self._add_body(builder, level)
        for folder in self._attachments():
            self._add_attachment(builder, folder, level)

    def text(self, key: str) -> str:
        """A property that is text, in UTF-16 or in whatever encoding the sender's Windows used."""
        if wide := self._stream(f"{key}001F"):
            return wide.decode("utf-16-le", "ignore").rstrip("\0")
        return _decoded(self._stream(f"{key}001E").rstrip(b"\0"), self._encodings[0])

    def _add_body(self, builder: Builder, level: int) -> None:
        if text := self.text(_BODY).strip():
            builder.paragraph(text)
        elif page := self._stream(f"{_HTML}0102"):
            letters.add_page(builder, _decoded(page, self._encodings[1]), level)

    def _attachments(self) -> list[tuple[str, ...]]:
        depth = len(self._path)
        folders = {tuple(each[: depth + 1]) for each in self._file.listdir() if self._is_here(each)}
        return sorted(each for each in folders if _ATTACHMENT.fullmatch(each[-1]))

    def _is_here(self, entry: list[str]) -> bool:
        return len(entry) > len(self._path) and tuple(entry[: len(self._path)]) == self._path

    def _add_attachment(self, builder: Builder, folder: tuple[str, ...], level: int) -> None:
        if self._file.exists([*folder, _INNER]) and level < letters.DEEPEST:
            _Mail(self._file, (*folder, _INNER), self._encodings).add_to(builder, level + 1)
            return
        attached = _Mail(self._file, folder, self._encodings)
        names = (attached.text(key) for key in (_FILE_NAME, _SHORT_NAME, _DISPLAY_NAME))
        builder.attach(next(filter(None, names), "attachment"))

    def _stream(self, name: str) -> bytes:
        path = [*self._path, f"__substg1.0_{name}"]
        if not self._file.exists(path):
            return b""
        with self._file.openstream(path) as stream:
            found: bytes = stream.read()
            return found
