"""Stand-ins for the queue and for AppSync that keep what they are given, and can be told to fail."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from chalicelib.errors import RiffleError
from chalicelib.records import AnswerEvent


@dataclass
class RecordingQueue:
    sent: list[tuple[Mapping[str, object], int]] = field(default_factory=list)
    failure: RiffleError | None = None

    def send(self, message: Mapping[str, object], delay: int = 0) -> None:
        if self.failure:
            raise self.failure
        self.sent.append((message, delay))


@dataclass
class RecordingEvents:
    """Keeps events; the first `failures` publishes raise instead."""

    events: list[AnswerEvent] = field(default_factory=list)
    failures: list[RiffleError] = field(default_factory=list)

    def answer_event(self, event: AnswerEvent) -> None:
        if self.failures:
            raise self.failures.pop(0)
        self.events.append(event)

    @property
    def text(self) -> str:
        """What a subscriber of the last attempt would show, which also checks that no offset jumps."""
        text = ""
        for event in self.events:
            if event.attempt == self.events[-1].attempt:
                assert event.offset == len(text)
                text += event.text
        return text
