"""A font in place of those that a PDF names and does not hold: every letter of it is a box.

PDFium leaves out text whose letters have no outlines. A reader of files can open no fonts, and a Lambda
function has none, so that without this one Chinese, Japanese and Korean are lost where they are not embedded.
"""

import ctypes
import struct
from functools import cache

import pypdfium2.raw as raw  # type: ignore[import-untyped]

_EAST_ASIAN = frozenset({128, 129, 130, 134, 136})
"""Windows' numbers for Shift-JIS, both of Korean, GB 2312 and Big5; for other letters PDFium has fonts."""

_HANDLE = 1
_EM = 1000

type _Given = object
"""What PDFium passes that is not looked at."""


def provide() -> None:
    """Has PDFium take this font for East Asian ones, and none that the machine has."""
    raw.FPDF_SetSystemFontInfo(_source())


@cache
def _source() -> ctypes.Structure:
    """Kept for as long as the process lives, as PDFium does not copy it."""
    types = dict(raw.FPDF_SYSFONTINFO._fields_)
    source: ctypes.Structure = raw.FPDF_SYSFONTINFO(
        version=1, MapFont=types["MapFont"](_chosen), GetFontData=types["GetFontData"](_copied)
    )
    return source


def _chosen(_source: _Given, _weight: int, _italic: int, charset: int, *_: _Given) -> int | None:
    return _HANDLE if charset in _EAST_ASIAN else None


def _copied(_source: _Given, _handle: int, table: int, buffer: _Given, size: int) -> int:
    """The whole file, once there is room for it. Tables are not asked for one by one."""
    if table:
        return 0
    found = font()
    if size >= len(found):
        ctypes.memmove(buffer, found, len(found))  # type: ignore[arg-type]
    return len(found)


@cache
def font() -> bytes:
    """A TrueType font (https://learn.microsoft.com/typography/opentype/spec/) with one glyph for all."""
    tables = {
        b"cmap": _cmap(), b"glyf": _glyph(), b"head": _head(), b"hhea": _hhea(),
        b"hmtx": struct.pack(">Hhh", _EM, 0, 0), b"loca": struct.pack(">HHH", 0, 0, len(_glyph()) // 2),
        b"maxp": struct.pack(">I14H", 0x10000, 2, 4, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0),
    }  # fmt: skip
    at = 12 + 16 * len(tables)
    listed, held = b"", b""
    for name, data in tables.items():
        listed += struct.pack(">4sIII", name, 0, at + len(held), len(data))
        held += data + bytes(-len(data) % 4)
    return struct.pack(">IHHHH", 0x10000, len(tables), 64, 2, 48) + listed + held


def _glyph() -> bytes:
    """A square, as high as an ideograph."""
    corners = struct.pack(">4h", 0, 0, _EM, 0) + struct.pack(">4h", -120, _EM, 0, -_EM)
    header = struct.pack(">5h", 1, 0, -120, _EM, _EM - 120)
    return header + struct.pack(">HH4B", 3, 0, 1, 1, 1, 1) + corners


def _head() -> bytes:
    begun = struct.pack(">IIIIHHqq", 0x10000, 0x10000, 0, 0x5F0F3CF5, 0, _EM, 0, 0)
    return begun + struct.pack(">4h", 0, -120, _EM, _EM - 120) + struct.pack(">HHhhh", 0, 8, 2, 0, 0)


def _hhea() -> bytes:
    return struct.pack(">I3hH11hH", 0x10000, _EM - 120, -120, 0, _EM, 0, 0, _EM, 1, *(0,) * 7, 1)


def _cmap() -> bytes:
    """From every character there is to the second glyph; the first is for those that there are not."""
    all_to_one = struct.pack(">HHIII", 13, 0, 28, 0, 1) + struct.pack(">III", 0, 0x10FFFF, 1)
    return struct.pack(">HHHHI", 0, 1, 3, 10, 12) + all_to_one
