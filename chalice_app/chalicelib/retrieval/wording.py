"""What full-text search sees: the columns of a passage and how each is cut into words, and what of a question
is looked for in which. Knows no library: the index makes its own objects out of these.

Three columns: `text`, the passage as it is written; `stemmed`, of English passages only, without inflections;
`folded`, of all others, without diacritics and with n-grams where a script has no spaces. Words as they are
written count in every language; only English is stemmed, since English endings are other languages' words.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from chalicelib.records import Passage
from chalicelib.retrieval.folding import compose, fold

MAX_WORDS = 128
MAX_CHARS = 1_024
"""How much of a question full-text search looks for; each word costs a posting list."""

_PLAIN: Mapping[str, object] = MappingProxyType(
    {"base_tokenizer": "simple", "stem": False, "remove_stop_words": False, "ascii_folding": False}
)


@dataclass(frozen=True, slots=True)
class TextColumn:
    """A column with a full-text index; `options` are those of LanceDB's FTS."""

    name: str
    options: Mapping[str, object]


COLUMNS = (
    TextColumn(
        "text", {**_PLAIN, "base_tokenizer": "icu/split"}
    ),  # finds words also where nothing parts them
    TextColumn("folded", _PLAIN),
    TextColumn("stemmed", {**_PLAIN, "stem": True, "language": "English"}),
)
"""`text` is the passage's own; the others are made by `text_columns`."""

EXTRA = tuple(each.name for each in COLUMNS if each.name != "text")

_FOLDED = 2.0
"""What a folded word counts. One as it is written counts beside it, so exact ones come first."""

_EXACT, _STEMMED = {True: 1.0, False: 0.5}, {True: 2.0, False: 0.5}
"""What words as they are written and stemmed ones count, by whether the question is English. A foreign word
without its diacritics is often an English one; names are found all the same. All chosen on the evaluation's
tuning halves, from 0.25 to 4."""

_FIRST = 20
"""Words among which one to find a passage by is looked for first."""

_LONGEST = 40
"""Bytes of a word from which LanceDB leaves it out (`max_token_length`)."""

_UNSPACED = re.compile(
    "[\u0e01-\u0eff\u1000-\u109f\u1780-\u17ff\u3005-\u3007\u3041-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7a3"
    "\uf900-\ufaff\U00020000-\U000323af]+"
)
"""Runs of scripts that put no spaces between words, or, as Korean, write endings into them."""

_EDGES = re.compile(r"^\W+|\W+$")

_PASSED_OVER = {
    "en": " a an and are as at be been but by can could did do does for from had has have how if in into is"
    " it its of on or such that the their then there these they this to was were what when where which who"
    " whom whose why will with would ",
    "vi": " là của và có được cho các những trong với một này đó để từ khi về tại bởi thì mà ra vào bị đã do"
    " như ở gì nào ai đâu bao nhiêu sao ",
}
"""Words that a question has for its grammar. A passage that has "what" is rare among those that answer, so
BM25 takes it for telling. For languages where leaving them out was measured to help; others keep all."""


@dataclass(frozen=True, slots=True)
class Match:
    """Words to look for in one column; more of them found is better, by BM25 times `boost`."""

    column: str
    words: str
    boost: float = 1.0


type Words = Sequence[Match]
"""A question for full-text search: what is found by any of the matches scores their sum."""


def text_columns(passage: Passage) -> dict[str, str]:
    """What a passage has in the columns of `EXTRA`: in one of them, by its language."""
    folded = fold(passage.text)
    return {"stemmed": folded} if passage.language == "en" else {"folded": apart(folded)}


def word_of(passage: Passage) -> Match | None:
    """A word by which a search must find the passage: a long one of its first; None if it has none at all.

    What stands between spaces comes apart in the same way wherever it stands, in questions, too.
    """
    [(column, text)] = text_columns(passage).items()
    for given in (text.split(maxsplit=_FIRST)[:_FIRST], text.split()):
        if found := next(filter(_indexed, sorted(given, key=len, reverse=True)), None):
            return Match(column, found)
    return None


def _indexed(given: str) -> bool:
    return len(given.encode()) < _LONGEST and any(map(str.isalnum, given))


def words(text: str, language: str | None = None) -> Words:
    """The question's distinct words, as written and folded; the tokenizers drop punctuation, and stem.

    Every column is looked into whatever the question's language: a name is found in any.
    """
    kept = " ".join(_telling(compose(text)[:MAX_CHARS].split(), language))
    folded, english = fold(kept), language == "en"
    return (
        Match("text", kept, _EXACT[english]),
        Match("folded", apart(folded), _FOLDED),
        Match("stemmed", folded, _STEMMED[english]),
    )


def apart(folded: str) -> str:
    """The text with pairs of letters in the place of runs that no spaces divide: `abc` becomes `ab bc`.

    A run of one letter stays. Both passages and questions are cut so, wherever their words may begin.
    """
    return folded if folded.isascii() else _UNSPACED.sub(_pairs, folded)


def _pairs(run: re.Match[str]) -> str:
    letters = run[0]
    pairs = [letters[at : at + 2] for at in range(len(letters) - 1)] or [letters]
    return f" {' '.join(pairs)} "


def _telling(given: list[str], language: str | None) -> list[str]:
    """The distinct words, bounded, without those passed over, unless no others are left."""
    distinct = list(dict.fromkeys(given))[:MAX_WORDS]
    passed_over = _PASSED_OVER.get(language or "", "")
    return [
        each for each in distinct if f" {_EDGES.sub('', each).casefold()} " not in passed_over
    ] or distinct
