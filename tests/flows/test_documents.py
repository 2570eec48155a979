"""Uploading, following, replacing and deleting documents over the whole local cloud."""

import json
import os
from pathlib import Path

import pytest

from tests.flows import operations as op
from tests.flows.caller import Caller, Json
from tests.flows.cloud import Cloud
from tests.flows.documents import FINAL, ready, settled, upload

pytestmark = pytest.mark.flow
E2E = Path(__file__).parents[3] / "shared" / "evaldata" / "e2e" / "files"


@pytest.fixture(scope="module")
def emil(cloud: Cloud) -> Caller:
    return cloud.user("emil")


def search(caller: Caller, text: str) -> list[Json]:
    found: list[Json] = caller.data(op.SEARCH, input={"text": text})["search"]["passages"]
    return found


def test_upload_is_followed_to_ready_with_its_share_done(emil: Caller) -> None:
    text = "\n\n".join(f"Paragraph {n} tells of the {n}th voyage of the Albatross." for n in range(400))
    with emil.subscribe(op.ON_DOCUMENT) as events:
        document = upload(emil, "voyages.txt", text.encode())
        seen = [events.next()["onDocument"]]
        while seen[-1]["status"] not in FINAL:
            seen.append(events.next()["onDocument"])
    assert {event["id"] for event in seen} == {document}
    order = list(dict.fromkeys(event["status"] for event in seen))
    assert order == [status for status in ("QUEUED", "EXTRACTING", "EMBEDDING", "READY") if status in order]
    assert order[-3:] == ["EXTRACTING", "EMBEDDING", "READY"]
    shares = [event["progress"] for event in seen if event["status"] == "EMBEDDING" and event["progress"]]
    assert shares == sorted(shares)
    assert seen[-1]["progress"] == 1.0


@pytest.mark.parametrize("kind", ["txt", "md", "html", "pdf", "docx", "pptx"])
def test_each_format_is_found_after_upload(emil: Caller, kind: str) -> None:
    if not E2E.is_dir():
        pytest.skip(f"NOT RUN: the evaluation files are not at {E2E}")
    path = min(E2E.glob(f"*.{kind}"), key=lambda each: each.stat().st_size)
    document = upload(emil, path.name, path.read_bytes())
    done = settled(emil, document, 100)
    assert (done["status"], done["error"]) == ("READY", None)
    title = path.name.split(".")[0].replace("_", " ")
    found = emil.data(op.SEARCH, input={"text": title, "documentIds": [document]})["search"]["passages"]
    assert {each["documentName"] for each in found} == {path.name}


def test_new_version_replaces_what_is_found(emil: Caller) -> None:
    document = ready(emil, "tide.txt", "High tide at Quillon is at seven in the morning.")
    upload(emil, "tide.txt", b"High tide at Quillon is at nine in the evening.", document)
    assert settled(emil, document)["version"] == 2
    texts = [each["text"] for each in search(emil, "When is high tide at Quillon?")]
    assert any("nine in the evening" in text for text in texts)
    assert not any("seven in the morning" in text for text in texts)


def test_deleted_document_is_found_no_more_and_leaves_no_object(cloud: Cloud, emil: Caller) -> None:
    document = ready(emil, "secret.txt", "The password of the Zanzibar vault is marmalade.")
    with emil.subscribe(op.ON_DOCUMENT, id=document) as events:
        emil.data(op.DELETE_DOCUMENT, id=document)
        while events.next()["onDocument"]["status"] != "DELETED":
            pass
    assert not any("marmalade" in each["text"] for each in search(emil, "password of the Zanzibar vault"))
    s3 = cloud.aws("s3")
    [bucket] = [each["Name"] for each in s3.list_buckets()["Buckets"] if "riffle" in each["Name"]][:1]
    keys = [each["Key"] for each in s3.list_objects_v2(Bucket=bucket).get("Contents", [])]
    assert not [key for key in keys if document in key]
    s3.close()


def test_vietnamese_text_is_found_with_and_without_diacritics(emil: Caller) -> None:
    ready(emil, "nhúng.txt", "Nhúng tài liệu là biến văn bản thành các véc-tơ để tìm kiếm theo nghĩa.")
    for question in ("nhúng tài liệu", "nhung tai lieu"):
        assert search(emil, question)[0]["documentName"] == "nhúng.txt"


def test_published_message_reaches_those_who_listen(cloud: Cloud, emil: Caller) -> None:
    listener = cloud.user("frida")
    with listener.subscribe(op.ON_MESSAGE, channel="harbour") as events:
        sent = emil.data(op.PUBLISH, channel="harbour", data=json.dumps({"ships": 3}))["publish"]
        heard = events.next()["onMessage"]
    assert heard == sent
    assert json.loads(heard["data"]) == {"ships": 3}


def test_message_on_another_channel_is_not_heard(emil: Caller) -> None:
    with emil.subscribe(op.ON_MESSAGE, channel="north") as events:
        emil.data(op.PUBLISH, channel="south", data=json.dumps(os.name))
        assert events.quiet(1)
