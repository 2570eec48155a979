"""What survives: a clean stop loses nothing, and after SIGKILL everything accepted reaches an end state."""

import signal
import time
from collections.abc import Iterator
from contextlib import suppress

import psutil
import pytest

from tests.flows import operations as op
from tests.flows.answers import OPEN, ask, new_id, stored, until_final
from tests.flows.caller import Caller, Json
from tests.flows.cloud import Cloud
from tests.flows.documents import FINAL, add_text, ready

pytestmark = [pytest.mark.flow, pytest.mark.timeout(300)]
QUESTION = "What colour is the ferry of Lindholm?"


@pytest.fixture(scope="module")
def own_cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cloud]:
    """A cloud that these tests may stop and kill."""
    running = Cloud(tmp_path_factory.mktemp("restarting") / "state")
    running.start()
    try:
        yield running
    finally:
        running.stop()


def alive(process: psutil.Process) -> bool:
    """Not merely in the process table, where a grandchild stays until whoever is process 1 takes note."""
    with suppress(psutil.NoSuchProcess):
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    return False


def test_clean_stop_keeps_accounts_documents_and_answers(own_cloud: Cloud) -> None:
    greta = own_cloud.user("greta")
    document = ready(greta, "ferry.txt", "The ferry of Lindholm is painted bright green.")
    answer = ask(greta, new_id(), QUESTION)["id"]
    wait_until_settled(greta, [], [answer], 30)
    family = own_cloud.processes()
    assert own_cloud.stop() == 0
    assert [each for each in family if alive(each)] == []
    own_cloud.start()
    assert greta.data(op.DOCUMENT, id=document)["document"]["status"] == "READY"
    assert "green" in stored(greta, answer)["text"]
    again = own_cloud.user("greta")
    found = again.data(op.SEARCH, input={"text": "ferry of Lindholm"})["search"]["passages"]
    assert found[0]["documentId"] == document


def test_answer_whose_worker_is_killed_is_taken_over_by_another(own_cloud: Cloud) -> None:
    ines = own_cloud.user("ines")
    ready(ines, "ferry.txt", "The ferry of Lindholm is painted bright green.")
    own_cloud.models(tokens_per_second=3)
    answer = new_id()
    with ines.subscribe(op.ON_ANSWER, answerId=answer) as events:
        ask(ines, answer, QUESTION)
        while not events.next()["onAnswerEvent"]["text"]:
            pass
        own_cloud.models()
        for worker in own_cloud.child("localcloud.stack.host").children(recursive=True):
            worker.send_signal(signal.SIGKILL)
        assert list(until_final(events, 60))[-1]["attempt"] == 2
    assert "green" in stored(ines, answer)["text"]


def test_after_a_crash_everything_accepted_reaches_an_end(own_cloud: Cloud) -> None:
    hugo = own_cloud.user("hugo")
    ready(hugo, "ferry.txt", "The ferry of Lindholm is painted bright green.")
    own_cloud.models(tokens_per_second=3)
    answers = [ask(hugo, new_id(), QUESTION)["id"] for _ in range(5)]
    documents = [add_text(hugo, f"{n}.txt", story(n)) for n in range(20)]
    wait_for_snapshot(own_cloud)
    kill_everything(own_cloud)
    own_cloud.start()
    wait_until_settled(hugo, documents, answers, 200)
    states = {hugo.data(op.DOCUMENT, id=each)["document"]["status"] for each in documents}
    assert states == {"READY"}
    assert all(stored(hugo, each)["text"] for each in answers)
    for number, document in enumerate(documents):
        assert_found_once(hugo, document, number)


def story(number: int) -> str:
    """A text that only its own number finds, of several passages."""
    lines = (f"Ship {number}-{line} carried {line} barrels of tar to the port of Kelm." for line in range(60))
    return "\n\n".join(lines)


def wait_for_snapshot(cloud: Cloud) -> None:
    """Returns after a snapshot that began after this call: what was accepted before is on disk then."""
    folder = cloud.state / "cloud" / "snapshots"
    sealed = max(int(each.name) for each in folder.iterdir() if each.name.isdigit())
    deadline = time.monotonic() + 30
    # The one being written now may have begun before the last document was accepted; the one after has not.
    while not any(int(each.name) >= sealed + 2 for each in folder.iterdir() if each.name.isdigit()):
        assert time.monotonic() < deadline, "no snapshot was written"
        time.sleep(0.05)


def kill_everything(cloud: Cloud) -> None:
    """SIGKILL for the workers and MiniStack first, then for the launcher and whatever is left."""
    family = cloud.processes()
    emulator = cloud.child("localcloud.stack.ministack")
    host = cloud.child("localcloud.stack.host")
    for each in [*host.children(recursive=True), emulator, *family]:
        if each.is_running():
            each.send_signal(signal.SIGKILL)
    cloud.stop(signal.SIGKILL)


def wait_until_settled(caller: Caller, documents: list[str], answers: list[str], seconds: float) -> None:
    """Returns once each is in an end state. Raises AssertionError naming those that are not."""
    deadline = time.monotonic() + seconds
    while waiting := [*open_documents(caller, documents), *open_answers(caller, answers)]:
        assert time.monotonic() < deadline, waiting
        time.sleep(0.2)


def open_documents(caller: Caller, documents: list[str]) -> list[Json]:
    found = [caller.data(op.DOCUMENT, id=each)["document"] for each in documents]
    return [each for each in found if each["status"] not in FINAL]


def open_answers(caller: Caller, answers: list[str]) -> list[Json]:
    found = [stored(caller, each) for each in answers]
    return [each for each in found if each["status"] in OPEN]


def assert_found_once(caller: Caller, document: str, number: int) -> None:
    """The index holds what the registry says: this document's passages, each once."""
    wanted = {"text": f"Ship {number}-30", "documentIds": [document], "limit": 50}
    passages = caller.data(op.SEARCH, input=wanted)["search"]["passages"]
    row = caller.data(op.DOCUMENT, id=document)["document"]
    assert len(passages) == row["passages"] == len({each["start"] for each in passages})
