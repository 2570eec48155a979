"""Which language a text is in, told from its letters and its commonest words: quick, offline and small.

Meant for passages and for questions of a few words. It tells the languages that `alphabets` names, and None
for what has too little to go by: a list of numbers, a name, a line of code. Of close relatives, Danish and
Norwegian say, it may take one for the other.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from operator import itemgetter

from chalicelib.retrieval.alphabets import COMMON, LETTERS, SCRIPTS, TYPED_PLAINLY
from chalicelib.retrieval.folding import compose

CHARS = 400
"""How much of a text is looked at."""

_WORDS = re.compile(r"(?:[^\W\d_]|[\u0900-\u0903\u093a-\u094f])+")  # Devanagari's vowel signs are no letters
_LETTERS_ONLY = bytes(each if chr(each).isalpha() else ord(" ") for each in range(128)).ljust(256)
_ENOUGH = 0.75  # evidence; a word that only one language has is 1
_REMEMBERED = 20_000  # letters; more than any one language writes with
_HALF = 0.5  # belief: in Vietnamese words without diacritics, and in words of one letter, as formulas have


def language_of(text: str) -> str | None:
    """The language that most of the text's beginning is in, as a BCP 47 tag such as `vi`; None if unclear."""
    sample = compose(text[:CHARS]).lower()
    return (None if sample.isascii() else _by_script(sample)) or _by_words(sample)


def _by_script(sample: str) -> str | None:
    """The language of a script that has but one, if half the letters are of it."""
    counted = Counter(filter(None, map(_SCRIPT.__getitem__, filter(str.isalpha, sample))))
    if counted.total() * 2 < sum(map(str.isalpha, sample)):
        return None
    if counted["zh"] and counted["ja"] * 20 >= counted["zh"]:  # Japanese writes in both
        return "ja"
    return max(counted, key=lambda script: counted[script], default=None)


class _Script(dict[str, str | None]):
    """The language of a letter's script, looked up when the letter is first met."""

    def __missing__(self, letter: str) -> str | None:
        found = next((language for first, last, language in SCRIPTS if first <= letter <= last), None)
        if len(self) < _REMEMBERED:
            self[letter] = found
        return found


def _by_words(sample: str) -> str | None:
    evidence = defaultdict[str, float](float)
    for each in filter(_OF_WORDS.__contains__, _words_of(sample)):
        for language, weight in _OF_WORDS[each]:
            evidence[language] += weight
    for letter in () if sample.isascii() else sample:
        for language, weight in _OF_LETTERS.get(letter, ()):
            evidence[language] += weight
    best, weight = max(evidence.items(), key=itemgetter(1), default=("", 0.0))
    return best if weight >= _ENOUGH else None


def _words_of(sample: str) -> list[str]:
    """Runs of letters; of ASCII as bytes, which is many times as fast."""
    if sample.isascii():
        return sample.encode().translate(_LETTERS_ONLY).decode().split(" ")
    return _WORDS.findall(sample)


def _evidence(claims: Iterable[tuple[str, str, float]]) -> Mapping[str, list[tuple[str, float]]]:
    """What each word or letter is worth to each language, out of how far it is believed: they share it."""
    claimed = defaultdict[str, dict[str, float]](dict)
    for each, language, belief in claims:
        claimed[each].setdefault(language, belief)
    return {
        each: [(language, belief / len(beliefs)) for language, belief in beliefs.items()]
        for each, beliefs in claimed.items()
    }


def _words() -> Iterator[tuple[str, str, float]]:
    for language, words in COMMON.items():
        yield from ((word, language, 1.0 if len(word) > 1 else _HALF) for word in words.split())
    yield from ((word, "vi", _HALF) for word in TYPED_PLAINLY.split())


def _letters() -> Iterator[tuple[str, str, float]]:
    for letters, languages in LETTERS.items():
        yield from ((letter, language, 1.0) for letter in letters for language in languages.split())


_SCRIPT = _Script()
_OF_WORDS = _evidence(_words())
_OF_LETTERS = _evidence(_letters())
