"""RT: the real-time channel of GraphQL. Handshake, acknowledgements, ids, refusals, keep-alive."""

import json
from urllib.parse import urlsplit

from localcloud.audits.pages import AUTHORIZATION, QUOTAS, REALTIME
from localcloud.audits.rules import Evidence, Json, expect, expect_in, expect_one_of, expect_true, rule
from localcloud.audits.sockets import Socket
from localcloud.audits.target import Target, fresh

CLIENTS, SEEN, CHOSEN = Evidence.CLIENTS, Evidence.SEEN, Evidence.CHOSEN
SUBSCRIPTION = 'subscription { onSend(room: "where nobody publishes") { id room text } }'
REFUSED = "You are not authorized to make this call."


async def unsupported(socket: Socket, kind: str = "unknown") -> None:
    error = await socket.error()
    wanted = {
        "errorType": "UnsupportedOperation",
        "message": f"{kind} not supported through the realtime channel",
    }
    expect(error, wanted, "the error")


# ---- Handshake


@rule("RT01", "MUST select exactly graphql-ws of the offered sub-protocols", REALTIME)
async def selects_protocol(target: Target) -> None:
    async with target.raw() as socket:
        expect(socket.socket.subprotocol, "graphql-ws", "the sub-protocol")


@rule("RT02", "MUST take credentials from the sub-protocol header-<base64url>", REALTIME)
async def takes_protocol(target: Target) -> None:
    async with target.socket(carrier="protocol"):
        pass


@rule("RT03", "MUST answer connection_init with connectionTimeoutMs in its payload", REALTIME)
async def acknowledges(target: Target) -> None:
    async with target.raw() as socket:
        ack = await socket.acknowledge()
    timeout = ack.get("payload", {}).get("connectionTimeoutMs")
    expect_true(isinstance(timeout, int) and timeout >= 60_000, "no timeout of a minute or more", ack)


@rule("RT04", "MUST take credentials from the query string, its padding not percent-encoded", REALTIME)
async def takes_query(target: Target) -> None:
    async with target.socket(carrier="query"):
        pass


@rule("RT05", "MUST not mistake a raw plus sign in the query string for a space", REALTIME, CLIENTS)
async def takes_plus(target: Target) -> None:
    auth = {**target.auth(), "x-note": "ûû>>??~~ÿÿ"}
    async with target.socket(auth, carrier="query"):
        pass


@rule("RT06", "MUST take credentials from plain headers", REALTIME, CLIENTS)
async def takes_headers(target: Target) -> None:
    async with target.socket(carrier="headers"):
        pass


@rule("RT07", "MUST be connected to at the endpoint's own path too", REALTIME, CLIENTS)
async def serves_own_path(target: Target) -> None:
    async with target.socket(path=paths(target)):
        pass


@rule("RT08", "MUST read names in an auth object in any case", REALTIME, CLIENTS)
async def reads_any_case(target: Target) -> None:
    key = target.need("api_key")
    async with target.socket({"HOST": target.host, "X-Api-Key": key, "x-api-key": key}) as socket:
        await socket.subscribe("1", SUBSCRIPTION)


@rule("RT09", "MUST not insist on the host of an API key's holder", REALTIME, CLIENTS)
async def takes_any_host(target: Target) -> None:
    async with target.socket({"host": target.host.partition(":")[0], **target.key()}):
        pass


@rule("RT10", "MUST ignore the payload of connection_init", REALTIME, CLIENTS)
async def ignores_payload(target: Target) -> None:
    async with target.raw() as socket:
        await socket.say(type="connection_init", payload={"x": 1})
        await socket.expect("connection_ack")


@rule("RT11", "MUST serve a start without a connection_init before it", REALTIME)
async def needs_no_init(target: Target) -> None:
    async with target.raw() as socket:
        await socket.subscribe("1", SUBSCRIPTION)


@rule("RT12", "MUST let a Cognito user connect and subscribe", REALTIME)
async def lets_users_connect(target: Target) -> None:
    async with target.socket(target.auth(target.bearer())) as socket:
        await socket.subscribe("1", SUBSCRIPTION)


