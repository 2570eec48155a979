"""RT: the real-time channel of GraphQL. Handshake, acknowledgements, ids, refusals, keep-alive."""

import json
from urllib.parse import urlsplit

from localcloud.audits.bench import Bench, fresh
from localcloud.audits.pages import AUTHORIZATION, QUOTAS, REALTIME
from localcloud.audits.rules import Evidence, Json, expect, expect_in, expect_one_of, expect_true, rule
from localcloud.audits.sockets import Socket

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
async def selects_protocol(bench: Bench) -> None:
    async with bench.raw() as socket:
        expect(socket.socket.subprotocol, "graphql-ws", "the sub-protocol")


@rule("RT02", "MUST take credentials from the sub-protocol header-<base64url>", REALTIME)
async def takes_protocol(bench: Bench) -> None:
    async with bench.socket(carrier="protocol"):
        pass


@rule("RT03", "MUST answer connection_init with connectionTimeoutMs in its payload", REALTIME)
async def acknowledges(bench: Bench) -> None:
    async with bench.raw() as socket:
        ack = await socket.acknowledge()
    timeout = ack.get("payload", {}).get("connectionTimeoutMs")
    expect_true(isinstance(timeout, int) and timeout >= 60_000, "no timeout of a minute or more", ack)


@rule("RT04", "MUST take credentials from the query string, its padding not percent-encoded", REALTIME)
async def takes_query(bench: Bench) -> None:
    async with bench.socket(carrier="query"):
        pass


@rule("RT05", "MUST not mistake a raw plus sign in the query string for a space", REALTIME, CLIENTS)
async def takes_plus(bench: Bench) -> None:
    auth = {**bench.auth(), "x-note": "ûû>>??~~ÿÿ"}
    async with bench.socket(auth, carrier="query"):
        pass


@rule("RT06", "MUST take credentials from plain headers", REALTIME, CLIENTS)
async def takes_headers(bench: Bench) -> None:
    async with bench.socket(carrier="headers"):
        pass


@rule("RT07", "MUST be connected to at the endpoint's own path too", REALTIME, CLIENTS)
async def serves_own_path(bench: Bench) -> None:
    async with bench.socket(path=paths(bench)):
        pass


@rule("RT08", "MUST read names in an auth object in any case", REALTIME, CLIENTS)
async def reads_any_case(bench: Bench) -> None:
    key = bench.need("api_key")
    async with bench.socket({"HOST": bench.host, "X-Api-Key": key, "x-api-key": key}) as socket:
        await socket.subscribe("1", SUBSCRIPTION)


@rule("RT09", "MUST not insist on the host of an API key's holder", REALTIME, CLIENTS)
async def takes_any_host(bench: Bench) -> None:
    async with bench.socket({"host": bench.host.partition(":")[0], **bench.key()}):
        pass


@rule("RT10", "MUST ignore the payload of connection_init", REALTIME, CLIENTS)
async def ignores_payload(bench: Bench) -> None:
    async with bench.raw() as socket:
        await socket.say(type="connection_init", payload={"x": 1})
        await socket.expect("connection_ack")


@rule("RT11", "MUST serve a start without a connection_init before it", REALTIME)
async def needs_no_init(bench: Bench) -> None:
    async with bench.raw() as socket:
        await socket.subscribe("1", SUBSCRIPTION)


@rule("RT12", "MUST let a Cognito user connect and subscribe", REALTIME)
async def lets_users_connect(bench: Bench) -> None:
    async with bench.socket(bench.auth(bench.bearer())) as socket:
        await socket.subscribe("1", SUBSCRIPTION)


@rule("RT13", "MUST let an OpenID Connect user connect and subscribe", REALTIME)
async def lets_oidc_connect(bench: Bench) -> None:
    async with bench.socket(bench.auth(bench.bearer("oidc"))) as socket:
        await socket.subscribe("1", SUBSCRIPTION)


