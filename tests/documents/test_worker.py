"""Documents from upload to searchable passages and away again, with crashes, repeats and late messages."""

from dataclasses import replace
from typing import Any

import pytest
from chalicelib.documents.extracting import extract_all
from chalicelib.documents.keys import text_key, upload_key, upload_prefix
from chalicelib.documents.worker import HELD, PATIENCE
from chalicelib.errors import ModelUnavailable, NotFound, RiffleError, Throttled, Unavailable
from chalicelib.records import DocumentStatus, Problem
from chalicelib.retrieval.search import Searcher

from tests.documents.cloud import LIMITS
from tests.documents.world import MOON, PLANETS, World, asked, notice, raising

READY, FAILED = DocumentStatus.READY, DocumentStatus.FAILED


def test_an_uploaded_document_becomes_searchable(world: World) -> None:
    document = world.ingested("Trăng.txt", MOON.encode())
    assert (document.status, document.error, document.progress) == (READY, None, 1.0)
    assert document.passages == 3
    assert set(world.found("moon")) == {f"{document.id}.1"}
    assert world.library.text(document.owner, document.id).text == MOON[:1_000]


def test_subscribers_see_every_state_in_order_and_only_after_it_was_saved(world: World) -> None:
    document = world.ingested("a.txt", MOON.encode())
    states = ["EXTRACTING", "EMBEDDING", "READY"]
    assert [each.status for each in world.subscribers.seen] == states
    assert world.subscribers.seen[-1] == world.now(document)


