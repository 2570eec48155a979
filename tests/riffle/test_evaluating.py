"""Measuring on questions of one's own: reading them, the figures, the page, the comparison."""

import json
import math
import os
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from riffle import AnswerStatus, InvalidInput, TooLarge
from riffle.evaluating import measures, reports
from riffle.evaluating.questions import Question, load
from riffle.evaluating.runs import Result, Run, Setting
from tests.riffle import samples
from tests.riffle.conftest import NAME, PASSWORD
from tests.riffle.fake import Fake, Problem
from tests.riffle.samples import Json

OTTERS = Question("Do otters hold hands?", ("otters.txt",), ("hold hands",))


def result(question: Question = OTTERS, *found: str, **changes: object) -> Result:
    """Found documents are named as their ids in capitals."""
    documents = tuple((name, name.upper()) for name in found)
    base = Result(question, documents, ("Otters hold hands.",), AnswerStatus.COMPLETE, "They hold hands [1].")
    return Result(**{name: getattr(base, name) for name in Result.__slots__} | changes)


def figures(*results: Result) -> dict[str, float]:
    return Run(Setting(), 10, results).figures


# -- questions


def test_questions_are_read_from_csv(tmp_path: Path) -> None:
    path = tmp_path / "q.csv"
    path.write_text('question,documents,answerable\n"Why, then?",a.txt|b.txt,\nHow?,,no\n', "utf-8-sig")
    assert load(path) == [
        Question("Why, then?", ("a.txt", "b.txt")),
        Question("How?", answerable=False),
    ]


def test_questions_are_read_from_jsonl(tmp_path: Path) -> None:
    path = tmp_path / "q.jsonl"
    path.write_text('{"question": "Vì sao?", "answers": ["a|b"], "answerable": true}\n\n', "utf-8")
    assert load(path) == [Question("Vì sao?", (), ("a|b",))]


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("q.csv", "text\nWhy?\n", "the first line must name the columns"),
        ("q.csv", "question,answerable\nWhy?,perhaps\n", "line 2: answerable is 'perhaps'"),
        ("q.csv", "question\n", "has no questions"),
        ("q.jsonl", "{}\n", "line 1: question is missing"),
        ("q.jsonl", '{"question": "a"}\n[1]\n', "line 2 is not a JSON object"),
        ("q.jsonl", "{question}", "line 1 is not JSON"),
        ("q.jsonl", f'{{"question": {"1" * 5000}}}', "line 1 is not JSON"),
        ("q.jsonl", "[" * 200_000, "line 1 is not JSON"),
        ("q.jsonl", '{"question": "\\ud800"}', "line 1 is not JSON"),
        ("q.csv", f'"{"a" * 200_000}",question\n', "is not CSV"),
        ("q.jsonl", '{"question": "a", "answers": [1]}', "answers must be a list of texts"),
    ],
)
def test_a_broken_file_of_questions_is_named_by_line(tmp_path: Path, name: str, text: str, said: str) -> None:
    (tmp_path / name).write_text(text)
    with pytest.raises(InvalidInput, match=said.replace("(", r"\(")):
        load(tmp_path / name)


def test_what_never_ends_is_not_read_to_its_end() -> None:
    with pytest.raises(TooLarge, match="zero is larger than the limit"):
        load(Path("/dev/zero"))


# -- measures


def test_measures_of_a_ranking() -> None:
    found = ["x", "a", "y", "b"]
    assert measures.recall(["a", "b", "c"], found) == pytest.approx(2 / 3)
    assert measures.reciprocal_rank(["b", "a"], found) == 0.5
    assert measures.reciprocal_rank(["z"], found) == 0
    ideal = 1 + 1 / math.log2(3)
    assert measures.ndcg(["a", "b"], found) == pytest.approx((1 / math.log2(3) + 1 / math.log2(5)) / ideal)
    assert measures.ndcg(["a"], []) == 0


def test_answers_are_compared_by_their_words() -> None:
    assert measures.contains("They’re the ‘Sea Otters’ [1, 2].", ["sea otters"])
    assert not measures.contains("A seaotter.", ["sea otter"])
    assert not measures.contains("Nothing.", ["?", ""])


def test_documents_are_recognised_by_name_or_id_whatever_the_case() -> None:
    by_id = Question("Why?", ("OTTERS.TXT",))
    assert figures(result(OTTERS, "Otters.txt"))["recall@10"] == 1
    assert figures(result(by_id, "otters.txt"))["recall@10"] == 1
    assert figures(result(OTTERS, "seals.txt"))["recall@10"] == 0


def test_passages_of_one_document_count_once() -> None:
    found = figures(result(OTTERS, "seals.txt", "seals.txt", "otters.txt"))
    assert found["MRR@10"] == 0.5
    assert found["nDCG@10"] == pytest.approx(1 / math.log2(3))


def test_citations_and_refusals_are_counted_of_what_they_are_about() -> None:
    unknown = Question("What do seals sing?", answerable=False)
    right, wrong = ("otters.txt", "O"), ("seals.txt", "S")
    found = figures(
        result(OTTERS, "otters.txt", cited=(right, wrong)),
        result(OTTERS, "otters.txt", status=AnswerStatus.REFUSED, text="No."),
        result(unknown, status=AnswerStatus.REFUSED),
        result(unknown, status=AnswerStatus.FAILED),
    )
    assert found["right document cited"] == 0.5
    assert found["citations that are right"] == 0.5
    assert found["answer in the text"] == 0.5
    assert (found["refused wrongly"], found["refused rightly"]) == (0.5, 0.5)
    assert found["not completed"] == 0.25


