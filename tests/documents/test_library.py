"""What people do with their documents, over a real table, bucket and queue."""

import json
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from chalicelib.documents.keys import text_key, upload_key
from chalicelib.documents.library import Library
from chalicelib.errors import Conflict, InvalidInput, NotFound, RiffleError, TooLarge, UnsupportedType
from chalicelib.records import Document, DocumentStatus, DocumentVersion, Problem

from tests.documents.cloud import LIMITS, Cloud


def stored_as(cloud: Cloud, document: Document, status: DocumentStatus) -> Document:
    return cloud.documents.save(replace(document, status=status))


def ready(cloud: Cloud, document: Document, text: str) -> Document:
    key = text_key(document.owner, document.id, document.version)
    cloud.blobs.put(key, json.dumps({"text": text, "pages": []}).encode(), "application/json")
    _, kept = cloud.documents.history(document.owner, document.id)
    version = DocumentVersion(
        document.version, document.name, document.updated_at, current=True,
        content_type=document.content_type, bytes=document.bytes,
    )  # fmt: skip
    return cloud.documents.save(replace(document, status=DocumentStatus.READY), [*kept, version])


def test_an_upload_is_registered_with_a_form_that_takes_the_file(cloud: Cloud, library: Library) -> None:
    upload = library.create_upload(cloud.owner, name=" Hướng dẫn.pdf ", size=9)
    document = upload.document
    assert (document.status, document.version, document.collection) == (
        DocumentStatus.AWAITING_UPLOAD,
        1,
        "default",
    )
    assert (document.name, document.content_type, document.bytes) == ("Hướng dẫn.pdf", "application/pdf", 9)
    answer = httpx.post(upload.url, data=dict(upload.fields), files={"file": b"%PDF-1.7\n"})
    assert answer.status_code in {200, 204}
    assert cloud.blobs.get(upload_key(cloud.owner, document.id, 1, document.name), 99) == b"%PDF-1.7\n"


def test_an_upload_form_ends_with_its_time(cloud: Cloud) -> None:
    now = datetime(2030, 1, 1, tzinfo=UTC)
    library = Library(cloud, LIMITS, now=lambda: now, new_id=lambda: "D1")
    upload = library.create_upload(cloud.owner, name="a.txt", size=1)
    assert upload.expires_at == now + timedelta(seconds=LIMITS.upload_seconds)
    assert upload.document.id == "D1"


@pytest.mark.parametrize(
    ("name", "size", "error", "message"),
    [
        ("", 1, InvalidInput, "name is empty"),
        ("  ", 1, InvalidInput, "name is empty"),
        ("n" * 201 + ".txt", 1, InvalidInput, "name has 205 characters; the limit is 200"),
        ("a/b.txt", 1, InvalidInput, "path separator"),
        ("a\\b.txt", 1, InvalidInput, "path separator"),
        ("a\nb.txt", 1, InvalidInput, "control character"),
        ("..", 1, InvalidInput, "path separator"),
        ("a.txt", 0, InvalidInput, "bytes of 'a.txt' is 0"),
        ("a.txt", -5, InvalidInput, "bytes of 'a.txt' is -5"),
        ("a.txt", 400_001, TooLarge, "'a.txt' is 400,001 bytes (0.4 MB); the limit is 0.4 MB"),
        ("a.exe", 1, UnsupportedType, "type 'exe'; what can be read is txt, md, html, pdf, docx, pptx"),
        ("noext", 1, UnsupportedType, "type 'unknown'"),
    ],
)
def test_an_upload_out_of_bounds_is_refused_and_leaves_nothing(
    cloud: Cloud, library: Library, name: str, size: int, error: type[RiffleError], message: str
) -> None:
    with pytest.raises(error, match=re.escape(message)):
        library.create_upload(cloud.owner, name=name, size=size)
    assert library.list(cloud.owner).items == ()


@pytest.mark.parametrize("collection", ["a b", "a/b", "a'b", "c" * 65])
def test_a_collection_out_of_bounds_is_refused(cloud: Cloud, library: Library, collection: str) -> None:
    with pytest.raises(InvalidInput, match="collection"):
        library.create_upload(cloud.owner, name="a.txt", size=1, collection=collection)
    with pytest.raises(InvalidInput, match="collection"):
        library.list(cloud.owner, collection=collection)


def test_a_file_without_suffix_is_known_by_its_declared_type(cloud: Cloud, library: Library) -> None:
    upload = library.create_upload(
        cloud.owner, name="README", content_type="text/markdown; charset=utf-8", size=1
    )
    assert upload.document.content_type == "text/markdown"


def test_a_new_version_keeps_the_document_and_its_collection(cloud: Cloud, library: Library) -> None:
    first = library.create_upload(cloud.owner, name="a.txt", size=1, collection="letters").document
    second = library.create_upload(cloud.owner, name="b.txt", size=2, document_id=first.id).document
    assert (second.id, second.version, second.collection, second.name) == (first.id, 2, "letters", "b.txt")
    assert second.created_at == first.created_at
    assert library.get(cloud.owner, first.id) == second


