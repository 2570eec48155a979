"""Following an answer event by event, as a client does, with the rule that proves the stream exact."""

import uuid
from collections.abc import Iterator
from dataclasses import dataclass

from tests.flows import operations as op
from tests.flows.caller import Caller, Json, Subscription

OPEN = {"QUEUED", "RETRIEVING", "STREAMING"}


@dataclass
class Reader:
    """What one subscriber has read. `read` fails on any gap, duplicate or disorder within an attempt."""

    attempt: int = 0
    seq: int = 0
    text: str = ""

    def read(self, event: Json) -> None:
        if event["attempt"] > self.attempt:
            self.attempt, self.seq, self.text = event["attempt"], 0, ""
        assert event["attempt"] == self.attempt, event
        assert event["seq"] == self.seq + 1, event
        assert event["offset"] == len(self.text), event
        self.seq = event["seq"]
        self.text += event["text"]


def new_id() -> str:
    return str(uuid.uuid4())


def ask(caller: Caller, answer: str, question: str, **more: object) -> Json:
    asked: Json = caller.data(op.ASK, input={"id": answer, "question": question, **more})["ask"]
    return asked


def until_final(events: Subscription, seconds: float = 20) -> Iterator[Json]:
    """Every event of an answer, the last one with its final status; none may take longer to come."""
    while True:
        event: Json = events.next(seconds)["onAnswerEvent"]
        yield event
        if event["status"] not in OPEN:
            return


def stored(caller: Caller, answer: str) -> Json:
    """The answer as it is stored now."""
    found: Json = caller.data(op.ANSWER, id=answer)["answer"]
    return found


def followed(caller: Caller, question: str) -> tuple[list[Json], Json]:
    """All events of a new answer, and the answer as stored in the end."""
    answer = new_id()
    with caller.subscribe(op.ON_ANSWER, answerId=answer) as events:
        ask(caller, answer, question)
        seen = list(until_final(events))
    return seen, stored(caller, answer)
