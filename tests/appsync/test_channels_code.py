"""The handlers of channels: one rule of who may use which, whether asked over GraphQL or over Events."""

from typing import Any

import pytest

from appsync.packaging import bundled
from localcloud.appsync.js import Code, Engine
from tests.conftest import ROOT

FOLDER = ROOT / "appsync/resolvers"
PERSON = {"sub": "ana", "claims": {"sub": "ana"}, "username": "ana"}
WORKER = {"userArn": "arn:aws:sts::0:assumed-role/riffle-dev-answer/x", "username": "AROA:x"}
CHANNELS = [
    "a",
    "users/bao",
    "user",
    "user/ana",
    "user/ana/in",
    "user/bao",
    "user/bao/in",
    "user/anatol",
    "User/bao",
]


@pytest.fixture(scope="module")
def engine() -> Engine:
    return Engine({})


def run(engine: Engine, name: str, handler: str, context: Any) -> Any:
    return engine.run(Code(name, bundled(FOLDER / f"{name}.js")), handler, context, [])


def over_events(engine: Engine, handler: str, channel: str, identity: Any = PERSON, *payloads: Any) -> Any:
    segments = ["channels", *channel.split("/")] if channel else ["channels"]
    events = [{"id": str(index), "payload": payload} for index, payload in enumerate(payloads)]
    info = {"channel": {"path": f"/{'/'.join(segments)}", "segments": segments}}
    return run(
        engine, "channels", handler, {"identity": identity, "info": info, "events": events, "stash": {}}
    )


def over_graphql(engine: Engine, kind: str, channel: str, identity: Any = PERSON) -> Any:
    info = {"parentTypeName": kind, "fieldName": "any"}
    arguments = {"channel": channel, "data": 1}
    context = {"identity": identity, "info": info, "arguments": arguments, "stash": {}}
    return run(engine, "channel", "request", context)


def refused(outcome: Any) -> bool:
    return bool(outcome["kind"] == "error" and outcome["error"] == {"unauthorized": True})


@pytest.mark.parametrize("identity", [PERSON, WORKER], ids=["person", "worker"])
@pytest.mark.parametrize("channel", CHANNELS)
def test_both_transports_refuse_the_same_channels(engine: Engine, channel: str, identity: Any) -> None:
    published = over_graphql(engine, "Mutation", channel, identity)
    assert refused(published) == refused(over_events(engine, "onPublish", channel, identity, 1))
    assert refused(published) == refused(over_graphql(engine, "Subscription", channel, identity))
    assert refused(published) == refused(over_events(engine, "onSubscribe", channel, identity))


@pytest.mark.parametrize("channel", ["*", "user/*", "user/bao/*"])
def test_nobody_listens_to_others_through_a_wildcard(engine: Engine, channel: str) -> None:
    assert refused(over_events(engine, "onSubscribe", channel))
    assert not refused(over_events(engine, "onSubscribe", channel, WORKER))


@pytest.mark.parametrize("channel", ["", "room/*", "user/ana/*", "user/ana/in/*"])
def test_other_wildcards_are_everybodys(engine: Engine, channel: str) -> None:
    assert over_events(engine, "onSubscribe", channel)["kind"] == "value"


def test_a_caller_of_no_known_kind_is_refused_by_failing(engine: Engine) -> None:
    assert over_events(engine, "onPublish", "a", None, 1)["kind"] == "crash"
    assert over_events(engine, "onSubscribe", "a", None)["kind"] == "crash"


def test_a_message_has_graphqls_members(engine: Engine) -> None:
    first, second = over_events(engine, "onPublish", "room/one", WORKER, {"a": [1]}, None)["value"]
    assert (first["id"], second["id"]) == ("0", "1")
    message = first["payload"]
    assert (message["id"], message["channel"], message["sender"]) == ("0", "room/one", "service")
    assert (message["data"], second["payload"]["data"]) == ({"a": [1]}, None)
    assert message["sentAt"].endswith("Z")


def test_a_message_that_would_be_lost_is_told_as_failed_and_the_others_are_not(engine: Engine) -> None:
    fine, large = over_events(engine, "onPublish", "a", PERSON, "ộ" * 66_000, "ộ" * 70_000)["value"]
    assert fine["payload"]["data"]
    assert large == {"id": "1", "error": "the message takes 210003 bytes; the limit is 200000"}


def test_five_messages_of_the_greatest_size_are_handled_in_time(engine: Engine) -> None:
    returned = over_events(engine, "onPublish", "a", PERSON, *["x" * 199_990] * 5)
    assert [each["payload"]["sender"] for each in returned["value"]] == ["ana"] * 5
