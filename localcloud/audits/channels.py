"""EV: AppSync Events. Publishing over HTTP and WebSockets, channels, authorisation, handlers."""

import asyncio
import json
import re

from localcloud.audits.pages import (
    EV_AUTHORIZATION,
    EV_CHANNELS,
    EV_HANDLERS,
    EV_HTTP,
    EV_PROTOCOL,
    EV_SOCKET,
    QUOTAS,
)
from localcloud.audits.rules import Evidence, Json, expect, expect_in, expect_one_of, expect_true, rule
from localcloud.audits.sockets import EventSocket
from localcloud.audits.target import Target, fresh

TESTED, CLIENTS, CHOSEN = Evidence.TESTED, Evidence.CLIENTS, Evidence.CHOSEN
REFUSED = "You are not authorized to make this call."
UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def room(namespace: str = "open") -> str:
    """A channel that no other audit uses."""
    return f"/{namespace}/{fresh()}"


async def published(target: Target, channel: str, *events: Json) -> Json:
    answer = await target.post_events(channel, [json.dumps(each) for each in events])
    expect(answer.status_code, 200, f"the status of publishing to {channel}")
    return answer.json()


async def hears(socket: EventSocket, target: Target, channel: str, id_: str = "s1") -> None:
    """Publishes to a channel, and expects that subscription to be the next to hear it."""
    mark = fresh()
    await published(target, channel, mark)
    expect(await socket.event(id_), mark, f"the event on {channel}")


# ---- Publishing over HTTP


@rule("EV01", "MUST answer a publish with an identifier and the index of each event", EV_HTTP)
async def answers_publish(target: Target) -> None:
    body = await published(target, room(), 1, "two")
    expect(body["failed"], [], "what failed")
    expect([each["index"] for each in body["successful"]], [0, 1], "the indexes")
    expect_true(all(UUID.fullmatch(each["identifier"]) for each in body["successful"]), "no UUIDs", body)


@rule("EV02", "MUST read the body as JSON whatever type it declares", EV_HTTP, CLIENTS)
async def ignores_declared_type(target: Target) -> None:
    headers = {**target.events_caller(), "content-type": "text/event"}
    answer = await target.send_events(json.dumps({"channel": room(), "events": ["1"]}), headers)
    expect((answer.status_code, len(answer.json()["successful"])), (200, 1), "the status and the successes")


@rule("EV03", "MUST refuse an unknown API key with 401 and AppSync's words", EV_HTTP, TESTED)
async def refuses_unknown_key(target: Target) -> None:
    answer = await target.post_events(room(), ["1"], {"x-api-key": "da2-nobodysnobodysnobodysnobody"})
    expect(answer.status_code, 401, "the status")
    error = answer.json()["errors"][0]
    wanted = {"errorType": "UnauthorizedException", "message": REFUSED}
    expect({name: error.get(name) for name in wanted}, wanted, "the error")


@rule("EV04", "MUST refuse an unknown namespace with 401, and say nothing", EV_HTTP, TESTED)
async def refuses_unknown_namespace(target: Target) -> None:
    answer = await target.post_events("/nowhere/x", ["1"])
    expect(answer.status_code, 401, "the status")
    error = answer.json()["errors"][0]
    expect((error["errorType"], error.get("message")), ("UnauthorizedException", None), "the error")


@rule("EV05", "MUST refuse more than five events with 400 and AppSync's words", EV_HTTP, TESTED)
async def refuses_six(target: Target) -> None:
    answer = await target.post_events(room(), ["1"] * 6)
    expect(answer.status_code, 400, "the status")
    wanted = {"errorType": "BadRequestException", "message": "Input exceeded 5 event limit"}
    expect(answer.json()["errors"][0], wanted, "the error")


@rule("EV06", "MUST refuse malformed channels with 400 and AppSync's words", EV_CHANNELS, TESTED)
async def refuses_malformed(target: Target) -> None:
    channels = (
        "",
        "/",
        "/open//x",
        "/open/-x",
        "/open/x-",
        "/open/x_y",
        "/open/a/b/c/d/e",
        f"/open/{'x' * 51}",
    )
    for channel in channels:
        answer = await target.post_events(channel, ["1"])
        expect(answer.status_code, 400, f"the status for '{channel}'")
        wanted = {"errorType": "BadRequestException", "message": "Invalid Channel Format"}
        expect(answer.json()["errors"][0], wanted, f"the error for '{channel}'")


