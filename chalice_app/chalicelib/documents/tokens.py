"""How many tokens an embedding model makes of a text, without its tokenizer, and how many a passage may have.

The estimate adds up what kinds of characters count for on average; `python -m evaluation --only splitting`
measures it against a real tokenizer. Word-piece tokenizers make a token of every four letters of English,
of each mark of punctuation, of each accented, Greek, Cyrillic or ideographic letter, and more than two of a
syllable of Hangul, which they take apart. Larger multilingual vocabularies need fewer, never many more.
"""

import string

_DIGIT, _MARK, _OTHER, _HANGUL = 60, 100, 110, 250
"""Hundredths of a token. Whitespace counts for nothing, so that parts add up to the whole."""

_LETTER, _FOREIGN_LETTER = 23, 38
"""Of ASCII. Vocabularies are fullest of English; Italian or Indonesian come apart in far smaller pieces."""

_SPELLED_OUT = frozenset({None, "en", "vi"})
"""Languages whose ASCII letters count as English: what is no prose, and one that is half beyond ASCII."""

_LETTERS = string.ascii_letters.encode()
_SPACES = bytes(each for each in range(128) if chr(each).isspace())
_DIGITS = string.digits.encode()
_HANGUL_LEADS = (b"\xea", b"\xeb", b"\xec", b"\xed")
"""First bytes of Hangul syllables in UTF-8, and of little else that is written today."""

MAX_TOKENS = 200.0
"""Estimated tokens of the longest passage: chosen by measurement (docs/evaluation.md), not by a window.

With a quarter to spare for the estimate it fits the smallest window there is, the local model's 256; Cohere's
third models read 512, Titan's second 8,192, Cohere's fourth more still.
"""


def tokens(text: str, language: str | None = None) -> float:
    """An estimate for prose, tables and code; the language as a BCP 47 tag, None where it is unclear."""
    return weight(text, letter_weight(language)) / 100


def letter_weight(language: str | None) -> int:
    """Hundredths of a token for an ASCII letter of that language."""
    return _LETTER if language in _SPELLED_OUT else _FOREIGN_LETTER


def weight(text: str, letter: int = _LETTER) -> int:
    """Hundredths of an estimated token: whole numbers, so that sums are exact."""
    if text.isascii():
        return _plain(text.encode().translate(None, _SPACES), letter)
    solid = "".join(text.split())
    plain = solid.encode("ascii", "ignore")
    return _plain(plain, letter) + _beyond(solid, len(solid) - len(plain))


def _plain(solid: bytes, letter: int) -> int:
    """What ASCII without whitespace counts for."""
    rest = solid.translate(None, _LETTERS)
    marks = len(rest.translate(None, _DIGITS))
    return letter * (len(solid) - len(rest)) + _DIGIT * (len(rest) - marks) + _MARK * marks


def _beyond(text: str, count: int) -> int:
    """What the characters beyond ASCII count for."""
    encoded = text.encode("utf-8", "replace")
    hangul = sum(map(encoded.count, _HANGUL_LEADS))
    return _OTHER * count + (_HANGUL - _OTHER) * hangul