@rule("RT14", "MUST ask the Lambda authoriser at connect, as DeepDish:Connect, and at start", AUTHORIZATION)
async def asks_authoriser(bench: Bench) -> None:
    async with bench.socket(bench.auth(bench.bearer("lambda_token"))) as socket:
        await socket.subscribe("1", SUBSCRIPTION)
        await socket.start("2", SUBSCRIPTION, auth=bench.auth({"Authorization": "deny"}))
        expect((await socket.error("2"))["errorType"], "UnauthorizedException", "the type")


def signed_connect(bench: Bench) -> dict[str, str]:
    return bench.signed("{}", f"{paths(bench)}/connect")


def paths(bench: Bench) -> str:
    return urlsplit(bench.url).path


@rule("RT15", "MUST verify a connect's signature over <path>/connect and the body {}", REALTIME)
async def lets_signed_connect(bench: Bench) -> None:
    for carrier in ("protocol", "query"):
        async with bench.socket(signed_connect(bench), carrier=carrier):
            pass


@rule("RT16", "MUST verify a start's signature over the text of its data", REALTIME)
async def lets_signed_start(bench: Bench) -> None:
    data = json.dumps({"query": "subscription { onSigned { id } }"})
    async with bench.socket(signed_connect(bench)) as socket:
        await socket.start_with("1", data, bench.signed(data))
        await socket.expect("start_ack", "1")


@rule("RT17", "MUST ignore what is in an auth object and not signed", REALTIME, CLIENTS)
async def ignores_unsigned(bench: Bench) -> None:
    async with bench.socket({**signed_connect(bench), "x-amz-user-agent": "aws-amplify/6"}):
        pass


@rule("RT18", "MUST refuse a start that is signed for other data", REALTIME)
async def refuses_other_data(bench: Bench) -> None:
    auth = bench.signed(json.dumps({"query": "subscription { onSend { id } }"}))
    async with bench.socket(signed_connect(bench)) as socket:
        await socket.start_with("1", json.dumps({"query": "subscription { onSigned { id } }"}), auth)
        await socket.error("1")


# ---- Connections that are refused


async def refusal(bench: Bench, auth: Json, **options: Json) -> Json:
    """The error of a connection that is refused, once it has been closed."""
    async with bench.raw(auth, **options) as socket:
        await socket.say(type="connection_init")
        found = await socket.expect("connection_error")
        expect(await socket.closed(), 1000, "the close code")
    return found["payload"]["errors"][0]


async def refused(bench: Bench, auth: Json, **options: Json) -> None:
    error = await refusal(bench, auth, **options)
    expect_in("UnauthorizedException", error["errorType"], "the type")
    expect_one_of(error.get("errorCode"), (400, 401), "the code")


@rule(
    "RT19", "MUST refuse an unknown key with connection_error, 400 or 401, and close normally", REALTIME, SEEN
)
async def refuses_unknown_key(bench: Bench) -> None:
    auth = {"host": bench.host, "x-api-key": "da2-nobodysnobodysnobodysnobody"}
    for carrier in ("protocol", "query", "headers"):
        await refused(bench, auth, carrier=carrier)


@rule("RT20", "MUST refuse an expired token at connect", REALTIME)
async def refuses_expired(bench: Bench) -> None:
    await refused(bench, bench.auth(bench.bearer("expired")))


@rule("RT21", "MUST refuse whoever the Lambda authoriser refuses at connect", AUTHORIZATION)
async def refuses_denied(bench: Bench) -> None:
    bench.need("lambda_token")
    await refused(bench, bench.auth({"Authorization": "deny"}))


@rule("RT22", "MUST refuse a connection without credentials, with an array of errors", REALTIME, CHOSEN)
async def refuses_nobody(bench: Bench) -> None:
    error = await refusal(bench, {"host": bench.host})
    expect_true("Exception" in error["errorType"], "the type names no exception", error)


