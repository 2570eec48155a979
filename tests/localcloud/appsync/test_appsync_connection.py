"""The real-time protocol as a state machine: what each frame leads to, with no socket in sight."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from localcloud.appsync.realtime import Connection, Limits, Send, Start, Stop

UNSUPPORTED = {
    "errorType": "UnsupportedOperation",
    "message": "unknown not supported through the realtime channel",
}
QUERY = "subscription { onSend { id } }"


def frame(**members: Any) -> str:
    return json.dumps(members)


def start(id_: Any = "1", **payload: Any) -> str:
    given = {"data": json.dumps({"query": QUERY}), "extensions": {"authorization": {"X-Api-Key": "k"}}}
    return frame(type="start", id=id_, payload={**given, **payload})


def opened(connection: Connection, id_: str = "1") -> Start:
    (action,) = connection.receive(start(id_))
    assert isinstance(action, Start)
    assert connection.started(action) == [Send({"id": id_, "type": "start_ack"})]
    return action


@pytest.fixture
def connection() -> Connection:
    return Connection(Limits(subscriptions=2))


def test_rt03_every_connection_init_is_answered_with_connection_timeout_ms(connection: Connection) -> None:
    for text in (frame(type="connection_init"), frame(type="connection_init", payload={"anything": 1})):
        ack, alive = connection.receive(text)
        assert ack == Send({"type": "connection_ack", "payload": {"connectionTimeoutMs": 300_000}})
        assert alive == Send({"type": "ka"})


def test_rt04_a_start_needs_no_connection_init_and_keeps_its_text(connection: Connection) -> None:
    action = opened(connection)
    assert (action.request.query, action.request.variables) == (QUERY, {})
    assert action.authorization == {"x-api-key": "k"}
    assert action.data == json.dumps({"query": QUERY})


def test_rt05_a_repeated_live_id_is_an_error_of_that_id_and_the_first_lives_on(
    connection: Connection,
) -> None:
    opened(connection)
    (answer,) = connection.receive(start())
    assert isinstance(answer, Send)
    assert (answer.frame["id"], answer.frame["type"]) == ("1", "error")
    assert answer.frame["payload"]["errors"][0]["errorType"] == "DuplicatedOperationError"
    assert connection.receive(frame(type="stop", id="1"))[0] == Stop("1")


def test_rt07_stop_is_always_answered_with_complete(connection: Connection) -> None:
    opened(connection)
    complete = Send({"id": "1", "type": "complete"})
    assert connection.receive(frame(type="stop", id="1")) == [Stop("1"), complete]
    assert connection.receive(frame(type="stop", id="1")) == [complete]


def test_rt08_a_failed_start_is_told_with_its_id_which_is_free_again(connection: Connection) -> None:
    (action,) = connection.receive(start())
    assert isinstance(action, Start)
    (answer,) = connection.failed(action, [{"errorType": "T", "message": "m"}])
    assert answer == Send(
        {"id": "1", "type": "error", "payload": {"errors": [{"errorType": "T", "message": "m"}]}}
    )
    opened(connection)


def test_a_start_stopped_before_it_was_ready_is_not_acknowledged(connection: Connection) -> None:
    (early,) = connection.receive(start())
    connection.receive(frame(type="stop", id="1"))
    assert isinstance(early, Start)
    later = opened(connection)
    assert connection.started(early) == []
    assert connection.failed(early, []) == []
    assert connection.failed(later, []) != []


@pytest.mark.parametrize("kind", ["ping", "pong", "ka"])
def test_rt11_ping_and_pong_are_ignored(connection: Connection, kind: str) -> None:
    assert connection.receive(frame(type=kind)) == []


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "7", "null", '{"type": 1}', '{"type":"nonsense"}', "[" * 100_000]
)
def test_rt12_what_is_no_known_frame_is_unsupported(connection: Connection, text: str) -> None:
    assert connection.receive(text) == [Send({"type": "error", "payload": {"errors": [UNSUPPORTED]}})]


@pytest.mark.parametrize(
    "payload",
    [
        {"data": {"query": QUERY}},
        {"data": None},
        {"data": "{"},
        {"data": "[]"},
        {"data": '{"query": 1}'},
        {"data": '{"query": "x", "variables": []}', "extensions": None},
        {"extensions": {"authorization": [1]}},
        {"extensions": 5},
    ],
)
def test_rt12_an_unusable_start_is_unsupported_and_names_its_id(connection: Connection, payload: Any) -> None:
    (answer,) = connection.receive(start("9", **payload))
    assert answer == Send({"id": "9", "type": "error", "payload": {"errors": [UNSUPPORTED]}})


@pytest.mark.parametrize("id_", [None, 1, "", "x" * 257, ["a"]])
def test_an_id_that_is_no_short_text_is_unsupported(connection: Connection, id_: Any) -> None:
    (answer,) = connection.receive(start(id_))
    assert isinstance(answer, Send)
    assert "id" not in answer.frame


def test_one_subscription_too_many_is_refused_by_number(connection: Connection) -> None:
    opened(connection, "1")
    opened(connection, "2")
    (answer,) = connection.receive(start("3"))
    assert isinstance(answer, Send)
    error = {"errorType": "MaxSubscriptionsReachedError", "message": "Max number of 2 subscriptions reached"}
    assert answer.frame["payload"]["errors"] == [error]


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
)
frames = st.fixed_dictionaries(
    {"type": st.sampled_from(["start", "stop", "connection_init", "data"]) | anything},
    optional={"id": st.sampled_from(["a", "b"]) | anything, "payload": anything},
)


@given(st.lists(frames.map(json.dumps) | st.text(), max_size=10))
def test_no_sequence_of_frames_breaks_the_connection(texts: list[str]) -> None:
    connection = Connection(Limits(subscriptions=2))
    for text in texts:
        for action in connection.receive(text):
            assert isinstance(action, Send | Start | Stop)
    assert connection.receive(frame(type="connection_init"))
