"""What people do, with the deployed functions: their zip and layers, and our AppSync endpoint in front."""

import json
import sys
from pathlib import Path

import pytest

from riffle import Client
from tests.deployed.world import Ran, Stage
from tests.documents.test_extracting import a_docx, a_pdf
from tests.flows import operations as op
from tests.flows.answers import OPEN, Reader, ask, followed, new_id, stored, until_final
from tests.flows.caller import Caller, Refused
from tests.flows.cloud import PASSWORD
from tests.flows.documents import ready, settled, upload

pytestmark = [pytest.mark.flow, pytest.mark.timeout(120, func_only=True)]

LIGHTHOUSE = """The lighthouse of Port Emmery was built in 1874 by the engineer Clara Voss. Its lamp burned
whale oil until 1911. Today the tower is 42 metres tall and houses a museum of navigation."""
QUESTION = "Who built the lighthouse of Port Emmery?"
UPLOADS = {
    "lighthouse.md": (LIGHTHOUSE.encode(), "lighthouse of Port Emmery"),
    "vault.pdf": (
        a_pdf("The vault of Zanzibar holds four hundred clocks.", "Its key is lost."),
        "vault of Zanzibar",
    ),
    "roads.docx": (a_docx(), "đường sắt"),
    "nhúng.txt": ("Nhúng tài liệu là biến văn bản thành véc-tơ.".encode(), "nhung tai lieu"),
}


@pytest.fixture(scope="module")
def dora(stage: Stage) -> Caller:
    """Somebody whose four files are READY."""
    caller = stage.front.user("dora")
    documents = [upload(caller, name, data) for name, (data, _) in UPLOADS.items()]
    assert [settled(caller, each)["status"] for each in documents] == ["READY"] * 4
    return caller


@pytest.mark.parametrize("mode", ["HYBRID", "VECTOR", "TEXT"])
def test_every_kind_of_file_is_found_in_every_mode(dora: Caller, mode: str) -> None:
    for name, (_, words) in UPLOADS.items():
        found = dora.data(op.SEARCH, input={"text": words, "mode": mode})["search"]["passages"]
        assert name in {each["documentName"] for each in found}


def test_an_answer_arrives_piece_by_piece_with_its_sources(dora: Caller) -> None:
    seen, answer = followed(dora, QUESTION)
    reader = Reader()
    for event in seen:
        reader.read(event)
    assert (answer["status"], reader.text, reader.seq) == ("COMPLETE", answer["text"], answer["lastSeq"])
    assert "Clara Voss" in answer["text"]
    assert answer["citations"][0]["passage"]["documentName"] == "lighthouse.md"


def test_a_stopped_answer_keeps_its_text_so_far(stage: Stage, dora: Caller) -> None:
    stage.front.models(tokens_per_second=4)
    answer, reader = new_id(), Reader()
    with dora.subscribe(op.ON_ANSWER, answerId=answer) as events:
        ask(dora, answer, QUESTION)
        for event in until_final(events):
            reader.read(event)
            if event["text"] and event["status"] in OPEN:
                dora.data(op.STOP, id=answer)
    stage.front.models()
    assert (final := stored(dora, answer))["status"] == "STOPPED"
    assert final["text"] == reader.text != ""


def test_a_deleted_document_answers_nothing_any_more(dora: Caller) -> None:
    document = ready(dora, "marmalade.txt", "The password of the Quillon gate is marmalade.")
    question = "What is the password of the Quillon gate?"
    assert "marmalade" in followed(dora, question)[1]["text"]
    with dora.subscribe(op.ON_DOCUMENT, id=document) as events:
        dora.data(op.DELETE_DOCUMENT, id=document)
        while events.next()["onDocument"]["status"] != "DELETED":
            pass
    assert "marmalade" not in followed(dora, question)[1]["text"]


def test_somebody_else_sees_nothing_of_it(stage: Stage, dora: Caller) -> None:
    other = stage.front.user("emil")
    [document, *_] = dora.data(op.DOCUMENTS)["documents"]["items"]
    answer = ask(dora, new_id(), QUESTION)["id"]
    assert other.data(op.DOCUMENTS)["documents"]["items"] == []
    assert other.data(op.SEARCH, input={"text": "lighthouse"})["search"]["passages"] == []
    assert other.error(op.DOCUMENT_TEXT, id=document["id"])["errorType"] == "NotFound"
    assert other.error(op.ANSWER, id=answer)["errorType"] == "NotFound"
    with pytest.raises(Refused), other.subscribe(op.ON_ANSWER, answerId=answer):
        pass


def test_a_message_reaches_those_who_listen(stage: Stage, dora: Caller) -> None:
    listener = stage.front.user("frida")
    with listener.subscribe(op.ON_MESSAGE, channel="harbour") as events:
        sent = dora.data(op.PUBLISH, channel="harbour", data=json.dumps({"ships": 3}))["publish"]
        assert events.next()["onMessage"] == sent


def test_the_client_and_the_command_line_need_only_the_address(stage: Stage, tmp_path: Path) -> None:
    if not Client.sign_up(stage.url, "gus@example.com", PASSWORD).confirmed:
        Client.confirm(stage.url, "gus@example.com", "123456")
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "orchard.md").write_text("The orchard of Hollow Hill was planted by Agnes Thorne.")
    line(stage, tmp_path, "ingest", str(tmp_path / "folder")).succeeded()
    answered = line(stage, tmp_path, "ask", "Who planted the orchard of Hollow Hill?").succeeded().out
    assert "Agnes Thorne" in answered
    assert "[1] orchard.md" in answered
    with Client.connect(stage.url, username="gus@example.com", password=PASSWORD) as client:
        assert [each.name for each in client.documents()] == ["orchard.md"]


def line(stage: Stage, home: Path, *arguments: str) -> Ran:
    """The command line as somebody uses it who has an account."""
    account = [
        "env",
        f"RIFFLE_URL={stage.url}",
        "RIFFLE_USERNAME=gus@example.com",
        f"RIFFLE_PASSWORD={PASSWORD}",
    ]
    return stage.world.run(*account, f"XDG_CONFIG_HOME={home}", sys.executable, "-m", "riffle", *arguments)