@rule("RT23", "MUST refuse credentials that cannot be decoded", REALTIME, CHOSEN)
async def refuses_garbage(bench: Bench) -> None:
    for garbage in ("header-!!!", "header-bm8", "header-"):
        error = await refusal(bench, {}, carrier="none", protocols=("graphql-ws", garbage))
        expect_true("Exception" in error["errorType"], f"the type for {garbage} names no exception", error)


# ---- Subscriptions


@rule("RT24", "MUST acknowledge a start before any data of its id", REALTIME, CLIENTS)
async def acknowledges_first(bench: Bench) -> None:
    room = fresh()
    async with bench.socket() as socket:
        await socket.start("1", "subscription S($r: String) { onSend(room: $r) { id } }", {"r": room})
        await bench.publish(room=room)
        first = await socket.frame()
        expect((first["type"], first["id"]), ("start_ack", "1"), "the first frame")


@rule("RT25", "MUST send events as data frames with the id, and data in the payload", REALTIME)
async def sends_data(bench: Bench) -> None:
    room = fresh()
    async with bench.socket() as socket:
        await socket.follow(room, "room text")
        await bench.publish(room=room, text="hi")
        wanted = {"id": "1", "type": "data", "payload": {"data": {"onSend": {"room": room, "text": "hi"}}}}
        expect(await socket.frame(), wanted, "the frame")


@rule("RT26", "MUST give ids back as they came, be they numbers in text or UUIDs", REALTIME, CLIENTS)
async def returns_ids(bench: Bench) -> None:
    async with bench.socket() as socket:
        for id_ in ("1", "42", "18812aab-c09b-4d34-9f2f-2ceaca20151c", "ä id"):
            await socket.subscribe(id_, SUBSCRIPTION)


@rule("RT27", "MUST take a start whose data has no variables, or null ones", REALTIME, CLIENTS)
async def needs_no_variables(bench: Bench) -> None:
    async with bench.socket() as socket:
        await socket.start_with("1", json.dumps({"query": SUBSCRIPTION}), socket.auth)
        await socket.expect("start_ack", "1")
        await socket.start_with("2", json.dumps({"query": SUBSCRIPTION, "variables": None}), socket.auth)
        await socket.expect("start_ack", "2")


@rule("RT28", "MUST answer stop with complete, and send no data of that id any more", REALTIME)
async def stops(bench: Bench) -> None:
    room = fresh()
    async with bench.socket() as socket:
        await socket.follow(room, id_="gone")
        await socket.follow(room, id_="there")
        await socket.say(type="stop", id="gone")
        expect(await socket.frame(), {"id": "gone", "type": "complete"}, "the answer to stop")
        await bench.publish(room=room)
        await socket.event(id_="there")
        await bench.publish(room=room)
        await socket.event(id_="there")


@rule("RT29", "MUST answer a stop of an unknown id with complete", REALTIME, CHOSEN)
async def completes_unknown(bench: Bench) -> None:
    async with bench.socket() as socket:
        await socket.say(type="stop", id="nobody")
        expect(await socket.frame(), {"id": "nobody", "type": "complete"}, "the answer")


@rule("RT30", "MUST let an id be used again after its stop", REALTIME)
async def reuses_ids(bench: Bench) -> None:
    async with bench.socket() as socket:
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
async def refuses_duplicate(bench: Bench) -> None:
    room = fresh()
    async with bench.socket() as socket:
        await socket.follow(room)
        await socket.start("1", SUBSCRIPTION)
        expect((await socket.error("1"))["errorType"], "DuplicatedOperationError", "the type")
        await bench.publish(room=room, text="still")
        expect((await socket.event())["text"], "still", "the event")


@rule("RT32", "MUST carry subscriptions under different modes on one connection", REALTIME)
async def mixes_modes(bench: Bench) -> None:
    async with bench.socket() as socket:
        await socket.subscribe("1", SUBSCRIPTION)
        await socket.subscribe("2", "subscription { onOwn { id } }", auth=bench.auth(bench.bearer()))


