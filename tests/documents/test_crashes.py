"""Workers killed, by SIGKILL, after every call to registry, bucket, index or model that changes something.

For each kind of work one worker is let live, which tells its calls. Then for each of those calls a worker is
killed after it, over documents of its own; what it leaves behind must answer searches as before or as wanted,
and come right with the next delivery of its messages.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from chalicelib.documents.worker import Delivery
from chalicelib.records import Document, DocumentStatus

from tests.documents.agreeing import answering, disagreements
from tests.documents.crashing import Workshop
from tests.documents.test_reconciling import reconciled, work_off
from tests.documents.world import World, asked, notice

FIRST = "\n\n".join(f"{name} goes round the sun, as all of them do. " * 14 for name in ("Mars", "Venus"))
SECOND = FIRST.replace("Venus", "Pluto") + "\n\n" + "The sun has a last companion, which is far away. " * 12
VERSIONS = {1: 2, 2: 3}
"""How many passages each of them has."""

READING = frozenset(
    {
        "count",
        "document_event",
        "find",
        "get",
        "held",
        "history",
        "keys",
        "nearest",
        "tidy",
        "unfound",
        "vectors_of",
    }
)
"""Who is killed after one of these leaves what was left by the call before."""


@dataclass(frozen=True, slots=True)
class Case:
    """What one worker is given, and what a search may find of each document while it is not done."""

    documents: Sequence[Document]
    messages: Sequence[Mapping[str, Any]]
    meanwhile: Sequence[Sequence[int]]
    """The versions of the passages found."""


@pytest.fixture(scope="module")
def workshop(resources: tuple[str, str, str]) -> Iterator[Workshop]:
    bucket, url, table = resources
    with Workshop.opened(bucket, url, table) as opened:
        yield opened


def handled(world: World, messages: Sequence[Mapping[str, Any]]) -> None:
    """By a worker of this process, as messages that come once more."""
    failures = world.worker.handle_all([Delivery(each) for each in messages])
    assert not any(failures), failures


def uploaded(world: World, count: int, text: str, known: Sequence[Document] = ()) -> list[Document]:
    if known:
        return [world.uploaded("a.txt", text.encode(), each.id) for each in known]
    return [world.uploaded("a.txt", text.encode()) for _ in range(count)]


def ready(world: World, count: int, text: str = FIRST, known: Sequence[Document] = ()) -> list[Document]:
    documents = uploaded(world, count, text, known)
    handled(world, [notice(each) for each in documents])
    return documents


def found(version: int) -> list[int]:
    return [version] * VERSIONS[version]


def first_ingestion(world: World, count: int) -> list[Case]:
    return [Case([each], [notice(each)], [[], found(1)]) for each in uploaded(world, count, FIRST)]


def new_version(world: World, count: int) -> list[Case]:
    documents = uploaded(world, count, SECOND, ready(world, count))
    return [Case([each], [notice(each)], [found(1), found(2)]) for each in documents]


def same_file_again(world: World, count: int) -> list[Case]:
    documents = uploaded(world, count, FIRST, ready(world, count))
    return [Case([each], [notice(each)], [[1, 1], [2, 2]]) for each in documents]


def restoring(world: World, count: int) -> list[Case]:
    documents = ready(world, count, SECOND, ready(world, count))
    restored = [world.library.restore(each.owner, each.id, 1) for each in documents]
    return [Case([each], [notice(each)], [found(2), [3, 3]]) for each in restored]


def deletion(world: World, count: int) -> list[Case]:
    documents = ready(world, count, SECOND, ready(world, count))
    leaving = [world.library.delete(each.owner, each.id) for each in documents]
    return [Case([each], [asked("delete", each)], [found(2), []]) for each in leaving]


def several_at_once(world: World, count: int) -> list[Case]:
    """New documents, new versions and deletions in one event."""
    new, known = uploaded(world, count, FIRST), uploaded(world, count, SECOND, ready(world, count))
    gone = [world.library.delete(each.owner, each.id) for each in ready(world, count)]
    return [
        Case(those, [notice(those[0]), notice(those[1]), asked("delete", those[2])], [[], found(1), found(2)])
        for those in zip(new, known, gone, strict=True)
    ]


@pytest.mark.parametrize(
    "work", [first_ingestion, new_version, same_file_again, restoring, deletion, several_at_once]
)
def test_a_worker_killed_after_any_call_leaves_what_the_next_delivery_makes_right(
    world: World, workshop: Workshop, tmp_path: Path, work: Callable[[World, int], list[Case]]
) -> None:
    index = tmp_path / "index"
    [whole] = work(world, 1)
    calls = workshop.work(index, whole.messages).calls
    deaths = [count for count in range(len(calls)) if not count or calls[count - 1] not in READING]
    cases = work(world, len(deaths))
    for count, case in zip(deaths, cases, strict=True):
        assert workshop.work(index, case.messages, count).killed
        for document in case.documents:
            assert answering(world.index, document.owner, document.id) in case.meanwhile, calls[:count]
    for count, case in zip(deaths, cases, strict=True):
        handled(world, case.messages)
        states = {world.now(each).status for each in case.documents}
        assert states <= {DocumentStatus.READY, DocumentStatus.DELETED}, calls[:count]
    reconciled(world)
    work_off(world)
    assert disagreements(world.cloud, world.index) == []
