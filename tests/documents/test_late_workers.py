"""Histories in which a worker came too late for what it still did, and what each of them must not leave."""

from collections.abc import Callable, Iterator, Sequence

import pytest
from chalicelib.documents.keys import parked_key
from chalicelib.documents.reconciling import Reconciled
from chalicelib.errors import Throttled, Unavailable
from chalicelib.records import Document, DocumentStatus

from tests.documents.agreeing import answering, disagreements
from tests.documents.test_reconciling import reconciled, work_off
from tests.documents.world import MOON, PLANETS, World, asked, notice, raising

READY, FAILED, DELETED = DocumentStatus.READY, DocumentStatus.FAILED, DocumentStatus.DELETED


class Killed(BaseException):
    """Nothing of a worker runs after it."""


def nothing() -> None:
    """What is done around a call that nothing is to happen at."""


def once(
    monkeypatch: pytest.MonkeyPatch, part: object, name: str, *, before: Callable[[], object] = nothing,
    after: Callable[[], object] = nothing,
) -> None:  # fmt: skip
    """Does something around the next call, and around no other."""
    whole = getattr(part, name)

    def interrupted(*given: object) -> object:
        monkeypatch.setattr(part, name, whole)
        before()
        result = whole(*given)
        after()
        return result

    monkeypatch.setattr(part, name, interrupted)


