"""The evaluation itself: its data, its retrieval run on a small pool, and its report."""

import json
import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from chalicelib.records import SearchMode

from evaluation import data, retrieval
from evaluation.answers import Outcome, cited_files, figures
from evaluation.embedding import Vectors
from evaluation.report import answer_grid, diacritics_grid, insert, modes_grid, retrieval_grid
from riffle import AnswerStatus, Citation, Passage


class LetterEmbedder:
    """A vector of letter counts: enough for a search to prefer what shares words."""

    model = "letters"
    dimensions = 26

    def query(self, text: str) -> list[float]:
        counts = np.array([text.lower().count(chr(97 + place)) for place in range(26)], np.float32)
        return [float(number) for number in counts / np.linalg.norm(counts)]

    def expect(self, queries: Sequence[str]) -> None:
        """A query is quick enough when it is asked."""

    def corpus(self, texts: Sequence[str]) -> Vectors:
        return np.array([self.query(text) for text in texts], np.float32)


@pytest.fixture
def pooled(tmp_path: Path) -> Path:
    """A pooled set over one part; the passage 'c' is not in the pool."""
    part, pool = tmp_path / "part", tmp_path / "pool"
    part.mkdir()
    pool.mkdir()
    texts = {"a": "otters hold hands", "b": "steam engines exhaust water", "c": "unused"}
    rows = [json.dumps({"id": name, "title": "", "text": text}) for name, text in texts.items()]
    (part / "corpus.jsonl").write_text("\n".join(rows))
    (pool / "meta.json").write_text('{"corpus_parts": ["part"]}')
    (pool / "doc_ids.txt").write_text("part/a\npart/b")
    (pool / "queries.jsonl").write_text(
        '{"id": "q", "text": "what do otters hold"}\n{"id": "r", "text": "nothing"}\n'
    )
    (pool / "qrels.tsv").write_text("query-id\tcorpus-id\tscore\nq\tpart/a\t1\n")
    return pool


def test_a_pool_takes_the_listed_passages_and_the_judged_queries(pooled: Path) -> None:
    pool = data.pool(pooled)
    assert [text.id for text in pool.texts] == ["part/a", "part/b"]
    assert pool.queries == {"q": "what do otters hold"}


def test_every_mode_is_searched_and_scored(pooled: Path) -> None:
    outcome = retrieval.evaluate(data.pool(pooled), LetterEmbedder())
    assert {mode: halves.all.ndcg_10 for mode, halves in outcome.modes.items()} == dict.fromkeys(
        SearchMode, 1.0
    )
    grid = retrieval_grid({"pool": outcome}, {"pool": 0.5})
    assert grid.rows[0][:6] == ("pool", "1", "0.500", "1.000", "1.000", "1.000")
    assert modes_grid(outcome.modes).rows[0][:2] == ("HYBRID", "1.000")
    assert diacritics_grid({"pool": outcome}).rows == ()


def test_vietnamese_questions_are_asked_again_without_diacritics(tmp_path: Path) -> None:
    texts = {"a": "Cách nhúng tài liệu", "b": "Otters hold hands"}
    rows = [json.dumps({"id": name, "title": "", "text": text}) for name, text in texts.items()]
    (tmp_path / "corpus.jsonl").write_text("\n".join(rows))
    (tmp_path / "queries.jsonl").write_text('{"id": "q", "text": "nhúng tài liệu", "lang": "vi"}\n')
    (tmp_path / "qrels.tsv").write_text("query-id\tcorpus-id\tscore\nq\ta\t1\n")
    outcome = retrieval.evaluate(data.pool(tmp_path), LetterEmbedder())
    assert outcome.plain[SearchMode.TEXT].ndcg_10 == outcome.written[SearchMode.TEXT].ndcg_10 == 1
    assert diacritics_grid({"set": outcome}).rows[0] == ("set", "1", "HYBRID", "1.000", "1.000")


def question(name: str, *, answerable: bool = True, language: str = "en") -> data.Question:
    return data.Question(name, "?", ("hands",) if answerable else (), answerable, language, "right.pdf")


def test_figures_count_citations_refusals_and_answers() -> None:
    complete, refused = AnswerStatus.COMPLETE, AnswerStatus.REFUSED
    outcomes = [
        Outcome(question("1"), complete, "Hands [1].", ("right.pdf",), 1.0),
        Outcome(question("2"), complete, "Paws [1][2].", ("wrong.pdf", "right.pdf"), 1.0),
        Outcome(question("3"), refused, "", (), 1.0),
        Outcome(question("4", answerable=False), refused, "", (), 3.0),
    ]
    row = figures(outcomes)[0]
    assert (row.answerable, row.unanswerable, row.incomplete) == (3, 1, 0)
    shares = [row.cited, row.cited_first, row.recalled, row.refused_wrongly, row.refused_rightly]
    assert shares == pytest.approx([2 / 3, 1 / 3, 1 / 3, 1 / 3, 1])


def test_a_language_without_unanswerable_questions_shows_a_dash() -> None:
    outcome = Outcome(question("1", language="vi"), AnswerStatus.FAILED, "", (), 1.0)
    row = figures([outcome])[1]
    assert math.isnan(row.refused_rightly)
    assert row.incomplete == 1
    assert ("refused rightly", "–") in answer_grid([row]).rows


def test_files_are_in_the_order_in_which_the_text_cites_them() -> None:
    def citation(marker: int, name: str) -> Citation:
        return Citation(marker, Passage("p", "d", name, 1, "", 0, 0, 1.0))

    found = cited_files(
        "B [2], then A [1], B again [2], and [9].", [citation(1, "a.txt"), citation(2, "b.txt")]
    )
    assert list(found) == ["b.txt", "a.txt"]


def test_a_table_replaces_what_is_between_its_markers(tmp_path: Path) -> None:
    path = tmp_path / "report.md"
    path.write_text("before\n<!-- x -->\nold\n<!-- /x -->\nafter\n")
    insert(path, "x", "| new |")
    assert path.read_text() == "before\n<!-- x -->\n\n| new |\n\n<!-- /x -->\nafter\n"
    with pytest.raises(ValueError, match="no place for 'y'"):
        insert(path, "y", "")
