"""Source code, kept verbatim: its indentation is part of it."""

from chalicelib.documents.extracted import Extracted, plain
from chalicelib.documents.reading.text import decoded


def read(data: bytes) -> Extracted:
    return plain(decoded(data))