def test_a_search_alone_has_no_figures_of_answers() -> None:
    found = figures(result(OTTERS, "otters.txt", status=None))
    assert math.isnan(found["right document cited"])
    assert found["answer in the 10 passages"] == 1


# -- comparison


@pytest.mark.parametrize("change", ["mode=fuzzy", "rerank", "rerank=maybe", "depth=3", ""])
def test_a_setting_that_there_is_not_is_refused(change: str) -> None:
    with pytest.raises(InvalidInput, match="is not a setting"):
        Setting().changed(change)


def test_a_setting_says_what_it_changes() -> None:
    assert str(Setting()) == "as deployed"
    assert str(Setting().changed("mode=text").changed("rerank=no")) == "mode=text, rerank=no"


def test_a_fall_counts_in_the_direction_that_is_worse() -> None:
    run = Run(Setting(), 10, (result(OTTERS, "otters.txt", status=AnswerStatus.REFUSED),))
    assert reports.falls({"recall@10": 1.0, "refused wrongly": 0.99}, run, 2.0) == []
    assert [each.name for each in reports.falls({"refused wrongly": 0.97}, run, 2.0)] == ["refused wrongly"]
    assert reports.falls({"recall@10": 0.5}, run, 0.0) == []


def test_a_figure_that_is_gone_has_fallen() -> None:
    run = Run(Setting(), 10, (result(OTTERS, status=None),))
    assert [each.name for each in reports.falls({"refused wrongly": 0.5}, run, 100.0)] == ["refused wrongly"]


def test_saved_figures_are_read_back(tmp_path: Path) -> None:
    run = Run(Setting(), 10, (result(OTTERS, "seals.txt", "otters.txt"),))
    path = tmp_path / "baseline.json"
    path.write_text(json.dumps(reports.saved(run)))
    assert reports.read_baseline(path)["MRR@10"] == 0.5
    assert reports.falls(reports.read_baseline(path), run, 0.01) == []


@pytest.mark.parametrize("text", ["", "[]", '{"figures": 3}', '{"figures": {"a": "b"}}'])
def test_what_is_no_baseline_is_said_to_be_none(tmp_path: Path, text: str) -> None:
    (tmp_path / "b.json").write_text(text)
    with pytest.raises(InvalidInput, match="is not a result"):
        reports.read_baseline(tmp_path / "b.json")


def test_the_page_shows_two_settings_beside_one_another_and_runs_nothing_of_a_document() -> None:
    hostile = result(OTTERS, "otters.txt", text="<script>alert(1)</script>", cited=(("<b>.txt", "X"),))
    runs = [Run(Setting(), 10, (hostile,)), Run(Setting().changed("mode=text"), 10, (result(OTTERS),))]
    page = reports.page(runs, "Evaluation of <q>.csv", datetime(2026, 1, 2, tzinfo=UTC))
    assert "<script>" not in page
    assert "&lt;b&gt;.txt" in page
    assert "mode=text" in page
    assert "-100.0" in page


# -- the command

type Evaluate = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def evaluate(fake: Fake, tmp_path: Path) -> Evaluate:
    (tmp_path / "q.csv").write_text("question,documents\nOtters?,d1.txt\nSeals?,d2.txt\n")
    signed_in = {"RIFFLE_URL": fake.url, "RIFFLE_USERNAME": NAME, "RIFFLE_PASSWORD": PASSWORD}
    environment = os.environ | signed_in | {"XDG_CONFIG_HOME": str(tmp_path)}

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "riffle", "eval", "q.csv", *arguments]
        return subprocess.run(
            command, env=environment, cwd=tmp_path, capture_output=True, text=True, check=False
        )

    return run


def test_two_settings_are_searched_and_compared(fake: Fake, evaluate: Evaluate) -> None:
    def search(given: Json) -> Json:
        found = [] if given["input"].get("mode") == "TEXT" else [samples.passage()]
        return {"passages": found, "mode": "HYBRID", "tookMs": 3}

    fake.fields["search"] = search
    ran = evaluate("--search-only", "--against", "mode=text", "--page", "report.html")
    assert ran.returncode == 0
    assert "recall@10\t50.0 %\t0.0 %\t-50.0" in ran.stdout
    assert "2 questions." in ran.stderr


def test_a_fall_below_the_baseline_fails_the_command(fake: Fake, evaluate: Evaluate, tmp_path: Path) -> None:
    fake.fields["search"] = lambda _: {"passages": [samples.passage()], "mode": "HYBRID", "tookMs": 3}
    assert evaluate("--search-only", "--save", "b.json").returncode == 0
    assert evaluate("--search-only", "--baseline", "b.json").returncode == 0
    (tmp_path / "b.json").write_text('{"figures": {"recall@10": 0.6}}')
    fallen = evaluate("--search-only", "--baseline", "b.json", "--tolerance", "5")
    assert fallen.returncode == 1
    assert "Fallen by more than 5 points: recall@10: 50.0%, was 60.0%" in fallen.stderr


def test_an_answer_that_fails_counts_and_does_not_end_the_run(fake: Fake, evaluate: Evaluate) -> None:
    def ask(_: Json) -> Json:
        raise Problem("Throttled", "slow down")

    fake.fields["search"] = lambda _: {"passages": [samples.passage()], "mode": "HYBRID", "tookMs": 3}
    fake.fields["ask"] = ask
    ran = evaluate("--json")
    assert ran.returncode == 0
    assert json.loads(ran.stdout)["figures"]["not completed"] == 1


def test_a_wrong_setting_is_a_usage_error(evaluate: Evaluate) -> None:
    ran = evaluate("--set", "mode=fuzzy")
    assert (ran.returncode, ran.stdout) == (2, "")
    assert "is not a setting" in ran.stderr
