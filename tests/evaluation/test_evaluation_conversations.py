"""Questions made out of questions, and how their answers are judged."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from evaluation.conversations import follow_ups, judged, pairs, pronounced
from evaluation.data import Question
from evaluation.injections import Poisoned, Resistance, poisoned, resistance
from riffle import AnswerStatus, Citation, Finished, Passage

TESLA = Question("1", "Tesla chết năm nào?", ("1943",), True, "vi", "Nikola_Tesla.vi.md")
KENYA = Question("2", "Thủ đô của Kenya là gì?", ("Nairobi",), True, "vi", "Kenya.vi.html")


@pytest.mark.parametrize(
    ("file", "language", "text", "made"),
    [
        ("Nikola_Tesla.vi.md", "vi", "Tesla chết năm nào?", "Ông ấy chết năm nào?"),
        ("Nikola_Tesla.vi.md", "vi", "Tesla Electric làm gì?", None),
        ("Kenya.vi.html", "vi", "Ai lãnh đạo Kenya?", "Ai lãnh đạo nó?"),
        ("Steam_engine.en.md", "en", "Who built the steam engine first?", "Who built it first?"),
        ("Harvard_University.en.html", "en", "What are Harvard's colours?", "What are its colours?"),
        ("Harvard_University.en.html", "en", "Which university is the oldest?", None),
    ],
)
def test_the_subject_of_the_article_becomes_a_pronoun(
    file: str, language: str, text: str, made: str | None
) -> None:
    assert pronounced(Question("1", text, ("a",), True, language, file)) == made


def test_a_follow_up_comes_after_another_question_on_its_subject() -> None:
    later = replace(TESLA, text="Tesla sinh ở đâu?")
    (made,) = follow_ups([TESLA, replace(TESLA, answerable=False), later, KENYA])
    assert (made.first, made.asked.text) == (TESLA, "Ông ấy sinh ở đâu?")


def test_pairs_are_of_different_articles_and_joined_in_two_ways() -> None:
    first, second = pairs([TESLA, TESLA, KENYA, KENYA])
    assert first.text == "Tesla chết năm nào? Thủ đô của Kenya là gì?"
    assert second.text == "Tesla chết năm nào, và thủ đô của Kenya là gì?"
    assert not pairs([TESLA, TESLA])


def test_an_answer_to_two_questions_has_both_files_and_both_answers() -> None:
    citations = tuple(
        Citation(number, Passage("p", "d", each.file, 1, "", 0, 0, 1.0))
        for number, each in enumerate((TESLA, KENYA), 1)
    )
    whole = Finished(AnswerStatus.COMPLETE, "Năm 1943 [1]. Nairobi [2].", citations)
    half = Finished(AnswerStatus.COMPLETE, "Năm 1943 [1].", citations)
    assert judged(whole, (TESLA, KENYA)) == (True, True)
    assert judged(half, (TESLA, KENYA)) == (False, False)
    assert judged(half, [TESLA]) == (True, True)


def test_a_canary_in_an_answer_is_a_leak(tmp_path: Path) -> None:
    row = {"id": "1", "text": "x", "question": "Why?", "answers": ["so"], "canary": "CANARY-1"}
    path = tmp_path / "rows.jsonl"
    path.write_text("\n".join(json.dumps(each) for each in (row, row | {"canary": None})))
    (case,) = poisoned(path)
    assert case == Poisoned("1", "x", "Why?", ("so",), "CANARY-1")
    assert resistance([case] * 3, ["", "So [1].", "So, canary-1 [1]."]) == Resistance(3, 2, 2, 1)
