"""Registry, bucket and index brought back together after crashes of every kind."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from chalicelib.documents.keys import UPLOADS, text_key, upload_key, upload_prefix
from chalicelib.documents.reconciling import Reconciled, reconcile_documents
from chalicelib.records import Document, DocumentStatus
from chalicelib.stores.documents import utc_now

from tests.documents.cloud import Cloud
from tests.documents.world import MOON, World, asked, notice
from tests.retrieval.conftest import put

NOTHING = Reconciled()


def reconciled(
    world: World, stuck_after: timedelta = timedelta(0), repairs: int = 100, *, full: bool = True
) -> Reconciled:
    cloud = world.cloud
    return reconcile_documents(
        cloud.documents,
        cloud.blobs,
        cloud.ingest_queue,
        world.index,
        world.subscribers,
        full=full,
        stuck_after=stuck_after,
        repairs=repairs,
    )


def work_off(world: World) -> None:
    """Has the worker take everything that is in the queue."""
    while messages := world.cloud.messages():
        for message in messages:
            world.worker.handle(message)


def forget(cloud: Cloud, document: Document) -> None:
    """What a registry restored from an older snapshot does to a newer row."""
    cloud.documents._table.delete_item(Key={"owner": document.owner, "id": document.id})


def test_looking_at_the_open_reads_no_document_that_is_settled(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("a.txt", "b.txt"):
        world.ingested(name, MOON.encode())
    asked: list[str] = []
    find = world.cloud.documents.find

    def noted(owner: str, document_id: str) -> Document | None:
        asked.append(document_id)
        return find(owner, document_id)

    monkeypatch.setattr(world.cloud.documents, "find", noted)
    assert reconciled(world, full=False) == NOTHING
    waiting = world.uploaded("c.txt", MOON.encode())
    assert reconciled(world, full=False) == Reconciled(unnoticed_uploads=1)
    assert asked == [waiting.id]


def test_where_everything_agrees_nothing_is_repaired(world: World) -> None:
    world.ingested("a.txt", MOON.encode())
    world.ingested("b.txt", b" ")
    deleted = world.ingested("c.txt", MOON.encode())
    world.library.delete(deleted.owner, deleted.id)
    work_off(world)
    world.library.create_upload(world.cloud.owner, name="d.txt", size=1)
    assert reconciled(world) == NOTHING
    assert world.cloud.messages() == []


EITHER = pytest.mark.parametrize("full", [True, False], ids=["comparing all", "looking at the open"])


@EITHER
@pytest.mark.parametrize("status", ["QUEUED", "EXTRACTING", "EMBEDDING"])
def test_a_document_whose_message_was_lost_is_queued_again(world: World, status: str, full: bool) -> None:
    document = world.uploaded("a.txt", MOON.encode())
    world.cloud.documents.save(replace(document, status=DocumentStatus(status)))
    assert reconciled(world, full=full) == Reconciled(stuck=1)
    work_off(world)
    assert world.now(document).status is DocumentStatus.READY


@EITHER
def test_a_deletion_that_was_torn_apart_is_ended(world: World, full: bool) -> None:
    document = world.ingested("a.txt", MOON.encode())
    world.cloud.documents.save(replace(document, status=DocumentStatus.DELETING))
    assert reconciled(world, full=full) == Reconciled(stuck=1)
    work_off(world)
    assert world.now(document).status is DocumentStatus.DELETED
    assert world.found("moon") == []


@EITHER
def test_what_has_just_changed_is_left_alone(world: World, full: bool) -> None:
    document = world.uploaded("a.txt", MOON.encode())
    world.cloud.documents.save(replace(document, status=DocumentStatus.EMBEDDING))
    assert reconciled(world, stuck_after=timedelta(minutes=5), full=full) == NOTHING


@EITHER
def test_an_upload_that_nobody_noticed_is_queued(world: World, full: bool) -> None:
    document = world.uploaded("a.txt", MOON.encode())
    assert reconciled(world, full=full) == Reconciled(unnoticed_uploads=1)
    assert reconciled(world, stuck_after=timedelta(minutes=1), full=full) == NOTHING
    work_off(world)
    assert world.now(document).status is DocumentStatus.READY


@EITHER
def test_an_upload_that_never_came_fails_once_its_form_has_long_expired(world: World, full: bool) -> None:
    document = world.library.create_upload(world.cloud.owner, name="a.txt", size=1).document
    cloud = world.cloud
    result = reconcile_documents(
        cloud.documents,
        cloud.blobs,
        cloud.ingest_queue,
        world.index,
        world.subscribers,
        full=full,
        now=utc_now() + timedelta(hours=3),
    )
    assert result == Reconciled(expired_uploads=1)
    failed = world.now(document)
    assert failed.error is not None
    assert failed.error.message == "the file of 'a.txt' was never uploaded; upload it again"
    assert world.subscribers.seen[-1] == failed


def test_a_ready_document_whose_passages_are_gone_is_ingested_again(world: World) -> None:
    document = world.ingested("a.txt", MOON.encode())
    world.index.delete(document.owner, document.id)
    assert reconciled(world) == Reconciled(not_indexed=1)
    work_off(world)
    assert len(world.found("moon")) == 3


def test_a_ready_document_with_passages_of_another_version_is_ingested_again(world: World) -> None:
    first = world.ingested("a.txt", MOON.encode())
    second = world.ingested("a.txt", b"The sun is near.", first.id)
    world.index.delete(first.owner, first.id)
    put(world.index, first, "the moon of an older version")
    assert reconciled(world) == Reconciled(not_indexed=1)
    work_off(world)
    assert world.found("moon sun") == [f"{first.id}.2"]
    assert world.now(second).status is DocumentStatus.READY


def test_documents_that_the_registry_forgot_come_back_from_their_files(world: World) -> None:
    documents = [world.ingested(f"{n}.txt", MOON.encode()) for n in range(3)]
    for each in documents:
        forget(world.cloud, each)
    assert reconciled(world) == Reconciled(lost_rows=3)
    work_off(world)
    back = world.library.list(world.cloud.owner).items
    assert {(each.id, each.name, each.status) for each in back} == {
        (each.id, each.name, each.status) for each in documents
    }


def test_a_forgotten_document_keeps_its_collection_and_age(world: World) -> None:
    upload = world.library.create_upload(
        world.cloud.owner, name="a.txt", size=1, collection="letters"
    ).document
    world.cloud.blobs.put(upload_key(upload.owner, upload.id, 1, "a.txt"), MOON.encode(), "text/plain")
    world.worker.handle({"kind": "ingest", "owner": upload.owner, "documentId": upload.id, "version": 1})
    forget(world.cloud, upload)
    reconciled(world)
    back = world.now(upload)
    assert back.collection == "letters"
    assert abs(back.created_at - upload.created_at) < timedelta(seconds=1)


def test_a_version_that_the_registry_forgot_comes_back(world: World) -> None:
    first = world.ingested("a.txt", MOON.encode())
    world.ingested("b.txt", b"The sun is near.", first.id)
    forget(world.cloud, first)
    world.cloud.documents.create(first)
    assert reconciled(world) == Reconciled(lost_rows=1)
    work_off(world)
    back = world.now(first)
    assert (back.version, back.name, back.status) == (2, "b.txt", DocumentStatus.READY)


def test_passages_and_files_that_no_row_stands_for_are_removed(world: World) -> None:
    orphan = world.ingested("a.txt", MOON.encode())
    world.cloud.blobs.delete_prefix(upload_prefix(orphan.owner, orphan.id))
    forget(world.cloud, orphan)
    deleted = world.ingested("b.txt", MOON.encode())
    world.cloud.documents.save(replace(deleted, status=DocumentStatus.DELETED))
    assert reconciled(world) == Reconciled(left_over=2)
    assert world.found("moon") == []
    assert not list(world.cloud.blobs.keys(text_key(orphan.owner, orphan.id, 1)))
    assert not list(world.cloud.blobs.keys(upload_prefix(deleted.owner, deleted.id)))
    assert reconciled(world) == NOTHING


@pytest.mark.parametrize("known", [True, False], ids=["of a deleted document", "of a forgotten one"])
def test_a_text_that_outlived_its_document_is_removed(world: World, known: bool) -> None:
    document = world.ingested("a.txt", MOON.encode())
    world.worker.handle(asked("delete", world.library.delete(document.owner, document.id)))
    if not known:
        forget(world.cloud, document)
    key = text_key(document.owner, document.id, 1)
    world.cloud.blobs.put(key, b"{}", "application/json")
    assert reconciled(world) == Reconciled(left_over=1)
    assert not list(world.cloud.blobs.keys(key))


def test_a_run_makes_no_more_repairs_than_it_may_and_the_next_goes_on(world: World) -> None:
    for number in range(5):
        world.uploaded(f"{number}.txt", MOON.encode())
    assert reconciled(world, repairs=3) == Reconciled(unnoticed_uploads=3)
    assert reconciled(world, stuck_after=timedelta(0)).unnoticed_uploads == 2


def test_a_row_that_a_writer_changes_meanwhile_is_left_to_the_writer(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    document = world.uploaded("a.txt", MOON.encode())
    keys: Callable[[str], object] = world.cloud.blobs.keys

    def written_meanwhile(prefix: str) -> object:
        if prefix == UPLOADS:
            world.cloud.documents.save(replace(document, status=DocumentStatus.EXTRACTING))
        return keys(prefix)

    monkeypatch.setattr(world.cloud.blobs, "keys", written_meanwhile)
    assert reconciled(world) == NOTHING
    assert world.now(document).status is DocumentStatus.EXTRACTING


def test_a_document_registered_after_the_rows_were_read_is_no_orphan(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    late: list[Document] = []
    documents = world.index.documents

    def registered_meanwhile() -> object:
        late.append(world.ingested("late.txt", MOON.encode()))
        return documents()

    monkeypatch.setattr(world.index, "documents", registered_meanwhile)
    assert reconciled(world) == NOTHING
    assert world.now(late[0]).status is DocumentStatus.READY
    assert world.found("moon")


def test_versions_that_are_kept_are_not_left_over(world: World) -> None:
    first = world.ingested("a.txt", b"The sun is near.")
    world.ingested("a.txt", MOON.encode(), first.id)
    world.ingested("a.txt", b" ", first.id)
    assert reconciled(world) == NOTHING
    assert [each.version for each in world.library.versions(first.owner, first.id)] == [2, 1]


def test_files_and_texts_of_versions_that_are_not_kept_are_removed(world: World) -> None:
    first = world.ingested("a.txt", b" ")
    last = world.ingested("a.txt", MOON.encode(), first.id)
    key = upload_key(first.owner, first.id, 1, "a.txt")
    world.cloud.blobs.put(key, b"late", "text/plain")
    assert reconciled(world) == Reconciled(left_over=1)
    assert not list(world.cloud.blobs.keys(key))
    assert list(world.cloud.blobs.keys(upload_prefix(last.owner, last.id, 2)))


def test_passages_whose_worker_died_before_it_could_say_so_are_made_known(world: World) -> None:
    first = world.ingested("a.txt", b"The sun is near.")
    second = world.uploaded("a.txt", MOON.encode(), first.id)
    failed = world.ingested("a.txt", b" ", first.id)
    put(world.index, second, "The moon is far.")
    assert (failed.version, failed.searchable_version) == (3, 1)
    assert reconciled(world) == Reconciled(unknown_passages=1)
    assert world.now(first).searchable_version == 2
    assert reconciled(world) == NOTHING


def test_an_older_version_that_the_index_lost_is_ingested_again_where_the_newest_failed(world: World) -> None:
    first = world.ingested("a.txt", MOON.encode())
    world.ingested("a.txt", b" ", first.id)
    world.index.delete(first.owner, first.id)
    assert reconciled(world) == Reconciled(not_indexed=1)
    world.worker.handle(notice(world.now(first)))
    assert set(world.found("moon")) == {f"{first.id}.3"}
    assert reconciled(world) == NOTHING