@rule("RT33", "MUST authorise every start on its own", REALTIME)
async def authorises_starts(bench: Bench) -> None:
    async with bench.socket() as socket:
        await socket.start("1", SUBSCRIPTION, auth={"host": bench.host, "x-api-key": "da2-nobodys"})
        error = await socket.error("1")
        expect(error["errorType"], "UnauthorizedException", "the type")
        expect(error["message"], REFUSED, "the message")
        await socket.subscribe("1", SUBSCRIPTION)


@rule("RT34", "MUST refuse a start without credentials", REALTIME)
async def refuses_bare_start(bench: Bench) -> None:
    async with bench.socket() as socket:
        await socket.say(id="1", type="start", payload={"data": json.dumps({"query": SUBSCRIPTION})})
        expect_in("UnauthorizedException", (await socket.error("1"))["errorType"], "the type")


@rule("RT35", "MUST refuse a start whose token has expired since the connection was made", REALTIME)
async def refuses_expired_start(bench: Bench) -> None:
    async with bench.socket(bench.auth(bench.bearer())) as socket:
        await socket.start("1", SUBSCRIPTION, auth=bench.auth(bench.bearer("expired")))
        error = await socket.error("1")
        expect(error["errorType"], "UnauthorizedException", "the type")
        await socket.subscribe("2", SUBSCRIPTION)


@rule("RT36", "MUST refuse a field that the caller's mode may not use, in AppSync's words", REALTIME, SEEN)
async def refuses_field(bench: Bench) -> None:
    async with bench.socket() as socket:
        await socket.start("1", "subscription { onSigned { id } }")
        wanted = {
            "errorType": "Unauthorized",
            "message": "Not Authorized to access onSigned on type Subscription",
        }
        expect(await socket.error("1"), wanted, "the error")


# ---- Frames that cannot be used


@rule("RT37", "MUST refuse a query or mutation that is sent through start, and stay up", REALTIME, SEEN)
async def refuses_operations(bench: Bench) -> None:
    async with bench.socket() as socket:
        await socket.start("1", "query { ping }")
        await unsupported(socket, "query")
        await socket.start("2", 'mutation { send(input: {id: "1"}) { id } }')
        await unsupported(socket, "mutation")
        await socket.subscribe("3", SUBSCRIPTION)


@rule("RT38", "MUST answer a frame of unknown type as unsupported, and go on", REALTIME, SEEN)
async def refuses_unknown_frame(bench: Bench) -> None:
    async with bench.socket() as socket:
        await socket.say(type="dance", id="1")
        await unsupported(socket)
        await socket.subscribe("1", SUBSCRIPTION)


@rule("RT39", "MUST answer what is no frame at all as unsupported, and go on", REALTIME, SEEN)
async def refuses_no_frame(bench: Bench) -> None:
    async with bench.socket() as socket:
        for text in ("nonsense", "[]", "1", "null", '{"type": 1}', "{}"):
            await socket.text(text)
            await unsupported(socket)
        await socket.subscribe("1", SUBSCRIPTION)


@rule("RT40", "MUST refuse a start whose data is an object, or missing", REALTIME, SEEN)
async def refuses_object_data(bench: Bench) -> None:
    async with bench.socket() as socket:
        await socket.start_with("1", {"query": SUBSCRIPTION}, socket.auth)
        await unsupported(socket)
        await socket.say(id="2", type="start")
        await unsupported(socket)
        await socket.start_with("3", "no json", socket.auth)
        await unsupported(socket)


@rule("RT41", "MUST refuse a subscription that does not validate, under its id", REALTIME, CHOSEN)
async def refuses_invalid(bench: Bench) -> None:
    async with bench.socket() as socket:
        for query in ("subscription { nowhere }", "subscription {", "subscription { onSend }"):
            await socket.start("1", query)
            expect_true((await socket.error("1")).get("message"), f"no message for {query}")
        await socket.subscribe("1", SUBSCRIPTION)


@rule("RT42", "MUST ignore ping and pong frames", REALTIME, CLIENTS)
async def ignores_pong(bench: Bench) -> None:
    async with bench.socket() as socket:
        await socket.say(type="pong")
        await socket.say(type="ping")
        await socket.subscribe("1", SUBSCRIPTION)


