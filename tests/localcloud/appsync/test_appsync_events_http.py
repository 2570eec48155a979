"""Publishing over HTTP: answers, refusals with their types and texts, and what subscribers get."""

from typing import Any

import httpx
import pytest

from tests.localcloud.appsync.events_world import EventsEndpoint, by_key, compact, events_client

pytestmark = pytest.mark.anyio

UNAUTHORIZED = {
    "errorType": "UnauthorizedException",
    "message": "You are not authorized to make this call.",
}


def test_ev_a_publish_is_answered_with_a_receipt_of_each_event(events_endpoint: EventsEndpoint) -> None:
    body = events_endpoint.post("/plain/a", {"a": 1}, [2]).json()
    assert body["failed"] == []
    assert [each["index"] for each in body["successful"]] == [0, 1]
    assert len({each["identifier"] for each in body["successful"]}) == 2


async def test_ev_what_is_published_over_http_reaches_subscribers_as_it_was_written(
    events_endpoint: EventsEndpoint,
) -> None:
    text = '{ "b":1.0, "a" : "ộ" }'
    async with events_client(events_endpoint.host) as client:
        id_ = await client.subscribe("/plain/written")
        body = compact({"channel": "plain/written/", "events": [text]})
        assert events_endpoint.send(body, {"x-api-key": by_key("")["x-api-key"]}).status_code == 200
        assert await client.receive() == {"type": "data", "id": id_, "event": text}


@pytest.mark.parametrize("headers", [{"x-api-key": "da2-wrong"}, {"authorization": "nobody"}])
def test_ev_a_bad_key_or_token_is_unauthorised(events_endpoint: EventsEndpoint, headers: Any) -> None:
    assert events_endpoint.error("/plain/a", 1, headers=headers) == (401, UNAUTHORIZED)


def test_ev_without_credentials_the_header_is_missed(events_endpoint: EventsEndpoint) -> None:
    status, error = events_endpoint.error("/plain/a", 1, headers={})
    assert (status, error["errorType"]) == (401, "UnauthorizedException")


def test_ev_an_unknown_namespace_is_unauthorised_without_a_word(events_endpoint: EventsEndpoint) -> None:
    assert events_endpoint.error("/elsewhere/a", 1) == (401, {"errorType": "UnauthorizedException"})


def test_ev_more_than_five_events_are_refused(events_endpoint: EventsEndpoint) -> None:
    error = {"errorType": "BadRequestException", "message": "Input exceeded 5 event limit"}
    assert events_endpoint.error("/plain/a", *range(6)) == (400, error)


@pytest.mark.parametrize("channel", ["", "/plain/*", "/plain/a/b/c/d/e", "/plain//a"])
def test_ev_a_malformed_channel_is_refused(events_endpoint: EventsEndpoint, channel: str) -> None:
    error = {"errorType": "BadRequestException", "message": "Invalid Channel Format"}
    assert events_endpoint.error(channel, 1) == (400, error)


@pytest.mark.parametrize("body", ["", "{", "[]", "7", "[" * 100_000, '{"channel": "/plain/a", "events": 1}'])
def test_ev_a_body_that_is_no_publish_is_refused(events_endpoint: EventsEndpoint, body: str) -> None:
    response = events_endpoint.send(body, {"x-api-key": by_key("")["x-api-key"]})
    assert (response.status_code, response.json()["errors"][0]["errorType"]) == (400, "BadRequestException")


def test_ev_a_body_of_the_greatest_size_is_published_and_a_larger_one_refused(
    events_endpoint: EventsEndpoint,
) -> None:
    assert len(events_endpoint.post("/plain/a", *["x" * 239_998] * 5).json()["successful"]) == 5
    assert events_endpoint.post("/plain/a", "x" * 240_000).status_code == 400
    assert events_endpoint.post("/plain/a", "x" * 6_000_000).status_code == 413


def test_ev_browsers_of_other_origins_are_let_in_and_told_which_headers_they_may_read(
    events_endpoint: EventsEndpoint,
) -> None:
    asked = {"Origin": "http://x", "Access-Control-Request-Headers": "x-api-key,x-other"}
    allowed = httpx.options(f"http://{events_endpoint.host}/event", headers=asked)
    assert (allowed.status_code, allowed.headers["access-control-allow-headers"]) == (
        200,
        "x-api-key,x-other",
    )
    answered = events_endpoint.post("/plain/a", 1)
    assert answered.headers["access-control-allow-origin"] == "*"
    assert "x-amzn-errortype" in answered.headers["access-control-expose-headers"].lower()
    assert answered.headers["x-amzn-requestid"]


def test_ev_events_are_not_fetched_over_http(events_endpoint: EventsEndpoint) -> None:
    assert httpx.get(f"http://{events_endpoint.host}/event").status_code == 405
