"""Frames of every kind, in every order, into the state machine of Events; any channel, any publish."""

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, invariant, multiple, rule

from localcloud.appsync.events.protocol import Action, Connection, Publish, Subscribe, Unsubscribe
from localcloud.appsync.realtime import Limits, Send
from localcloud.appsync.wire import dumps
from tests.localcloud.appsync.fuzzing import SCALARS, TEXTS, examples, jsons

MEMBERS = st.sampled_from(["id", "type", "channel", "events", "authorization", "payload"])
KINDS = st.sampled_from(["connection_init", "ka", "ping", "subscribe", "publish", "unsubscribe", "data"])
IDS = st.sampled_from(["1", "2", "3", "a-_+Z", "x" * 128])
CHANNELS = st.sampled_from(["/a/b", "a", "/a/*", "*", "//", "\ud800"]) | jsons()
SUBSCRIPTIONS, PUBLISHES = 2, 3


class AnyOrder(RuleBasedStateMachine):
    """Whatever a client sends: each operation is answered once, and what is kept of it is bounded."""

    waiting = Bundle("waiting")

    def __init__(self) -> None:
        super().__init__()
        limits = Limits(subscriptions=SUBSCRIPTIONS, publishes_per_second=PUBLISHES)
        self.connection = Connection(limits)
        self.open: dict[str, Subscribe] = {}
        self.published: list[float] = []
        self.now = 0.0

    def sent(self, **frame: Any) -> list[Action]:
        return self.connection.receive(json.dumps(frame), self.now)

    def told(self, actions: list[Action]) -> list[Any]:
        frames = [action.frame for action in actions if isinstance(action, Send)]
        for frame in frames:
            assert json.loads(dumps(frame).encode()) == frame
        return frames

    @rule(seconds=st.floats(0, 2))
    def time_goes_by(self, seconds: float) -> None:
        self.now += seconds

    @rule(value=jsons(MEMBERS, SCALARS | KINDS))
    def anything(self, value: Any) -> None:
        if not isinstance(value, dict) or value.get("type") not in ("subscribe", "publish", "unsubscribe"):
            for frame in self.told(self.connection.receive(json.dumps(value), self.now)):
                assert frame["type"] in ("connection_ack", "ka", "error")

    @rule(target=waiting, id_=IDS, channel=CHANNELS, authorization=jsons())
    def subscribe(self, id_: str, channel: Any, authorization: Any) -> Any:
        (action,) = self.sent(type="subscribe", id=id_, channel=channel, authorization=authorization)
        if isinstance(action, Subscribe):
            assert id_ not in self.open
            self.open[id_] = action
            assert action.signed.encode(), "IAM callers sign it"
            return action
        assert isinstance(action, Send)
        assert action.frame["type"] in ("subscribe_error", "error")
        return multiple()

    @rule(subscribe=consumes(waiting), works=st.booleans())
    def report(self, subscribe: Subscribe, works: bool) -> None:
        done = self.connection.subscribed(subscribe) if works else self.connection.refused(subscribe, {})
        wanted = self.open.get(subscribe.id) is subscribe
        kind = "subscribe_success" if works else "subscribe_error"
        assert [frame["type"] for frame in self.told(done)] == ([kind] if wanted else [])
        if wanted and not works:
            del self.open[subscribe.id]

    @rule(id_=IDS)
    def unsubscribe(self, id_: str) -> None:
        actions = self.sent(type="unsubscribe", id=id_)
        known = self.open.pop(id_, None) is not None
        kind = "unsubscribe_success" if known else "unsubscribe_error"
        assert [frame["type"] for frame in self.told(actions)] == [kind]
        assert (Unsubscribe(id_) in actions) == known

    @rule(id_=IDS, channel=CHANNELS, events=jsons())
    def publish(self, id_: str, channel: Any, events: Any) -> None:
        (action,) = self.sent(type="publish", id=id_, channel=channel, events=events)
        if isinstance(action, Publish):
            self.published.append(self.now)
            assert action.publication.signed.encode(), "IAM callers sign it"
        else:
            assert isinstance(action, Send)
            assert action.frame["type"] in ("publish_error", "error")

    @invariant()
    def no_more_than_may_be(self) -> None:
        assert len(self.open) <= SUBSCRIPTIONS
        assert sum(at > self.now - 1 for at in self.published) <= PUBLISHES


AnyOrder.TestCase.settings = examples(60)
TestAnyOrder = AnyOrder.TestCase


@examples(150)
@given(TEXTS)
def test_any_text_is_told_that_it_says_nothing(text: str) -> None:
    (action,) = Connection(Limits()).receive(text, 0.0)
    assert isinstance(action, Send)
    assert action.frame["type"] == "error"
