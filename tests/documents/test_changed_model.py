"""Documents that another embedding model embedded than the one in use, in as many dimensions."""

import pytest
from chalicelib.documents.library import Library
from chalicelib.documents.worker import DocumentWorker
from chalicelib.records import Document, DocumentStatus
from chalicelib.retrieval.query import Scope

from tests.documents.cloud import LIMITS
from tests.documents.test_late_workers import Killed, once, throttled_after_two
from tests.documents.world import PLANETS, FragileEmbedder, World, asked, notice, raising

READY = DocumentStatus.READY


class Turned(FragileEmbedder):
    """Another model, whose numbers mean something else."""

    model = "turned"

    def query(self, text: str) -> list[float]:
        return super().query(text)[::-1]


def turned(world: World) -> DocumentWorker:
    cloud = world.cloud
    return DocumentWorker(
        cloud.documents, cloud.blobs, world.index, Turned(), world.subscribers, cloud.ingest_queue, LIMITS
    )


def likeness(world: World, document: Document) -> list[float]:
    """Of every passage's vector to the one that the other model makes of its text."""
    scope = Scope.of_document(document.owner, document.id)
    found = world.index.nearest(scope, Turned().query("sun"), 10)
    return [
        next(
            same.score
            for same in world.index.nearest(scope, Turned().query(each.text), 10)
            if same.id == each.id
        )
        for each in found
    ]


def models(world: World, document: Document) -> list[str | None]:
    """Of the versions that are kept, newest first."""
    return [each.embedding_model for each in world.library.versions(document.owner, document.id)]


def test_a_version_says_which_model_embedded_it(world: World) -> None:
    document = world.ingested("a.txt", PLANETS.encode())
    assert models(world, document) == ["hashing"]
    assert max(likeness(world, document)) < 0.9


def test_the_same_file_is_embedded_anew_by_another_model(world: World) -> None:
    first = world.ingested("a.txt", PLANETS.encode())
    second = world.uploaded("a.txt", PLANETS.encode(), first.id)
    turned(world).handle(notice(second))
    assert world.now(first).status is READY
    assert likeness(world, first) == pytest.approx([1, 1, 1])
    assert models(world, first) == ["turned", "hashing"]


def test_a_ready_document_is_embedded_anew_when_it_is_retried(world: World) -> None:
    document = world.ingested("a.txt", PLANETS.encode())
    library = Library(world.cloud, LIMITS, embedding_model="turned")
    library.retry(document.owner, document.id)
    assert set(world.found("Venus")) == {f"{document.id}.1"}
    turned(world).handle(asked("ingest", document))
    assert (world.now(document).status, world.now(document).version) == (READY, 1)
    assert likeness(world, document) == pytest.approx([1, 1, 1])
    assert models(world, document) == ["turned"]


def test_vectors_that_a_dead_worker_of_another_model_wrote_are_made_again(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    document = world.uploaded("a.txt", PLANETS.encode())
    once(monkeypatch, world.index, "replace_all", after=raising(Killed()))
    with pytest.raises(Killed):
        world.worker.handle(notice(document))
    turned(world).handle(notice(document))
    assert likeness(world, document) == pytest.approx([1, 1, 1])


def test_vectors_that_were_parked_are_left_where_another_model_made_them(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    document = world.uploaded("a.txt", PLANETS.encode())
    throttled_after_two(world, monkeypatch)
    world.worker.handle(notice(document))
    turned(world).handle(asked("ingest", document))
    assert likeness(world, document) == pytest.approx([1, 1, 1])