@rule("EV07", "MUST refuse to publish to a wildcard", EV_CHANNELS)
async def refuses_wildcard(target: Target) -> None:
    expect((await target.post_events("/open/*", ["1"])).status_code, 400, "the status")


@rule("EV08", "MUST refuse an event of more than 240 kB", QUOTAS)
async def refuses_large(target: Target) -> None:
    answer = await target.post_events(room(), [json.dumps("x" * 300_000)])
    expect_one_of(answer.status_code, (400, 413), "the status")


@rule("EV09", "MUST take an event of 200 kB, and deliver it whole", QUOTAS)
async def takes_fair(target: Target) -> None:
    channel = room()
    async with target.event_socket() as socket:
        await socket.follow(channel)
        await published(target, channel, "x" * 200_000)
        expect(len(await socket.event()), 200_000, "the length of the event")


@rule("EV10", "MUST refuse a publish without events, or with events that are no JSON texts", EV_HTTP, CHOSEN)
async def refuses_no_events(target: Target) -> None:
    for events in ([], None, "1", [{"a": 1}], ["{"], [1]):
        expect((await target.post_events(room(), events)).status_code, 400, f"the status for {events!r}")


@rule("EV11", "MUST refuse a body that is no JSON object", EV_HTTP, CHOSEN)
async def refuses_no_json(target: Target) -> None:
    for body in ("", "nonsense", "[]", "1"):
        expect((await target.send_events(body)).status_code, 400, f"the status for {body!r}")


@rule("EV12", "MUST answer a preflight of any origin", EV_HTTP, CLIENTS)
async def answers_preflight(target: Target) -> None:
    headers = {
        "Origin": "https://example.com",
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "x-api-key",
    }
    async with target.http() as client:
        answer = await client.options(target.events, headers=headers)
    expect_one_of(answer.status_code, (200, 204), "the status")
    expect(answer.headers.get("access-control-allow-origin"), "*", "the allowed origin")


# ---- Handshake


@rule("EV13", "MUST select exactly aws-appsync-event-ws", EV_PROTOCOL)
async def selects_protocol(target: Target) -> None:
    async with target.raw_events() as socket:
        expect(socket.socket.subprotocol, "aws-appsync-event-ws", "the sub-protocol")


@rule("EV14", "MUST answer connection_init with connectionTimeoutMs at the top", EV_PROTOCOL)
async def acknowledges(target: Target) -> None:
    async with target.raw_events() as socket:
        ack = await socket.acknowledge()
    expect_true(isinstance(ack.get("connectionTimeoutMs"), int), "there is no timeout", ack)


@rule("EV15", "MUST take credentials from plain headers too", EV_PROTOCOL, CLIENTS)
async def takes_headers(target: Target) -> None:
    async with target.event_socket(carrier="headers"):
        pass


@rule(
    "EV16",
    "MUST refuse a bad key with connection_error without a message, and close normally",
    EV_PROTOCOL,
    TESTED,
)
async def refuses_connection(target: Target) -> None:
    auth = {"host": target.events_host, "x-api-key": "da2-nobodysnobodysnobodysnobody"}
    async with target.raw_events(auth) as socket:
        await socket.say(type="connection_init")
        found = await socket.expect("connection_error")
        expect(found["errors"], [{"errorType": "UnauthorizedException"}], "the errors")
        expect(await socket.closed(), 1000, "the close code")


@rule(
    "EV17",
    "MUST let in a signature of a connect over the endpoint's own path and the body {}",
    EV_AUTHORIZATION,
)
async def lets_signed_connect(target: Target) -> None:
    async with target.event_socket(target.signed_events("{}")):
        pass