def test_the_old_text_is_read_until_a_new_version_is_ready(cloud: Cloud, library: Library) -> None:
    first = library.add_text(cloud.owner, name="a.txt", text="old")
    ready(cloud, first, "old")
    second = library.add_text(cloud.owner, name="a.txt", text="new", document_id=first.id)
    assert (library.text(cloud.owner, first.id).text, second.status) == ("old", DocumentStatus.QUEUED)
    ready(cloud, second, "new")
    assert library.text(cloud.owner, first.id).text == "new"
    assert library.text(cloud.owner, first.id, version=1).text == "old"


def test_versions_are_listed_newest_first_and_say_which_one_answers(cloud: Cloud, library: Library) -> None:
    first = ready(cloud, library.add_text(cloud.owner, name="a.txt", text="old"), "old")
    assert [each.version for each in library.versions(cloud.owner, first.id)] == [1]
    ready(cloud, library.add_text(cloud.owner, name="b.txt", text="new", document_id=first.id), "new")
    versions = library.versions(cloud.owner, first.id)
    assert [(each.version, each.name, each.current) for each in versions] == [
        (2, "b.txt", True), (1, "a.txt", False),
    ]  # fmt: skip


def test_a_restored_version_is_the_old_file_under_a_new_number(cloud: Cloud, library: Library) -> None:
    first = ready(cloud, library.add_text(cloud.owner, name="a.txt", text="old"), "old")
    ready(cloud, library.add_text(cloud.owner, name="b.txt", text="new", document_id=first.id), "new")
    restored = library.restore(cloud.owner, first.id, 1)
    assert (restored.version, restored.name, restored.status) == (3, "a.txt", DocumentStatus.QUEUED)
    assert restored.searchable_version == 2
    assert cloud.blobs.get(upload_key(cloud.owner, first.id, 3, "a.txt"), 99) == b"old"


def test_what_is_not_kept_or_newest_already_is_not_restored(cloud: Cloud, library: Library) -> None:
    first = ready(cloud, library.add_text(cloud.owner, name="a.txt", text="old"), "old")
    with pytest.raises(Conflict, match="is its newest already"):
        library.restore(cloud.owner, first.id, 1)
    library.create_upload(cloud.owner, name="a.txt", size=1, document_id=first.id)
    for version in (2, 7):
        with pytest.raises(NotFound, match=f"no version {version} that could be restored"):
            library.restore(cloud.owner, first.id, version)


@pytest.mark.parametrize("source", ["no uri", "https://a b", "x:" + "y" * 1_000, "x:\ud800"])
def test_a_source_out_of_bounds_is_refused(cloud: Cloud, library: Library, source: str) -> None:
    with pytest.raises(InvalidInput, match="source"):
        library.create_upload(cloud.owner, name="a.txt", size=1, source=source)


def test_a_document_knows_where_it_was_taken_from(cloud: Cloud, library: Library) -> None:
    upload = library.create_upload(cloud.owner, name="a.txt", size=1, source=" s3://bucket/a.txt ")
    assert library.get(cloud.owner, upload.document.id).source == "s3://bucket/a.txt"


def test_a_new_version_of_an_unknown_document_is_not_found(cloud: Cloud, library: Library) -> None:
    with pytest.raises(NotFound):
        library.create_upload(cloud.owner, name="a.txt", size=1, document_id="D404")
    with pytest.raises(NotFound):
        library.add_text(cloud.owner, name="a.txt", text="x", document_id="D404")


def test_an_added_text_lies_where_an_upload_would(cloud: Cloud, library: Library) -> None:
    document = library.add_text(cloud.owner, name="ghi chú", text="xin chào")
    key = upload_key(cloud.owner, document.id, 1, "ghi chú")
    assert cloud.blobs.get(key, 99).decode() == "xin chào"
    assert (document.status, document.content_type, document.bytes) == (
        DocumentStatus.QUEUED,
        "text/plain",
        9,
    )


@pytest.mark.parametrize(
    ("text", "error"), [("", InvalidInput), (" \n", InvalidInput), ("ă" * 2_501, TooLarge)]
)
def test_a_text_out_of_bounds_is_refused(
    cloud: Cloud, library: Library, text: str, error: type[RiffleError]
) -> None:
    with pytest.raises(error, match="'a'"):
        library.add_text(cloud.owner, name="a", text=text)
    assert library.list(cloud.owner).items == ()


def test_another_owners_document_is_unknown_to_every_operation(cloud: Cloud, library: Library) -> None:
    document = library.add_text(cloud.owner, name="a", text="secret")
    for operation in (library.get, library.retry, library.delete, library.text, library.versions):
        with pytest.raises(NotFound, match=f"document '{document.id}' does not exist"):
            operation("mallory", document.id)
    assert library.list("mallory").items == ()


