"""Chooses what of the passages found is shown to the model: no text twice, no document alone. Pure.

More passages are found than shown. Near-duplicates are folded into one, a document's later passages give way
to those of others, what is left fills the prompt's budget best first, and neighbours are shown as one run.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise, zip_longest

from chalicelib.records import Passage

CANDIDATES = 24
"""Passages asked of each search."""

TOKENS = 2_400
"""Estimated tokens of the passages in a prompt."""

RUN_CHARS = 40_000
"""Of what is shown as one: only a passage larger than any that is made here is cut."""

_SHARE = 4  # passages of one document that nothing is held against
_YIELD = 2  # places by which each further one stands behind, more than the one before it
_ALIKE = 0.9  # of the shorter passage's shingles: near-duplicates
_SIZES = 0.8  # from which ratio of lengths one may stand for the other
_SHINGLE = 8  # letters: below a word's length in few languages, and needing no spaces
_GAP = 8  # characters between neighbours: white space, too little for a passage
_LETTERS = re.compile(r"[\W_]+")
_NUMBERS = re.compile(r"\d+(?:[.,]\d+)*")


@dataclass(frozen=True, slots=True)
class Run:
    """Passages of one section that follow one another, in reading order: shown, and numbered, as one."""

    passages: tuple[Passage, ...]

    @property
    def first(self) -> Passage:
        return self.passages[0]

    @property
    def text(self) -> str:
        """Their text without what overlaps. What lay between was white space, of which a little is kept."""
        joined = self.first.text
        for before, after in pairwise(self.passages):
            gap = after.start - before.end
            joined += (" " if gap == 1 else "\n\n" if gap > 1 else "") + after.text[max(0, -gap) :]
        return joined[:RUN_CHARS]


def gathered(results: Sequence[Sequence[Passage]]) -> list[Passage]:
    """Several searches' passages as one list: the best of each, then the second best, each once."""
    found: dict[str, Passage] = {}
    for row in zip_longest(*results):
        for each in filter(None, row):
            found.setdefault(each.id, each)
    return list(found.values())


def choose(candidates: Sequence[Passage], budget: int = TOKENS) -> tuple[Run, ...]:
    """What to show of the candidates, which come best first; the best is always among it."""
    kept = list(_filling(spread(folded(candidates)), budget))
    place = {each.id: index for index, each in enumerate(kept)}
    return tuple(sorted(joined(kept), key=lambda run: min(place[each.id] for each in run.passages)))


def folded(candidates: Sequence[Passage]) -> list[Passage]:
    """One passage of those that say the same, at the best one's place: of equals the newest document's.

    Passages with other numbers are not the same, however alike: reports of two months.
    """
    kept: list[_Print] = []
    for passage in candidates:
        new = _Print.of(passage)
        same = next((index for index, each in enumerate(kept) if each.covers(new)), None)
        if same is None:
            kept.append(new)
        elif new.replaces(kept[same]):
            kept[same] = new
    return [each.passage for each in kept]


def spread(candidates: Sequence[Passage]) -> list[Passage]:
    """From a document's fifth passage on, each stands further back; that changes nothing if it is alone."""
    seen: Counter[str] = Counter()
    places: list[tuple[int, Passage]] = []
    for place, passage in enumerate(candidates):
        beyond = max(0, seen[passage.document_id] - _SHARE + 1)
        places.append((place + _YIELD * beyond, passage))
        seen[passage.document_id] += 1
    return [passage for _, passage in sorted(places, key=lambda each: each[0])]


def joined(passages: Iterable[Passage]) -> list[Run]:
    """The passages as runs, in reading order of their documents."""
    runs: list[Run] = []
    for passage in sorted(passages, key=lambda each: (each.document_id, each.version, each.start)):
        if runs and _follows(runs[-1].passages[-1], passage):
            runs[-1] = Run((*runs[-1].passages, passage))
        else:
            runs.append(Run((passage,)))
    return runs


def tokens(text: str) -> float:
    """A cautious estimate for any model: a token takes four characters of English, or one accented letter."""
    plain = len(text.encode("ascii", "ignore"))
    return plain / 4 + (len(text) - plain)


def _filling(passages: Iterable[Passage], budget: int) -> Iterator[Passage]:
    """The first, and of the others what still fits."""
    left: float = budget
    for number, passage in enumerate(passages):
        cost = tokens(passage.text)
        if number == 0 or cost <= left:
            left -= cost
            yield passage


def _follows(before: Passage, after: Passage) -> bool:
    """Whether one goes on where the other ends, under the same headings; they may overlap by a sentence."""
    return (
        (before.document_id, before.version, before.headings)
        == (after.document_id, after.version, after.headings)
        and before.start < after.start <= before.end + _GAP
        and before.end < after.end
    )


@dataclass(frozen=True, slots=True)
class _Print:
    """What is compared of a passage: its letters eight by eight, and its numbers."""

    passage: Passage
    shingles: frozenset[str]
    numbers: frozenset[str]

    @classmethod
    def of(cls, passage: Passage) -> "_Print":
        letters = _LETTERS.sub("", passage.text.casefold())
        starts = range(max(1, len(letters) - _SHINGLE + 1))
        shingles = frozenset(letters[start : start + _SHINGLE] for start in starts)
        return cls(passage, shingles, frozenset(_NUMBERS.findall(passage.text)))

    def covers(self, other: "_Print") -> bool:
        """Whether nearly all of the shorter is in the longer."""
        shorter, longer = sorted((self, other), key=lambda each: len(each.shingles))
        shared = len(shorter.shingles & longer.shingles)
        return shared >= _ALIKE * len(shorter.shingles) and shorter.numbers <= longer.numbers

    def replaces(self, other: "_Print") -> bool:
        """Whether it is as good as the one that stands before it, and newer: ids sort by age."""
        near = len(self.shingles) >= _SIZES * len(other.shingles)
        return near and self.passage.document_id > other.passage.document_id
