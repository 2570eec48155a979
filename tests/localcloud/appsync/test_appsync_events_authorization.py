"""Who may connect, publish and subscribe: every frame by its own credentials, in every mode."""

from typing import Any

import pytest
from websockets.asyncio.client import connect

from localcloud.appsync.errors import Unauthorized
from localcloud.appsync.events.sockets import refusal
from tests.localcloud.appsync.clients import sign
from tests.localcloud.appsync.events_world import (
    EventsEndpoint,
    by_key,
    compact,
    events_client,
    in_protocol,
)

pytestmark = pytest.mark.anyio
DENIED = {"errorType": "UnauthorizedException", "message": "You are not authorized to make this call."}


async def refused(endpoint: EventsEndpoint, **options: Any) -> Any:
    """The frame that a connection is refused with; the close that follows is a normal one."""
    async with connect(f"ws://{endpoint.host}/event/realtime", **options) as socket:
        await socket.send('{"type":"connection_init"}')
        frame = await socket.recv()
        await socket.wait_closed()
        assert socket.close_code == 1000
    return frame


@pytest.mark.parametrize("mode", ["key", "cognito", "iam", "lambda"])
async def test_ev_every_mode_may_connect_publish_and_subscribe(
    events_endpoint: EventsEndpoint, mode: str
) -> None:
    host, channel, event = events_endpoint.host, f"/plain/{mode}", {"ä": '"\u2028'}

    def shown(body: Any) -> Any:
        modes = {
            "key": by_key(host),
            "cognito": events_endpoint.bearer(),
            "iam": events_endpoint.signed(body),
            "lambda": {"Authorization": "friend", "host": host},
        }
        return modes[mode]

    async with events_client(host, shown({})) as client:
        id_ = await client.subscribe(channel, shown({"channel": channel}))
        auth = shown({"channel": channel, "events": [compact(event)]})
        assert (await client.publish(channel, [event], auth))["type"] == "publish_success"
        assert await client.event(id_) == event


async def test_ev_credentials_may_come_as_plain_headers(events_endpoint: EventsEndpoint) -> None:
    options: Any = {
        "subprotocols": ["aws-appsync-event-ws"],
        "additional_headers": {"x-api-key": by_key("")["x-api-key"]},
    }
    async with connect(f"ws://{events_endpoint.host}/event/realtime", **options) as socket:
        assert socket.subprotocol == "aws-appsync-event-ws"
        await socket.send('{"type":"connection_init"}')
        assert '"connection_ack"' in str(await socket.recv())


async def test_ev_a_bad_key_is_refused_at_connect_without_a_word(events_endpoint: EventsEndpoint) -> None:
    frame = await refused(events_endpoint, subprotocols=in_protocol({"x-api-key": "da2-wrong", "host": "x"}))
    assert frame == '{"type":"connection_error","errors":[{"errorType":"UnauthorizedException"}]}'
    assert refusal(Unauthorized("anything"))["errors"] == [{"errorType": "UnauthorizedException"}]


async def test_ev_a_connection_without_the_sub_protocol_is_refused(events_endpoint: EventsEndpoint) -> None:
    frame = await refused(events_endpoint, additional_headers={"x-api-key": by_key("")["x-api-key"]})
    assert "BadRequestException" in frame


async def test_ev_another_apis_key_is_none_of_this_one(events_endpoint: EventsEndpoint) -> None:
    frame = await refused(events_endpoint, subprotocols=in_protocol({"x-api-key": "da2-notes", "host": "x"}))
    assert "UnauthorizedException" in frame


async def test_ev_a_connection_signed_as_graphql_signs_is_refused(events_endpoint: EventsEndpoint) -> None:
    signed = sign(events_endpoint.host, "/event/connect", "{}")
    frame = await refused(events_endpoint, subprotocols=in_protocol(signed))
    assert "BadRequestException" in frame
    assert "Canonical String" in frame


async def test_ev_a_frame_without_credentials_has_not_those_of_the_handshake(
    events_endpoint: EventsEndpoint,
) -> None:
    async with events_client(events_endpoint.host) as client:
        frame = await client.try_subscribe("/plain/a", {})
        assert frame["errors"][0]["errorType"] == "UnauthorizedException"
        assert (await client.publish("/plain/a", [1], {}))["type"] == "publish_error"


