"""Asking over real HTTP and WebSockets: the stream is exact, cited, stoppable, resumable, and never lost."""

from collections.abc import Iterator

import pytest

from tests.flows import operations as op
from tests.flows.answers import OPEN, Reader, ask, followed, new_id, stored, until_final
from tests.flows.caller import Caller
from tests.flows.cloud import Cloud
from tests.flows.documents import ready

pytestmark = pytest.mark.flow

LIGHTHOUSE = """The lighthouse of Port Emmery was built in 1874 by the engineer Clara Voss. Its lamp burned
whale oil until 1911. Today the tower is 42 metres tall and houses a museum of navigation.

The keeper of the lighthouse lived in a small house with his family; a boat brought supplies each month."""
QUESTION = "Who built the lighthouse of Port Emmery?"


@pytest.fixture(scope="module")
def dora(cloud: Cloud) -> Caller:
    """Somebody with one document that is READY."""
    caller = cloud.user("dora")
    ready(caller, "lighthouse.md", LIGHTHOUSE)
    return caller


@pytest.fixture(autouse=True)
def well(cloud: Cloud) -> Iterator[None]:
    """Every test leaves the models as it found them: well, and as fast as they can."""
    yield
    cloud.models()


def test_events_joined_in_order_are_the_answer(dora: Caller) -> None:
    seen, answer = followed(dora, QUESTION)
    reader = Reader()
    for event in seen:
        reader.read(event)
    assert answer["status"] == seen[-1]["status"] == "COMPLETE"
    assert reader.text == answer["text"]
    assert reader.seq == answer["lastSeq"]
    assert "Clara Voss" in answer["text"]


def test_answer_cites_the_passage_it_is_from(dora: Caller) -> None:
    seen, answer = followed(dora, QUESTION)
    [citation] = [each for each in answer["citations"] if each["marker"] == 1]
    passage = citation["passage"]
    assert "[1]" in answer["text"]
    assert passage["documentName"] == "lighthouse.md"
    window = {"id": passage["documentId"], "start": passage["start"], "end": passage["end"]}
    assert dora.data(op.DOCUMENT_TEXT, **window)["documentText"]["text"] == passage["text"]
    assert seen[-1]["citations"][0]["passage"]["documentName"] == "lighthouse.md"


def test_question_that_no_document_answers_is_refused(dora: Caller) -> None:
    _, answer = followed(dora, "What is the boiling point of tungsten in kelvin?")
    assert answer["status"] == "REFUSED"
    assert answer["citations"] == []


def test_asking_twice_with_one_id_is_one_answer(dora: Caller) -> None:
    answer = new_id()
    with dora.subscribe(op.ON_ANSWER, answerId=answer) as events:
        first = ask(dora, answer, QUESTION)
        again = ask(dora, answer, "What burned in the lamp of Port Emmery?")
        reader = Reader()
        for event in until_final(events):
            reader.read(event)
        assert events.quiet(1)
    assert again["question"] == first["question"] == QUESTION
    assert stored(dora, answer)["attempt"] == reader.attempt == 1


def test_stopped_answer_keeps_the_text_so_far(cloud: Cloud, dora: Caller) -> None:
    cloud.models(tokens_per_second=4)
    answer, reader = new_id(), Reader()
    with dora.subscribe(op.ON_ANSWER, answerId=answer) as events:
        ask(dora, answer, QUESTION)
        for event in until_final(events):
            reader.read(event)
            if event["text"] and event["status"] in OPEN:
                dora.data(op.STOP, id=answer)
    final = stored(dora, answer)
    assert final["status"] == "STOPPED"
    assert final["text"] == reader.text != ""
    assert "Voss." not in final["text"]


