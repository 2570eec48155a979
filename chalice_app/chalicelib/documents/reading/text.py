"""Plain text in whatever encoding."""

import codecs
import unicodedata

from chalicelib.documents.extracted import Extracted, plain
from chalicelib.errors import Unreadable

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_SAMPLE = 256 * 1024
_ODD_SHARE = 0.05  # random bytes have twice as many in any encoding; logs with colours have fewer
_ODD_FEW = 3


def read(data: bytes) -> Extracted:
    return plain(decoded(data))


def decoded(data: bytes) -> str:
    """The text of these bytes. Raises Unreadable when they are something else: music, say, or a program."""
    text = _decoded(data)
    sample = text[:_SAMPLE]
    odd = sum(map(_odd, sample))
    if odd > max(_ODD_FEW, len(sample) * _ODD_SHARE):
        raise Unreadable("its content is not text")
    return text


def _odd(character: str) -> bool:
    """Whether text has it only by accident: controls, replacements, what Unicode has not assigned."""
    kind = unicodedata.category(character)
    return character == "\ufffd" or (kind in {"Cc", "Cn", "Co", "Cs"} and not character.isspace())


def _decoded(data: bytes) -> str:
    """By the byte order mark, as UTF-8, as UTF-16 without mark, or by an educated guess."""
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return data.decode(encoding, "replace")
    try:
        if not (unmarked := _utf16_without_mark(data)):
            return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode(_guessed(data), "replace")
    return data.decode(unmarked, "replace")


def _utf16_without_mark(data: bytes) -> str | None:
    """Every second byte of Latin text in UTF-16 is zero, which no other encoding of text has."""
    even, odd = data[:4096:2].count(0), data[1:4096:2].count(0)
    if max(even, odd) * 8 < max(8, len(data[:4096])):
        return None
    return "utf-16-le" if odd > even else "utf-16-be"


def _guessed(data: bytes) -> str:
    from charset_normalizer import from_bytes

    best = from_bytes(data[:_SAMPLE]).best()
    return best.encoding if best else "cp1252"
