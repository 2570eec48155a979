"""Ways of dividing documents into passages, compared by what the best passages hold of the answers.

The articles are read by the product's readers, divided in each way, embedded by the local model, and searched
by vectors, by words, and by both with equal weight. Half of the questions, by a hash of their ids, is for
choosing; the other half is what is reported.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from chalicelib.documents.extracted import Extracted, plain
from chalicelib.documents.extracting import extract
from chalicelib.documents.formats import declared_format
from chalicelib.documents.reading import reader
from chalicelib.documents.splitting import split
from chalicelib.documents.tokens import tokens
from chalicelib.errors import RiffleError
from chalicelib.retrieval.languages import language_of
from numpy.typing import NDArray

from evaluation.data import Question, is_for_tuning
from evaluation.lexical import Lexicon
from evaluation.remembering import Remembered
from riffle.evaluating.measures import contains, mean, percentile

DEPTH = 5
BUDGET = 600
"""Tokens of the best passages within which an answer should be: long and short passages alike."""

SIZES = (120, 160, 200, 220)
_CHARS, _OVERLAP = 800, 100
_LONG = 40  # tokens from which an estimate matters


@dataclass(frozen=True, slots=True)
class Piece:
    """A passage of a file, and what is embedded of it."""

    file: str
    text: str
    embedded: str


type Divide = Callable[[str, Extracted], Iterator[Piece]]


@dataclass(frozen=True, slots=True)
class Scored:
    """Shares of questions: the file among the best passages, the answer among them and within the budget."""

    file: float
    answer: float
    in_budget: float


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a way of dividing comes to; `median` is in tokens."""

    name: str
    passages: int
    median: float
    scores: Mapping[str, Scored]


@dataclass(frozen=True, slots=True)
class Estimated:
    """How far the estimate of tokens is off for one kind of text, and how full passages are."""

    kind: str
    passages: int
    ratio: float
    worst: float
    median: float
    longest: int


def compare(
    folder: Path, questions: Sequence[Question], remembered: Remembered, *, tuning: bool
) -> list[Outcome]:
    """The outcome of each way, on the half of the questions for choosing or on the other."""
    documents = read_all(sorted(folder.iterdir()))
    asked = [each for each in questions if each.answerable and is_for_tuning(each.id) is tuning]
    vectors = remembered.vectors([each.text for each in asked])
    return [_outcome(name, divide, documents, asked, vectors, remembered) for name, divide in ways().items()]


def read_all(paths: Sequence[Path]) -> dict[str, Extracted]:
    return {path.name: reader(declared_format(path.name, None))(path.read_bytes()) for path in paths}


def ways() -> dict[str, Divide]:
    """Every way by its name in the table."""
    named: dict[str, Divide] = {f"fixed, {_CHARS} characters, {_OVERLAP} overlapping": _fixed}
    for size in SIZES:
        named[f"structure, {size} tokens"] = _structured(size, context=False)
        named[f"structure, {size} tokens, headings embedded too"] = _structured(size, context=True)
    return named


def _fixed(name: str, extracted: Extracted) -> Iterator[Piece]:
    for start in range(0, max(len(extracted.text) - _OVERLAP, 1), _CHARS - _OVERLAP):
        text = extracted.text[start : start + _CHARS]
        yield Piece(name, text, text)


def _structured(size: int, *, context: bool) -> Divide:
    def divided(name: str, extracted: Extracted) -> Iterator[Piece]:
        for span in split(extracted, size):
            text = extracted.text[span.start : span.end]
            yield Piece(name, text, in_context(extracted.title, span.headings, text) if context else text)

    return divided


def in_context(title: str | None, headings: Sequence[str], text: str) -> str:
    """The passage below its document's title and its headings, but those that it begins with itself."""
    above = dict.fromkeys(filter(None, (title, *headings)))
    lines = [each for each in above if not text.startswith(each)]
    return f"{' > '.join(lines)}\n{text}" if lines else text


