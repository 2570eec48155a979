"""The GraphQL real-time protocol as a state machine that knows no socket: frames in, actions out.

https://docs.aws.amazon.com/appsync/latest/devguide/real-time-websocket-client.html
"""

from collections.abc import Mapping
from dataclasses import dataclass

from localcloud.appsync.documents import GraphQLRequest
from localcloud.appsync.errors import Json
from localcloud.appsync.wire import loads

ID_CHARS = 256
FRAME_CHARS = 1_000_000  # the server takes larger ones, for publishes of events
TOO_FAST = {"errorType": "LimitExceededError", "message": "Rate limit exceeded"}
IGNORED = frozenset({"ping", "pong", "ka"})


@dataclass(frozen=True, slots=True)
class Limits:
    """Per connection, whichever protocol it speaks; only Events has publishes.

    `frames` and `waiting_bytes` bound what waits for a reader before it is dropped; `inbound_per_second` is
    how many frames are taken from a client, the rest of which wait for the next second.
    """

    subscriptions: int = 200
    keep_alive_seconds: float = 60.0
    timeout_ms: int = 300_000
    lifetime_seconds: float = 24 * 3600
    frames: int = 2_000
    waiting_bytes: int = 8_000_000
    inbound_per_second: int = 1_000
    publishes_per_second: int = 25


@dataclass(frozen=True, slots=True)
class Send:
    """A frame for the client."""

    frame: Json


@dataclass(frozen=True, slots=True, eq=False)
class Start:
    """A subscription to authorise and open; `data` is what IAM callers sign. Equal to itself alone."""

    id: str
    request: GraphQLRequest
    authorization: Mapping[str, str]
    data: str


@dataclass(frozen=True, slots=True)
class Stop:
    """A subscription that is no longer wanted."""

    id: str


type Action = Send | Start | Stop


class Unusable(Exception):
    """A frame that says nothing this channel serves."""


class Connection:
    """What one client has open. The owner of the socket performs the actions and reports how starts went."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._open: dict[str, Start] = {}

    def receive(self, text: str) -> list[Action]:
        if len(text) > FRAME_CHARS:
            return [Send(unsupported("unknown"))]
        try:
            return self._act(parse_frame(text))
        except Unusable:
            return [Send(unsupported("unknown"))]

    def started(self, start: Start) -> list[Action]:
        """Its ack, which goes out before any data; nothing when it was stopped in the meantime."""
        return [Send({"id": start.id, "type": "start_ack"})] if self._open.get(start.id) is start else []

    def failed(self, start: Start, errors: list[Json]) -> list[Action]:
        if self._open.get(start.id) is not start:
            return []
        del self._open[start.id]
        return [Send(failure(start.id, errors))]

    def _act(self, frame: Mapping[str, Json]) -> list[Action]:
        match frame.get("type"):
            case "connection_init":
                payload = {"connectionTimeoutMs": self._limits.timeout_ms}
                return [Send({"type": "connection_ack", "payload": payload}), Send({"type": "ka"})]
            case "start":
                return self._start(frame)
            case "stop":
                return self._stop(frame.get("id"))
            case kind if kind in IGNORED:
                return []
        raise Unusable

    def _start(self, frame: Mapping[str, Json]) -> list[Action]:
        id_ = frame.get("id")
        if not isinstance(id_, str) or not 1 <= len(id_) <= ID_CHARS:
            raise Unusable
        if id_ in self._open:
            return [Send(failure(id_, [duplicate(id_)]))]
        if len(self._open) >= self._limits.subscriptions:
            return [Send(failure(id_, [too_many(self._limits.subscriptions)]))]
        try:
            start = read_start(id_, frame.get("payload"))
        except Unusable:
            return [Send({"id": id_, **unsupported("unknown")})]
        self._open[id_] = start
        return [start]

    def _stop(self, id_: Json) -> list[Action]:
        """An unknown id is told `complete` as well: to its client it is over either way."""
        if not isinstance(id_, str):
            raise Unusable
        stopped = [Stop(id_)] if self._open.pop(id_, None) else []
        return [*stopped, Send({"id": id_, "type": "complete"})]


def parse_frame(text: str) -> Mapping[str, Json]:
    try:
        frame = loads(text)
    except (ValueError, RecursionError):
        raise Unusable from None
    if not isinstance(frame, dict) or not isinstance(frame.get("type"), str):
        raise Unusable
    return frame


def read_start(id_: str, payload: Json) -> Start:
    """`payload.data` is the text of a GraphQL request; `variables` may be absent or null."""
    try:
        data = payload["data"]
        given = loads(data.encode()) if isinstance(data, str) else None
        request = read_request(given)
        authorization = (payload.get("extensions") or {}).get("authorization") or {}
        return Start(id_, request, credentials(authorization), data)
    except (KeyError, TypeError, ValueError, AttributeError, RecursionError):
        raise Unusable from None


def read_request(given: Json) -> GraphQLRequest:
    """Raises TypeError when a member is of the wrong type."""
    query, variables, name = given["query"], given.get("variables"), given.get("operationName")
    if (
        not isinstance(query, str)
        or not isinstance(variables, dict | None)
        or not isinstance(name, str | None)
    ):
        raise TypeError
    return GraphQLRequest(query, variables or {}, name or None)


def credentials(given: Mapping[str, Json]) -> dict[str, str]:
    """An auth object's keys mean the same in any case: clients disagree on it, and some send both.

    Raises ValueError for a lone surrogate, which JSON can escape and no header or signature is made of.
    """
    texts = {name.lower(): value for name, value in given.items() if isinstance(value, str)}
    "".join([*texts, *texts.values()]).encode()
    return texts


def failure(id_: str, errors: list[Json]) -> Json:
    return {"id": id_, "type": "error", "payload": {"errors": errors}}


def unsupported(kind: str) -> Json:
    message = f"{kind} not supported through the realtime channel"
    return {
        "type": "error",
        "payload": {"errors": [{"errorType": "UnsupportedOperation", "message": message}]},
    }


def duplicate(id_: str) -> Json:
    return {"errorType": "DuplicatedOperationError", "message": f"Operation {id_} is already running."}


def too_many(limit: int) -> Json:
    return {
        "errorType": "MaxSubscriptionsReachedError",
        "message": f"Max number of {limit} subscriptions reached",
    }