@rule("EV18", "MUST let a Cognito user connect, publish and subscribe", EV_AUTHORIZATION)
async def lets_users(target: Target) -> None:
    channel = room()
    async with target.event_socket(target.events_auth(target.bearer())) as socket:
        await socket.follow(channel)
        await socket.publish(channel, ["1"])
        expect({(await socket.frame())["type"], (await socket.frame())["type"]}, {"data", "publish_success"})


@rule(
    "EV19",
    "MUST ask the Lambda authoriser with the operation, the namespace and the channel",
    EV_AUTHORIZATION,
)
async def asks_authoriser(target: Target) -> None:
    channel = room("coded")
    async with target.event_socket(target.events_auth(target.bearer("lambda_token"))) as socket:
        await socket.follow(channel)
        await socket.publish(channel, ['"context"'])
        frames = [await socket.frame(), await socket.frame()]
    seen = json.loads(next(each["event"] for each in frames if each["type"] == "data"))
    asked = json.loads(seen["identity"]["handlerContext"]["event"])["requestContext"]
    wanted = {"operation": "EVENT_PUBLISH", "channelNamespaceName": "coded", "channel": channel}
    expect({name: asked.get(name) for name in wanted}, wanted, "the request's context")


# ---- Frames


@rule("EV20", "MUST acknowledge a subscription with subscribe_success and its id", EV_PROTOCOL)
async def acknowledges_subscription(target: Target) -> None:
    async with target.event_socket() as socket:
        await socket.subscribe(room(), "an-id_+1")
        expect(await socket.frame(), {"type": "subscribe_success", "id": "an-id_+1"}, "the frame")


@rule("EV21", "MUST send every event as a frame of its own, its JSON as a text", EV_PROTOCOL, CLIENTS)
async def sends_events(target: Target) -> None:
    channel = room()
    async with target.event_socket() as socket:
        await socket.follow(channel)
        await published(target, channel, {"a": 1}, [2], "three")
        frames = [await socket.frame() for _ in range(3)]
    expect([sorted(each) for each in frames], [["event", "id", "type"]] * 3, "the members of the frames")
    expect([json.loads(each["event"]) for each in frames], [{"a": 1}, [2], "three"], "the events")


@rule("EV22", "MUST publish over a WebSocket, and answer with publish_success", EV_SOCKET)
async def publishes(target: Target) -> None:
    async with target.event_socket() as socket:
        await socket.publish(room(), ["1", "2"], "p9")
        found = await socket.expect("publish_success", "p9")
    expect([each["index"] for each in found["successful"]], [0, 1], "the indexes")
    expect(found["failed"], [], "what failed")


@rule("EV23", "MUST answer a publish that cannot be with publish_error and its id", EV_SOCKET, TESTED)
async def refuses_publishes(target: Target) -> None:
    async with target.event_socket() as socket:
        await socket.publish(room(), ["1"] * 6, "six")
        found = await socket.expect("publish_error", "six")
        wanted = {"errorType": "InvalidInputError", "message": "input exceeded 5 event limit"}
        expect(found["errors"], [wanted], "the errors")
        await socket.publish("/nowhere/x", ["1"], "lost")
        found = await socket.expect("publish_error", "lost")
        expect(found["errors"][0]["errorType"], "UnauthorizedException", "the type")


@rule("EV24", "MUST authorise every frame on its own", EV_PROTOCOL)
async def authorises_frames(target: Target) -> None:
    stranger = {"x-api-key": "da2-nobodysnobodysnobodysnobody"}
    async with target.event_socket() as socket:
        await socket.publish(room(), ["1"], auth=stranger)
        found = await socket.expect("publish_error", "p1")
        expect(found["errors"][0]["errorType"], "UnauthorizedException", "the type of the publish")
        await socket.subscribe(room(), auth=stranger)
        found = await socket.expect("subscribe_error", "s1")
        expect(found["errors"][0]["errorType"], "UnauthorizedException", "the type of the subscription")


@rule("EV25", "MUST not take credentials over from the handshake", EV_PROTOCOL, CHOSEN)
async def inherits_nothing(target: Target) -> None:
    async with target.event_socket() as socket:
        await socket.subscribe(room(), auth={})
        await socket.expect("subscribe_error", "s1")