def test_a_failed_document_is_queued_again(cloud: Cloud, library: Library) -> None:
    document = library.add_text(cloud.owner, name="a", text="x")
    problem = Problem("Unavailable", "no", retryable=True)
    cloud.documents.save(replace(document, status=DocumentStatus.FAILED, error=problem))
    again = library.retry(cloud.owner, document.id)
    assert (again.status, again.error) == (DocumentStatus.QUEUED, None)
    assert cloud.messages() == [
        {"kind": "ingest", "owner": cloud.owner, "documentId": document.id, "version": 1}
    ]


def test_only_a_failed_and_uploaded_document_can_be_retried(cloud: Cloud, library: Library) -> None:
    document = library.create_upload(cloud.owner, name="a.txt", size=1).document
    with pytest.raises(Conflict, match="is AWAITING_UPLOAD; only a FAILED one"):
        library.retry(cloud.owner, document.id)
    stored_as(cloud, document, DocumentStatus.FAILED)
    with pytest.raises(Conflict, match="has no file in the bucket"):
        library.retry(cloud.owner, document.id)


def test_a_ready_document_is_retried_where_another_model_embedded_it(cloud: Cloud) -> None:
    library = Library(cloud, LIMITS, embedding_model="new")
    document = library.add_text(cloud.owner, name="a", text="x")
    kept = DocumentVersion(1, "a", document.created_at, current=True, embedding_model="old")
    ready = cloud.documents.save(replace(document, status=DocumentStatus.READY), [kept])
    again = library.retry(cloud.owner, document.id)
    assert (again.status, again.version, again.searchable_version) == (DocumentStatus.QUEUED, 1, 1)
    assert library.versions(cloud.owner, document.id)[0].embedding_model is None
    assert [each["kind"] for each in cloud.messages()] == ["ingest"]
    cloud.documents.save(replace(again, status=ready.status), [replace(kept, embedding_model="new")])
    with pytest.raises(Conflict, match="is READY; only a FAILED one can be retried, or a READY one that"):
        library.retry(cloud.owner, document.id)


@pytest.mark.parametrize("status", [each for each in DocumentStatus if each is not DocumentStatus.DELETED])
def test_a_document_in_any_state_can_be_deleted(
    cloud: Cloud, library: Library, status: DocumentStatus
) -> None:
    document = library.create_upload(cloud.owner, name="a.txt", size=1).document
    stored_as(cloud, document, status)
    assert library.delete(cloud.owner, document.id).status is DocumentStatus.DELETING
    assert [each["kind"] for each in cloud.messages()] == ["delete"]


def test_a_deleted_document_is_unknown(cloud: Cloud, library: Library) -> None:
    document = library.add_text(cloud.owner, name="a", text="x")
    stored_as(cloud, document, DocumentStatus.DELETED)
    with pytest.raises(NotFound):
        library.delete(cloud.owner, document.id)
    with pytest.raises(NotFound):
        library.create_upload(cloud.owner, name="a.txt", size=1, document_id=document.id)


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [(0, None, "0123456789"), (4, 7, "456"), (8, 99, "89"), (99, 100, ""), (10, None, "")],
)
def test_a_window_of_the_text_is_read(
    cloud: Cloud, library: Library, start: int, end: int | None, expected: str
) -> None:
    document = ready(cloud, library.add_text(cloud.owner, name="a", text="x"), "0123456789")
    window = library.text(cloud.owner, document.id, start=start, end=end)
    assert (window.text, window.length, window.end - window.start) == (expected, 10, len(expected))


@pytest.mark.parametrize(("start", "end"), [(-1, 5), (5, 4), (0, 1_001)])
def test_a_window_out_of_bounds_is_refused(cloud: Cloud, library: Library, start: int, end: int) -> None:
    document = ready(cloud, library.add_text(cloud.owner, name="a", text="x"), "text")
    with pytest.raises(InvalidInput):
        library.text(cloud.owner, document.id, start=start, end=end)


def test_the_text_of_a_document_in_work_is_a_conflict_and_of_an_unknown_version_not_found(
    cloud: Cloud, library: Library
) -> None:
    document = library.add_text(cloud.owner, name="a", text="x")
    with pytest.raises(Conflict, match="no text yet: it is QUEUED"):
        library.text(cloud.owner, document.id)
    with pytest.raises(NotFound, match="no text of version 7"):
        library.text(cloud.owner, document.id, version=7)


@pytest.mark.parametrize("limit", [0, -1, 101])
def test_a_listing_out_of_bounds_is_refused(cloud: Cloud, library: Library, limit: int) -> None:
    with pytest.raises(InvalidInput, match="from 1 to 100"):
        library.list(cloud.owner, limit=limit)
