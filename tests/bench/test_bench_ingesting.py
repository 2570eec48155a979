"""The comparison of ingestions: its texts, its vectors, and the arithmetic of its tables."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from bench.ingesting import report
from bench.ingesting.comparison import gathered, ratio, read
from bench.ingesting.contenders import ENTRIES, Search, Stored, entry
from bench.ingesting.corpus import Text, queries, texts
from bench.ingesting.embedder import DIMENSIONS, Embedder, vector
from bench.ingesting.measuring import Answers, Figures, answering, measured, recall

RUN = Figures(2.0, 1.0, 100, 900, 200, 300, {"vector": Answers(50, 1.0, 1.0)})


class Everything:
    """Keeps whole texts, and finds the nearest by looking at them all."""

    def __init__(self, embedder: Embedder) -> None:
        self._embedder = embedder
        self.searches: dict[str, Search] = {"vector": self._nearest}

    def ingest(self, texts: Sequence[Text]) -> None:
        self._texts = [each.text for each in texts]

    def stored(self) -> Stored:
        return Stored(self._texts, np.array(self._embedder.passages(self._texts), np.float32))

    def _nearest(self, query: str) -> list[str]:
        near = np.argsort(-(self.stored().vectors @ np.array(self._embedder.query(query))))
        return [self._texts[row] for row in near[:10]]


def test_texts_are_the_same_every_time_and_of_about_five_thousand_characters() -> None:
    some = texts(20)
    assert some == texts(20)
    assert len({each.text for each in some}) == 20
    assert all(4_900 <= len(each.text) <= 6_500 for each in some)


def test_a_query_is_a_sentence_of_its_document() -> None:
    corpus = texts(20)
    asked = queries(corpus, 5)
    assert [each.document for each in asked] == [0, 4, 8, 12, 16]
    assert all(each.text in corpus[each.document].text for each in asked)


def test_vectors_follow_from_the_text_and_have_the_length_one() -> None:
    assert vector("a").tolist() == vector("a").tolist() != vector("b").tolist()
    assert np.linalg.norm(vector("a")) == pytest.approx(1, abs=1e-5)
    assert vector("a").shape == (DIMENSIONS,)


def test_a_query_lies_beside_the_passage_that_answers_it() -> None:
    near = np.array(Embedder({"what?": "that"}).query("what?"))
    assert near @ vector("that") > 0.6
    assert near @ vector("other") < 0.5


def test_a_passage_is_recognised_also_where_it_was_cut_within_the_query() -> None:
    passages = {"one two three four": "one two three\nfour", "five six seven eight": "five six seven eight"}
    assert answering("two three four", passages) == "one two three\nfour"
    assert answering("four five six seven eight", passages) == "five six seven eight"
    with pytest.raises(LookupError, match="nowhere"):
        answering("nowhere at all", passages)


def test_recall_is_the_share_of_the_exact_nearest() -> None:
    stored = Stored([str(number) for number in range(20)], np.eye(20, dtype=np.float32))
    wanted = [float(20 - number) for number in range(20)]
    assert recall([str(number) for number in range(5, 15)], wanted, stored) == 0.5


def test_whoever_looks_at_everything_finds_everything() -> None:
    corpus, embedder = texts(30), Embedder()
    figures = measured(Everything(embedder), embedder, corpus, queries(corpus, 10))
    assert (figures.documents, figures.passages) == (30, 30)
    assert figures.answers["vector"].recall == figures.answers["vector"].hits == 1
    assert figures.ingesting_mb > 10


def test_a_run_is_read_as_it_was_told() -> None:
    told = (
        '{"seconds": 2.0, "processor_seconds": 1.0, "documents": 100, "passages": 900, "ingesting_mb": 200,'
    )
    told += ' "answering_mb": 300, "answers": {"vector": {"per_second": 50, "recall": 1.0, "hits": 1.0}}}'
    assert read(told) == RUN


def test_ratios_are_of_runs_in_the_same_round() -> None:
    ours = [(entry("riffle"), replace(RUN, seconds=seconds)) for seconds in (1, 2, 4)]
    theirs = [(entry("bare"), replace(RUN, seconds=seconds)) for seconds in (1, 1, 1)]
    assert ratio(gathered([*ours, *theirs]), "riffle", "bare") == (0.5, 0.25, 1)


def test_tables_say_which_aims_were_missed() -> None:
    runs = gathered([(each, RUN) for each in ENTRIES])
    aims = {row[0]: row[2] for row in report.aims(runs).rows}
    missed = ("LangChain", "LangChain, 100 documents a call", "LlamaIndex")
    assert aims == {**dict.fromkeys(missed, "1.00, missed"), "bare loop": "1.00"}
    assert [row[1] for row in report.ingestion(runs).rows] == ["50"] * len(ENTRIES)
    assert all(len(row) == len(grid.headers) for grid in (report.ingestion(runs), report.queries(runs))
               for row in grid.rows)  # fmt: skip
