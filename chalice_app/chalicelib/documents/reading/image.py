"""Images: no text, and what their headers tell, so that none is decoded before its size is known."""

import struct
from collections.abc import Iterator

from chalicelib.documents.extracted import Extracted
from chalicelib.documents.formats import NO_OCR, Format
from chalicelib.errors import NoText, TooLarge, Unreadable

MAX_SIDE = 8_000
"""Pixels: what Bedrock's models take at most (https://docs.aws.amazon.com/nova/latest/userguide/modalities-image.html)."""

_LEAST_SIDE = 8
"""Pixels, below which no letter can be told from another."""

_ENDS = {Format.PNG: b"IEND", Format.JPEG: b"\xff\xd9"}
_STANDALONE = {0x01, *range(0xD0, 0xD9)}
_FRAMES = set(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}

type Size = tuple[int, int]


def read(data: bytes) -> Extracted:  # noqa: ARG001  (as every reader)
    """Raises NoText, as there is none without a model that reads images."""
    raise NoText(f"NO_TEXT, it is an image, and {NO_OCR}")


def check(data: bytes, kind: Format) -> None:
    """Raises Unreadable for what is broken or cut off, TooLarge or NoText for a size that is of no use."""
    try:
        width, height = _size(data, kind)
    except (struct.error, ValueError, IndexError) as error:
        raise Unreadable(f"the {kind.name} image is broken") from error
    if max(width, height) > MAX_SIDE:
        raise TooLarge(f"the image has {width} x {height} pixels; the limit is {MAX_SIDE} on a side")
    if min(width, height) < _LEAST_SIDE:
        raise NoText(f"NO_TEXT, the image has {width} x {height} pixels, too few for a letter")
    if not _is_whole(data, kind):
        raise Unreadable(f"the {kind.name} image is cut off")


def _is_whole(data: bytes, kind: Format) -> bool:
    if kind is Format.WEBP:
        return len(data) >= int.from_bytes(data[4:8], "little") + 8
    if kind is Format.GIF:
        return data.rstrip(b"\0").endswith(b";")
    return _ENDS[kind] in data[-64 * 1024 :]  # some programs add what is of their own


def _size(data: bytes, kind: Format) -> Size:
    """Width and height in pixels, as declared. Raises ValueError or struct.error."""
    match kind:
        case Format.PNG:
            return _size_of_png(data)
        case Format.GIF:
            return struct.unpack_from("<HH", data, 6)
        case Format.WEBP:
            return _size_of_webp(data)
        case _:
            return next(_sizes_of_jpeg(data), (0, 0))


def _size_of_png(data: bytes) -> Size:
    if data[12:16] != b"IHDR":
        raise ValueError("no header comes first")
    width, height = struct.unpack_from(">II", data, 16)
    return width, height


def _size_of_webp(data: bytes) -> Size:
    """Of its three kinds: lossy, lossless, and extended by what either may be."""
    kind = data[12:16]
    if kind == b"VP8X":
        return 1 + int.from_bytes(data[24:27], "little"), 1 + int.from_bytes(data[27:30], "little")
    if kind == b"VP8L":
        (bits,) = struct.unpack_from("<I", data, 21)
        return 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
    if kind == b"VP8 ":
        width, height = struct.unpack_from("<HH", data, 26)
        return width & 0x3FFF, height & 0x3FFF
    raise ValueError("of no known kind")


def _sizes_of_jpeg(data: bytes) -> Iterator[Size]:
    """That of each frame up to where the picture itself begins; each step goes forward."""
    at = 2
    while data[at] == 0xFF:
        marker = data[at + 1]
        if marker == 0xFF or marker in _STANDALONE:
            at += 1 if marker == 0xFF else 2
            continue
        (length,) = struct.unpack_from(">H", data, at + 2)
        if marker in _FRAMES:
            height, width = struct.unpack_from(">HH", data, at + 5)
            yield width, height
        if marker == 0xDA or length < 2:
            return
        at += 2 + length
    raise ValueError("no segment where one should be")
