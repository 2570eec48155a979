"""What the ingest queue carries, read into tasks."""

import pytest
from chalicelib.documents.keys import UploadKey
from chalicelib.documents.messages import Delete, Ingest, Message, Uploaded, tasks


def notification(*keys: str, event: str = "ObjectCreated:Post") -> Message:
    return {"Records": [{"eventName": event, "s3": {"object": {"key": key, "size": 3}}} for key in keys]}


def test_a_notification_names_its_upload_once_decoded() -> None:
    message = notification("uploads/ann/D1/2/H%25C6%25B0%25E1%25BB%259Bng+%2B.pdf", "uploads/ann/D2/1/a.txt")
    assert tasks(message) == [
        Uploaded(UploadKey("ann", "D1", 2, "Hướng +.pdf")), Uploaded(UploadKey("ann", "D2", 1, "a.txt")),
    ]  # fmt: skip


def test_our_own_messages_are_read() -> None:
    message = {"owner": "ann", "documentId": "D1", "version": 2}
    assert tasks({"kind": "ingest", **message}) == [Ingest("ann", "D1", 2)]
    assert tasks({"kind": "delete", **message}) == [Delete("ann", "D1")]


@pytest.mark.parametrize(
    "message",
    [
        {"Service": "Amazon S3", "Event": "s3:TestEvent", "Bucket": "b"},
        notification("texts/ann/D1/1.json"),
        notification("uploads/ann/D1/1/a.txt", event="ObjectRemoved:Delete"),
        {"kind": "other"},
        {"kind": "ingest", "owner": "ann"},
        {"kind": "ingest", "owner": "ann", "documentId": "D1", "version": "x"},
        {"Records": [{"s3": {}}]},
        {"Records": 7},
        {"Records": [7]},
        {},
    ],
)
def test_other_messages_ask_for_nothing(message: Message) -> None:
    assert tasks(message) == []