async def test_ev_a_signature_over_other_events_does_not_match(events_endpoint: EventsEndpoint) -> None:
    async with events_client(events_endpoint.host) as client:
        auth = events_endpoint.signed({"channel": "/plain/a", "events": ["1"]})
        frame = await client.publish("/plain/a", [2], auth)
        assert (frame["type"], frame["errors"][0]["errorType"]) == ("publish_error", "BadRequestException")


async def test_ev_a_namespace_may_have_modes_of_its_own(events_endpoint: EventsEndpoint) -> None:
    async with events_client(events_endpoint.host) as client:
        assert (await client.try_subscribe("/members/a"))["errors"] == [DENIED]
        id_ = await client.subscribe("/members/a", events_endpoint.bearer())
        assert events_endpoint.error("/members/a", 1) == (401, DENIED)
        assert events_endpoint.error("/members/a", 1, headers=events_endpoint.bearer())[0] == 401
        body = {"channel": "/members/a", "events": ["7"]}
        assert events_endpoint.send(compact(body), events_endpoint.signed(body)).status_code == 200
        assert await client.event(id_) == 7


async def test_ev_an_unknown_namespace_is_unauthorised_without_a_word_over_a_socket(
    events_endpoint: EventsEndpoint,
) -> None:
    async with events_client(events_endpoint.host) as client:
        silent = [{"errorType": "UnauthorizedException"}]
        assert (await client.try_subscribe("/elsewhere/*"))["errors"] == silent
        assert (await client.publish("/elsewhere/a", [1]))["errors"] == silent


async def test_ev_an_iam_policy_names_actions_and_namespaces(events_endpoint: EventsEndpoint) -> None:
    signed = events_endpoint.signed
    async with events_client(events_endpoint.host, signed({}, listener=True)) as client:
        await client.subscribe("/plain/iam", signed({"channel": "/plain/iam"}, listener=True))
        body = {"channel": "/plain/iam", "events": ["1"]}
        frame = await client.publish("/plain/iam", [1], signed(body, listener=True))
        error = {"errorType": "UnauthorizedException", "message": "Permission denied"}
        assert frame == {"type": "publish_error", "id": "p1", "errors": [error]}


def verdicts(endpoint: EventsEndpoint, channel: str) -> list[Any]:
    contexts = [each["requestContext"] for each in endpoint.functions.events if "requestContext" in each]
    return [each for each in contexts if each["channel"] == channel]


async def test_ev_an_authoriser_is_told_the_operation_and_the_channel(
    events_endpoint: EventsEndpoint,
) -> None:
    friend = {"Authorization": "friend", "host": events_endpoint.host}
    async with events_client(events_endpoint.host, friend) as client:
        await client.subscribe("/plain/told/*")
        for _ in range(2):
            await client.publish("/plain/told/a", [1])
    (listened,) = verdicts(events_endpoint, "/plain/told/*")
    (published,) = verdicts(events_endpoint, "/plain/told/a")
    assert (listened["operation"], listened["channelNamespaceName"]) == ("EVENT_SUBSCRIBE", "plain")
    assert (published["operation"], published["apiId"]) == ("EVENT_PUBLISH", "events1")
    connected = verdicts(events_endpoint, None)[0]  # type: ignore[arg-type]  # no channel yet
    assert (connected["operation"], connected["channelNamespaceName"]) == ("EVENT_CONNECT", None)


async def test_ev_an_authoriser_may_let_in_for_one_operation_only(events_endpoint: EventsEndpoint) -> None:
    talker = {"Authorization": "talker", "host": events_endpoint.host}
    async with events_client(events_endpoint.host, talker) as client:
        assert (await client.try_subscribe("/plain/a"))["errors"] == [DENIED]
        assert (await client.publish("/plain/a", [1]))["type"] == "publish_success"
        assert (await client.publish("/plain/a", [1], {"Authorization": "foe"}))["errors"] == [DENIED]
