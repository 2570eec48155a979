"""The Events protocol as a state machine: every frame a client may send, and what comes of it."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from localcloud.appsync.events.channels import Registry, parse, parse_pattern
from localcloud.appsync.events.delivering import Subscription, broadcast
from localcloud.appsync.events.errors import InvalidInput
from localcloud.appsync.events.protocol import Connection, Publish, Subscribe, Unsubscribe
from localcloud.appsync.events.publishing import EVENT_BYTES, Event, Outcome, Publication
from localcloud.appsync.realtime import Limits, Send
from localcloud.appsync.wire import as_stringified

UNSUPPORTED = {
    "errorType": "UnsupportedOperation",
    "message": "unknown not supported through the realtime channel",
}


@pytest.fixture
def connection() -> Connection:
    return Connection(Limits(subscriptions=2, publishes_per_second=3))


def receive(connection: Connection, now: float = 0.0, **frame: Any) -> list[Any]:
    return connection.receive(json.dumps(frame), now)


def only_frame(actions: list[Any]) -> Any:
    (action,) = actions
    assert isinstance(action, Send)
    return action.frame


def subscribe(connection: Connection, id_: str = "s1", channel: str = "/ns/a") -> Subscribe:
    (action,) = receive(
        connection, type="subscribe", id=id_, channel=channel, authorization={"X-Api-Key": "k"}
    )
    assert isinstance(action, Subscribe)
    return action


def test_ev_connection_init_is_answered_with_the_timeout_at_top_level(connection: Connection) -> None:
    ack, alive = receive(connection, type="connection_init")
    assert ack == Send({"type": "connection_ack", "connectionTimeoutMs": 300_000})
    assert alive == Send({"type": "ka"})


def test_ev_a_subscribe_keeps_its_own_credentials_and_what_iam_signs(connection: Connection) -> None:
    action = subscribe(connection, channel="/ns/ä\u2028")
    assert (action.id, action.authorization) == ("s1", {"x-api-key": "k"})
    assert action.signed == '{"channel":"/ns/ä\u2028"}'
    assert connection.subscribed(action) == [Send({"type": "subscribe_success", "id": "s1"})]


def test_ev_a_frame_without_authorization_has_none_whatever_the_handshake_had(connection: Connection) -> None:
    for own in (None, "x", {"a": 1}):
        (action,) = receive(connection, type="publish", id="p", channel="/a", events=[], authorization=own)
        assert isinstance(action, Publish)
        assert action.authorization == {}


def test_ev_a_repeated_live_id_is_an_error_of_that_id(connection: Connection) -> None:
    subscribe(connection)
    frame = only_frame(receive(connection, type="subscribe", id="s1", channel="/ns/b"))
    assert (frame["type"], frame["id"]) == ("subscribe_error", "s1")
    assert frame["errors"][0]["errorType"] == "DuplicatedOperationError"


def test_ev_one_subscription_too_many_is_refused_by_number(connection: Connection) -> None:
    subscribe(connection, "s1")
    subscribe(connection, "s2")
    frame = only_frame(receive(connection, type="subscribe", id="s3", channel="/ns/a"))
    error = {"errorType": "MaxSubscriptionsReachedError", "message": "Max number of 2 subscriptions reached"}
    assert frame == {"type": "subscribe_error", "id": "s3", "errors": [error]}


def test_ev_a_refused_subscription_frees_its_id(connection: Connection) -> None:
    action = subscribe(connection)
    frame = only_frame(connection.refused(action, {"errorType": "T"}))
    assert frame == {"type": "subscribe_error", "id": "s1", "errors": [{"errorType": "T"}]}
    assert connection.refused(action, {"errorType": "T"}) == []
    subscribe(connection)


def test_ev_unsubscribing_is_confirmed_once_and_unknown_after(connection: Connection) -> None:
    action = subscribe(connection)
    done = receive(connection, type="unsubscribe", id="s1")
    assert done == [Unsubscribe("s1"), Send({"type": "unsubscribe_success", "id": "s1"})]
    assert connection.subscribed(action) == []
    error = {"errorType": "UnknownOperationError", "message": "Unknown operation id s1"}
    frame = only_frame(receive(connection, type="unsubscribe", id="s1"))
    assert frame == {"type": "unsubscribe_error", "id": "s1", "errors": [error]}


def test_ev_publishes_beyond_the_rate_are_refused_until_a_second_has_passed(connection: Connection) -> None:
    publish = {"type": "publish", "channel": "/ns/a", "events": ["1"]}
    for index in range(3):
        (action,) = receive(connection, now=0.3 * index, id=f"p{index}", **publish)
        assert isinstance(action, Publish)
    frame = only_frame(receive(connection, now=0.9, id="p3", **publish))
    error = {"errorType": "LimitExceededError", "message": "Rate limit exceeded"}
    assert frame == {"type": "publish_error", "id": "p3", "errors": [error]}
    assert isinstance(receive(connection, now=1.0, id="p4", **publish)[0], Publish)


def test_ev_what_iam_signs_of_a_publish_is_what_javascript_stringifies(connection: Connection) -> None:
    events = ['{"a":"ộ \\" \u2028"}', "\ud800\x7f\x01\n"]
    (action,) = receive(connection, type="publish", id="p", channel="/ns/a", events=events, payload={"x": 1})
    assert action.publication.signed == (
        '{"channel":"/ns/a","events":["{\\"a\\":\\"ộ \\\\\\" \u2028\\"}","\\ud800\x7f\\u0001\\n"]}'
    )
    assert as_stringified({"a": 1.5, "b": [True, None]}) == '{"a":1.5,"b":[true,null]}'


@pytest.mark.parametrize("kind", ["ping", "pong", "ka"])
def test_ev_ping_and_pong_are_ignored(connection: Connection, kind: str) -> None:
    assert receive(connection, type=kind) == []


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "7", "null", '{"type": 1}', '{"type":"start"}', "[" * 100_000]
)
def test_ev_what_is_no_known_frame_is_unsupported(connection: Connection, text: str) -> None:
    assert connection.receive(text, 0.0) == [Send({"type": "error", "errors": [UNSUPPORTED]})]


def test_ev_an_unknown_frame_is_refused_under_its_id(connection: Connection) -> None:
    frame = only_frame(receive(connection, type="nonsense", id="n1"))
    assert frame == {"type": "error", "id": "n1", "errors": [UNSUPPORTED]}


@pytest.mark.parametrize("id_", [None, 1, "", "x" * 129, "a b", "a\n", "ä", ["a"]])
@pytest.mark.parametrize("kind", ["subscribe", "publish", "unsubscribe"])
def test_ev_an_id_outside_the_grammar_is_not_repeated(connection: Connection, kind: str, id_: Any) -> None:
    frame = only_frame(receive(connection, type=kind, id=id_, channel="/ns/a", events=["1"]))
    assert frame == {"type": "error", "errors": [UNSUPPORTED]}


@pytest.mark.parametrize("id_", ["a", "x" * 128, "A-Z_0+9"])
def test_ev_an_id_within_the_grammar_is_taken(connection: Connection, id_: str) -> None:
    assert subscribe(connection, id_).id == id_


@pytest.mark.parametrize(
    ("events", "text"),
    [
        (["1"] * 6, "Input exceeded 5 event limit"),
        ([], "Input must have 1 to 5 events"),
        (None, "Input must have 1 to 5 events"),
        ("1", "Input must have 1 to 5 events"),
        (["1", {"a": 1}], "Event 1 is not a JSON string"),
        (["{"], "Event 0 is not valid JSON"),
        (["NaN"], "Event 0 is not valid JSON"),
        ([f'"{"ộ" * 80_000}"'], "Event 0 exceeded 240000 byte limit"),
    ],
)
def test_ev_events_that_cannot_be_published(events: Any, text: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        Publication("/ns/a", events).read()
    assert refused.value.wire() == {"errorType": "BadRequestException", "message": text}
    assert refused.value.frame()["errorType"] == "InvalidInputError"


def test_ev_too_many_events_are_told_in_small_letters_over_a_socket() -> None:
    frame = InvalidInput("Input exceeded 5 event limit").frame()
    assert frame == {"errorType": "InvalidInputError", "message": "input exceeded 5 event limit"}


def test_ev_five_events_of_the_greatest_size_are_published() -> None:
    text = f'"{"x" * (EVENT_BYTES - 2)}"'
    assert [event.text for event in Publication("/ns/a", [text] * 5).read()] == [text] * 5


def test_ev_a_receipt_has_every_event_under_its_own_identifier() -> None:
    events = [Event(id_, index, "1", 1) for index, id_ in enumerate("abc")]
    assert Outcome(("1",), {"b": "too late"}).receipt(events) == {
        "successful": [{"identifier": "a", "index": 0}, {"identifier": "c", "index": 2}],
        "failed": [{"identifier": "b", "index": 1, "code": 400, "message": "too late"}],
    }


class Frames(list[Any]):
    def offer(self, text: str) -> None:
        self.append(json.loads(text))

    def share(self, head: bytes, tail: bytes) -> None:
        self.append(json.loads(head + tail))

    def finish(self, text: str) -> None:
        raise AssertionError(text)


def delivered(*texts: str) -> Frames:
    frames = Frames()
    registry = Registry[Subscription]()
    registry.add(Subscription("s+1", parse_pattern("/ns/*"), frames))
    broadcast(registry, parse("/ns/a"), texts)
    return frames


def test_ev_each_event_is_a_frame_of_its_own_with_a_string_in_it() -> None:
    texts = ['{"a": "ộ\\n"}', '"\\ud800"', "null"]
    assert delivered(*texts) == [{"type": "data", "id": "s+1", "event": text} for text in texts]


def test_ev_an_event_that_a_handler_made_too_large_is_told_to_subscribers() -> None:
    (frame,) = delivered("1" * (EVENT_BYTES + 1))
    assert (frame["type"], frame["id"]) == ("broadcast_error", "s+1")
    assert frame["errors"][0]["errorType"] == "MessageProcessingError"


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
)
kinds = st.sampled_from(["connection_init", "subscribe", "publish", "unsubscribe"])
frames = st.fixed_dictionaries(
    {"type": kinds | anything},
    optional={
        "id": st.sampled_from(["a", "b"]) | anything,
        "channel": st.sampled_from(["/ns/a", "/ns/*"]) | anything,
        "events": anything,
        "authorization": anything,
    },
)


@given(st.lists(frames.map(json.dumps) | st.text(), max_size=10))
def test_no_sequence_of_events_frames_breaks_the_connection(texts: list[str]) -> None:
    connection = Connection(Limits(subscriptions=2))
    for text in texts:
        for action in connection.receive(text, 0.0):
            assert isinstance(action, Send | Subscribe | Publish | Unsubscribe)
            if isinstance(action, Publish):
                action.publication.signed.encode()
    assert len(receive(connection, type="connection_init")) == 2
