"""The Events protocol as a state machine that knows no socket: frames in, actions out.

https://docs.aws.amazon.com/appsync/latest/eventapi/event-api-websocket-protocol.html
"""

import re
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass

from localcloud.appsync.errors import Json
from localcloud.appsync.events.publishing import Publication
from localcloud.appsync.realtime import (
    IGNORED,
    TOO_FAST,
    Limits,
    Send,
    Unusable,
    credentials,
    duplicate,
    parse_frame,
    too_many,
)
from localcloud.appsync.wire import as_stringified

ID = re.compile(r"[A-Za-z0-9\-_+]{1,128}")


@dataclass(frozen=True, slots=True, eq=False)
class Subscribe:
    """A subscription to authorise and open. Equal to itself alone."""

    id: str
    channel: str
    authorization: Mapping[str, str]

    @property
    def signed(self) -> str:
        """What IAM callers sign."""
        return as_stringified({"channel": self.channel})


@dataclass(frozen=True, slots=True)
class Publish:
    """Events to authorise and broadcast; `size` is that of their frame, in bytes."""

    id: str
    publication: Publication
    authorization: Mapping[str, str]
    size: int


@dataclass(frozen=True, slots=True)
class Unsubscribe:
    """A subscription that is no longer wanted."""

    id: str


type Action = Send | Subscribe | Publish | Unsubscribe


class Connection:
    """What one client has open. The owner of the socket performs the actions and reports how they went.

    `now` is in seconds, on any clock that does not go back.
    """

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._open: dict[str, Subscribe | None] = {}  # None once it is acknowledged
        self._published: deque[float] = deque()

    def receive(self, text: str, now: float) -> list[Action]:
        try:
            frame = parse_frame(text)
        except Unusable:
            return [Send(unsupported(None))]
        try:
            return self._act(frame, now, len(text.encode()))
        except Unusable:
            return [Send(unsupported(frame.get("id")))]

    def subscribed(self, subscribe: Subscribe) -> list[Action]:
        """Its acknowledgement; nothing when it was given up in the meantime."""
        if self._open.get(subscribe.id) is not subscribe:
            return []
        self._open[subscribe.id] = None
        return [Send({"type": "subscribe_success", "id": subscribe.id})]

    def refused(self, subscribe: Subscribe, error: Json) -> list[Action]:
        if self._open.get(subscribe.id) is not subscribe:
            return []
        del self._open[subscribe.id]
        return [Send(failure("subscribe_error", subscribe.id, error))]

    def _act(self, frame: Mapping[str, Json], now: float, size: int) -> list[Action]:
        match frame["type"]:
            case "connection_init":
                ack = {"type": "connection_ack", "connectionTimeoutMs": self._limits.timeout_ms}
                return [Send(ack), Send({"type": "ka"})]
            case "subscribe":
                return self._subscribe(read_id(frame), frame)
            case "publish":
                id_ = read_id(frame)
                return self._publish(id_, frame, size) if self._may_publish(now) else [too_fast(id_)]
            case "unsubscribe":
                return self._unsubscribe(read_id(frame))
            case kind if kind in IGNORED:
                return []
        raise Unusable

    def _subscribe(self, id_: str, frame: Mapping[str, Json]) -> list[Action]:
        if id_ in self._open:
            return [Send(failure("subscribe_error", id_, duplicate(id_)))]
        if len(self._open) >= self._limits.subscriptions:
            return [Send(failure("subscribe_error", id_, too_many(self._limits.subscriptions)))]
        subscribe = Subscribe(id_, text_of(frame.get("channel")), read_authorization(frame))
        self._open[id_] = subscribe
        return [subscribe]

    def _publish(self, id_: str, frame: Mapping[str, Json], size: int) -> list[Action]:
        publication = Publication(text_of(frame.get("channel")), frame.get("events"))
        return [Publish(id_, publication, read_authorization(frame), size)]

    def _may_publish(self, now: float) -> bool:
        while self._published and self._published[0] <= now - 1.0:
            self._published.popleft()
        if len(self._published) >= self._limits.publishes_per_second:
            return False
        self._published.append(now)
        return True

    def _unsubscribe(self, id_: str) -> list[Action]:
        if id_ not in self._open:
            return [Send(failure("unsubscribe_error", id_, unknown(id_)))]
        del self._open[id_]
        return [Unsubscribe(id_), Send({"type": "unsubscribe_success", "id": id_})]


def read_id(frame: Mapping[str, Json]) -> str:
    id_ = frame.get("id")
    if not isinstance(id_, str) or not ID.fullmatch(id_):
        raise Unusable
    return id_


def text_of(value: Json) -> str:
    """What is no text is no channel either: the empty text is refused as one."""
    return value if isinstance(value, str) else ""


def read_authorization(frame: Mapping[str, Json]) -> dict[str, str]:
    """Every frame carries its own; none is taken over from the handshake."""
    given = frame.get("authorization")
    try:
        return credentials(given) if isinstance(given, dict) else {}
    except ValueError:
        raise Unusable from None


def too_fast(id_: str) -> Send:
    return Send(failure("publish_error", id_, TOO_FAST))


def failure(kind: str, id_: str, error: Json) -> Json:
    return {"type": kind, "id": id_, "errors": [error]}


def unsupported(id_: Json) -> Json:
    message = "unknown not supported through the realtime channel"
    known = {"id": id_} if isinstance(id_, str) and ID.fullmatch(id_) else {}
    return {"type": "error", **known, "errors": [{"errorType": "UnsupportedOperation", "message": message}]}


def unknown(id_: str) -> Json:
    return {"errorType": "UnknownOperationError", "message": f"Unknown operation id {id_}"}
