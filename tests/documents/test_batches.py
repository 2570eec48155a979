"""Many messages worked off together: what they share, and what stays each document's own."""

from collections.abc import Sequence
from itertools import chain, repeat

import pytest
from chalicelib.documents.keys import parked_key, text_key, upload_key, upload_prefix
from chalicelib.documents.worker import Delivery
from chalicelib.errors import ModelRefused, ModelUnavailable, Throttled, Unavailable
from chalicelib.records import Document, DocumentStatus

from tests.documents.world import MOON, PLANETS, World, asked, notice, raising

READY, FAILED, QUEUED = DocumentStatus.READY, DocumentStatus.FAILED, DocumentStatus.QUEUED
LONG = "\n\n".join(f"Chapter {number} tells of star {number}. " * 20 for number in range(40))


def together(world: World, documents: Sequence[Document], **how: bool) -> list[Exception | None]:
    return world.worker.handle_all([Delivery(notice(each), **how) for each in documents])


def commits(world: World) -> int:
    return int(world.index._table.newest().version)


def test_documents_that_come_together_share_one_commit(world: World) -> None:
    world.ingested("first.txt", b"The index is there.")
    before = commits(world)
    documents = [world.uploaded(f"{number}.txt", f"Number {number}.".encode()) for number in range(5)]
    assert together(world, documents) == [None] * 5
    assert {world.now(each).status for each in documents} == {READY}
    assert commits(world) - before == 1


def test_one_document_fails_alone(world: World) -> None:
    good, empty, other = (world.uploaded("a.txt", data) for data in (b"Good.", b" ", b"Better."))
    assert together(world, [good, empty, other]) == [None] * 3
    assert [world.now(each).status for each in (good, empty, other)] == [READY, FAILED, READY]


def test_one_document_that_the_model_refuses_fails_alone(world: World) -> None:
    documents = [world.uploaded("a.txt", each) for each in (b"Good.", b"Forbidden.", b"Better.")]
    passages = world.embedder.passages

    def refuse(texts: Sequence[str]) -> list[list[float]]:
        if "Forbidden." in texts:
            raise ModelRefused("model 'e' refused the request")
        return passages(texts)

    world.embedder.passages = refuse  # type: ignore[method-assign]  # a model with a will of its own
    together(world, documents)
    assert [world.now(each).status for each in documents] == [READY, FAILED, READY]


def test_only_messages_about_failed_documents_come_again(world: World) -> None:
    good, gone = world.uploaded("a.txt", b"Good."), world.uploaded("b.txt", b"Gone.")
    get = world.cloud.blobs.get

    def unreachable(key: str, limit_bytes: int) -> bytes:
        if gone.id in key:
            raise Unavailable("out of reach")
        return get(key, limit_bytes)

    world.cloud.blobs.get = unreachable  # type: ignore[method-assign]  # a store with a bad day
    outcomes = together(world, [good, gone])
    assert [type(each) for each in outcomes] == [type(None), Unavailable]
    waiting = world.now(gone)
    assert waiting.status is QUEUED
    assert waiting.error is not None
    assert waiting.error.message == "out of reach; it goes on by itself"


def test_two_messages_about_one_document_are_one_piece_of_work(world: World) -> None:
    document = world.uploaded("a.txt", MOON.encode())
    assert together(world, [document, document]) == [None, None]
    assert [each.status for each in world.subscribers.seen].count(DocumentStatus.EXTRACTING) == 1


def test_documents_are_deleted_together_beside_others_that_are_ingested(world: World) -> None:
    leaving = [world.ingested(f"{number}.txt", MOON.encode()) for number in range(3)]
    coming = world.uploaded("new.txt", b"The sun is near.")
    deletions = [asked("delete", world.library.delete(each.owner, each.id)) for each in leaving]
    before = commits(world)
    world.worker.handle_all([Delivery(each) for each in (*deletions, notice(coming))])
    assert {world.now(each).status for each in leaving} == {DocumentStatus.DELETED}
    assert world.found("moon sun") == [f"{coming.id}.1"]
    assert commits(world) - before == 2