@rule("RT13", "MUST let an OpenID Connect user connect and subscribe", REALTIME)
async def lets_oidc_connect(target: Target) -> None:
    async with target.socket(target.auth(target.bearer("oidc"))) as socket:
        await socket.subscribe("1", SUBSCRIPTION)


@rule("RT14", "MUST ask the Lambda authoriser at connect, as DeepDish:Connect, and at start", AUTHORIZATION)
async def asks_authoriser(target: Target) -> None:
    async with target.socket(target.auth(target.bearer("lambda_token"))) as socket:
        await socket.subscribe("1", SUBSCRIPTION)
        await socket.start("2", SUBSCRIPTION, auth=target.auth({"Authorization": "deny"}))
        expect((await socket.error("2"))["errorType"], "UnauthorizedException", "the type")


def signed_connect(target: Target) -> dict[str, str]:
    return target.signed("{}", f"{paths(target)}/connect")


def paths(target: Target) -> str:
    return urlsplit(target.url).path


@rule("RT15", "MUST verify a connect's signature over <path>/connect and the body {}", REALTIME)
async def lets_signed_connect(target: Target) -> None:
    for carrier in ("protocol", "query"):
        async with target.socket(signed_connect(target), carrier=carrier):
            pass


@rule("RT16", "MUST verify a start's signature over the text of its data", REALTIME)
async def lets_signed_start(target: Target) -> None:
    data = json.dumps({"query": "subscription { onSigned { id } }"})
    async with target.socket(signed_connect(target)) as socket:
        await socket.start_with("1", data, target.signed(data))
        await socket.expect("start_ack", "1")


@rule("RT17", "MUST ignore what is in an auth object and not signed", REALTIME, CLIENTS)
async def ignores_unsigned(target: Target) -> None:
    async with target.socket({**signed_connect(target), "x-amz-user-agent": "aws-amplify/6"}):
        pass


@rule("RT18", "MUST refuse a start that is signed for other data", REALTIME)
async def refuses_other_data(target: Target) -> None:
    auth = target.signed(json.dumps({"query": "subscription { onSend { id } }"}))
    async with target.socket(signed_connect(target)) as socket:
        await socket.start_with("1", json.dumps({"query": "subscription { onSigned { id } }"}), auth)
        await socket.error("1")


# ---- Connections that are refused


async def refusal(target: Target, auth: Json, **options: Json) -> Json:
    """The error of a connection that is refused, once it has been closed."""
    async with target.raw(auth, **options) as socket:
        await socket.say(type="connection_init")
        found = await socket.expect("connection_error")
        expect(await socket.closed(), 1000, "the close code")
    return found["payload"]["errors"][0]


async def refused(target: Target, auth: Json, **options: Json) -> None:
    error = await refusal(target, auth, **options)
    expect_in("UnauthorizedException", error["errorType"], "the type")
    expect_one_of(error.get("errorCode"), (400, 401), "the code")


@rule(
    "RT19", "MUST refuse an unknown key with connection_error, 400 or 401, and close normally", REALTIME, SEEN
)
async def refuses_unknown_key(target: Target) -> None:
    auth = {"host": target.host, "x-api-key": "da2-nobodysnobodysnobodysnobody"}
    for carrier in ("protocol", "query", "headers"):
        await refused(target, auth, carrier=carrier)


@rule("RT20", "MUST refuse an expired token at connect", REALTIME)
async def refuses_expired(target: Target) -> None:
    await refused(target, target.auth(target.bearer("expired")))


@rule("RT21", "MUST refuse whoever the Lambda authoriser refuses at connect", AUTHORIZATION)
async def refuses_denied(target: Target) -> None:
    target.need("lambda_token")
    await refused(target, target.auth({"Authorization": "deny"}))


@rule("RT22", "MUST refuse a connection without credentials, with an array of errors", REALTIME, CHOSEN)
async def refuses_nobody(target: Target) -> None:
    error = await refusal(target, {"host": target.host})
    expect_true("Exception" in error["errorType"], "the type names no exception", error)