def test_socket_cut_in_the_middle_loses_nothing(cloud: Cloud, dora: Caller) -> None:
    cloud.models(tokens_per_second=15)
    answer, text = new_id(), ""
    with dora.subscribe(op.ON_ANSWER, answerId=answer) as events:
        ask(dora, answer, QUESTION)
        while not text:
            text = events.next()["onAnswerEvent"]["text"]
    with dora.subscribe(op.ON_ANSWER, answerId=answer) as events:
        now = stored(dora, answer)
        text = now["text"]
        for event in until_final(events) if now["status"] in OPEN else ():
            if event["offset"] > len(text):
                text = stored(dora, answer)["text"]
            text = text[: event["offset"]] + event["text"] if event["offset"] <= len(text) else text
    assert text == stored(dora, answer)["text"]


def test_model_that_breaks_off_leaves_a_partial_answer(cloud: Cloud, dora: Caller) -> None:
    cloud.models({"operation": "ConverseStream", "after_chunks": 3, "error": "ModelStreamErrorException"})
    seen, answer = followed(dora, QUESTION)
    assert answer["status"] == "PARTIAL"
    assert answer["error"]["type"] == seen[-1]["error"]["type"] == "ModelUnavailable"
    assert answer["text"] == "".join(event["text"] for event in seen) != ""


def test_connection_to_the_model_cut_off_leaves_a_partial_answer(cloud: Cloud, dora: Caller) -> None:
    cloud.models({"operation": "ConverseStream", "after_chunks": 3, "cut": True})
    _, answer = followed(dora, QUESTION)
    assert answer["status"] == "PARTIAL"
    assert answer["text"]


def test_throttled_model_is_asked_again(cloud: Cloud, dora: Caller) -> None:
    cloud.models({"operation": "ConverseStream", "error": "ThrottlingException"})
    _, answer = followed(dora, QUESTION)
    assert answer["status"] == "COMPLETE"


def test_answer_waits_in_line_while_the_model_is_busy(cloud: Cloud, dora: Caller) -> None:
    """A model call is tried four times; then the answer is QUEUED again, and its text comes once."""
    cloud.models(*[{"operation": "ConverseStream", "error": "ThrottlingException"}] * 4)
    seen, answer = followed(dora, QUESTION)
    reader = Reader()
    for event in seen:
        reader.read(event)
    first = [event["status"] for event in seen if event["attempt"] == 1]
    assert first == ["RETRIEVING", "QUEUED"]
    assert (answer["status"], answer["attempt"]) == ("COMPLETE", 2)
    assert reader.text == answer["text"] == "".join(event["text"] for event in seen)


def test_answer_that_waits_for_a_busy_model_is_stopped_at_once(cloud: Cloud, dora: Caller) -> None:
    cloud.models(*[{"operation": "ConverseStream", "error": "ThrottlingException"}] * 8)
    answer = new_id()
    with dora.subscribe(op.ON_ANSWER, answerId=answer) as events:
        ask(dora, answer, QUESTION)
        while events.next()["onAnswerEvent"]["status"] != "QUEUED":
            pass
        assert dora.data(op.STOP, id=answer)["stopAnswer"]["status"] == "STOPPED"
        assert events.next()["onAnswerEvent"]["status"] == "STOPPED"


def test_model_that_rejects_the_request_fails_with_its_reason(cloud: Cloud, dora: Caller) -> None:
    cloud.models({"operation": "ConverseStream", "error": "AccessDeniedException"})
    seen, answer = followed(dora, QUESTION)
    assert answer["status"] == seen[-1]["status"] == "FAILED"
    assert answer["error"]["type"] == "ModelRefused"


def test_conversation_lists_its_answers_in_the_order_asked(dora: Caller) -> None:
    conversation = new_id()
    first = ask(dora, new_id(), QUESTION, conversationId=conversation)
    second = ask(dora, new_id(), "How tall is the tower?", conversationId=conversation)
    listed = dora.data(op.ANSWERS, conversationId=conversation)["answers"]["items"]
    assert [each["id"] for each in listed] == [first["id"], second["id"]]
    newest = dora.data(op.CONVERSATIONS)["conversations"]["items"][0]
    assert newest == {"id": conversation, "title": QUESTION}