@rule(
    "EV26", "MUST refuse a token in a frame that has expired since the connection was made", EV_AUTHORIZATION
)
async def refuses_expired(target: Target) -> None:
    async with target.event_socket() as socket:
        await socket.subscribe(room(), auth=target.events_auth(target.bearer("expired")))
        found = await socket.expect("subscribe_error", "s1")
        expect(found["errors"][0]["errorType"], "UnauthorizedException", "the type")


@rule("EV27", "MUST verify the signature of a subscription over its channel", EV_PROTOCOL)
async def verifies_subscription(target: Target) -> None:
    channel = room()
    body = json.dumps({"channel": channel}, separators=(",", ":"))
    async with target.event_socket(target.signed_events("{}")) as socket:
        await socket.subscribe(channel, auth=target.signed_events(body))
        await socket.expect("subscribe_success", "s1")
        await socket.subscribe(room(), "s2", auth=target.signed_events(body))
        await socket.expect("subscribe_error", "s2")


@rule("EV28", "MUST verify the signature of a publish over its channel and events", EV_PROTOCOL)
async def verifies_publish(target: Target) -> None:
    channel, events = room(), ['{"ä":1}']
    body = json.dumps({"channel": channel, "events": events}, separators=(",", ":"), ensure_ascii=False)
    async with target.event_socket(target.signed_events("{}")) as socket:
        await socket.publish(channel, events, auth=target.signed_events(body))
        await socket.expect("publish_success", "p1")
        await socket.publish(channel, ["2"], "p2", auth=target.signed_events(body))
        await socket.expect("publish_error", "p2")


@rule("EV29", "MUST answer unsubscribe, and send nothing of that id any more", EV_PROTOCOL)
async def unsubscribes(target: Target) -> None:
    channel = room()
    async with target.event_socket() as socket:
        await socket.follow(channel, "gone")
        await socket.follow(channel, "there")
        await socket.say(type="unsubscribe", id="gone")
        expect(await socket.frame(), {"type": "unsubscribe_success", "id": "gone"}, "the answer")
        await hears(socket, target, channel, "there")


@rule("EV30", "MUST refuse to unsubscribe an unknown id, in AppSync's words", EV_PROTOCOL)
async def refuses_unknown_id(target: Target) -> None:
    async with target.event_socket() as socket:
        await socket.say(type="unsubscribe", id="nobody")
        error = {"errorType": "UnknownOperationError", "message": "Unknown operation id nobody"}
        wanted = {"type": "unsubscribe_error", "id": "nobody", "errors": [error]}
        expect(await socket.frame(), wanted, "the answer")


@rule("EV31", "MUST refuse a subscription whose id is in use, and keep the first", EV_PROTOCOL)
async def refuses_duplicate(target: Target) -> None:
    channel = room()
    async with target.event_socket() as socket:
        await socket.follow(channel)
        await socket.subscribe(room())
        found = await socket.expect("subscribe_error", "s1")
        expect(found["errors"][0]["errorType"], "DuplicatedOperationError", "the type")
        await hears(socket, target, channel)


@rule("EV32", "MUST refuse ids that are missing, too long or of other characters", EV_PROTOCOL)
async def refuses_ids(target: Target) -> None:
    async with target.event_socket() as socket:
        for id_ in (None, "", 7, "x" * 129, "a b", "é"):
            await socket.subscribe(room(), id_)
            found = await socket.frame()
            expect_true(found["type"].endswith("error"), f"id {id_!r} is not refused", found)
        await socket.follow(room(), "x" * 128)


@rule("EV33", "MUST answer frames of unknown type and what is no frame with an error, and go on", EV_PROTOCOL)
async def refuses_frames(target: Target) -> None:
    async with target.event_socket() as socket:
        for text in ('{"type":"dance"}', "nonsense", "[]", "{}"):
            await socket.text(text)
            found = await socket.expect("error")
            expect(found["errors"][0]["errorType"], "UnsupportedOperation", f"the type for {text}")
        await socket.follow(room())


