"""Namespace handlers: code with and without a data source, functions by themselves, and what they decide."""

import json
from typing import Any

import pytest
from aws_lambda_powertools.utilities.parser.models.appsync_events import AppSyncEventsModel

from tests.localcloud.appsync.events_world import EventsEndpoint, events_client

pytestmark = pytest.mark.anyio
UNAUTHORIZED = "You are not authorized to make this call."
MEMBERS = ["error", "events", "identity", "info", "outErrors", "prev", "request", "result", "stash"]


async def heard(endpoint: EventsEndpoint, channel: str, *events: Any) -> tuple[Any, list[Any]]:
    """The answer to a publish, and what a subscriber of the channel got until a last event of its own."""
    async with events_client(endpoint.host) as client:
        id_ = await client.subscribe(channel)
        end = await client.subscribe("/plain/end")
        receipt = await client.publish(channel, events)
        await client.publish("/plain/end", ["end"])
        frames = [each for each in client.seen if each["id"] == id_]
        client.seen = [each for each in client.seen if each["id"] == end]
        assert await client.event(end) == "end"
        return receipt, [json.loads(each["event"]) for each in frames]


def receipts(answer: Any) -> tuple[list[int], list[int]]:
    return [each["index"] for each in answer["successful"]], [each["index"] for each in answer["failed"]]


async def test_ev_a_handler_may_change_what_is_broadcast(events_endpoint: EventsEndpoint) -> None:
    answer, events = await heard(events_endpoint, "/scripted/marked", 1, {"a": 2})
    assert (answer["type"], receipts(answer)) == ("publish_success", ([0, 1], []))
    assert events == [{"marked": 1}, {"marked": {"a": 2}}]


async def test_ev_events_that_a_handler_leaves_out_are_dropped_silently(
    events_endpoint: EventsEndpoint,
) -> None:
    answer, events = await heard(events_endpoint, "/scripted/odd", 1, 2, 3)
    assert (receipts(answer), events) == (([0, 1, 2], []), [1, 3])


@pytest.mark.parametrize(("last", "expected"), [("nulls", [1]), ("none", [])])
async def test_ev_null_broadcasts_nothing(events_endpoint: EventsEndpoint, last: str, expected: Any) -> None:
    answer, events = await heard(events_endpoint, f"/scripted/{last}", 1, 2)
    assert (answer["type"], events) == ("publish_success", expected)


async def test_ev_an_event_with_an_error_is_told_as_failed(events_endpoint: EventsEndpoint) -> None:
    answer, events = await heard(events_endpoint, "/scripted/picky", 1, 0)
    assert (receipts(answer), events) == (([0], [1]), [1])
    assert answer["failed"][0]["message"] == "falsy"
    assert answer["failed"][0]["identifier"] not in [each["identifier"] for each in answer["successful"]]


async def test_ev_an_event_made_too_large_is_told_to_subscribers(events_endpoint: EventsEndpoint) -> None:
    async with events_client(events_endpoint.host) as client:
        id_ = await client.subscribe("/scripted/large")
        events_endpoint.post("/scripted/large", "x" * 120_000)
        frame = await client.receive()
    assert (frame["type"], frame["id"]) == ("broadcast_error", id_)
    assert frame["errors"][0]["errorType"] == "MessageProcessingError"


@pytest.mark.parametrize("last", ["unknown", "twice", "number", "crash"])
def test_ev_what_no_handler_may_return_fails_the_publish(events_endpoint: EventsEndpoint, last: str) -> None:
    status, error = events_endpoint.error(f"/scripted/{last}", 1, 2)
    assert (status, error["errorType"]) == (500, "HandlerExecutionError")


def test_ev_a_handlers_error_is_403_and_its_refusal_401(events_endpoint: EventsEndpoint) -> None:
    untyped = {"errorType": "MessageProcessingError", "message": "not today"}
    assert events_endpoint.error("/scripted/untyped", 1) == (403, untyped)
    typed = {"errorType": "Closed", "message": "not today"}
    assert events_endpoint.error("/scripted/typed", 1) == (403, typed)
    denied = {"errorType": "UnauthorizedException", "message": UNAUTHORIZED}
    assert events_endpoint.error("/scripted/denied", 1) == (401, denied)


async def test_ev_a_handlers_error_over_a_socket_is_a_publish_error(events_endpoint: EventsEndpoint) -> None:
    async with events_client(events_endpoint.host) as client:
        frame = await client.publish("/scripted/typed", [1])
        error = {"errorType": "Closed", "message": "not today"}
        assert frame == {"type": "publish_error", "id": "p1", "errors": [error]}


async def test_ev_a_subscription_may_be_refused_by_its_handler(events_endpoint: EventsEndpoint) -> None:
    async with events_client(events_endpoint.host) as client:
        denied = await client.try_subscribe("/scripted/denied")
        untyped = await client.try_subscribe("/scripted/untyped")
    assert denied["type"] == untyped["type"] == "subscribe_error"
    assert denied["errors"] == [{"errorType": "Unauthorized", "message": UNAUTHORIZED}]
    assert untyped["errors"] == [{"errorType": "SubscriptionProcessingError", "message": "not today"}]


