"""Small images of every type that is read, and PDFs whose pages are images."""

import struct
import zlib


def a_png(width: int = 40, height: int = 20) -> bytes:
    """Grey stripes."""
    rows = b"".join(b"\0" + bytes(7 * n % 256 for n in range(width)) for _ in range(height))
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(rows)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in chunks
    )


def sized_png(width: int, height: int) -> bytes:
    """A small one whose header claims to be as large as that."""
    return a_png()[:16] + struct.pack(">II", width, height) + a_png()[24:]


def a_gif(width: int = 40, height: int = 20) -> bytes:
    return b"GIF89a" + struct.pack("<HH", width, height) + b"\0\0\0" + b"\x2c" + bytes(20) + b"\0;"


def a_jpeg(width: int = 40, height: int = 20, filling: int = 0) -> bytes:
    """Nothing that can be decoded: its segments only, one of them a comment of two bytes."""
    frame = b"\xff\xc0" + struct.pack(">HBHHB", 8, 8, height, width, 0)
    return b"\xff\xd8\xff\xfe\0\4ab" + frame + b"\xff\xda\0\2" + bytes(filling) + b"\xff\xd9"


def a_webp(kind: bytes, described: bytes) -> bytes:
    chunk = b"WEBP" + kind + struct.pack("<I", len(described)) + described
    return b"RIFF" + struct.pack("<I", len(chunk)) + chunk


WEBPS = {
    "lossy": a_webp(b"VP8 ", b"\x30\1\0\x9d\1\x2a" + struct.pack("<HH", 40, 20)),
    "lossless": a_webp(b"VP8L", b"\x2f" + struct.pack("<I", 39 | 19 << 14)),
    "extended": a_webp(b"VP8X", bytes(4) + (39).to_bytes(3, "little") + (19).to_bytes(3, "little")),
}


def scanned(*pages: str | None, pixels: str = "0 80 FF 40") -> bytes:
    """A PDF: of each page its line of text, or an image all over it for None; an empty line for nothing."""
    kids = " ".join(f"{10 + 2 * n} 0 R" for n in range(len(pages)))
    image = "<</Type/XObject/Subtype/Image/Width 2/Height 2/ColorSpace/DeviceGray/BitsPerComponent 8"
    parts = [
        "1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj",
        f"2 0 obj<</Type/Pages/Count {len(pages)}/Kids[{kids}]>>endobj",
        "3 0 obj<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>endobj",
        f"4 0 obj{image}/Filter/ASCIIHexDecode/Length {len(pixels) + 1}>>stream\n{pixels}>\nendstream endobj",
    ]
    for n, text in enumerate(pages):
        shown = f"BT /F 12 Tf 50 700 Td ({text}) Tj ET" if text else ""
        stream = "q 600 0 0 800 0 0 cm /I Do Q" if text is None else shown
        parts.append(
            f"{10 + 2 * n} 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 600 800]/Contents {11 + 2 * n} 0 R"
            "/Resources<</Font<</F 3 0 R>>/XObject<</I 4 0 R>>>>>>endobj "
            f"{11 + 2 * n} 0 obj<</Length {len(stream)}>>stream\n{stream}\nendstream endobj"
        )
    return b"%PDF-1.7\n" + "\n".join(parts).encode() + b"\ntrailer<</Root 1 0 R>>\n%%EOF"