def _outcome(
    name: str, divide: Divide, documents: Mapping[str, Extracted], asked: Sequence[Question],
    queries: NDArray[np.float32], remembered: Remembered,
) -> Outcome:  # fmt: skip
    pieces = [piece for file, extracted in documents.items() for piece in divide(file, extracted)]
    nearest = queries @ remembered.vectors([each.embedded for each in pieces]).T
    lexicon = Lexicon([each.text for each in pieces])
    worded = np.stack([lexicon.scores(each.text) for each in asked])
    ways = {"both": _scaled(nearest) + _scaled(worded), "vectors": nearest, "words": worded}
    scores = {mode: _scored(asked, found, pieces) for mode, found in ways.items()}
    return Outcome(name, len(pieces), percentile([tokens(each.text) for each in pieces], 0.5), scores)


def _scaled(scores: NDArray[np.floating]) -> NDArray[np.floating]:
    """As shares of each question's best."""
    best: NDArray[np.floating] = np.maximum(scores.max(axis=1, keepdims=True), 1e-9)
    return scores / best


def _scored(asked: Sequence[Question], scores: NDArray[np.floating], pieces: Sequence[Piece]) -> Scored:
    rankings = [[pieces[place] for place in np.argsort(-row, kind="stable")[:20]] for row in scores]
    pairs = list(zip(asked, rankings, strict=True))
    return Scored(
        mean(any(each.file == question.file for each in best[:DEPTH]) for question, best in pairs),
        mean(_holds(best[:DEPTH], question) for question, best in pairs),
        mean(_holds(list(_within(best, BUDGET)), question) for question, best in pairs),
    )


def _holds(pieces: Sequence[Piece], question: Question) -> bool:
    """Whether a passage of the right file has an answer: elsewhere the same words are chance."""
    return any(each.file == question.file and contains(each.text, question.answers) for each in pieces)


def _within(pieces: Sequence[Piece], budget: float) -> Iterator[Piece]:
    """The best passages until the budget is spent; the last one as far as it reaches."""
    for piece in pieces:
        size = tokens(piece.text)
        yield piece if size <= budget else Piece(piece.file, _first(piece.text, budget / size), "")
        budget -= size
        if budget <= 0:
            return


def _first(text: str, share: float) -> str:
    return text[: int(len(text) * share)]


def kinds(data: Path, repository: Path) -> dict[str, dict[str, Extracted]]:
    """Texts that come apart differently."""
    code = [*sorted(repository.glob("localcloud/**/*.py")), *sorted(repository.glob("frontend/src/**/*.ts*"))]
    articles = data / "e2e" / "files"
    return {
        "articles, English": read_all(sorted(articles.glob("*.en.*"))),
        "articles, Vietnamese": read_all(sorted(articles.glob("*.vi.*"))),
        "documentation in Markdown": read_all(sorted(data.glob("markdown_docs/docs/**/*.md"))[::4]),
        "source code": {str(path): plain(path.read_text("utf-8")) for path in code},
        "files of all sorts": _readable(sorted((data / "documents").glob("*/*"))),
    }


def _readable(paths: Sequence[Path]) -> dict[str, Extracted]:
    """Those of some hundred files, many of them broken, that there is text in."""
    found: dict[str, Extracted] = {}
    for path in paths:
        with suppress(RiffleError):
            found[str(path)] = extract(path.read_bytes(), path.name, declared_format(path.name, None))
    return found


def estimates(
    documents: Mapping[str, Mapping[str, Extracted]], count: Callable[[str], int], size: float
) -> list[Estimated]:
    """For each kind of documents, the estimate against the model's own tokenizer on passages of that size."""
    return [_estimated(kind, list(_passages(each.values(), size)), count) for kind, each in documents.items()]


def _passages(documents: Iterable[Extracted], size: float) -> Iterator[str]:
    for extracted in documents:
        for span in split(extracted, size):
            yield extracted.text[span.start : span.end]


def _estimated(kind: str, passages: Sequence[str], count: Callable[[str], int]) -> Estimated:
    real, guessed = [count(each) for each in passages], [tokens(each, language_of(each)) for each in passages]
    worst = percentile([r / g for r, g in zip(real, guessed, strict=True) if g >= _LONG], 0.99)
    ratio = sum(real) / sum(guessed)
    return Estimated(kind, len(passages), ratio, worst, percentile([*map(float, real)], 0.5), max(real))
