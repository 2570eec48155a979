"""How text is made comparable: composed for exact search, folded for search without diacritics."""

import unicodedata

_STROKES = str.maketrans({"đ": "d", "ð": "d", "ł": "l", "ø": "o", "æ": "ae", "œ": "oe", "ß": "ss", "ı": "i"})
"""Letters whose stroke or ligature Unicode does not treat as a separable mark."""


def compose(text: str) -> str:
    """NFC, the form that stored text has: the same letters typed on any keyboard are then the same."""
    return unicodedata.normalize("NFC", text)


def fold(text: str) -> str:
    """Lower case without diacritics, so that `Đường` and `duong` are the same word."""
    parts = unicodedata.normalize("NFKD", text.casefold().translate(_STROKES))
    return "".join(each for each in parts if not unicodedata.combining(each))