@rule("RT23", "MUST refuse credentials that cannot be decoded", REALTIME, CHOSEN)
async def refuses_garbage(target: Target) -> None:
    for garbage in ("header-!!!", "header-bm8", "header-"):
        error = await refusal(target, {}, carrier="none", protocols=("graphql-ws", garbage))
        expect_true("Exception" in error["errorType"], f"the type for {garbage} names no exception", error)


# ---- Subscriptions


@rule("RT24", "MUST acknowledge a start before any data of its id", REALTIME, CLIENTS)
async def acknowledges_first(target: Target) -> None:
    room = fresh()
    async with target.socket() as socket:
        await socket.start("1", "subscription S($r: String) { onSend(room: $r) { id } }", {"r": room})
        await target.publish(room=room)
        first = await socket.frame()
        expect((first["type"], first["id"]), ("start_ack", "1"), "the first frame")


@rule("RT25", "MUST send events as data frames with the id, and data in the payload", REALTIME)
async def sends_data(target: Target) -> None:
    room = fresh()
    async with target.socket() as socket:
        await socket.follow(room, "room text")
        await target.publish(room=room, text="hi")
        wanted = {"id": "1", "type": "data", "payload": {"data": {"onSend": {"room": room, "text": "hi"}}}}
        expect(await socket.frame(), wanted, "the frame")


@rule("RT26", "MUST give ids back as they came, be they numbers in text or UUIDs", REALTIME, CLIENTS)
async def returns_ids(target: Target) -> None:
    async with target.socket() as socket:
        for id_ in ("1", "42", "18812aab-c09b-4d34-9f2f-2ceaca20151c", "ä id"):
            await socket.subscribe(id_, SUBSCRIPTION)


@rule("RT27", "MUST take a start whose data has no variables, or null ones", REALTIME, CLIENTS)
async def needs_no_variables(target: Target) -> None:
    async with target.socket() as socket:
        await socket.start_with("1", json.dumps({"query": SUBSCRIPTION}), socket.auth)
        await socket.expect("start_ack", "1")
        await socket.start_with("2", json.dumps({"query": SUBSCRIPTION, "variables": None}), socket.auth)
        await socket.expect("start_ack", "2")


@rule("RT28", "MUST answer stop with complete, and send no data of that id any more", REALTIME)
async def stops(target: Target) -> None:
    room = fresh()
    async with target.socket() as socket:
        await socket.follow(room, id_="gone")
        await socket.follow(room, id_="there")
        await socket.say(type="stop", id="gone")
        expect(await socket.frame(), {"id": "gone", "type": "complete"}, "the answer to stop")
        await target.publish(room=room)
        await socket.event(id_="there")
        await target.publish(room=room)
        await socket.event(id_="there")


@rule("RT29", "MUST answer a stop of an unknown id with complete", REALTIME, CHOSEN)
async def completes_unknown(target: Target) -> None:
    async with target.socket() as socket:
        await socket.say(type="stop", id="nobody")
        expect(await socket.frame(), {"id": "nobody", "type": "complete"}, "the answer")


@rule("RT30", "MUST let an id be used again after its stop", REALTIME)
async def reuses_ids(target: Target) -> None:
    async with target.socket() as socket:
        for _ in range(2):
            await socket.subscribe("1", SUBSCRIPTION)
            await socket.say(type="stop", id="1")
            await socket.expect("complete", "1")


@rule(
    "RT31",
    "MUST refuse an id that is in use with DuplicatedOperationError, and keep the first",
    REALTIME,
    SEEN,
)
async def refuses_duplicate(target: Target) -> None:
    room = fresh()
    async with target.socket() as socket:
        await socket.follow(room)
        await socket.start("1", SUBSCRIPTION)
        expect((await socket.error("1"))["errorType"], "DuplicatedOperationError", "the type")
        await target.publish(room=room, text="still")
        expect((await socket.event())["text"], "still", "the event")


@rule("RT32", "MUST carry subscriptions under different modes on one connection", REALTIME)
async def mixes_modes(target: Target) -> None:
    async with target.socket() as socket:
        await socket.subscribe("1", SUBSCRIPTION)
        await socket.subscribe("2", "subscription { onOwn { id } }", auth=target.auth(target.bearer()))