@rule("EV34", "MUST refuse the 201st subscription of a connection", QUOTAS, TESTED)
async def limits_subscriptions(target: Target) -> None:
    async with target.event_socket() as socket:
        for number in range(200):
            await socket.subscribe("/open/full", f"s{number}")
        for _ in range(200):
            await socket.expect("subscribe_success")
        await socket.subscribe("/open/full", "over")
        found = await socket.expect("subscribe_error", "over")
        expect(found["errors"][0]["errorType"], "MaxSubscriptionsReachedError", "the type")


@rule("EV35", "MUST refuse a 300 kB event over a WebSocket, and stay up", QUOTAS)
async def refuses_large_frame(target: Target) -> None:
    async with target.event_socket() as socket:
        await socket.publish(room(), [json.dumps("x" * 300_000)])
        await socket.expect("publish_error", "p1")
        await socket.follow(room())


@rule("EV36", "MUST tell a connection that publishes over 25 times a second to slow down", QUOTAS)
async def limits_rate(target: Target) -> None:
    async with target.event_socket() as socket:
        for number in range(60):
            await socket.publish("/open/fast", ["1"], f"p{number}")
        found = [await socket.frame() for _ in range(60)]
        refused = [each for each in found if each["type"] == "publish_error"]
        expect_true(refused, "60 publishes at once all succeeded")
        expect(refused[0]["errors"][0]["errorType"], "LimitExceededError", "the type")


@rule("EV37", "MUST send keep-alive frames at least once a minute", EV_PROTOCOL, slow=True)
async def keeps_alive(target: Target) -> None:
    async with target.event_socket() as socket:
        for _ in range(2):
            expect(await socket.frame(keep_alive=True), {"type": "ka"}, "the frame")


# ---- Channels


@rule("EV38", "MUST deliver what a wildcard covers at any depth", EV_CHANNELS)
async def wildcards_reach_deep(target: Target) -> None:
    base = room()
    async with target.event_socket() as socket:
        await socket.follow(f"{base}/*")
        for channel in (f"{base}/a", f"{base}/a/b", f"{base}/a/b/c"):
            await hears(socket, target, channel)


@rule("EV39", "MUST not deliver what a wildcard does not cover", EV_CHANNELS)
async def wildcards_end(target: Target) -> None:
    base = room()
    async with target.event_socket() as socket:
        await socket.follow(f"{base}/a/*")
        await published(target, f"{base}/b/x", "beside")
        await published(target, f"{base}/ab/x", "alike")
        await hears(socket, target, f"{base}/a/x")


@rule("EV40", "MUST take a wildcard for a whole namespace", EV_CHANNELS)
async def covers_namespace(target: Target) -> None:
    mark = fresh()
    async with target.event_socket() as socket:
        await socket.follow("/open/*")
        await published(target, room(), mark)
        while await socket.event() != mark:  # other audits publish there at the same time
            pass


@rule("EV41", "MUST refuse wildcards that are not the last segment", EV_CHANNELS)
async def refuses_inner_wildcards(target: Target) -> None:
    async with target.event_socket() as socket:
        for channel in ("/open/*/x", "/open/x*", "/*/x", "/open/**"):
            await socket.subscribe(channel)
            await socket.expect("subscribe_error", "s1")


@rule("EV42", "MUST take channels with and without outer slashes for the same", EV_CHANNELS)
async def ignores_outer_slashes(target: Target) -> None:
    channel = room()
    async with target.event_socket() as socket:
        await socket.follow(channel.strip("/"))
        await hears(socket, target, f"{channel}/")


@rule("EV43", "MUST regard case in channels", EV_CHANNELS)
async def regards_case(target: Target) -> None:
    channel = room()
    async with target.event_socket() as socket:
        await socket.follow(f"{channel}/a")
        await published(target, f"{channel}/A", "capital")
        await hears(socket, target, f"{channel}/a")


@rule("EV44", "MUST deliver to all subscriptions that a channel matches, and to publishers too", EV_CHANNELS)
async def delivers_to_all(target: Target) -> None:
    channel = room()
    async with target.event_socket() as one, target.event_socket() as other:
        await one.follow(channel, "exact")
        await one.follow(f"{channel.rpartition('/')[0]}/*", "wide")
        await other.follow(channel)
        await published(target, channel, "hi")
        wanted = {"exact", "wide"}
        while wanted:  # other audits publish to the namespace at the same time
            found = await one.frame()
            wanted -= {found["id"]} if found["event"] == '"hi"' else set()
        expect(await other.event(), "hi", "the other connection's event")


