"""What one publish holds, and what becomes of each of its events."""

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from localcloud.appsync.errors import Json
from localcloud.appsync.events.errors import InvalidInput
from localcloud.appsync.wire import as_stringified, loads

MAX_EVENTS = 5
EVENT_BYTES = 240_000
FAILED = 400


@dataclass(frozen=True, slots=True)
class Event:
    """One event on its way: `id` is made here, `text` is its JSON, `index` its place in the publish."""

    id: str
    index: int
    text: str
    payload: Json

    def receipt(self) -> Json:
        return {"identifier": self.id, "index": self.index}

    def given(self) -> Json:
        """As handlers see it."""
        return {"id": self.id, "payload": self.payload}


@dataclass(frozen=True, slots=True)
class Publication:
    """A channel and events as they came, not looked into yet."""

    channel: str
    events: Json

    @property
    def signed(self) -> str:
        """What IAM callers sign over a WebSocket."""
        return as_stringified({"channel": self.channel, "events": self.events})

    def read(self) -> list[Event]:
        """Raises InvalidInput. Five events within the limit of each are within the 1.2 MB of a publish."""
        if not isinstance(self.events, list) or not self.events:
            raise InvalidInput("Input must have 1 to 5 events")
        if len(self.events) > MAX_EVENTS:
            raise InvalidInput(f"Input exceeded {MAX_EVENTS} event limit")
        return [read_event(index, text) for index, text in enumerate(self.events)]


def read_event(index: int, text: Json) -> Event:
    if not isinstance(text, str):
        raise InvalidInput(f"Event {index} is not a JSON string")
    if exceeds(text):
        raise InvalidInput(f"Event {index} exceeded {EVENT_BYTES} byte limit")
    try:
        payload = loads(text)
    except (ValueError, RecursionError):
        raise InvalidInput(f"Event {index} is not valid JSON") from None
    return Event(str(uuid.uuid4()), index, text, payload)


def exceeds(text: str) -> bool:
    """A lone surrogate counts as the three bytes that it would take."""
    if len(text) * 4 <= EVENT_BYTES:
        return False
    return len(text.encode(errors="surrogatepass")) > EVENT_BYTES


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a handler made of the events: texts to broadcast in order, and reasons by id for those refused."""

    broadcast: tuple[str, ...]
    failed: Mapping[str, str]

    @classmethod
    def unchanged(cls, events: Iterable[Event]) -> "Outcome":
        return cls(tuple(event.text for event in events), {})

    def receipt(self, events: Iterable[Event]) -> Json:
        """The publisher's answer. What the handler left out counts as successful: it is dropped silently."""
        both = [(event, self.failed.get(event.id)) for event in events]
        return {
            "successful": [event.receipt() for event, reason in both if reason is None],
            "failed": [
                {**event.receipt(), "code": FAILED, "message": reason}
                for event, reason in both
                if reason is not None
            ],
        }