def test_progress_is_shown_as_a_share(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chalicelib.documents.course._PROGRESS_SECONDS", 0.0)
    world.ingested("a.txt", PLANETS.encode())
    seen = [each for each in world.subscribers.seen if each.status is DocumentStatus.EMBEDDING]
    assert [each.progress for each in seen] == pytest.approx([0, 1 / 3, 2 / 3], abs=1e-3)
    assert [(each.passages_done, each.passages) for each in seen] == [(0, 3), (1, 3), (2, 3)]
    assert all(each.seconds_left is not None for each in seen[1:])


def test_that_nobody_can_be_told_fails_no_document(world: World) -> None:
    world.subscribers.broken = True
    assert world.ingested("a.txt", MOON.encode()).status is READY


def test_a_repeated_message_changes_nothing(world: World) -> None:
    document = world.ingested("a.txt", MOON.encode())
    for message in (notice(document), asked("ingest", document)):
        world.worker.handle(message)
    assert world.now(document) == document
    assert len(world.found("moon")) == 3


def test_passages_know_page_and_place_in_the_text(world: World) -> None:
    source = f"# One\n\n{MOON}\n\n# Two\n\nBread is baked."
    document = world.ingested("a.md", source.encode())
    text = world.library.text(document.owner, document.id, end=1_000).text
    result = Searcher(world.index, world.embedder).search(document.owner, "moon", limit=20)
    inside = [each for each in result.passages if each.end <= 1_000]
    assert inside
    assert all(each.text == text[each.start : each.end] for each in inside)


@pytest.mark.parametrize(
    ("name", "data", "kind"),
    [
        ("a.pdf", b"no pdf", "Unreadable"),
        ("a.txt", b"  ", "NoText"),
        ("a.txt", b"\x7fELF\x02\x01\x01" + bytes(64), "UnsupportedType"),
        ("a.txt", b"x" * (LIMITS.document_bytes + 1), "TooLarge"),
    ],
)
def test_a_file_that_cannot_be_read_fails_with_its_reason(
    world: World, name: str, data: bytes, kind: str
) -> None:
    document = world.library.create_upload(world.cloud.owner, name=name, size=1).document
    world.cloud.blobs.put(upload_key(document.owner, document.id, 1, name), data, "text/plain")
    world.worker.handle(notice(document))
    failed = world.now(document)
    assert failed.status is FAILED
    assert failed.error is not None
    assert (failed.error.type, failed.error.retryable, repr(name) in failed.error.message) == (
        kind,
        False,
        True,
    )
    assert world.subscribers.seen[-1] == failed


def test_a_file_beyond_the_limit_is_removed(world: World) -> None:
    document = world.uploaded("a.txt", b"x")
    key = upload_key(document.owner, document.id, 1, "a.txt")
    world.cloud.blobs.put(key, b"x" * (LIMITS.document_bytes + 1), "text/plain")
    world.worker.handle(notice(document))
    assert not list(world.cloud.blobs.keys(key))


@pytest.mark.parametrize(
    "failure", [Unavailable("out of reach"), ModelUnavailable("gone"), RuntimeError("defect")]
)
def test_what_may_pass_is_raised_until_the_last_attempt(world: World, failure: Exception) -> None:
    document = world.uploaded("a.txt", MOON.encode())
    world.embedder.disturb = raising(failure)
    with pytest.raises(type(failure)):
        world.worker.handle(notice(document))
    assert world.now(document).status is (
        DocumentStatus.QUEUED if isinstance(failure, RiffleError) else DocumentStatus.EMBEDDING
    )
    try:
        world.worker.handle(notice(document), last_attempt=True)
    except RuntimeError:
        assert not isinstance(failure, RiffleError)  # a defect is still raised, for the log
    problem = world.now(document).error
    assert problem is not None
    assert problem.retryable
    assert "defect" not in problem.message


def test_a_document_waits_for_a_busy_model_and_says_so(world: World) -> None:
    document = world.uploaded("a.txt", MOON.encode())
    world.embedder.disturb = raising(Throttled("model 'e' asked to slow down"))
    world.worker.handle(notice(document), last_attempt=True)
    waiting = world.now(document)
    assert waiting.status is DocumentStatus.QUEUED
    assert waiting.error == Problem(
        "Throttled", "model 'e' asked to slow down; it goes on by itself", retryable=True
    )
    assert world.subscribers.seen[-1] == waiting
    world.embedder.disturb = lambda: None
    world.worker.handle(asked("ingest", document) | {"waits": 1}, fresh=True)
    assert (world.now(document).status, world.now(document).error) == (READY, None)


def test_each_wait_is_a_message_of_its_own_with_a_longer_pause(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[tuple[Any, int]] = []
    monkeypatch.setattr(
        world.cloud.ingest_queue, "send", lambda message, delay=0: sent.append((message, delay))
    )
    document = world.uploaded("a.txt", MOON.encode())
    world.embedder.disturb = raising(Throttled("slow down"))
    world.worker.handle(notice(document))
    while world.now(document).status is DocumentStatus.QUEUED:
        world.worker.handle(sent[-1][0], fresh=True)
    assert [message["waits"] for message, _ in sent] == list(range(1, PATIENCE.times + 1))
    assert [message["version"] for message, _ in sent] == [1] * PATIENCE.times
    assert 8 <= sent[0][1] <= 15 < sent[3][1] < sent[-1][1] <= 900
    failed = world.now(document)
    assert failed.error is not None
    assert (failed.status, failed.error.type, failed.error.retryable) == (FAILED, "Throttled", True)


def test_a_document_deleted_while_it_waits_is_not_ingested(world: World) -> None:
    document = world.uploaded("a.txt", MOON.encode())
    world.embedder.disturb = raising(Throttled("slow down"))
    world.worker.handle(notice(document))
    world.worker.handle(asked("delete", world.library.delete(document.owner, document.id)))
    world.worker.handle(asked("ingest", document) | {"waits": 1})
    assert world.now(document).status is DocumentStatus.DELETED


def test_a_ready_document_does_not_fail_when_the_index_cannot_be_tidied(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    document = world.uploaded("a.txt", MOON.encode())
    monkeypatch.setattr(world.index, "tidy", raising(ValueError("no room")))
    with pytest.raises(ValueError, match="no room"):
        world.worker.handle(notice(document), last_attempt=True)
    assert world.now(document).status is READY


def test_a_document_whose_worker_died_is_taken_up_again(world: World) -> None:
    document = world.uploaded("a.txt", MOON.encode())
    world.embedder.disturb = raising(KeyboardInterrupt())
    with pytest.raises(KeyboardInterrupt):
        world.worker.handle(notice(document))
    world.embedder.disturb = lambda: None
    world.worker.handle(notice(document))
    assert world.now(document).status is READY


def test_a_document_that_kills_every_worker_is_given_up(world: World) -> None:
    document = world.uploaded("a.txt", MOON.encode())
    world.embedder.disturb = raising(KeyboardInterrupt())
    for _ in range(6):
        with pytest.raises(KeyboardInterrupt):
            world.worker.handle(notice(document))
    world.worker.handle(notice(document))
    given_up = world.now(document)
    assert given_up.status is FAILED
    assert given_up.error is not None
    assert "given up after 6 attempts" in given_up.error.message


def test_a_failed_document_is_ready_after_a_retry(world: World) -> None:
    document = world.uploaded("a.txt", MOON.encode())
    world.embedder.disturb = raising(ModelUnavailable("gone"))
    world.worker.handle(notice(document), last_attempt=True)
    world.embedder.disturb = lambda: None
    world.worker.handle(asked("ingest", world.library.retry(document.owner, document.id)))
    assert world.now(document).status is READY


def test_a_new_version_replaces_the_old_one_only_when_it_is_ready(world: World) -> None:
    first = world.ingested("a.txt", MOON.encode())
    second = world.uploaded("a.txt", b"The sun is near.", first.id)
    assert set(world.found("moon sun")) == {f"{first.id}.1"}
    world.embedder.disturb = lambda: world.found("moon") or pytest.fail("the old version is gone too early")
    world.worker.handle(notice(second))
    assert world.found("moon sun") == [f"{first.id}.2"]


def test_a_failed_new_version_leaves_the_old_one_searchable(world: World) -> None:
    first = world.ingested("a.txt", MOON.encode())
    second = world.ingested("a.txt", b" ", first.id)
    assert (second.status, second.version) == (FAILED, 2)
    assert set(world.found("moon")) == {f"{first.id}.1"}
    assert world.library.text(first.owner, first.id).version == 1


def test_a_late_worker_of_an_old_version_changes_nothing(world: World) -> None:
    first = world.uploaded("a.txt", MOON.encode())

    def overtake() -> None:
        world.embedder.disturb = lambda: None
        second = world.uploaded("a.txt", b"The sun is near.", first.id)
        world.worker.handle(notice(second))

    world.embedder.disturb = overtake
    world.worker.handle(notice(first))
    assert (world.now(first).status, world.now(first).version) == (READY, 2)
    assert world.found("moon sun") == [f"{first.id}.2"]


def test_an_upload_of_an_old_version_is_removed(world: World) -> None:
    first = world.uploaded("a.txt", b"old")
    world.ingested("a.txt", b"The sun is near.", first.id)
    world.worker.handle(notice(first))
    assert not list(world.cloud.blobs.keys(upload_prefix(first.owner, first.id, 1)))
    assert world.now(first).version == 2


def test_an_upload_whose_row_was_lost_is_ingested_as_its_key_says(world: World) -> None:
    owner = world.cloud.owner
    lost = replace(world.uploaded("a.txt", b"x"), id="01J0000000000000000000LOST", name="Trăng tròn.txt")
    world.cloud.blobs.put(upload_key(owner, lost.id, 1, lost.name), MOON.encode(), "text/plain")
    world.worker.handle(notice(lost))
    found = world.now(lost)
    assert (found.status, found.name, found.collection) == (READY, "Trăng tròn.txt", "default")


def test_a_deleted_document_is_gone_everywhere(world: World) -> None:
    document = world.ingested("a.txt", MOON.encode())
    world.worker.handle(asked("delete", world.library.delete(document.owner, document.id)))
    assert world.now(document).status is DocumentStatus.DELETED
    assert world.subscribers.seen[-1].status is DocumentStatus.DELETED
    assert world.found("moon") == []
    assert not list(world.cloud.blobs.keys(upload_prefix(document.owner, document.id)))
    assert not list(world.cloud.blobs.keys(text_key(document.owner, document.id, 1)))
    with pytest.raises(NotFound):
        world.library.get(document.owner, document.id)


def test_a_document_deleted_in_the_middle_of_its_ingestion_stays_deleted(world: World) -> None:
    document = world.uploaded("a.txt", MOON.encode())

    def delete() -> None:
        world.worker.handle(asked("delete", world.library.delete(document.owner, document.id)))

    world.embedder.disturb = delete
    world.worker.handle(notice(document))
    assert world.now(document).status is DocumentStatus.DELETED
    assert world.found("moon") == []


def test_a_text_stored_while_its_document_was_deleted_is_removed(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    document = world.uploaded("a.txt", MOON.encode())

    def deleted_meanwhile(*given: Any) -> object:
        world.worker.handle(asked("delete", world.library.delete(document.owner, document.id)))
        return extract_all(*given)

    monkeypatch.setattr("chalicelib.documents.ingesting.extract_all", deleted_meanwhile)
    world.worker.handle(notice(document))
    assert world.now(document).status is DocumentStatus.DELETED
    assert not list(world.cloud.blobs.keys(text_key(document.owner, document.id, 1)))


def test_a_second_message_does_not_start_over_what_is_in_work(world: World) -> None:
    document = world.uploaded("a.txt", MOON.encode())
    world.embedder.disturb = lambda: world.worker.handle(asked("ingest", document), fresh=True)
    world.worker.handle(notice(document), fresh=True)
    states = [each.status for each in world.subscribers.seen]
    assert (states.count(DocumentStatus.EXTRACTING), states[-1]) == (1, READY)


def test_a_second_message_takes_up_what_a_dead_worker_left_long_ago(world: World) -> None:
    document = world.uploaded("a.txt", MOON.encode())
    world.embedder.disturb = raising(KeyboardInterrupt())
    with pytest.raises(KeyboardInterrupt):
        world.worker.handle(notice(document), fresh=True)
    world.embedder.disturb = lambda: None
    world.later.pass_by(HELD)
    world.worker.handle(asked("ingest", document), fresh=True)
    assert world.now(document).status is READY


def test_a_late_upload_of_a_deleted_document_is_removed(world: World) -> None:
    document = world.ingested("a.txt", MOON.encode())
    world.worker.handle(asked("delete", world.library.delete(document.owner, document.id)))
    key = upload_key(document.owner, document.id, 1, "a.txt")
    world.cloud.blobs.put(key, b"again", "text/plain")
    world.worker.handle(notice(document))
    assert not list(world.cloud.blobs.keys(key))
    assert world.now(document).status is DocumentStatus.DELETED


def test_a_delete_message_for_a_document_that_is_not_to_be_deleted_does_nothing(world: World) -> None:
    document = world.ingested("a.txt", MOON.encode())
    world.worker.handle(asked("delete", document))
    world.worker.handle(asked("delete", replace(document, id="D404")))
    assert world.now(document).status is READY
    assert world.found("moon")