@rule("EV45", "MUST keep the order of one publish", EV_PROTOCOL, CLIENTS)
async def keeps_order(target: Target) -> None:
    channel = room()
    async with target.event_socket() as socket:
        await socket.follow(channel)
        await published(target, channel, *range(5))
        expect([await socket.event() for _ in range(5)], list(range(5)), "the events")


@rule("EV46", "MUST let a namespace have modes of its own for publishing and subscribing", EV_AUTHORIZATION)
async def namespaces_have_modes(target: Target) -> None:
    channel = room("members")
    body = json.dumps({"channel": channel, "events": ["1"]})
    expect((await target.send_events(body)).status_code, 401, "the status for an API key")
    signed = {name: value for name, value in target.signed_events(body).items() if name != "host"}
    async with target.event_socket() as socket:
        await socket.subscribe(channel, "key")
        await socket.expect("subscribe_error", "key")
        await socket.subscribe(channel, "user", target.events_auth(target.bearer()))
        await socket.expect("subscribe_success", "user")
        expect((await target.send_events(body, signed)).status_code, 200, "the status for AWS credentials")
        expect(await socket.event("user"), 1, "the event")


# ---- Handlers


async def through(target: Target, channel: str, *events: Json) -> tuple[Json, list[Json]]:
    """The publisher's answer, and what a subscriber hears before a mark that is published next."""
    async with target.event_socket() as socket:
        await socket.follow(channel)
        answer = await published(target, channel, *events)
        await published(target, channel, "mark")
        heard: list[Json] = []
        while (event := await socket.event()) not in ({"coded": "mark"}, {"answered": "mark"}, "mark"):
            heard.append(event)
        return answer, heard


@rule("EV47", "MUST broadcast what onPublish returns in place of what was published", EV_HANDLERS)
async def broadcasts_returned(target: Target) -> None:
    _, heard = await through(target, room("coded"), "a", "b")
    expect(heard, [{"coded": "a"}, {"coded": "b"}], "the events")


@rule("EV48", "MUST drop events that onPublish leaves out", EV_HANDLERS)
async def drops_left_out(target: Target) -> None:
    _, heard = await through(target, room("coded"), "a", "drop", "b")
    expect(heard, [{"coded": "a"}, {"coded": "b"}], "the events")


@rule("EV49", "MUST tell the publisher which events onPublish refused, and why", EV_HANDLERS)
async def tells_refused(target: Target) -> None:
    answer, heard = await through(target, room("coded"), "a", "fail")
    expect(heard, [{"coded": "a"}], "the events")
    expect([each["index"] for each in answer["successful"]], [0], "the successful indexes")
    failed = answer["failed"]
    expect([(each["index"], each["message"]) for each in failed], [(1, "not this one")], "what failed")


@rule("EV50", "MUST broadcast nothing when onPublish returns null", EV_HANDLERS)
async def broadcasts_nothing(target: Target) -> None:
    _, heard = await through(target, room("coded"), "nothing", "b")
    expect(heard, [], "the events")


@rule("EV51", "MUST refuse a publish whose handler calls util.error with 403 and its message", EV_HANDLERS)
async def handler_refuses(target: Target) -> None:
    answer = await target.post_events(room("coded"), ['"error"'])
    expect(answer.status_code, 403, "the status")
    expect(answer.json()["errors"][0]["message"], "no publishing today", "the message")


@rule("EV52", "MUST refuse a publish whose handler calls util.unauthorized with 401", EV_HANDLERS)
async def handler_unauthorises(target: Target) -> None:
    answer = await target.post_events(room("coded"), ['"unauthorized"'])
    expect(answer.status_code, 401, "the status")
    expect(answer.json()["errors"][0]["errorType"], "UnauthorizedException", "the type")