def throttled_after_two(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """The next time the model is asked."""
    monkeypatch.setattr("chalicelib.documents.course._WORTH_PARKING", 1)
    whole, query = world.embedder.passages, world.embedder.query

    def some(texts: Sequence[str]) -> Iterator[list[float]]:
        world.embedder.passages = whole  # type: ignore[method-assign]  # as it was
        yield from map(query, texts[:2])
        raise Throttled("slow down")

    world.embedder.passages = some  # type: ignore[method-assign,assignment]  # one by one


def agreeing(world: World) -> list[str]:
    reconciled(world)
    work_off(world)
    return disagreements(world.cloud, world.index)


def test_parked_vectors_go_though_the_worker_dies_right_after_ready(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    document = world.uploaded("a.txt", PLANETS.encode())
    throttled_after_two(world, monkeypatch)
    world.worker.handle(notice(document))
    assert list(world.cloud.blobs.keys(parked_key(document.owner, document.id, 1)))
    once(monkeypatch, world.cloud.blobs, "delete", before=raising(Killed()))
    with pytest.raises(Killed):
        world.worker.handle(asked("ingest", document))
    world.worker.handle(asked("ingest", document))
    assert agreeing(world) == []


def test_vectors_parked_after_another_worker_made_the_document_ready_do_not_stay(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    document = world.uploaded("a.txt", PLANETS.encode())
    throttled_after_two(world, monkeypatch)
    once(
        monkeypatch, world.cloud.blobs, "put",
        after=lambda: once(
            monkeypatch, world.cloud.blobs, "put", before=lambda: world.worker.handle(notice(document))
        ),
    )  # fmt: skip
    world.worker.handle(notice(document))
    assert world.now(document).status is READY
    assert disagreements(world.cloud, world.index) == []


def test_a_late_worker_leaves_the_text_of_its_version_where_that_is_kept(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another worker had made it READY, and there is a newer version since."""
    first = world.uploaded("a.txt", MOON.encode())

    def overtaken() -> None:
        world.worker.handle(notice(first))
        world.uploaded("a.txt", b" ", first.id)

    once(monkeypatch, world.cloud.blobs, "put", after=overtaken)
    world.worker.handle(notice(first))
    assert world.library.text(first.owner, first.id).version == 1
    world.worker.handle(notice(world.now(first)))
    assert agreeing(world) == []


def test_the_file_of_a_version_that_a_worker_still_writes_stays(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """S3 notifies once more of the older file when the newer one is registered, and the newer one fails."""
    first = world.uploaded("a.txt", MOON.encode())

    def overtaken() -> None:
        second = world.uploaded("a.txt", b" ", first.id)
        world.worker.handle(notice(first))
        world.worker.handle(notice(second))

    once(monkeypatch, world.index, "replace_all", before=overtaken)
    world.worker.handle(notice(first))
    failed = world.now(first)
    assert (failed.status, failed.searchable_version) == (FAILED, 1)
    assert agreeing(world) == []


def unreachable() -> None:
    raise Unavailable("the index of passages could not be reached")


def agrees(world: World, document: Document) -> int | None:
    """The version that answers, by the row and by a search."""
    answers = world.now(document).searchable_version
    assert set(answering(world.index, document.owner, document.id)) == ({answers} if answers else set())
    return answers


@pytest.mark.parametrize("known", [False, True], ids=["a new document", "a known one"])
@pytest.mark.parametrize("call", ["unfound", "replace_all"])
def test_a_last_attempt_that_fails_after_the_commit_says_which_version_answers(
    world: World, monkeypatch: pytest.MonkeyPatch, call: str, known: bool
) -> None:
    """The proof fails, or the commit does as far as the worker hears of it."""
    before = world.ingested("a.txt", MOON.encode()).id if known else None
    document = world.uploaded("a.txt", PLANETS.encode(), before)
    once(monkeypatch, world.index, call, after=unreachable)
    world.worker.handle(notice(document), last_attempt=True)
    failed = world.now(document)
    assert (failed.status, agrees(world, document)) == (FAILED, document.version)
    assert failed.error
    assert failed.error.message.endswith("; this version still answers searches")
    world.library.retry(document.owner, document.id)
    work_off(world)
    assert (world.now(document).status, agreeing(world)) == (READY, [])


def test_a_last_attempt_that_cannot_see_what_answers_is_tried_again_by_upkeep(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    document = world.uploaded("a.txt", MOON.encode())
    once(monkeypatch, world.index, "replace_all", after=unreachable)
    once(monkeypatch, world.index, "held", before=unreachable)
    with pytest.raises(Unavailable):
        world.worker.handle(notice(document), last_attempt=True)
    assert reconciled(world, full=False) == Reconciled(stuck=1)
    work_off(world)
    assert (world.now(document).status, agrees(world, document)) == (READY, 1)


def test_a_version_that_fails_says_of_the_one_before_that_it_answers_though_its_worker_could_not(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = world.ingested("a.txt", MOON.encode())
    second = world.uploaded("a.txt", PLANETS.encode(), first.id)
    once(monkeypatch, world.index, "replace_all", after=raising(Killed()))
    with pytest.raises(Killed):
        world.worker.handle(notice(second))
    third = world.ingested("a.txt", b" ", first.id)
    assert (third.status, agrees(world, third)) == (FAILED, 2)
    assert agreeing(world) == []


@pytest.mark.parametrize("known", [False, True], ids=["a new document", "a known one"])
def test_a_worker_that_writes_after_the_deletion_and_dies_of_it_brings_nothing_back(
    world: World, monkeypatch: pytest.MonkeyPatch, known: bool
) -> None:
    before = world.ingested("a.txt", PLANETS.encode()).id if known else None
    document = world.uploaded("a.txt", MOON.encode(), before)

    def deleted() -> None:
        world.worker.handle(asked("delete", world.library.delete(document.owner, document.id)))

    once(monkeypatch, world.index, "replace_all", before=deleted, after=raising(Killed()))
    with pytest.raises(Killed):
        world.worker.handle(notice(document))
    assert world.now(document).status is DELETED
    assert answering(world.index, document.owner, document.id) == []
    world.worker.handle(notice(document))
    assert disagreements(world.cloud, world.index) == []


def test_a_live_worker_that_comes_after_the_deletion_is_never_found_and_takes_its_files_along(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    document = world.uploaded("a.txt", MOON.encode())
    seen: list[list[int]] = []

    def deleted() -> None:
        world.worker.handle(asked("delete", world.library.delete(document.owner, document.id)))

    def look() -> None:
        seen.append(answering(world.index, document.owner, document.id))

    once(monkeypatch, world.index, "replace_all", before=deleted, after=look)
    world.worker.handle(notice(document))
    assert seen == [[]]
    assert disagreements(world.cloud, world.index) == []
