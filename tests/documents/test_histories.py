"""Random histories of what people do with documents, and of all that goes wrong while workers do theirs.

Messages come in any order, late, twice, to two workers at once; workers die, are throttled, lose races for a
commit, and do not hear that a call succeeded. When it is over, and every message was worked off, registry,
bucket and index must agree, and hold of each document exactly what was asked for last.
"""

import math
import shutil
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from chalicelib.documents.keys import upload_key
from chalicelib.documents.library import Library
from chalicelib.documents.reconciling import STUCK_AFTER, Reconciled, reconcile_documents
from chalicelib.documents.worker import Delivery
from chalicelib.errors import Conflict, NotFound, RiffleError
from chalicelib.records import Document, DocumentStatus
from chalicelib.retrieval.index import PassageIndex
from chalicelib.stores.documents import utc_now
from hypothesis import HealthCheck, Phase, note, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from tests.documents.agreeing import answering, disagreements
from tests.documents.cloud import LIMITS, Cloud
from tests.documents.crashing import Nobody, Parts
from tests.documents.misfortunes import (
    ContestedTable,
    Crash,
    Fault,
    FickleEmbedder,
    Flying,
    Hurry,
    Message,
    Turns,
)
from tests.documents.world import notice
from tests.retrieval.conftest import DIMENSIONS

NO_TEXT = " "
PLANETS = ("Mars", "Venus", "Earth")
TEXTS = {
    "short": "The sun is near.",
    "blank": NO_TEXT,
    **{
        f"{count} planets": "\n\n".join(
            f"{name} goes round the sun, as all of them do. " * 14 for name in PLANETS[:count]
        )
        for count in (2, 3)
    },
}
CHANGES = ("upload", "upload", "blank upload", "late upload", "late file", "restore", "retry", "delete")
RIVALS = ("same message", "next message", "next message", "upkeep")
KINDS = ("crash", "throttled", "lost reply", "lost race", "won race", "none")
OWNERS = 2
MOST_DOCUMENTS = 3
AGES = timedelta(days=1)


@dataclass(frozen=True)
class Ground:
    """What all histories take place on, one after the other."""

    cloud: Cloud
    empty_index: Path


@dataclass
class Known:
    """A document as its owner remembers it."""

    document: Document
    texts: dict[int, str | None]
    """By version; None while its file has not come."""
    deleted: bool = False
    answered: int = 0
    """The newest version that a search was seen to find."""
    gone: bool = False
    """Whether it was seen to be DELETED."""