def test_what_is_too_much_for_one_worker_is_left_to_others(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("chalicelib.documents.worker.BYTES", len(MOON))
    first, second = world.uploaded("a.txt", MOON.encode()), world.uploaded("b.txt", MOON.encode())
    together(world, [first, second])
    assert (world.now(first).status, world.now(second).status) == (READY, DocumentStatus.AWAITING_UPLOAD)
    [message] = world.cloud.messages()
    world.worker.handle(message, fresh=True)
    assert world.now(second).status is READY


def test_documents_that_a_worker_may_have_died_of_are_worked_off_alone(world: World) -> None:
    documents = [world.uploaded(f"{number}.txt", f"Number {number}.".encode()) for number in range(3)]
    world.embedder.disturb = raising(KeyboardInterrupt())
    with pytest.raises(KeyboardInterrupt):
        together(world, documents[:2])
    seen: list[int] = []
    passages = world.embedder.passages
    world.embedder.disturb = lambda: None
    world.embedder.passages = lambda texts: seen.append(len(texts)) or passages(texts)  # type: ignore[method-assign,func-returns-value]  # None, so that what follows counts
    together(world, documents)
    assert {world.now(each).status for each in documents} == {READY}
    assert seen == [1, 1, 1]


def test_the_same_file_again_is_a_new_version_that_costs_no_model_and_no_reading(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = world.ingested("a.txt", PLANETS.encode())
    world.embedder.disturb = lambda: pytest.fail("the model was asked")
    monkeypatch.setattr("chalicelib.documents.ingesting.extract_all", raising(AssertionError("it was read")))
    again = world.ingested("a.txt", PLANETS.encode(), first.id)
    assert (again.status, again.version, again.sha256) == (READY, 2, first.sha256)
    assert set(world.found("Venus")) == {f"{first.id}.2"}
    texts = [world.library.text(first.owner, first.id, version=version).text for version in (1, 2)]
    assert texts[0] == texts[1]


def test_passages_that_did_not_change_keep_their_vectors(world: World) -> None:
    first = world.ingested("a.txt", PLANETS.encode())
    asked_for: list[str] = []
    passages = world.embedder.passages
    world.embedder.passages = lambda texts: asked_for.extend(texts) or passages(texts)  # type: ignore[method-assign,func-returns-value]  # None, so that what follows counts
    changed = PLANETS.replace("Venus", "Pluto")
    assert world.ingested("a.txt", changed.encode(), first.id).status is READY
    assert len(asked_for) == 1
    assert "Pluto" in asked_for[0]


def test_versions_are_kept_read_and_restored(world: World) -> None:
    first = world.ingested("a.txt", b"The sun is near.")
    world.ingested("b.txt", b"The moon is far.", first.id)
    versions = world.library.versions(first.owner, first.id)
    assert [(each.version, each.name, each.current) for each in versions] == [
        (2, "b.txt", True),
        (1, "a.txt", False),
    ]
    assert world.library.text(first.owner, first.id, version=1).text == "The sun is near."
    restored = world.library.restore(first.owner, first.id, 1)
    world.worker.handle(notice(restored))
    assert world.now(first).name == "a.txt"
    assert world.found("sun moon") == [f"{first.id}.3"]


def test_of_versions_beyond_those_kept_nothing_is_left(world: World) -> None:
    first = world.ingested("a.txt", b"Text 1.")
    for number in range(2, 13):
        world.ingested("a.txt", f"Text {number}.".encode(), first.id)
    versions = [each.version for each in world.library.versions(first.owner, first.id)]
    assert versions == list(range(12, 2, -1))
    assert not list(world.cloud.blobs.keys(upload_prefix(first.owner, first.id, 2)))
    assert not list(world.cloud.blobs.keys(text_key(first.owner, first.id, 2)))
    assert list(world.cloud.blobs.keys(upload_prefix(first.owner, first.id, 3)))


def test_a_late_notification_does_not_remove_the_file_of_a_version_that_is_kept(world: World) -> None:
    first = world.ingested("a.txt", b"The sun is near.")
    world.ingested("a.txt", b"The moon is far.", first.id)
    world.worker.handle(notice(first))
    assert list(world.cloud.blobs.keys(upload_prefix(first.owner, first.id, 1)))


def test_a_failed_new_version_says_which_one_answers(world: World) -> None:
    first = world.ingested("a.txt", b"The sun is near.")
    failed = world.ingested("a.txt", b" ", first.id)
    assert failed.error is not None
    assert failed.error.message.endswith("; version 1 still answers searches")
    assert (failed.status, failed.searchable_version) == (FAILED, 1)


@pytest.mark.parametrize("failure", [Throttled("slow down"), ModelUnavailable("gone")])
def test_vectors_made_before_a_failure_are_not_made_again(world: World, failure: Exception) -> None:
    document = world.uploaded("a.txt", LONG.encode())
    query = world.embedder.query
    made: list[str] = []

    def some_then_fail(texts: Sequence[str]) -> object:
        for text, _ in zip(texts, chain(range(30), repeat(-1)), strict=False):
            if len(made) == 30:
                raise failure
            made.append(text)
            yield query(text)

    world.embedder.passages = some_then_fail  # type: ignore[method-assign,assignment]  # gives them one by one
    together(world, [document])
    assert world.now(document).status is QUEUED
    made.clear()
    world.worker.handle(asked("ingest", document) | {"waits": 1})
    ready = world.now(document)
    assert (ready.status, len(made)) == (READY, (ready.passages or 0) - 30)
    assert not list(world.cloud.blobs.keys(parked_key(document.owner, document.id, 1)))


def test_what_a_worker_has_no_time_for_goes_on_by_a_message_of_its_own(world: World) -> None:
    document, other = world.uploaded("a.txt", LONG.encode()), world.uploaded("b.txt", b"Never begun.")
    query, ticking = world.embedder.query, iter(range(10_000))
    world.worker._clock = lambda: float(next(ticking))
    world.embedder.passages = lambda texts: map(query, texts)  # type: ignore[method-assign,assignment,return-value]  # one by one
    assert world.worker.handle_all([Delivery(notice(document))], until=10.0) == [None]
    assert world.worker.handle_all([Delivery(notice(other))], until=10.0) == [None]
    assert world.now(document).status is QUEUED
    assert world.now(other).status is DocumentStatus.AWAITING_UPLOAD
    world.worker.handle_all([Delivery(each) for each in world.cloud.messages()])
    assert {world.now(each).status for each in (document, other)} == {READY}


def test_files_that_take_long_to_read_do_not_keep_a_worker_beyond_its_time(world: World) -> None:
    documents = [world.uploaded(f"{n}.html", f"<p>Page {n}.".encode()) for n in range(3)]
    ticking = iter(range(10_000))
    world.worker._clock = lambda: float(next(ticking))
    deliveries = [Delivery(notice(each)) for each in documents]
    assert world.worker.handle_all(deliveries, until=2.5) == [None] * 3
    assert [world.now(each).status for each in documents] == [READY, QUEUED, QUEUED]
    world.worker.handle_all([Delivery(each) for each in world.cloud.messages()])
    assert {world.now(each).status for each in documents} == {READY}


def test_a_worker_that_is_too_late_to_say_so_still_makes_known_what_answers(world: World) -> None:
    first = world.uploaded("a.txt", b"The sun is near.")
    unfound = world.index.unfound

    def overtaken(entries: object) -> object:
        world.uploaded("a.txt", b" ", first.id)
        return unfound(entries)  # type: ignore[arg-type]  # handed on

    world.index.unfound = overtaken  # type: ignore[method-assign,assignment]  # somebody uploads meanwhile
    world.worker.handle(notice(first))
    world.index.unfound = unfound  # type: ignore[method-assign]  # as it was
    newest = world.now(first)
    assert (newest.version, newest.searchable_version, newest.status) == (
        2,
        1,
        DocumentStatus.AWAITING_UPLOAD,
    )
    assert world.library.text(first.owner, first.id).text == "The sun is near."
    world.worker.handle(notice(newest))
    assert (world.now(first).status, world.now(first).searchable_version) == (FAILED, 1)
    assert world.found("sun") == [f"{first.id}.1"]


def test_what_an_overtaken_worker_stored_goes_when_the_newer_version_is_ready(world: World) -> None:
    first = world.uploaded("a.txt", b"The sun is near.")
    world.embedder.disturb = lambda: world.library.create_upload(
        first.owner, name="a.txt", size=1, document_id=first.id
    ) if world.now(first).version == 1 else None  # fmt: skip
    write = world.index.replace_all
    world.index.replace_all = lambda entries: {(each.document.owner, each.document.id) for each in entries}  # type: ignore[method-assign]  # newer already
    world.worker.handle(notice(first))
    world.index.replace_all = write  # type: ignore[method-assign]  # as it was
    world.ingested("a.txt", b"The moon is far.", first.id)
    assert not list(world.cloud.blobs.keys(text_key(first.owner, first.id, 1)))
    assert not list(world.cloud.blobs.keys(upload_prefix(first.owner, first.id, 1)))


def test_a_message_about_what_was_deleted_and_forgotten_brings_nothing_back(world: World) -> None:
    document = world.uploaded("a.txt", b"The sun is near.")
    world.cloud.documents._table.delete_item(Key={"owner": document.owner, "id": document.id})
    world.cloud.blobs.delete([upload_key(document.owner, document.id, 1, "a.txt")])
    world.worker.handle(notice(document))
    assert world.cloud.documents.find(document.owner, document.id) is None
