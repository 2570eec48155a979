"""Plain text in whatever encoding."""

import codecs

from chardetng_py.detector import EncodingDetector  # type: ignore[import-untyped]

from chalicelib.documents.extracted import Extracted, plain
from chalicelib.documents.legibility import is_odd
from chalicelib.errors import Unreadable

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_PYTHONS = {"KOI8-U": "koi8-r", "ISO-8859-8-I": "iso8859-8", "Shift_JIS": "cp932", "EUC-KR": "cp949"}
"""Where Python has another name, or the more complete table of characters under another one."""

ENCODINGS = (
    "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "utf-32-be", "utf-7", "ascii",
    "latin-1",
    "cp932", "cp949", "shift_jis", "euc_jp", "iso2022_jp", "euc_kr", "gbk", "gb2312", "gb18030", "big5", "hz",
    "iso2022_kr",
    "koi8-r", "koi8-u", "cp437", "cp850", "cp866", "cp874", "mac-roman", "mac-cyrillic", "idna", "punycode",
    *(f"cp125{n}" for n in range(9)), *(f"iso8859-{n}" for n in range(1, 17) if n != 12),
)  # fmt: skip
"""What a text may be in; all are loaded before a file is read."""

_SAMPLE = 256 * 1024
_SHIFTS = {b"\x1b$B": "iso2022_jp", b"\x1b$)C": "iso2022_kr"}
"""What changes to Japanese and Korean in the encodings of seven bits that are still met."""


def read(data: bytes) -> Extracted:
    return plain(decoded(data))


def decoded(data: bytes) -> str:
    """The text of these bytes. Raises Unreadable when they are something else: music, say, or a program."""
    text = _decoded(data)
    if is_odd(text):
        raise Unreadable("its content is not text")
    return text


def _decoded(data: bytes) -> str:
    """By the byte order mark, as UTF-8, as UTF-16 or UTF-32 without mark, or by an educated guess."""
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return data.decode(encoding, "replace")
    try:
        if not (unmarked := _wide_without_mark(data)):
            return data.decode(_of_seven_bits(data) or "utf-8")
    except UnicodeDecodeError:
        return data.decode(guessed(data), "replace")
    return data.decode(unmarked, "replace")


def _of_seven_bits(data: bytes) -> str | None:
    return next((encoding for shift, encoding in _SHIFTS.items() if shift in data), None)


def _wide_without_mark(data: bytes) -> str | None:
    """Every second byte of Latin text in UTF-16 is zero, which no other encoding of text has."""
    counts = [data[at:4096:4].count(0) for at in range(4)]
    even, odd = counts[0] + counts[2], counts[1] + counts[3]
    if max(even, odd) * 8 < max(8, len(data[:4096])):
        return None
    if min(sorted(counts)[1:]) * 4 > len(data[:4096]) * 0.8:  # three of four are zero
        return "utf-32-be" if counts[0] > counts[3] else "utf-32-le"
    return "utf-16-le" if odd > even else "utf-16-be"


def guessed(data: bytes) -> str:
    """Python's name for the encoding that these bytes are most likely in, when it is not Unicode."""
    detector = EncodingDetector()
    detector.feed(data[:_SAMPLE], last=True)
    name: str = detector.guess(tld=None, allow_utf8=False)
    return _PYTHONS.get(name, name)
