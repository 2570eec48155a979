"""What full-text search sees: the columns of a passage and how each is cut into words, and what of a question
is looked for in which. Knows no library: the index makes its own objects out of these.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from chalicelib.records import Passage
from chalicelib.retrieval.folding import compose, fold

MAX_WORDS = 128
"""Words of a question that full-text search looks for; each costs a posting list."""


def _unchanged() -> dict[str, object]:
    # No stemming and no stop words: folded Vietnamese words collide with English ones (tô, ăn, nó, ít).
    return {"base_tokenizer": "icu/split", "stem": False, "remove_stop_words": False, "ascii_folding": False}


@dataclass(frozen=True, slots=True)
class TextColumn:
    """A column with a full-text index; `options` are those of LanceDB's FTS."""

    name: str
    options: Mapping[str, object] = field(default_factory=_unchanged)


COLUMNS = (TextColumn("text"), TextColumn("folded"))
"""`text` is the passage's own; the others are made by `text_columns`."""

EXTRA = tuple(each.name for each in COLUMNS if each.name != "text")


@dataclass(frozen=True, slots=True)
class Match:
    """Words to look for in one column; more of them found is better, by BM25 times `boost`."""

    column: str
    words: str
    boost: float = 1.0


type Words = Sequence[Match]
"""A question for full-text search: what is found by any of the matches scores their sum."""


def text_columns(passage: Passage) -> dict[str, str]:
    """What a passage has in the columns of `EXTRA`."""
    return {"folded": fold(passage.text)}


def words(text: str) -> Words:
    """The question's distinct words, as written and folded; the tokenizer drops punctuation."""
    kept = " ".join(list(dict.fromkeys(compose(text).split()))[:MAX_WORDS])
    return (Match("text", kept, boost=2.0), Match("folded", fold(kept)))