@rule("RT33", "MUST authorise every start on its own", REALTIME)
async def authorises_starts(target: Target) -> None:
    async with target.socket() as socket:
        await socket.start("1", SUBSCRIPTION, auth={"host": target.host, "x-api-key": "da2-nobodys"})
        error = await socket.error("1")
        expect(error["errorType"], "UnauthorizedException", "the type")
        expect(error["message"], REFUSED, "the message")
        await socket.subscribe("1", SUBSCRIPTION)


@rule("RT34", "MUST refuse a start without credentials", REALTIME)
async def refuses_bare_start(target: Target) -> None:
    async with target.socket() as socket:
        await socket.say(id="1", type="start", payload={"data": json.dumps({"query": SUBSCRIPTION})})
        expect_in("UnauthorizedException", (await socket.error("1"))["errorType"], "the type")


@rule("RT35", "MUST refuse a start whose token has expired since the connection was made", REALTIME)
async def refuses_expired_start(target: Target) -> None:
    async with target.socket(target.auth(target.bearer())) as socket:
        await socket.start("1", SUBSCRIPTION, auth=target.auth(target.bearer("expired")))
        error = await socket.error("1")
        expect(error["errorType"], "UnauthorizedException", "the type")
        await socket.subscribe("2", SUBSCRIPTION)


@rule("RT36", "MUST refuse a field that the caller's mode may not use, in AppSync's words", REALTIME, SEEN)
async def refuses_field(target: Target) -> None:
    async with target.socket() as socket:
        await socket.start("1", "subscription { onSigned { id } }")
        wanted = {
            "errorType": "Unauthorized",
            "message": "Not Authorized to access onSigned on type Subscription",
        }
        expect(await socket.error("1"), wanted, "the error")


# ---- Frames that cannot be used


@rule("RT37", "MUST refuse a query or mutation that is sent through start, and stay up", REALTIME, SEEN)
async def refuses_operations(target: Target) -> None:
    async with target.socket() as socket:
        await socket.start("1", "query { ping }")
        await unsupported(socket, "query")
        await socket.start("2", 'mutation { send(input: {id: "1"}) { id } }')
        await unsupported(socket, "mutation")
        await socket.subscribe("3", SUBSCRIPTION)


@rule("RT38", "MUST answer a frame of unknown type as unsupported, and go on", REALTIME, SEEN)
async def refuses_unknown_frame(target: Target) -> None:
    async with target.socket() as socket:
        await socket.say(type="dance", id="1")
        await unsupported(socket)
        await socket.subscribe("1", SUBSCRIPTION)


@rule("RT39", "MUST answer what is no frame at all as unsupported, and go on", REALTIME, SEEN)
async def refuses_no_frame(target: Target) -> None:
    async with target.socket() as socket:
        for text in ("nonsense", "[]", "1", "null", '{"type": 1}', "{}"):
            await socket.text(text)
            await unsupported(socket)
        await socket.subscribe("1", SUBSCRIPTION)


@rule("RT40", "MUST refuse a start whose data is an object, or missing", REALTIME, SEEN)
async def refuses_object_data(target: Target) -> None:
    async with target.socket() as socket:
        await socket.start_with("1", {"query": SUBSCRIPTION}, socket.auth)
        await unsupported(socket)
        await socket.say(id="2", type="start")
        await unsupported(socket)
        await socket.start_with("3", "no json", socket.auth)
        await unsupported(socket)


@rule("RT41", "MUST refuse a subscription that does not validate, under its id", REALTIME, CHOSEN)
async def refuses_invalid(target: Target) -> None:
    async with target.socket() as socket:
        for query in ("subscription { nowhere }", "subscription {", "subscription { onSend }"):
            await socket.start("1", query)
            expect_true((await socket.error("1")).get("message"), f"no message for {query}")
        await socket.subscribe("1", SUBSCRIPTION)


@rule("RT42", "MUST ignore ping and pong frames", REALTIME, CLIENTS)
async def ignores_pong(target: Target) -> None:
    async with target.socket() as socket:
        await socket.say(type="pong")
        await socket.say(type="ping")
        await socket.subscribe("1", SUBSCRIPTION)


