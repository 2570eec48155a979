"""Whether bytes and characters are text that can be used: the checks that need no library and linear time."""

import re
import unicodedata
from collections import Counter

from chalicelib.documents.extracted import Extracted
from chalicelib.documents.formats import NO_OCR, Format
from chalicelib.errors import NoText, TooLarge

_SWITCHES = "\0\x1b"  # which valid UTF-8 has where it is another encoding
_SAMPLE = 256 * 1024
_ODD_SHARE = 0.05  # random bytes have twice as many in any encoding; logs with colours have fewer
_ODD_FEW = 3
_ILLUSTRATED = frozenset({Format.DOCX, Format.PPTX, Format.XLSX, Format.ODT, Format.ODP, Format.EPUB})
_MOST_MARKS = 30
"""On one letter: Unicode's stream-safe format has no more (UAX #15); composing takes their number squared."""


def is_odd(text: str) -> bool:
    """Whether too many of its characters are such as text has by accident only."""
    sample = text[:_SAMPLE]
    return _odd_ones(sample) > max(_ODD_FEW, len(sample) * _ODD_SHARE)


def _odd_ones(sample: str) -> int:
    """How many; of ASCII by way of bytes, which is many times as fast."""
    if sample.isascii():
        return len(sample.encode().translate(None, _ORDINARY))
    return sum(count for each, count in Counter(sample).items() if _odd(each))


def _odd(character: str) -> bool:
    """Controls, replacements, what Unicode has not assigned."""
    kind = unicodedata.category(character)
    return character == "\ufffd" or (kind in {"Cc", "Cn", "Co", "Cs"} and not character.isspace())


_ORDINARY = bytes(each for each in range(128) if not _odd(chr(each)))


def harmless(data: bytes) -> str | None:
    """The text of valid UTF-8 that takes linear time to clean; None of anything else."""
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        return None
    return None if any(each in text for each in _SWITCHES) or is_odd(text) or _heaps_marks(text) else text


def _heaps_marks(text: str) -> bool:
    if text.isascii():
        return False
    marks = "".join(character for character in set(text) if unicodedata.combining(character))
    return bool(marks) and re.search(f"[{marks}]{{{_MOST_MARKS + 1}}}", text) is not None


def checked(extracted: Extracted, name: str, kind: Format, max_chars: int) -> Extracted:
    """The same. Raises NoText or TooLarge, naming the file."""
    if not any(each.isalnum() for each in extracted.text):
        raise NoText(f"{name!r} holds no text{_why(kind)}")
    if len(extracted.text) > max_chars:
        raise TooLarge(f"{name!r} has {len(extracted.text)} characters of text; the limit is {max_chars}")
    return extracted


def _why(kind: Format) -> str:
    """Of PDF alone the images may be read by a model."""
    if kind is Format.PDF:
        return f": NO_TEXT, it is empty or has images only, and {NO_OCR}"
    return ": NO_TEXT, it is empty or has images only, which are not read" if kind in _ILLUSTRATED else ""
