"""Frames of every kind, in every order, into the real-time protocol's state machine."""

import base64
import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, invariant, multiple, rule

from localcloud.appsync.errors import BadRequest
from localcloud.appsync.handshakes import decode
from localcloud.appsync.realtime import Action, Connection, Limits, Send, Start, Stop
from localcloud.appsync.wire import dumps
from tests.localcloud.appsync.fuzzing import SCALARS, TEXTS, examples, jsons

MEMBERS = st.sampled_from(
    ["id", "type", "payload", "data", "extensions", "authorization", "query", "variables", "operationName"]
)
KINDS = st.sampled_from(["connection_init", "start", "stop", "ping", "pong", "ka", "data", "complete"])
QUERY = json.dumps({"query": "subscription { onSend { id } }"})
LEAVES = SCALARS | KINDS | st.just(QUERY)
IDS = st.sampled_from(["1", "2", "3", "é\x00", "\ud800", "x" * 256])
SUBSCRIPTIONS = 2


def payloads() -> st.SearchStrategy[Any]:
    """The half of them usable."""
    data = st.just(QUERY) | TEXTS.map(lambda text: json.dumps({"query": text}, ensure_ascii=False))
    authorization = st.dictionaries(TEXTS, TEXTS, max_size=2).map(lambda given: {"authorization": given})
    usable = st.fixed_dictionaries({"data": data}, optional={"extensions": authorization | jsons(MEMBERS)})
    return usable | jsons(MEMBERS, LEAVES)


class AnyOrder(RuleBasedStateMachine):
    """Whatever a client sends: every start is answered once, and what is kept of it is bounded."""

    waiting = Bundle("waiting")

    def __init__(self) -> None:
        super().__init__()
        self.connection = Connection(Limits(subscriptions=SUBSCRIPTIONS))
        self.open: dict[str, Start] = {}

    def told(self, actions: list[Action]) -> list[Any]:
        """The frames of an answer, each of which must be writable as it stands."""
        frames = [action.frame for action in actions if isinstance(action, Send)]
        for frame in frames:
            assert json.loads(dumps(frame).encode()) == frame
        return frames

    @rule(text=TEXTS | st.binary(max_size=30).map(lambda raw: raw.decode("utf-8", "replace")))
    def text(self, text: str) -> None:
        assert [frame["type"] for frame in self.told(self.connection.receive(text))] == ["error"]

    @rule(value=jsons(MEMBERS, LEAVES), kind=KINDS.filter(lambda kind: kind not in ("start", "stop")))
    def anything_but_a_start(self, value: Any, kind: str) -> None:
        frame = {**value, "type": kind} if isinstance(value, dict) else value
        for told in self.told(self.connection.receive(json.dumps(frame))):
            assert told["type"] in ("connection_ack", "ka", "error")

    @rule(target=waiting, id_=IDS, payload=payloads())
    def start(self, id_: str, payload: Any) -> Any:
        actions = self.connection.receive(json.dumps({"type": "start", "id": id_, "payload": payload}))
        (action,) = actions
        if isinstance(action, Start):
            assert action.id == id_
            assert id_ not in self.open
            assert carried(action.data, *action.authorization, *action.authorization.values())
            self.open[id_] = action
            return action
        (frame,) = self.told(actions)
        assert (frame.get("id"), frame["type"]) == (id_, "error") or payload_is_no_json(payload)
        return multiple()

    @rule(start=waiting, works=st.booleans())
    def report(self, start: Start, works: bool) -> None:
        """Told once while it is still wanted, and nothing after its stop."""
        errors = [{"errorType": "T", "message": "\ud800"}]
        frames = self.told(self.connection.started(start) if works else self.connection.failed(start, errors))
        wanted = self.open.get(start.id) is start
        assert [frame["type"] for frame in frames] == (
            [("start_ack" if works else "error")] if wanted else []
        )
        if wanted and not works:
            del self.open[start.id]

    @rule(id_=IDS)
    def stop(self, id_: str) -> None:
        actions = self.connection.receive(json.dumps({"type": "stop", "id": id_}))
        assert self.told(actions) == [{"id": id_, "type": "complete"}]
        assert (Stop(id_) in actions) == (self.open.pop(id_, None) is not None)

    @invariant()
    def no_more_is_open_than_may_be(self) -> None:
        assert len(self.open) <= SUBSCRIPTIONS


def carried(*texts: str) -> bytes:
    """Raises UnicodeEncodeError for what neither a header nor a signature can be made of."""
    return "".join(texts).encode() or b"nothing"


def payload_is_no_json(payload: Any) -> bool:
    """NaN and Infinity: the frame as a whole is not read, and whose start it was is not known."""
    try:
        json.dumps(payload, allow_nan=False)
    except ValueError:
        return True
    return False


AnyOrder.TestCase.settings = examples(60)
TestAnyOrder = AnyOrder.TestCase


@examples(300)
@given(
    TEXTS
    | st.binary(max_size=60).map(lambda raw: base64.b64encode(raw).decode())
    | jsons().map(lambda value: base64.urlsafe_b64encode(json.dumps(value).encode()).decode())
)
def test_a_handshakes_credentials_are_read_or_refused(text: str) -> None:
    try:
        found = decode(text)
    except BadRequest:
        return
    assert all(name == name.lower() for name in found)
    assert carried(*found, *found.values())