@rule("EV53", "MUST refuse a publish whose handler returns an event that nobody published", EV_HANDLERS)
async def refuses_strangers(target: Target) -> None:
    answer = await target.post_events(room("coded"), ['"stranger"'])
    expect_true(answer.status_code >= 400, "it succeeded", answer.text)


@rule(
    "EV54", "MUST refuse a subscription whose handler calls util.unauthorized, as Unauthorized", EV_HANDLERS
)
async def subscription_unauthorised(target: Target) -> None:
    async with target.event_socket() as socket:
        await socket.subscribe("/coded/closed")
        found = await socket.expect("subscribe_error", "s1")
        expect_in("Unauthorized", found["errors"][0]["errorType"], "the type")


@rule("EV55", "MUST refuse a subscription whose handler calls util.error, with its message", EV_HANDLERS)
async def subscription_refused(target: Target) -> None:
    async with target.event_socket() as socket:
        await socket.subscribe("/coded/broken")
        found = await socket.expect("subscribe_error", "s1")
        expect(found["errors"][0]["message"], "no subscribing today", "the message")


@rule("EV56", "MUST tell handlers the channel, its segments, the namespace and the operation", EV_HANDLERS)
async def tells_context(target: Target) -> None:
    channel = room("coded")
    _, heard = await through(target, channel, "context", "b")
    info = heard[0]["info"]
    expect(info["channel"], {"path": channel, "segments": channel.strip("/").split("/")}, "the channel")
    expect(info["channelNamespace"], {"name": "coded"}, "the namespace")
    expect((info["operation"], heard[0]["count"]), ("PUBLISH", 2), "the operation and the number of events")


@rule("EV57", "MUST broadcast what a function that is asked directly returns", EV_HANDLERS)
async def asks_function(target: Target) -> None:
    _, heard = await through(target, room("asking"), "a", "context")
    expect(heard[0], {"answered": "a"}, "the first event")
    expect([each["payload"] for each in heard[1]["events"]], ["a", "context"], "what the function was sent")


@rule(
    "EV58",
    "MUST broadcast nothing, and tell the publisher nothing, when a function returns an error",
    EV_HANDLERS,
)
async def function_fails(target: Target) -> None:
    channel = f"/asking/broken/{fresh()}"
    async with target.event_socket() as socket:
        await socket.follow(channel)
        await socket.follow(channel.replace("broken", "whole"), "s2")
        body = await published(target, channel, "a")
        expect(len(body["failed"]), 0, "how many failed")
        await published(target, channel.replace("broken", "whole"), "b")
        expect(await socket.event("s2"), {"answered": "b"}, "the first event")


@rule("EV59", "MUST refuse a subscription when a function returns an error", EV_HANDLERS)
async def function_refuses(target: Target) -> None:
    async with target.event_socket() as socket:
        await socket.subscribe("/asking/closed/x")
        await socket.expect("subscribe_error", "s1")


@rule("EV60", "MUST broadcast events as they are when a function is only told of them", EV_HANDLERS)
async def tells_function(target: Target) -> None:
    _, heard = await through(target, room("telling"), "a", {"b": 1})
    expect(heard, ["a", {"b": 1}], "the events")


@rule("EV61", "MUST survive a publisher that goes away at once", EV_PROTOCOL, CHOSEN)
async def survives_leaving(target: Target) -> None:
    channel = room()
    async with target.event_socket() as socket:
        await socket.follow(channel)
        async with target.event_socket() as brief:
            await brief.publish(channel, ["1"])
        await asyncio.sleep(0)
        while await socket.event() != 2:
            await published(target, channel, 2)


@rule("EV62", "MUST count an event's bytes, not its letters", QUOTAS)
async def counts_bytes(target: Target) -> None:
    def letters(count: int) -> list[str]:
        return [json.dumps("ế" * count, ensure_ascii=False)]

    expect_one_of((await target.post_events(room(), letters(90_000))).status_code, (400, 413), "the status")
    async with target.event_socket() as socket:
        await socket.publish(room(), letters(90_000))
        await socket.expect("publish_error", "p1")
        await socket.publish(room(), letters(70_000), "p2")
        await socket.expect("publish_success", "p2")
