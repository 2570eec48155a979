"""All that people do with Riffle, and what goes wrong, told once, so that every function does all it can."""

import json
import time
from dataclasses import dataclass

from ulid import ULID

from tests.flows import operations as op
from tests.flows.answers import ask, followed, new_id, until_final
from tests.flows.caller import Caller
from tests.flows.documents import ready, settled, upload
from tests.permissions.backstage import Backstage
from tests.permissions.recorder import Recorder

LIGHTHOUSE = "The lighthouse of Port Emmery was built in 1874 by Clara Voss.\n\nIt is 42 metres tall."
QUESTION = "Who built the lighthouse of Port Emmery?"
LONG_AGO = "2026-01-02T00:00:00.000000+00:00"


@dataclass
class Story:
    """One person's, while `recorder` listens."""

    person: Caller
    backstage: Backstage
    recorder: Recorder
    owner: str = ""

    def tell(self) -> None:
        document = ready(self.person, "lighthouse.md", LIGHTHOUSE)
        self.owner = self.person.data(op.DOCUMENT, id=document)["document"]["owner"]
        self.look_at(document)
        self.ask_and_stop()
        self.fail_and_retry()
        self.delete()
        self.lose_a_row()
        self.send_nonsense()
        self.wound_and_maintain(document)

    def look_at(self, document: str) -> None:
        settled(self.person, upload(self.person, "lighthouse.md", LIGHTHOUSE.encode(), document))
        self.person.data(op.RESTORE_DOCUMENT, id=document, version=1)
        assert settled(self.person, document)["status"] == "READY"
        self.person.data(op.DOCUMENTS)
        self.person.data(op.DOCUMENT_TEXT, id=document)
        self.person.data(op.SEARCH, input={"text": QUESTION})
        self.person.data(op.ABOUT)

    def ask_and_stop(self) -> None:
        """A follow-up is stopped once it is written, and once more as if nobody had begun it."""
        conversation = followed(self.person, QUESTION)[1]["conversationId"]
        second = new_id()
        with self.person.subscribe(op.ON_ANSWER, answerId=second) as events:
            ask(self.person, second, "How tall is it?", conversationId=conversation)
            list(until_final(events))
        self.backstage.change("Answers", self.owner, second, status="QUEUED", leaseUntil="")
        self.person.data(op.STOP, id=second)
        self.backstage.send("Answer", json.dumps({"owner": self.owner, "answerId": second}))
        self.wait_for("answer", "dynamodb:GetItem")
        self.person.data(op.ANSWERS, conversationId=conversation)
        self.person.data(op.ANSWERS)
        self.person.data(op.CONVERSATIONS)

    def fail_and_retry(self) -> None:
        broken = upload(self.person, "broken.pdf", b"%PDF-1.7 and nothing more")
        assert settled(self.person, broken)["status"] == "FAILED"
        self.person.data(op.RETRY_DOCUMENT, id=broken)
        assert settled(self.person, broken)["status"] == "FAILED"

    def delete(self) -> None:
        document = ready(self.person, "secret.txt", "The password is marmalade.")
        with self.person.subscribe(op.ON_DOCUMENT, id=document) as events:
            self.person.data(op.DELETE_DOCUMENT, id=document)
            while events.next()["onDocument"]["status"] != "DELETED":
                pass

    def lose_a_row(self) -> None:
        """An upload of which the registry knows nothing, as after a restore of the table."""
        self.backstage.put(f"uploads/{self.owner}/{ULID()}/1/lost.txt")
        self.wait_for("ingest", "dynamodb:PutItem")

    def send_nonsense(self) -> None:
        """Messages that fail, and are given back to be tried again."""
        for queue in ("Ingest", "Answer"):
            self.backstage.send(queue, "no JSON")
            self.wait_for(queue.lower(), "sqs:ChangeMessageVisibility")

    def wound_and_maintain(self, document: str) -> None:
        """What crashes leave: rows lost, stuck or left over, texts of nobody, answers without a worker."""
        lost, gone = (ready(self.person, f"{n}.txt", f"Ship {n} carried tar.") for n in range(2))
        self.backstage.forget(self.owner, lost)
        self.backstage.change("Documents", self.owner, gone, status="DELETED")
        self.backstage.change("Documents", self.owner, document, status="EXTRACTING", openSince=LONG_AGO)
        self.backstage.put(f"texts/{self.owner}/{ULID()}/1.json")
        stuck, hopeless = (followed(self.person, QUESTION)[1]["id"] for _ in range(2))
        for answer, attempt in ((stuck, 1), (hopeless, 99)):
            left = {"status": "STREAMING", "openSince": LONG_AGO}
            self.backstage.change("Answers", self.owner, answer, attempt=attempt, **left)
        self.backstage.maintain()

    def wait_for(self, function: str, action: str, seconds: float = 20) -> None:
        """Returns once the function has asked for the action."""
        deadline = time.monotonic() + seconds
        while not any(each.action == action for each in set(self.recorder.calls[function])):
            assert time.monotonic() < deadline, f"{function} did not ask for {action}"
            time.sleep(0.05)
