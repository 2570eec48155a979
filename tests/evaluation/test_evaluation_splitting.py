"""Comparing ways of dividing documents: the comparison itself, on two small files."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from chalicelib.documents.extracted import plain

from evaluation.data import Question, is_for_tuning
from evaluation.lexical import Lexicon
from evaluation.remembering import Remembered, Vectors
from evaluation.report import splitting_grid, token_grid
from evaluation.splitting import compare, estimates, in_context, ways


class Letters:
    """A vector of letter counts; remembers how many texts it was given."""

    def __init__(self) -> None:
        self.embedded = 0

    def vectors(self, texts: Sequence[str]) -> Vectors:
        self.embedded += len(texts)
        counts = np.array(
            [[text.lower().count(chr(97 + n)) + 0.01 for n in range(26)] for text in texts], np.float32
        )
        return counts / np.linalg.norm(counts, axis=1, keepdims=True)

    def count_tokens(self, text: str) -> int:
        return len(text.split())


@pytest.fixture
def files(tmp_path: Path) -> Path:
    folder = tmp_path / "files"
    folder.mkdir()
    (folder / "otters.md").write_text("# Otters\n\n" + "They hold hands when they sleep. " * 60)
    (folder / "engines.md").write_text("# Engines\n\n" + "Steam pushes a piston to and fro. " * 60)
    return folder


QUESTIONS = [
    Question(
        f"q{n}",
        "What do they hold when they sleep?",
        ("hands",),
        answerable=True,
        language="en",
        file="otters.md",
    )
    for n in range(8)
]


def test_every_way_is_compared_on_either_half_of_the_questions(files: Path, tmp_path: Path) -> None:
    remembered = Remembered(tmp_path / "kept.sqlite", "letters", Letters())
    outcomes = compare(files, QUESTIONS, remembered, tuning=False)
    assert [each.name for each in outcomes] == list(ways())
    assert all(each.scores["both"].answer == each.scores["words"].in_budget == 1 for each in outcomes)
    assert outcomes[1].passages > outcomes[5].passages
    assert "100.0 %" in splitting_grid(outcomes).markdown()
    assert {is_for_tuning(each.id) for each in QUESTIONS} == {True, False}
    remembered.close()


def test_nothing_is_embedded_twice(tmp_path: Path) -> None:
    model = Letters()
    for _ in range(2):
        remembered = Remembered(tmp_path / "kept.sqlite", "letters", model)
        first, second, again = remembered.vectors(["ab", "cd", "ab"])
        assert np.array_equal(first, again)
        assert not np.array_equal(first, second)
        remembered.close()
    assert model.embedded == 2


def test_rare_words_count_for_more() -> None:
    scores = Lexicon(["the common words", "the common words and otters", "the rest"]).scores("the otters")
    assert scores.argmax() == 1
    assert scores[0] > 0


def test_a_passage_is_embedded_below_what_it_does_not_begin_with() -> None:
    assert in_context("Book", ("Part", "Chapter"), "Chapter\n\ntext") == "Book > Part\nChapter\n\ntext"
    assert in_context(None, (), "text") == "text"


def test_the_estimate_of_tokens_is_set_against_a_count() -> None:
    documents = {"words": {"a": plain("word " * 500)}}
    [found] = estimates(documents, Letters().count_tokens, 160)
    assert (found.kind, found.longest <= 175, round(found.ratio, 2)) == ("words", True, 1.09)
    assert "| words |" in token_grid([found]).markdown()
