"""The registry of documents, on a real table."""

import uuid
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest
from boto3.dynamodb.conditions import Attr
from chalicelib.errors import Conflict, InvalidInput, NotFound, Superseded
from chalicelib.records import Document, DocumentStatus, DocumentVersion, Problem
from chalicelib.stores.document_rows import from_row, to_row
from chalicelib.stores.documents import REMEMBERED, DocumentStore

from tests.documents.tables import create_documents

START = datetime(2030, 1, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def table_name(aws: boto3.Session) -> Iterator[str]:
    name = f"documents-{uuid.uuid4().hex[:8]}"
    create_documents(aws.client("dynamodb"), name)
    yield name
    aws.client("dynamodb").delete_table(TableName=name)


@pytest.fixture
def store(aws: boto3.Session, table_name: str) -> DocumentStore:
    return DocumentStore(aws.resource("dynamodb").Table(table_name))


@pytest.fixture
def owner() -> str:
    return uuid.uuid4().hex


def a_document(owner: str, number: int = 1, collection: str = "default") -> Document:
    return Document(
        id=f"D{number:03}", owner=owner, collection=collection, name=f"tệp {number}.txt",
        status=DocumentStatus.QUEUED, version=1, created_at=START, updated_at=START,
    )  # fmt: skip


def test_a_row_gives_back_the_document_it_was_made_of() -> None:
    full = replace(
        a_document("ann"), content_type="text/plain", bytes=7, pages=2, passages=3, progress=0.25,
        error=Problem("NoText", "no text", retryable=False),
        title="Trăng", language="vi", sha256="ab" * 32, attachments=("b.txt",), source="https://a.example/b",
        passages_done=1, seconds_left=9, searchable_version=1,
    )  # fmt: skip
    assert from_row(to_row(full)) == full
    assert from_row(to_row(a_document("ann"))) == a_document("ann")


def test_a_created_document_is_read_back_by_its_owner_only(store: DocumentStore, owner: str) -> None:
    document = store.create(a_document(owner))
    assert store.get(owner, document.id) == document
    with pytest.raises(NotFound, match="'D001' does not exist"):
        store.get("somebody-else", document.id)


def test_creating_an_id_twice_reports_conflict(store: DocumentStore, owner: str) -> None:
    store.create(a_document(owner))
    with pytest.raises(Conflict, match="'D001' exists already"):
        store.create(a_document(owner))


def test_saving_over_a_changed_row_is_superseded_and_changes_nothing(
    store: DocumentStore, owner: str
) -> None:
    read = store.create(a_document(owner))
    store.save(replace(read, status=DocumentStatus.EXTRACTING))
    with pytest.raises(Superseded, match="version 1"):
        store.save(replace(read, status=DocumentStatus.READY))
    assert store.get(owner, read.id).status is DocumentStatus.EXTRACTING


def test_saving_a_document_without_a_row_is_superseded(store: DocumentStore, owner: str) -> None:
    with pytest.raises(Superseded):
        store.save(a_document(owner))
    assert store.find(owner, "D001") is None


def test_a_late_worker_of_an_old_version_changes_nothing(store: DocumentStore, owner: str) -> None:
    old = store.create(a_document(owner))
    newer = store.renew(replace(old, version=2, name="newer.txt"))
    with pytest.raises(Superseded):
        store.save(replace(old, status=DocumentStatus.READY))
    assert store.get(owner, old.id) == newer


def test_a_version_is_registered_once(store: DocumentStore, owner: str) -> None:
    second = replace(store.create(a_document(owner)), version=2)
    store.renew(second)
    with pytest.raises(Superseded):
        store.renew(second)


@pytest.mark.parametrize("status", [DocumentStatus.DELETING, DocumentStatus.DELETED])
def test_a_document_on_its_way_out_takes_no_new_version(
    store: DocumentStore, owner: str, status: DocumentStatus
) -> None:
    leaving = store.create(replace(a_document(owner), status=status))
    with pytest.raises(Superseded):
        store.renew(replace(leaving, version=2, status=DocumentStatus.QUEUED))


def test_what_a_saved_document_no_longer_has_is_removed(store: DocumentStore, owner: str) -> None:
    failed = replace(a_document(owner), error=Problem("NoText", "none", retryable=False), progress=0.5)
    saved = store.save(replace(store.create(failed), error=None, progress=None))
    assert store.get(owner, saved.id) == saved
    assert saved.error is None


def a_version(document: Document) -> DocumentVersion:
    return DocumentVersion(document.version, document.name, START, current=True, bytes=7, sha256="ab" * 32)


def test_the_searchable_version_is_the_last_one_that_was_said_to_answer(
    store: DocumentStore, owner: str
) -> None:
    queued = store.create(a_document(owner))
    assert queued.searchable_version is None
    ready = store.save(replace(queued, status=DocumentStatus.READY), [a_version(queued)])
    failed = store.renew(replace(ready, version=2, status=DocumentStatus.FAILED))
    assert (ready.searchable_version, failed.searchable_version) == (1, 1)
    assert store.history(owner, queued.id) == (failed, (a_version(queued),))
    both = [a_version(ready), a_version(failed)]
    assert store.save(replace(failed, status=DocumentStatus.READY), both).searchable_version == 2
    assert [each.current for each in store.history(owner, queued.id)[1]] == [False, True]


def test_who_works_on_a_newer_version_is_not_disturbed_by_news_of_an_older_one(
    store: DocumentStore, owner: str
) -> None:
    older = store.create(a_document(owner))
    newer = store.renew(replace(older, version=2))
    assert store.outdone(older, [a_version(older)])
    saved = store.save(replace(newer, status=DocumentStatus.FAILED))
    assert (saved.version, saved.searchable_version) == (2, 1)
    store.save(replace(saved, status=DocumentStatus.READY), [a_version(saved)])
    assert not store.outdone(older, [a_version(older)])
    assert store.get(owner, older.id).searchable_version == 2


def test_of_a_deleted_document_stay_its_keys_and_a_date_to_forget_it(
    store: DocumentStore, owner: str
) -> None:
    queued = store.create(a_document(owner))
    ready = store.save(replace(queued, title="Trăng", sha256="ab" * 32), [a_version(queued)])
    leaving = store.leave(replace(ready, name="an older name"))
    deleted = store.save(replace(leaving, status=DocumentStatus.DELETED))
    row = store._row(owner, ready.id) or {}
    left = {"owner", "id", "status", "version", "createdAt", "updatedAt", "writing", "expiresAt"}
    assert row.keys() == left
    assert row["expiresAt"] == int((deleted.updated_at + REMEMBERED).timestamp())
    assert (deleted.name, deleted.title, deleted.searchable_version) == ("", None, None)


def test_a_document_leaves_whatever_was_saved_meanwhile_but_not_twice(
    store: DocumentStore, owner: str
) -> None:
    read = store.create(a_document(owner))
    store.save(replace(read, status=DocumentStatus.EMBEDDING))
    leaving = store.leave(read)
    assert leaving.status is DocumentStatus.DELETING
    store.save(replace(leaving, status=DocumentStatus.DELETED))
    with pytest.raises(Superseded):
        store.leave(read)


def test_pages_list_every_document_once_newest_first(store: DocumentStore, owner: str) -> None:
    for number in range(7):
        store.create(a_document(owner, number))
    pages = [store.list(owner, limit=3)]
    while token := pages[-1].next_token:
        pages.append(store.list(owner, limit=3, next_token=token))
    assert [each.id for page in pages for each in page.items] == [f"D{n:03}" for n in reversed(range(7))]
    assert max(len(page.items) for page in pages) == 3


def test_a_listing_hides_deleted_documents_and_other_collections(store: DocumentStore, owner: str) -> None:
    store.create(replace(a_document(owner, 1), status=DocumentStatus.DELETED))
    store.create(a_document(owner, 2, "letters"))
    store.create(a_document(owner, 3))
    assert [each.id for each in store.list(owner, limit=9).items] == ["D003", "D002"]
    assert [each.id for each in store.list(owner, collection="letters", limit=9).items] == ["D002"]


def test_a_page_is_filled_past_the_rows_that_are_hidden(store: DocumentStore, owner: str) -> None:
    store.create(a_document(owner, 1))
    for number in range(2, 8):
        store.create(replace(a_document(owner, number), status=DocumentStatus.DELETED))
    assert [each.id for each in store.list(owner, limit=2).items] == ["D001"]


@pytest.mark.parametrize("token", ["", "nonsense!", "AAAA", "aWQgd2l0aCBzcGFjZXM=", "é", "x" * 5000])
def test_a_token_that_no_listing_gave_is_invalid(store: DocumentStore, owner: str, token: str) -> None:
    with pytest.raises(InvalidInput, match="nextToken"):
        store.list(owner, limit=3, next_token=token)


def test_deleted_documents_are_found_by_upkeep_but_not_got(store: DocumentStore, owner: str) -> None:
    leaving = store.create(replace(a_document(owner), status=DocumentStatus.DELETING))
    document = store.save(replace(leaving, status=DocumentStatus.DELETED))
    assert store.find(owner, document.id) == document
    assert (document, ()) in list(store.scan())
    with pytest.raises(NotFound):
        store.get(owner, document.id)


def test_open_documents_are_those_that_waited_too_long(store: DocumentStore, owner: str) -> None:
    waiting = store.create(a_document(owner, 1))
    store.create(replace(a_document(owner, 2), updated_at=START + timedelta(hours=2)))
    store.create(replace(a_document(owner, 3), status=DocumentStatus.FAILED))
    assert opened(store, owner) == [waiting]


@pytest.mark.parametrize("status", DocumentStatus)
def test_the_index_of_open_documents_has_those_that_somebody_is_awaited_for(
    store: DocumentStore, owner: str, status: DocumentStatus
) -> None:
    """A document moves into the state from an open one and from a closed one."""
    for number, before in enumerate((DocumentStatus.QUEUED, DocumentStatus.FAILED)):
        created = store.create(replace(a_document(owner, number), status=before))
        store.save(replace(created, status=status))
    settled = status in {DocumentStatus.READY, DocumentStatus.FAILED, DocumentStatus.DELETED}
    found = list(store._scanned({"IndexName": "byOpen", "FilterExpression": Attr("owner").eq(owner)}))
    assert len(found) == (0 if settled else 2)


def opened(store: DocumentStore, owner: str) -> list[Document]:
    return [each for each in store.open(START + timedelta(hours=1)) if each.owner == owner]


def test_two_saves_within_one_tick_of_the_clock_are_told_apart(
    aws: boto3.Session, table_name: str, owner: str
) -> None:
    store = DocumentStore(aws.resource("dynamodb").Table(table_name), now=lambda: START)
    first = store.create(a_document(owner))
    second = store.save(first)
    with pytest.raises(Superseded):
        store.save(first)
    assert second.updated_at > first.updated_at


def test_attempts_are_counted_until_the_document_is_settled(store: DocumentStore, owner: str) -> None:
    first = store.claim(store.create(a_document(owner)))
    second = store.claim(first.document)
    failed = store.save(replace(second.document, status=DocumentStatus.FAILED))
    third = store.claim(replace(failed, status=DocumentStatus.EXTRACTING))
    fourth = store.claim(store.put_back(third.document))
    assert [each.attempts for each in (first, second, third, fourth)] == [1, 2, 1, 1]
    with pytest.raises(Superseded):
        store.claim(replace(failed, status=DocumentStatus.EXTRACTING))


def test_a_write_whose_reply_was_lost_counts_as_made(aws: boto3.Session, table_name: str, owner: str) -> None:
    table = aws.resource("dynamodb").Table(table_name)
    store = DocumentStore(table)
    document = store.create(a_document(owner))
    table.meta.client.meta.events.register("needs-retry.dynamodb.UpdateItem", once_more())
    claim = store.claim(replace(document, status=DocumentStatus.EXTRACTING, progress=1 / 3))
    assert claim.attempts == 1
    embedding = store.save(replace(claim.document, status=DocumentStatus.EMBEDDING))
    assert embedding.updated_at > claim.document.updated_at
    with pytest.raises(Superseded):
        store.save(claim.document)


@pytest.mark.parametrize("document_id", ["", "\ud800", "x" * 2_000, "../D001", "D001\n"])
def test_what_could_not_be_an_id_is_not_found(store: DocumentStore, owner: str, document_id: str) -> None:
    with pytest.raises(NotFound) as told:
        store.get(owner, document_id)
    assert len(told.value.message) < 100


def once_more() -> Callable[..., Any]:
    """Has botocore send its next request again, as after a reply that never came (a pause, or None)."""
    again: list[float] = [0.0]

    def answer(**_: object) -> float | None:
        return again.pop() if again else None

    return answer