@rule("RT43", "MUST name subscription-level errors with the id of the subscription", REALTIME, CLIENTS)
async def names_ids_in_errors(target: Target) -> None:
    async with target.socket() as socket:
        await socket.start("7", "subscription { onSigned { id } }")
        found = await socket.expect("error")
        expect(found.get("id"), "7", "the id of the error")
        expect_true(isinstance(found["payload"]["errors"], list), "errors are no array", found)


@rule("RT44", "MUST survive binary messages, and serve others meanwhile", REALTIME, CHOSEN)
async def survives_binary(target: Target) -> None:
    async with target.socket() as other, target.socket() as socket:
        await socket.text(b"\x00\xff\x00")
        await other.subscribe("1", SUBSCRIPTION)


# ---- Time and limits


@rule("RT45", "MUST send keep-alive frames at least once a minute", REALTIME, slow=True)
async def keeps_alive(target: Target) -> None:
    async with target.socket() as socket:
        for _ in range(2):
            expect(await socket.frame(keep_alive=True), {"type": "ka"}, "the frame")


@rule("RT46", "MUST refuse the 201st subscription of a connection, and keep the others", QUOTAS)
async def limits_subscriptions(target: Target) -> None:
    room = fresh()
    async with target.socket() as socket:
        await socket.follow(room, id_="first")
        for number in range(199):
            await socket.start(str(number), SUBSCRIPTION)
        for _ in range(199):
            await socket.expect("start_ack")
        await socket.start("over", SUBSCRIPTION)
        wanted = {
            "errorType": "MaxSubscriptionsReachedError",
            "message": "Max number of 200 subscriptions reached",
        }
        expect(await socket.error("over"), wanted, "the error")
        await target.publish(room=room)
        await socket.event(id_="first")


@rule("RT47", "MUST drop an event of more than 240 kB, while its mutation succeeds", QUOTAS)
async def drops_large(target: Target) -> None:
    room = fresh()
    async with target.socket() as socket:
        await socket.follow(room)
        sent = await target.publish(room=room, text="x" * 300_000)
        expect(len(sent["text"]), 300_000, "the length of the mutation's answer")
        await target.publish(room=room, text="small")
        expect((await socket.event())["text"], "small", "the first event")


@rule("RT48", "MUST deliver an event of 200 kB", QUOTAS)
async def delivers_fair(target: Target) -> None:
    room = fresh()
    async with target.socket() as socket:
        await socket.follow(room)
        await target.publish(room=room, text="x" * 200_000)
        expect(len((await socket.event())["text"]), 200_000, "the length of the event")


@rule("RT49", "MUST forget the subscriptions of a client that has gone", REALTIME)
async def forgets_gone(target: Target) -> None:
    room = fresh()
    async with target.socket() as socket:
        await socket.follow(room)
    async with target.socket() as socket:
        await socket.follow(room)
        await target.publish(room=room, text="hello")
        expect((await socket.event())["text"], "hello", "the event")


@rule("RT50", "MUST answer connection_init once for each", REALTIME, CHOSEN)
async def acknowledges_each(target: Target) -> None:
    async with target.socket() as socket:
        await socket.acknowledge()
        await socket.subscribe("1", SUBSCRIPTION)


@rule("RT51", "MUST verify a start's signature over letters beyond ASCII, as they were sent", REALTIME)
async def verifies_letters(target: Target) -> None:
    query = 'subscription { onSend(room: "phòng số 😀") { id } }'
    data = json.dumps({"query": query}, ensure_ascii=False)
    async with target.socket(signed_connect(target)) as socket:
        await socket.start_with("1", data, target.signed(data))
        await socket.expect("start_ack", "1")
        await socket.start_with("2", data, target.signed(json.dumps({"query": query})))
        await socket.error("2")


@rule("RT52", "MUST count an event's bytes, not its letters", QUOTAS)
async def counts_bytes(target: Target) -> None:
    room = fresh()
    async with target.socket() as socket:
        await socket.follow(room)
        await target.publish(room=room, text="ế" * 90_000)
        await target.publish(room=room, text="ế" * 70_000)
        expect(len((await socket.event())["text"]), 70_000, "the letters of the first event")