async def test_ev_a_handler_is_given_the_operation_the_channel_and_the_caller(
    events_endpoint: EventsEndpoint,
) -> None:
    headers = {**events_endpoint.bearer(), "x-mine": "1"}
    async with events_client(events_endpoint.host) as client:
        id_ = await client.subscribe("/scripted/context")
        events_endpoint.post("/scripted/context", {"a": 1}, headers=headers)
        context = await client.event(id_)
    assert sorted(context) == MEMBERS
    assert context["info"] == {
        "channel": {"path": "/scripted/context", "segments": ["scripted", "context"]},
        "channelNamespace": {"name": "scripted"},
        "operation": "PUBLISH",
    }
    assert (context["identity"]["sub"], context["request"]["headers"]["x-mine"]) == ("ada", "1")
    assert [each["payload"] for each in context["events"]] == [{"a": 1}]


async def test_ev_a_subscribe_handler_sees_the_wildcard_and_no_events(
    events_endpoint: EventsEndpoint,
) -> None:
    async with events_client(events_endpoint.host) as client:
        frame = await client.try_subscribe("scripted/room/*/")
    context = json.loads(frame["errors"][0]["message"])
    assert context["info"]["channel"] == {"path": "/scripted/room/*", "segments": ["scripted", "room", "*"]}
    assert (context["info"]["operation"], context["events"], context["identity"]) == ("SUBSCRIBE", None, None)


async def test_ev_an_object_of_two_handlers_surrounds_a_data_source(events_endpoint: EventsEndpoint) -> None:
    _, (event,) = await heard(events_endpoint, "/stored/welcome", 5)
    assert event == {"result": "welcome", "error": None, "stash": {"from": "request"}}


async def test_ev_a_failing_source_is_seen_by_the_response_handler(events_endpoint: EventsEndpoint) -> None:
    async with events_client(events_endpoint.host) as client:
        assert (await client.publish("/stored/raises", [1]))["type"] == "publish_success"
        refused = await client.try_subscribe("/stored/raises")
    assert refused["errors"] == [{"errorType": "Stranger", "message": "not welcome"}]


def test_ev_a_request_handler_may_return_early(events_endpoint: EventsEndpoint) -> None:
    assert events_endpoint.post("/stored/early", 1).status_code == 200
    assert events_endpoint.functions.on("/stored/early") == []


async def test_ev_a_function_alone_gets_the_context_and_returns_events(
    events_endpoint: EventsEndpoint,
) -> None:
    answer, events = await heard(events_endpoint, "/direct/half", "one", "two", "three")
    assert (receipts(answer), events) == (([0, 2], [1]), ["first"])
    subscribed, published = events_endpoint.functions.on("/direct/half")
    assert sorted(published) == MEMBERS
    assert (subscribed["info"]["operation"], subscribed["events"]) == ("SUBSCRIBE", None)


async def test_ev_a_functions_error_broadcasts_nothing_and_refuses_subscriptions(
    events_endpoint: EventsEndpoint,
) -> None:
    async with events_client(events_endpoint.host) as client:
        id_ = await client.subscribe("/direct/*")
        assert (await client.publish("/direct/error", [1]))["type"] == "publish_success"
        await client.publish("/direct/fine", ["fine"])
        assert await client.event(id_) == "fine"
        refused = await client.try_subscribe("/direct/error")
    error = {"errorType": "SubscriptionProcessingError", "message": "the function says no"}
    assert refused == {"type": "subscribe_error", "id": "s1", "errors": [error]}


def test_ev_a_function_that_raises_fails_the_publish(events_endpoint: EventsEndpoint) -> None:
    assert events_endpoint.error("/direct/raises", 1)[0] == 500
    denied = {"errorType": "UnauthorizedException", "message": UNAUTHORIZED}
    assert events_endpoint.error("/direct/denied", 1) == (403, denied)


async def test_ev_a_function_that_is_only_told_decides_nothing(events_endpoint: EventsEndpoint) -> None:
    for last in ("error", "none", "raises"):
        answer, events = await heard(events_endpoint, f"/told/{last}", 1, 2)
        assert (receipts(answer), events) == (([0, 1], []), [1, 2])
        assert len(events_endpoint.functions.on(f"/told/{last}")) == 2


@pytest.mark.parametrize("mode", ["key", "cognito"])
def test_ev_what_a_function_is_sent_is_what_powertools_reads(
    events_endpoint: EventsEndpoint, mode: str
) -> None:
    channel = f"/direct/powertools/{mode}"
    events_endpoint.post(channel, {"a": 1}, headers=events_endpoint.bearer() if mode == "cognito" else None)
    (sent,) = events_endpoint.functions.on(channel)
    read = AppSyncEventsModel.model_validate(sent)
    assert read.events
    assert (read.events[0].payload, read.info.operation, read.info.channel.path) == (
        {"a": 1},
        "PUBLISH",
        channel,
    )


def test_ev_what_an_authoriser_passes_on_is_the_handlers_context(events_endpoint: EventsEndpoint) -> None:
    events_endpoint.post("/direct/friend", 1, headers={"Authorization": "friend"})
    (sent,) = events_endpoint.functions.on("/direct/friend")
    assert sent["identity"] == {"handlerContext": {"word": "friend"}}
