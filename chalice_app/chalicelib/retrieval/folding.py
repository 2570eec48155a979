"""How text is made comparable: composed for exact search, folded for search without diacritics."""

import unicodedata

_STROKES = str.maketrans({"đ": "d", "ð": "d", "ł": "l", "ø": "o", "æ": "ae", "œ": "oe", "ß": "ss", "ı": "i"})
"""Letters whose stroke or ligature Unicode does not treat as a separable mark."""


_REMEMBERED = 20_000  # characters; more than any one language writes with


def compose(text: str) -> str:
    """NFC, the form that stored text has: the same letters typed on any keyboard are then the same."""
    return unicodedata.normalize("NFC", text)


def fold(text: str) -> str:
    """Lower case without diacritics, so that `Đường` and `duong` are the same word."""
    return text.lower() if text.isascii() else text.translate(_FOLDED)


class _Folded(dict[int, str]):
    """What each character is folded to, worked out when it is first met: none depends on its neighbours."""

    def __missing__(self, code: int) -> str:
        parts = unicodedata.normalize("NFKD", chr(code).casefold().translate(_STROKES)).casefold()
        kept = "".join(each for each in parts if not unicodedata.combining(each))
        folded = unicodedata.normalize("NFC", kept)  # which is for Korean: its syllables are no accents
        if len(self) < _REMEMBERED:
            self[code] = folded
        return folded


_FOLDED = _Folded()