class Histories(RuleBasedStateMachine):
    def __init__(self, ground: Ground) -> None:
        super().__init__()
        self.ground = ground
        self.folder = TemporaryDirectory()
        shutil.copytree(ground.empty_index, self.folder.name, dirs_exist_ok=True)
        self.indexes = [self._index(), self._index()]
        self.queue = Flying()
        base = ground.cloud
        self.cloud = Cloud(base.documents, base.blobs, self.queue, base.sqs, base.queue_url, "")  # type: ignore[arg-type]  # in the queue's place
        self.library = Library(self.cloud, LIMITS)
        self.known: list[Known] = []
        self.delivered: list[Message] = []
        self.told: list[str] = []

    def teardown(self) -> None:
        try:
            if self.known:
                self.settle()
        finally:
            self._clean()

    def _index(self) -> PassageIndex:
        index = PassageIndex(self.folder.name, DIMENSIONS)
        index._table = ContestedTable(self.folder.name, DIMENSIONS, {})
        return index

    # What people do

    @initialize(texts=st.lists(st.sampled_from(sorted(TEXTS)), min_size=OWNERS, max_size=OWNERS))
    def begin(self, texts: list[str]) -> None:
        """With a document of each owner's."""
        for number, text in enumerate(texts):
            self._upload(f"owner-{number}", None, TEXTS[text], late=False)

    @precondition(lambda self: len(self.known) < MOST_DOCUMENTS)
    @rule(owner=st.integers(0, OWNERS - 1), text=st.sampled_from(sorted(TEXTS)))
    def upload(self, owner: int, text: str) -> None:
        self._upload(f"owner-{owner}", None, TEXTS[text], late=False)

    @rule(
        which=st.integers(0, MOST_DOCUMENTS - 1), change=st.sampled_from(CHANGES),
        text=st.sampled_from(sorted(TEXTS)),
    )  # fmt: skip
    def change(self, which: int, change: str, text: str) -> None:
        self._change(which % len(self.known), change, TEXTS[text])

    # What becomes of messages

    @precondition(lambda self: self.queue.messages)
    @rule(
        which=st.integers(0, 5), count=st.integers(1, 3), kind=st.sampled_from(KINDS),
        at=st.integers(1, 16), last=st.booleans(),
    )  # fmt: skip
    def deliver(self, which: int, count: int, kind: str, at: int, last: bool) -> None:
        self._work(0, self._taken(which, count), Fault(kind, at), last=last and kind != "none")

    @precondition(lambda self: self.delivered)
    @rule(which=st.integers(0, 5), fresh=st.booleans())
    def deliver_once_more(self, which: int, fresh: bool) -> None:
        """Long after it was worked off."""
        self._work(0, [self.delivered[which % len(self.delivered)]], Fault("none", 0), fresh=fresh)

    @precondition(lambda self: self.queue.messages)
    @rule(
        which=st.integers(0, 5), lengths=st.lists(st.integers(1, 12), min_size=1, max_size=5),
        rivals=st.lists(st.sampled_from([*RIVALS, *CHANGES, *RIVALS]), min_size=1, max_size=4),
        kind=st.sampled_from(KINDS), at=st.integers(1, 16),
    )  # fmt: skip
    def race(self, which: int, lengths: list[int], rivals: list[str], kind: str, at: int) -> None:
        """A worker beside another one, or its owner; at every call the other may have its turn."""
        turns, mine = Turns(lengths), self._taken(which, 1)
        number = self._about(mine[0])

        def second() -> None:
            for each in rivals:
                turns.take(1)
                self._rival(each, number, mine, turns)

        self._beside(turns, lambda: self._work(0, mine, Fault(kind, at), turns), second)

    def _rival(self, act: str, number: int, mine: Sequence[Message], turns: Turns) -> None:
        match act:
            case "same message":
                self._work(1, mine, Fault("none", 0), turns, fresh=False)
            case "next message":
                self._work(1, self._taken(0, 1), Fault("none", 0), turns)
            case "upkeep":
                self._reconcile(STUCK_AFTER)
            case _:
                self._change(number, act, TEXTS["2 planets"])

    # What always holds

    @invariant()
    def a_search_finds_one_version_never_an_older_one_than_before_and_nothing_deleted(self) -> None:
        while self.told:
            note(self.told.pop(0))
        for known in self.known:
            document = known.document
            found = answering(self.indexes[0], document.owner, document.id)
            assert len(set(found)) <= 1, f"{document.id}: {found}"
            assert known.deleted or max(found, default=0) >= known.answered, f"{document.id}: {found}"
            assert not (found and known.gone), f"{document.id} is back: {found}"
            known.answered = max(found, default=0)
            known.gone = known.deleted and self._row(known).status is DocumentStatus.DELETED

    def settle(self) -> None:
        """Nothing goes wrong any more, and the next day comes, when no form of an upload counts."""
        self._drain()
        for each in range(len(self.known)):
            if (failed := self._row(self.known[each]).error) and failed.retryable:
                self._change(each, "retry", NO_TEXT)
        for _ in range(2):
            self._drain()
            self._reconcile(timedelta(0), utc_now() + timedelta(days=1))
        self._drain()
        assert self._reconcile(timedelta(0)) == Reconciled()
        assert disagreements(self.cloud, self.indexes[1]) == []
        for known in self.known:
            self._as_asked_for(known)

    # How it is done

    def _change(self, number: int, change: str, text: str) -> None:
        """What an owner does, if it is possible just then."""
        known = self.known[number]
        with suppress(NotFound, Conflict):
            match change:
                case "upload" | "blank upload" | "late upload":
                    wanted = NO_TEXT if change == "blank upload" else text
                    self._upload(known.document.owner, known, wanted, late=change == "late upload")
                case "late file":
                    for version in [each for each, file in known.texts.items() if file is None][:1]:
                        self._put(known, version, text)
                case "restore":
                    self._restore(known)
                case "retry":
                    self.library.retry(known.document.owner, known.document.id)
                case _:
                    self.library.delete(known.document.owner, known.document.id)
                    known.deleted = True

    def _restore(self, known: Known) -> None:
        """The oldest version that is kept."""
        owner, document_id = known.document.owner, known.document.id
        oldest = [each.version for each in self.library.versions(owner, document_id)][-1:]
        for version in oldest:
            restored = self.library.restore(owner, document_id, version)
            known.texts[restored.version] = known.texts[version]
            self.queue.send(notice(restored))

    def _as_asked_for(self, known: Known) -> None:
        row, text = self._row(known), known.texts[max(known.texts)]
        expected = DocumentStatus.FAILED if text in {None, NO_TEXT} else DocumentStatus.READY
        assert row.status is (DocumentStatus.DELETED if known.deleted else expected), row
        assert known.deleted or row.version == max(known.texts), row
        if text and not known.deleted:
            key = upload_key(row.owner, row.id, row.version, row.name)
            assert self.cloud.blobs.get(key, LIMITS.document_bytes).decode() == text

    def _row(self, known: Known) -> Document:
        found = self.cloud.documents.find(known.document.owner, known.document.id)
        assert found
        return found

    def _about(self, message: Message) -> int:
        return next(number for number, known in enumerate(self.known) if known.document.id in repr(message))

    def _upload(self, owner: str, known: Known | None, text: str, *, late: bool) -> None:
        document = self.library.create_upload(
            owner, name="a.txt", size=len(text), document_id=known.document.id if known else None
        ).document
        if known is None:
            known = Known(document, {})
            self.known.append(known)
        known.texts[document.version] = None
        if not late:
            self._put(known, document.version, text)

    def _put(self, known: Known, version: int, text: str) -> None:
        document = known.document
        key = upload_key(document.owner, document.id, version, "a.txt")
        self.cloud.blobs.put(key, text.encode(), "text/plain")
        known.texts[version] = text
        self.queue.send(notice(replace(document, version=version)))

    def _taken(self, which: int, count: int) -> list[Message]:
        waiting = self.queue.messages
        if not waiting:
            return []
        start = which % len(waiting)
        taken = waiting[start : start + count]
        del waiting[start : start + count]
        return taken

    def _work(
        self, who: int, messages: Sequence[Message], fault: Fault, turns: Turns | None = None, *,
        fresh: bool = True, last: bool = False,
    ) -> None:  # fmt: skip
        """Has a worker of its own handle messages; those that it did not settle are in the queue again."""

        def began(call: str) -> None:
            if turns:
                turns.take(who)
            fault.began(call)

        embedder, table = FickleEmbedder(), self.indexes[who]._table
        assert isinstance(table, ContestedTable)
        embedder.left = fault.at - 1 if fault.kind == "throttled" else math.inf
        table.losses = fault.at % 8 if fault.kind.endswith("race") else 0
        table.landed = fault.kind == "won race"
        parts = Parts(
            self.cloud.documents, self.cloud.blobs, self.indexes[who], embedder, Nobody(), self.queue
        )
        worker = parts.worker(fault.ended, began)
        again: Sequence[object] = [True] * len(messages)
        with suppress(Crash, RiffleError):  # raised by all of it, it has all messages come again
            again = worker.handle_all(
                [Delivery(each, fresh and "again" not in each, last) for each in messages]
            )
        table.losses = 0
        self.told.append(f"worker {who} {fault.kind} {messages}: {again}")
        for failure in again:
            assert failure is True or failure is None or isinstance(failure, RiffleError), failure
        for message, failure in zip(messages, again, strict=True):
            (self.queue.messages if failure else self.delivered).append(
                {**message, "again": True} if failure else message
            )

    def _beside(self, turns: Turns, first: Callable[[], None], second: Callable[[], None]) -> None:
        failures: list[BaseException] = []

        def run(who: int, act: Callable[[], None]) -> None:
            try:
                act()
            except BaseException as failure:  # noqa: BLE001  (raised in the main thread, below)
                failures.append(failure)
            finally:
                turns.leave(who)

        threads = [threading.Thread(target=run, args=(who, act)) for who, act in enumerate((first, second))]
        for each in threads:
            each.start()
        for each in threads:
            each.join()
        if failures:
            raise failures[0]

    def _reconcile(self, stuck_after: timedelta, now: datetime | None = None) -> Reconciled:
        return reconcile_documents(
            self.cloud.documents, self.cloud.blobs, self.queue, self.indexes[1], Nobody(),  # type: ignore[arg-type]  # in the queue's place
            full=True, stuck_after=stuck_after, now=now,
        )  # fmt: skip

    def _drain(self) -> None:
        for _ in range(20):
            if not self.queue.messages:
                return
            self._work(0, self._taken(0, 10), Fault("none", 0), fresh=False)
        raise AssertionError(f"messages that come again for ever: {self.queue.messages}")

    def _clean(self) -> None:
        for known in self.known:
            row = {"owner": known.document.owner, "id": known.document.id}
            self.cloud.documents._table.delete_item(Key=row)
        self.cloud.blobs.delete_prefix("uploads/")
        self.cloud.blobs.delete_prefix("texts/")
        self.folder.cleanup()


@pytest.fixture
def ground(cloud: Cloud, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Ground:
    monkeypatch.setattr("chalicelib.retrieval.index.table._PAUSES", Hurry())
    monkeypatch.setattr("chalicelib.documents.course._WORTH_PARKING", 1)
    PassageIndex(str(tmp_path / "empty"), DIMENSIONS).documents()
    return Ground(cloud, tmp_path / "empty")


@pytest.mark.timeout(300)
def test_after_any_history_registry_bucket_and_index_agree(ground: Ground) -> None:
    run_state_machine_as_test(
        lambda: Histories(ground),  # type: ignore[arg-type]  # which is all that is done with a class
        settings=settings(
            max_examples=25, stateful_step_count=20, deadline=None, derandomize=True, database=None,
            suppress_health_check=list(HealthCheck), phases=[Phase.generate],
        ),
    )  # fmt: skip