@rule("RT43", "MUST name subscription-level errors with the id of the subscription", REALTIME, CLIENTS)
async def names_ids_in_errors(bench: Bench) -> None:
    async with bench.socket() as socket:
        await socket.start("7", "subscription { onSigned { id } }")
        found = await socket.expect("error")
        expect(found.get("id"), "7", "the id of the error")
        expect_true(isinstance(found["payload"]["errors"], list), "errors are no array", found)


@rule("RT44", "MUST survive binary messages, and serve others meanwhile", REALTIME, CHOSEN)
async def survives_binary(bench: Bench) -> None:
    async with bench.socket() as other, bench.socket() as socket:
        await socket.text(b"\x00\xff\x00")
        await other.subscribe("1", SUBSCRIPTION)


# ---- Time and limits


@rule("RT45", "MUST send keep-alive frames at least once a minute", REALTIME, slow=True)
async def keeps_alive(bench: Bench) -> None:
    async with bench.socket() as socket:
        for _ in range(2):
            expect(await socket.frame(keep_alive=True), {"type": "ka"}, "the frame")


@rule("RT46", "MUST refuse the 201st subscription of a connection, and keep the others", QUOTAS)
async def limits_subscriptions(bench: Bench) -> None:
    room = fresh()
    async with bench.socket() as socket:
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
        await bench.publish(room=room)
        await socket.event(id_="first")


@rule("RT47", "MUST drop an event of more than 240 kB, while its mutation succeeds", QUOTAS)
async def drops_large(bench: Bench) -> None:
    room = fresh()
    async with bench.socket() as socket:
        await socket.follow(room)
        sent = await bench.publish(room=room, text="x" * 300_000)
        expect(len(sent["text"]), 300_000, "the length of the mutation's answer")
        await bench.publish(room=room, text="small")
        expect((await socket.event())["text"], "small", "the first event")


@rule("RT48", "MUST deliver an event of 200 kB", QUOTAS)
async def delivers_fair(bench: Bench) -> None:
    room = fresh()
    async with bench.socket() as socket:
        await socket.follow(room)
        await bench.publish(room=room, text="x" * 200_000)
        expect(len((await socket.event())["text"]), 200_000, "the length of the event")


@rule("RT49", "MUST forget the subscriptions of a client that has gone", REALTIME)
async def forgets_gone(bench: Bench) -> None:
    room = fresh()
    async with bench.socket() as socket:
        await socket.follow(room)
    async with bench.socket() as socket:
        await socket.follow(room)
        await bench.publish(room=room, text="hello")
        expect((await socket.event())["text"], "hello", "the event")


@rule("RT50", "MUST answer connection_init once for each", REALTIME, CHOSEN)
async def acknowledges_each(bench: Bench) -> None:
    async with bench.socket() as socket:
        await socket.acknowledge()
        await socket.subscribe("1", SUBSCRIPTION)


@rule("RT51", "MUST verify a start's signature over letters beyond ASCII, as they were sent", REALTIME)
async def verifies_letters(bench: Bench) -> None:
    query = 'subscription { onSend(room: "phòng số 😀") { id } }'
    data = json.dumps({"query": query}, ensure_ascii=False)
    async with bench.socket(signed_connect(bench)) as socket:
        await socket.start_with("1", data, bench.signed(data))
        await socket.expect("start_ack", "1")
        await socket.start_with("2", data, bench.signed(json.dumps({"query": query})))
        await socket.error("2")


@rule("RT52", "MUST count an event's bytes, not its letters", QUOTAS)
async def counts_bytes(bench: Bench) -> None:
    room = fresh()
    async with bench.socket() as socket:
        await socket.follow(room)
        await bench.publish(room=room, text="ế" * 90_000)
        await bench.publish(room=room, text="ế" * 70_000)
        expect(len((await socket.event())["text"]), 70_000, "the letters of the first event")
