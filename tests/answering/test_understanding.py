"""What a question is made into before anything is searched for."""

import threading
from dataclasses import replace

import pytest
from chalicelib.answering.understanding import LONGEST, Understood, queries_of, several, understand
from chalicelib.errors import ModelUnavailable, Throttled
from chalicelib.records import Answer, AnswerStatus
from hypothesis import given
from hypothesis import strategies as st

from tests.answering.scripted import DONE, ScriptedModel, Step
from tests.answering.tables import an_answer

ASKED = replace(an_answer("a2"), question="And how old is it?")
TOLD = replace(an_answer(), text="It is 330 metres tall [1].", status=AnswerStatus.COMPLETE)
BOTH = replace(ASKED, question="How tall is the tower, and who built it?")


def model(*script: Step) -> ScriptedModel:
    return ScriptedModel([script])


def test_a_follow_up_is_made_to_stand_by_itself() -> None:
    quick = model('{"queries": ["How old is ', 'the tower?"]}', DONE)
    assert understand(ASKED, [TOLD], quick) == Understood(("How old is the tower?",), DONE)
    (message,) = quick.prompts[0].messages
    assert message.text == (
        "<conversation>\n<turn>\n<question>\nHow tall is it?\n</question>\n"
        "<answer>\nIt is 330 metres tall.\n</answer>\n</turn>\n</conversation>\n"
        '<latest queries="4">\nAnd how old is it?\n</latest>'
    )


def test_a_question_of_several_parts_is_taken_apart() -> None:
    quick = model('{"queries": ["How tall is the tower?", "Who built the tower?"]}', DONE)
    assert understand(BOTH, [], quick).queries == ("How tall is the tower?", "Who built the tower?")
    assert "<conversation>" not in quick.prompts[0].messages[0].text


@pytest.mark.parametrize(
    ("asked", "history"),
    [
        (ASKED, []),
        (replace(ASKED, rewrite=False), [TOLD]),
        (replace(BOTH, split=False), []),
        (ASKED, [replace(TOLD, text="", status=AnswerStatus.FAILED)]),
        (replace(ASKED, question="x" * (LONGEST + 1)), [TOLD]),
    ],
)
def test_no_model_is_asked_where_there_is_nothing_to_understand(asked: Answer, history: list[Answer]) -> None:
    assert understand(asked, history, ScriptedModel()) == Understood((asked.question,))


def test_a_question_that_may_not_be_split_gets_one_query() -> None:
    quick = model('{"queries": ["How old?", "Who?"]}', DONE)
    assert understand(replace(ASKED, split=False), [TOLD], quick) == Understood((ASKED.question,), DONE)
    assert "Write one query." in quick.prompts[0].system
    assert '<latest queries="1">' in quick.prompts[0].messages[0].text


def test_a_question_that_may_not_be_rewritten_is_split_without_the_conversation() -> None:
    quick = model('{"queries": ["A?", "B?"]}', DONE)
    assert understand(replace(BOTH, rewrite=False), [TOLD], quick).queries == ("A?", "B?")
    assert "330" not in quick.prompts[0].messages[0].text


@pytest.mark.parametrize("failure", [Throttled("slow down"), ModelUnavailable("gone")])
def test_a_model_that_fails_leaves_the_question_as_it_is(failure: Exception) -> None:
    assert understand(ASKED, [TOLD], model('{"que', failure)) == Understood((ASKED.question,))


def test_a_model_that_is_slow_is_not_waited_for() -> None:
    freed = threading.Event()
    slow = model(lambda: freed.wait(5), '{"queries": ["late"]}', DONE)
    assert understand(ASKED, [TOLD], slow, seconds=0.02) == Understood((ASKED.question,))
    freed.set()


@pytest.mark.parametrize(
    "reply",
    [
        "", "How old is the tower?", "[]", "{}", '{"queries": []}', '{"queries": "a"}', '{"queries": [""]}',
        '{"queries": [" \\n"]}', '{"queries": [1]}', '{"queries": ["a"], "answer": "b"}', '{"queries": ["a"',
        '{"queries": ["a","b","c","d","e"]}', '{"queries": ["' + "x" * 501 + '"]}', "[" * 100_000,
    ],
)  # fmt: skip
def test_an_odd_reply_is_no_reply(reply: str) -> None:
    assert queries_of(reply, 4) is None


def test_a_reply_may_be_fenced_and_its_queries_are_single_lines_without_repetitions() -> None:
    fenced = '```json\n{"queries": ["How\\n old?", "how old?", "\\ud800Who?"]}\n```'
    assert queries_of(fenced, 4) == ("how old?", "Who?")


@given(st.text())
def test_a_reply_of_any_kind_never_breaks_anything(reply: str) -> None:
    assert queries_of(reply, 4) is None


@pytest.mark.parametrize(
    "question",
    [
        "Who built it? When?",
        "How tall is the tower, and who built it?",
        "Compare the tower and the bridge",
        "Tell me:\n1. its height\n2. its age",
        "Ai xây tháp và nó cao bao nhiêu?",
        "Tháp và cầu khác nhau thế nào?",
        "¿Quién la construyó y cuándo abrió?",
        "Qui l'a construite et quand ?",
        "Wer hat ihn gebaut und wann wurde er eröffnet?",
        "它有多高？谁建的？",
        "它的高度以及年龄",
    ],
)
def test_a_question_of_several_parts_looks_like_one(question: str) -> None:
    assert several(question)


@pytest.mark.parametrize(
    "question",
    [
        "How tall is the tower?",
        "Who are Anna and Ben?",
        "Tháp cao bao nhiêu mét?",
        "¿Qué altura tiene?",
        "它有多高？",
    ],
)
def test_a_plain_question_does_not(question: str) -> None:
    assert not several(question)
