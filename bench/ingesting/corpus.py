"""What every contender ingests and is asked: reports of invented places, the same on every machine and day.

Prose under headings, with lists, names and numbers, by a small grammar. Of its thousands of distinct words, a
few hundred make up most of the text, as in real ones.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from random import Random

DOCUMENTS = 2_000
QUERIES = 200
CHARS = 5_000
_SEED = 2026

_NOUNS = (
    "committee", "harbour", "reservoir", "turbine", "railway", "archive", "library", "orchard", "vaccine",
    "ledger", "satellite", "museum", "bridge", "contract", "shipment", "laboratory", "species", "glacier",
    "market", "budget", "survey", "engine", "pipeline", "census", "treaty", "workshop", "hospital",
    "school", "signal", "crop", "forest", "current", "battery", "membrane", "algorithm", "archive",
    "festival", "newspaper", "court", "tunnel", "warehouse", "cooperative", "ferry", "observatory",
    "irrigation", "tariff", "pension", "sensor", "sample", "catalogue", "valley", "quarry",
)  # fmt: skip
_ADJECTIVES = (
    "annual", "northern", "unexpected", "gradual", "provisional", "municipal", "older", "narrow",
    "independent", "seasonal", "rapid", "modest", "detailed", "shared", "reliable", "damaged", "temporary",
    "public", "experimental", "coastal", "underground", "renewed", "disputed", "costly",
)  # fmt: skip
_VERBS = (
    "replaced", "measured", "delayed", "approved", "financed", "inspected", "supplied", "abandoned",
    "restored", "described", "doubled", "limited", "moved", "recorded", "tested", "repaired", "opened",
    "reduced", "compared", "surveyed",
)  # fmt: skip
_ENDS = (
    "before the end of the season", "although the figures had not been checked", "without any further delay",
    "because the older one had failed twice", "as the minutes of the meeting show", "in spite of the cost",
    "after two rounds of consultation", "so that both sides could agree", "at the request of the residents",
)  # fmt: skip
_SYLLABLES = (
    "ka", "ro", "min", "tel", "os", "var", "dun", "el", "shi", "pra", "mo", "len",
    "bur", "ta", "gos", "wick", "har", "nor", "fen", "ul",
)  # fmt: skip
_LINKS = (
    "Meanwhile,",
    "By contrast,",
    "In that year",
    "According to the report,",
    "For this reason",
    "Later",
)


@dataclass(frozen=True, slots=True)
class Text:
    """A document to ingest, as Markdown."""

    name: str
    text: str


@dataclass(frozen=True, slots=True)
class Query:
    """Words that one place of a document has, and the document's number."""

    document: int
    text: str


def texts(count: int = DOCUMENTS) -> list[Text]:
    reports = (_report(Random(_SEED + number)) for number in range(count))  # noqa: S311  (nothing secret)
    return [Text(f"report-{number:04}.txt", text) for number, text in enumerate(reports)]


def queries(corpus: list[Text], count: int = QUERIES) -> list[Query]:
    """From documents that lie evenly in the corpus: a sentence from somewhere in the middle of each."""
    step = len(corpus) // count
    return [Query(number, _sentence_of(corpus[number].text)) for number in range(0, step * count, step)]


def _sentence_of(text: str) -> str:
    """The first whole sentence after the middle."""
    return text[text.index(". ", len(text) // 2) + 2 :].partition(".")[0]


def _report(random: Random) -> str:
    parts = [f"# The {_thing(random)} of {_name(random)}"]
    length = len(parts[0])
    for part in _parts(random):
        parts.append(part)
        length += len(part) + 2
        if length >= CHARS:
            break
    return "\n\n".join(parts) + "\n"


def _parts(random: Random) -> Iterator[str]:
    """Sections without end: a heading, two or three paragraphs, now and then a list."""
    while True:
        yield f"## {_thing(random).capitalize()} and {random.choice(_NOUNS)}"
        for _ in range(random.randint(2, 3)):
            yield " ".join(_sentence(random) for _ in range(random.randint(3, 7)))
        if random.random() < 0.3:
            yield "\n".join(f"- {_thing(random)}: {random.randint(2, 9_000)}" for _ in range(4))


def _sentence(random: Random) -> str:
    subject = f"the {_thing(random)} of {_name(random)}" if random.random() < 0.4 else f"the {_thing(random)}"
    link = f"{random.choice(_LINKS)} " if random.random() < 0.25 else ""
    said = f"{link}{subject} {random.choice(_VERBS)} {random.randint(2, 999)} of the {_thing(random)}s"
    return f"{said[0].upper()}{said[1:]} {random.choice(_ENDS)}."


def _thing(random: Random) -> str:
    return f"{random.choice(_ADJECTIVES)} {random.choice(_NOUNS)}"


def _name(random: Random) -> str:
    return "".join(random.choices(_SYLLABLES, k=random.randint(2, 3))).capitalize()
