"""HT: GraphQL over HTTP. Request forms, refusals, authorisation, errors, scalars, direct Lambda resolvers."""

import gzip
import json
from urllib.parse import urlencode, urlsplit

from localcloud.audits.pages import (
    AUTHORIZATION,
    CORS,
    DIRECT,
    ERRORS,
    GRAPHQL,
    LAMBDA,
    OVER_HTTP,
    QUOTAS,
    SCALARS,
)
from localcloud.audits.rules import Evidence, Json, expect, expect_in, expect_one_of, expect_true, rule
from localcloud.audits.target import Target, fresh

SEEN, CLIENTS = Evidence.SEEN, Evidence.CLIENTS
REFUSED = "You are not authorized to make this call."
PING = "{ ping }"


# ---- Forms of a request


@rule("HT01", "MUST answer a query with status 200 and its data", OVER_HTTP)
async def answers_query(target: Target) -> None:
    answer = await target.post(PING)
    expect(answer.status_code, 200, "the status")
    expect(answer.json(), {"data": {"ping": None}})


@rule("HT02", "MUST read the body as JSON whatever type it declares", OVER_HTTP, SEEN)
async def ignores_declared_type(target: Target) -> None:
    for kind in (
        "application/graphql",
        "application/x-www-form-urlencoded",
        "application/json; charset=UTF-8",
    ):
        answer = await target.send(json.dumps({"query": PING}), {**target.key(), "content-type": kind})
        expect(answer.json(), {"data": {"ping": None}}, f"the answer to {kind}")


@rule("HT03", "MUST take a query from the parameters of a GET request", OVER_HTTP, SEEN)
async def answers_get(target: Target) -> None:
    query = "query Q($n: Int!) { items(count: $n) { id } }"
    asked = urlencode({"query": query, "variables": '{"n": 1}', "operationName": "Q"})
    async with target.http() as client:
        answer = await client.get(f"{target.url}?{asked}", headers=target.key())
    expect(answer.json(), {"data": {"items": [{"id": "0"}]}})


@rule(
    "HT04",
    "MUST declare its answer as application/json;charset=UTF-8, whatever was asked for",
    OVER_HTTP,
    CLIENTS,
)
async def declares_json(target: Target) -> None:
    wanted = {**target.key(), "accept": "application/graphql-response+json,application/json;q=0.9"}
    answer = await target.post(PING, headers=wanted)
    declared = answer.headers["content-type"].replace(" ", "").lower()
    expect(declared, "application/json;charset=utf-8", "the content type")


@rule("HT05", "MUST give every answer an x-amzn-RequestId of its own", OVER_HTTP, SEEN)
async def numbers_requests(target: Target) -> None:
    first, second = await target.post(PING), await target.post(PING)
    ids = [each.headers.get("x-amzn-requestid") for each in (first, second)]
    expect_true(all(ids) and ids[0] != ids[1], "request ids are missing or the same", ids)


@rule("HT06", "MUST run the operation that operationName names", GRAPHQL)
async def chooses_operation(target: Target) -> None:
    answer = await target.post("query A { a: ping } query B { b: ping }", operationName="B")
    expect(answer.json(), {"data": {"b": None}})


@rule("HT07", "MUST ignore members of the body that it does not know", OVER_HTTP, CLIENTS)
async def ignores_members(target: Target) -> None:
    answer = await target.post(PING, extensions={"clientLibrary": {"name": "x"}}, other=1)
    expect(answer.json(), {"data": {"ping": None}})


@rule("HT08", "MUST compress a large answer for a client that accepts gzip", OVER_HTTP)
async def compresses(target: Target) -> None:
    headers = {**target.key(), "accept-encoding": "gzip"}
    query = "{ items(count: 300) { id text again { id } } }"
    async with (
        target.http() as client,
        client.stream("POST", target.url, content=json.dumps({"query": query}), headers=headers) as answer,
    ):
        body = b"".join([chunk async for chunk in answer.aiter_raw()])
    expect(answer.headers.get("content-encoding"), "gzip", "the content encoding")
    expect(len(json.loads(gzip.decompress(body))["data"]["items"]), 300, "the number of items")


@rule("HT09", "MUST answer a preflight of any origin without credentials", CORS, CLIENTS)
async def answers_preflight(target: Target) -> None:
    headers = {
        "Origin": "https://example.com",
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "x-api-key,content-type,x-amz-user-agent",
    }
    async with target.http() as client:
        answer = await client.options(target.url, headers=headers)
    expect_one_of(answer.status_code, (200, 204), "the status")
    expect(answer.headers.get("access-control-allow-origin"), "*", "the allowed origin")
    allowed = answer.headers.get("access-control-allow-headers", "").lower()
    expect_true(allowed == "*" or "x-api-key" in allowed, "x-api-key is not allowed", allowed)


@rule("HT10", "MUST expose the headers of AWS to pages of any origin", CORS, SEEN)
async def exposes_headers(target: Target) -> None:
    answer = await target.post(PING, headers={**target.key(), "Origin": "https://example.com"})
    expect(answer.headers.get("access-control-allow-origin"), "*", "the allowed origin")
    expect_in("x-amzn-requestid", answer.headers.get("access-control-expose-headers", "").lower())


@rule("HT11", "MUST give aliases as response keys, and __typename everywhere", GRAPHQL)
async def aliases(target: Target) -> None:
    data = await target.data("{ a: items(count: 1) { __typename number: id } __typename }")
    expect(data, {"a": [{"__typename": "Item", "number": "0"}], "__typename": "Query"})


@rule("HT12", "MUST run the root fields of a mutation in their order", GRAPHQL)
async def mutates_in_order(target: Target) -> None:
    room = fresh()
    fields = "a: send(input: $i) { room text } b: send(input: $j) { room text }"
    query = f"mutation M($i: ItemInput!, $j: ItemInput!) {{ {fields} }}"
    async with target.socket() as socket:
        await socket.follow(room, "room text")
        data = await target.data(query, {"i": {"room": room, "text": "a"}, "j": {"room": room, "text": "b"}})
        expect(list(data), ["a", "b"], "the order of the answer")
        expect([(await socket.event())["text"] for _ in data], ["a", "b"], "the order of events")


# ---- Requests that are none


async def malformed(target: Target, content: str | bytes) -> Json:
    answer = await target.send(content)
    expect(answer.status_code, 400, f"the status for {content!r}")
    error = answer.json()["errors"][0]
    expect(error["errorType"], "MalformedHttpRequestException", "the type")
    return error["message"]


@rule("HT13", "MUST refuse an empty body as malformed", ERRORS, SEEN)
async def refuses_empty(target: Target) -> None:
    expect(await malformed(target, ""), "Request body is empty.", "the message")


@rule("HT14", "MUST refuse a body that is no JSON, or JSON without a query", ERRORS, SEEN)
async def refuses_no_json(target: Target) -> None:
    for body in ("nonsense", "{}", "[]", '{"query": 1}', "null", b"\xff\xfe"):
        expect(await malformed(target, body), "Unable to parse GraphQL query.", f"the message for {body!r}")


@rule("HT15", "MUST refuse a query that does not parse with status 400", ERRORS, SEEN)
async def refuses_no_graphql(target: Target) -> None:
    for query in ("{ ping", "", "query {}", "fragment F on Query { ping }"):
        message = await malformed(target, json.dumps({"query": query}))
        expect(message, "Unable to parse GraphQL query.", f"the message for {query!r}")


@rule("HT16", "MUST refuse several operations of which none is named", ERRORS, SEEN)
async def refuses_unnamed(target: Target) -> None:
    answer = await target.post("query A { ping } query B { ping }")
    expect(answer.status_code, 400, "the status")
    expect(
        answer.json()["errors"][0],
        {"errorType": "BadRequestException", "message": "Missing operation name."},
        "the error",
    )


@rule("HT17", "MUST refuse a subscription over HTTP", GRAPHQL, Evidence.CHOSEN)
async def refuses_subscription(target: Target) -> None:
    body = await target.answer("subscription { onSend { id } }")
    expect_true(body.get("errors"), "no error", body)
    expect_true(not body.get("data"), "data was sent", body)


@rule("HT18", "MUST refuse more than 15,000 tokens", QUOTAS)
async def refuses_long_query(target: Target) -> None:
    answer = await target.post("{ " + "ping " * 15_001 + "}")
    expect(answer.status_code, 400, "the status")
    expect_in("Maximum char length exceeded", answer.text)


@rule("HT19", "MUST survive a query nested thousands deep, and refuse it", ERRORS, Evidence.CHOSEN)
async def survives_nesting(target: Target) -> None:
    answer = await target.post("{ items(count: 1) " + "{ again " * 3_000 + "{ id }" + " }" * 3_000 + " }")
    expect_true(answer.json().get("errors"), "no error", answer.text)
    await answers_query(target)


# ---- Validation


@rule("HT20", "MUST answer an unknown field with status 200, data null and where it is", ERRORS, SEEN)
async def tells_unknown_field(target: Target) -> None:
    answer = await target.post("{ nowhere }")
    expect(answer.status_code, 200, "the status")
    finding = (
        "Validation error of type FieldUndefined: Field 'nowhere' in type 'Query' is undefined @ 'nowhere'"
    )
    place = {"line": 1, "column": 3, "sourceName": None}
    wanted = {"path": None, "locations": [place], "message": finding}
    expect(answer.json(), {"data": None, "errors": [wanted]})


@rule("HT21", "MUST answer a missing required variable with status 200 and its name", ERRORS, SEEN)
async def tells_missing_variable(target: Target) -> None:
    answer = await target.post("query Q($how: String!) { direct(how: $how) { id } }")
    expect(answer.status_code, 200, "the status")
    message = answer.json()["errors"][0]["message"]
    expect(message, "Variable 'how' has coerced Null value for NonNull type 'String!'", "the message")


@rule("HT22", "MUST refuse an argument of the wrong type as WrongType", ERRORS, SEEN)
async def tells_wrong_type(target: Target) -> None:
    error = await target.error('{ items(count: "three") { id } }')
    expect_in("Validation error of type WrongType", error["message"])


@rule("HT23", "MUST name what else a document does wrong as graphql-java does", ERRORS, SEEN)
async def names_findings(target: Target) -> None:
    wrong = {
        "SubSelectionRequired": "{ items(count: 1) }",
        "MissingFieldArgument": "{ items { id } }",
        "UnknownArgument": "{ ping(x: 1) }",
        "UndefinedFragment": "{ ...F }",
        "UnusedFragment": "{ ping } fragment F on Query { ping }",
        "UndefinedVariable": "{ items(count: $n) { id } }",
        "UnusedVariable": "query Q($n: Int) { ping }",
        "UnknownType": "query Q($n: Nowhere) { items(count: $n) { id } }",
        "UnknownDirective": "{ ping @nowhere }",
    }
    for name, query in wrong.items():
        body = await target.answer(query)
        expect_in(f"Validation error of type {name}", body["errors"], f"the answer to {query}")


@rule("HT24", "MUST run nothing of a document that is not valid", GRAPHQL)
async def runs_nothing_invalid(target: Target) -> None:
    room = fresh()
    async with target.socket() as socket:
        await socket.follow(room)
        bad = f'mutation {{ send(input: {{room: "{room}", text: "bad"}}) {{ id room text nowhere }} }}'
        expect((await target.answer(bad))["data"], None, "the data")
        await target.publish(room=room, text="good")
        expect((await socket.event())["text"], "good", "the first event")


# ---- Introspection


@rule("HT25", "MUST answer introspection, its scalars and subscriptions included", GRAPHQL)
async def introspects(target: Target) -> None:
    query = '{ __schema { subscriptionType { name } types { name kind } } __type(name: "Item") { name } }'
    schema = (await target.data(query))["__schema"]
    scalars = {each["name"] for each in schema["types"] if each["kind"] == "SCALAR"}
    expect(schema["subscriptionType"], {"name": "Subscription"}, "the subscription type")
    expect_true({"AWSJSON", "AWSDateTime", "AWSEmail"} <= scalars, "scalars are missing", sorted(scalars))


# ---- Who may call


async def refused(target: Target, headers: dict[str, str], message: str | None = REFUSED) -> None:
    answer = await target.post(PING, headers=headers)
    expect(answer.status_code, 401, "the status")
    expect_in("UnauthorizedException", answer.headers.get("x-amzn-errortype"), "x-amzn-ErrorType")
    error = answer.json()["errors"][0]
    expect(error["errorType"], "UnauthorizedException", "the type")
    if message is not None:
        expect(error["message"], message, "the message")


@rule("HT26", "MUST refuse a request without credentials with status 401", AUTHORIZATION, SEEN)
async def refuses_nobody(target: Target) -> None:
    await refused(target, {}, "Valid authorization header not provided.")


@rule("HT27", "MUST refuse an unknown API key with status 401", AUTHORIZATION, SEEN)
async def refuses_unknown_key(target: Target) -> None:
    await refused(target, {"x-api-key": "da2-nobodysnobodysnobodysnobody"})


@rule("HT28", "MUST let a Cognito user in, with or without Bearer before the token", AUTHORIZATION)
async def lets_users_in(target: Target) -> None:
    token = target.need("token")
    for value in (token, f"Bearer {token}"):
        expect(await target.data(PING, headers={"Authorization": value}), {"ping": None})


@rule("HT29", "MUST refuse an expired token, and say so", AUTHORIZATION, SEEN)
async def refuses_expired(target: Target) -> None:
    await refused(target, target.bearer("expired"), "Token has expired.")


@rule("HT30", "MUST refuse a token that somebody else signed", AUTHORIZATION)
async def refuses_foreign(target: Target) -> None:
    await refused(target, target.bearer("foreign"), None)


@rule("HT31", "MUST refuse a token whose signature was cut off or changed", AUTHORIZATION)
async def refuses_changed(target: Target) -> None:
    head, claims, signature = target.need("token").split(".")
    for token in (f"{head}.{claims}.", f"{head}.{claims}.{signature[:-6]}AAAAAA"):
        await refused(target, {"Authorization": token}, None)


@rule("HT32", "MUST let an OpenID Connect token of its issuer in", AUTHORIZATION)
async def lets_oidc_in(target: Target) -> None:
    expect(await target.data(PING, headers=target.bearer("oidc")), {"ping": None})


@rule("HT33", "MUST let in whoever the Lambda authoriser lets in", AUTHORIZATION)
async def lets_lambda_in(target: Target) -> None:
    expect(await target.data(PING, headers=target.bearer("lambda_token")), {"ping": None})


@rule("HT34", "MUST refuse whoever the Lambda authoriser refuses", AUTHORIZATION)
async def refuses_denied(target: Target) -> None:
    target.need("lambda_token")
    await refused(target, {"Authorization": "deny"})


@rule("HT35", "MUST refuse when the Lambda authoriser raises or says nothing", AUTHORIZATION)
async def refuses_broken_authoriser(target: Target) -> None:
    target.need("lambda_token")
    for token in ("raise", "silent"):
        await refused(target, {"Authorization": token}, None)


@rule("HT36", "MUST refuse a token its regular expression does not match without asking", AUTHORIZATION)
async def refuses_unmatched(target: Target) -> None:
    target.need("lambda_token")
    await refused(target, {"Authorization": "ill-formed"}, None)


@rule("HT37", "MUST make the authoriser's deniedFields null and unauthorised", AUTHORIZATION)
async def denies_fields(target: Target) -> None:
    target.need("lambda_token")
    body = await target.answer("{ ping event }", headers={"Authorization": "less"})
    expect(body["data"]["ping"], None, "the denied field")
    expect_true(body["data"]["event"], "the other field is null", body)
    expect(body["errors"][0]["errorType"], "Unauthorized", "the type")


@rule("HT38", "MUST let a request in that is signed with AWS credentials", AUTHORIZATION)
async def lets_signed_in(target: Target) -> None:
    body = json.dumps({"query": PING})
    expect((await target.send(body, unhosted(target.signed(body)))).json(), {"data": {"ping": None}})


@rule("HT39", "MUST refuse a signature that is of another body", AUTHORIZATION)
async def refuses_changed_body(target: Target) -> None:
    headers = unhosted(target.signed(json.dumps({"query": "{ signed }"})))
    answer = await target.send(json.dumps({"query": PING}), headers)
    expect_one_of(answer.status_code, (400, 401, 403), "the status")
    expect_in("ignature", answer.text)


@rule("HT40", "MUST refuse AWS credentials that it does not know", AUTHORIZATION)
async def refuses_unknown_credentials(target: Target) -> None:
    body = json.dumps({"query": PING})
    aws = target.need("aws")
    stranger = type(aws)("AKIDNOBODYNOBODYNOBO", "nothing", None, aws.region)
    headers = unhosted(stranger.sign(target.host, urlsplit(target.url).path, body))
    expect_one_of((await target.send(body, headers)).status_code, (400, 401, 403), "the status")


def unhosted(headers: dict[str, str]) -> dict[str, str]:
    """What is sent of signed headers: the host goes by itself, and the body is not encoded."""
    return {name: value for name, value in headers.items() if name != "host"}


# ---- Who may use a field


async def denied(target: Target, field: str, headers: dict[str, str]) -> None:
    answer = await target.post(f"{{ {field} }}", headers=headers)
    expect(answer.status_code, 200, "the status")
    body = answer.json()
    expect(body["data"], {field: None}, "the data")
    wanted = {
        "path": [field], "data": None, "errorType": "Unauthorized", "errorInfo": None,
        "locations": [{"line": 1, "column": 3, "sourceName": None}],
        "message": f"Not Authorized to access {field} on type Query",
    }  # fmt: skip
    expect(body["errors"], [wanted], "the errors")


@rule("HT41", "MUST leave a field without a directive to the default mode", AUTHORIZATION)
async def unmarked_is_default(target: Target) -> None:
    expect(await target.data("{ byDefault }"), {"byDefault": None})
    await denied(target, "byDefault", target.bearer())


@rule(
    "HT42",
    "MUST keep modes out that a field's directives do not name, with AppSync's error",
    AUTHORIZATION,
    SEEN,
)
async def directives_keep_out(target: Target) -> None:
    await denied(target, "users", target.key())
    await denied(target, "signed", target.key())


@rule("HT43", "MUST let only members of cognito_groups use a field", AUTHORIZATION)
async def groups(target: Target) -> None:
    await denied(target, "editors", target.bearer())
    expect(await target.data("{ editors }", headers=target.bearer("editor")), {"editors": None})


@rule("HT44", "MUST let a field's directives replace those of its type", AUTHORIZATION)
async def field_replaces_type(target: Target) -> None:
    mutation = 'mutation { send(input: {id: "1", secret: "s", needed: "n"}) { id secret } }'
    body = await target.answer(mutation)
    expect(body["data"], {"send": {"id": "1", "secret": None}}, "the data for an API key")
    expect(body["errors"][0]["path"], ["send", "secret"], "the path")
    text = json.dumps({"query": mutation})
    signed = (await target.send(text, unhosted(target.signed(text)))).json()
    expect(signed["data"], {"send": {"id": "1", "secret": "s"}}, "the data for AWS credentials")


@rule("HT45", "MUST answer the fields a caller may use beside those it may not", AUTHORIZATION)
async def denies_one_of_many(target: Target) -> None:
    body = await target.answer("{ ping users items(count: 1) { id } }")
    expect(body["data"], {"ping": None, "users": None, "items": [{"id": "0"}]}, "the data")
    expect(len(body["errors"]), 1, "the number of errors")


# ---- Errors of execution


@rule("HT46", "MUST report a failed field as path, data, errorType, errorInfo, locations and message", ERRORS)
async def reports_failed_field(target: Target) -> None:
    answer = await target.post('{ run(case: "error") ping }')
    expect(answer.status_code, 200, "the status")
    error = answer.json()["errors"][0]
    expect(
        list(error), ["path", "data", "errorType", "errorInfo", "locations", "message"], "the members' order"
    )
    expect(error["locations"], [{"line": 1, "column": 3, "sourceName": None}], "the location")
    expect(answer.json()["data"], {"run": None, "ping": None}, "the data")


@rule("HT47", "MUST filter an error's data by the selection set, and never its info", ERRORS)
async def filters_error_data(target: Target) -> None:
    mutation = 'mutation { send(input: {id: "1", room: "r", text: "t", fail: "no"}) { id text } }'
    error = await target.error(mutation)
    expect(error["data"], {"id": "1", "text": "t"}, "the data")
    expect(error["errorType"], "Failed", "the type")


@rule("HT48", "MUST report a null where none may be with the type and the path", ERRORS, SEEN)
async def reports_forbidden_null(target: Target) -> None:
    body = await target.answer('mutation { send(input: {id: "1"}) { id needed } }')
    expect(body["data"], {"send": None}, "the data")
    message = "Cannot return null for non-nullable type: 'String' within parent 'Item' (/send/needed)"
    expect(
        body["errors"], [{"path": ["send", "needed"], "locations": None, "message": message}], "the errors"
    )


@rule("HT49", "MUST put list indexes in brackets into the path of a forbidden null", ERRORS, SEEN)
async def reports_null_in_list(target: Target) -> None:
    body = await target.answer("{ items(count: 1) { id needed } }")
    expect_in("(/items[0]/needed)", body["errors"][0]["message"])
    expect(body["data"], {"items": None}, "the data")


@rule("HT50", "MUST report a result that is not of its scalar's form as not serialisable", ERRORS, SEEN)
async def reports_unserialisable(target: Target) -> None:
    body = await target.answer('{ direct(how: "scalar") { id at } }')
    expect(body["data"], {"direct": {"id": "1", "at": None}}, "the data")
    expect_in("Can't serialize value (/direct/at)", body["errors"][0]["message"])


# ---- Scalars


async def scalar(
    target: Target, kind: str, argument: str, good: tuple[Json, ...], bad: tuple[Json, ...]
) -> None:
    query = f"query Q($v: {kind}) {{ scalars({argument}: $v) }}"
    for value in good:
        body = await target.answer(query, {"v": value})
        expect_true(not body.get("errors"), f"{value!r} is refused as {kind}", body)
    for value in bad:
        body = await target.answer(query, {"v": value})
        expect_true(body.get("errors"), f"{value!r} is taken as {kind}", body)


@rule("HT51", "MUST take AWSDate with and without an offset, and no other text", SCALARS)
async def takes_dates(target: Target) -> None:
    good = ("1970-01-01", "1970-01-01Z", "1970-01-01-07:00", "1970-01-01+05:30")
    await scalar(target, "AWSDate", "date", good, ("1970-13-01", "yesterday", "1970-02-30"))


@rule("HT52", "MUST take AWSTime with and without seconds and an offset", SCALARS)
async def takes_times(target: Target) -> None:
    good = ("12:30", "12:30Z", "12:30:24-07:00", "12:30:24.500+05:30")
    await scalar(target, "AWSTime", "time", good, ("25:00", "noon"))


@rule("HT53", "MUST take AWSDateTime only with an offset", SCALARS)
async def takes_moments(target: Target) -> None:
    good = ("1970-01-01T12:30Z", "1970-01-01T12:30:24-07:00", "1970-01-01T12:30:24.500+05:30")
    await scalar(target, "AWSDateTime", "at", good, ("1970-01-01T12:30:24", "1970-01-01"))


@rule("HT54", "MUST take AWSTimestamp as whole seconds, negative ones too", SCALARS)
async def takes_timestamps(target: Target) -> None:
    await scalar(target, "AWSTimestamp", "stamp", (0, 1_600_000_000, -5), ("soon", 1.5))


@rule("HT55", "MUST take only e-mail addresses as AWSEmail", SCALARS)
async def takes_emails(target: Target) -> None:
    await scalar(target, "AWSEmail", "mail", ("a@example.com",), ("example.com", "a@", "a b@example.com"))


@rule("HT56", "MUST take AWSURL only with a scheme, and without // in its path", SCALARS)
async def takes_urls(target: Target) -> None:
    good = ("https://www.example.com/", "mailto:a@example.com")
    await scalar(target, "AWSURL", "url", good, ("www.example.com", "https://example.com/a//b"))


@rule("HT57", "MUST take AWSPhone with spaces and hyphens, and without a country code", SCALARS)
async def takes_phones(target: Target) -> None:
    await scalar(target, "AWSPhone", "phone", ("+1 206-555-0100", "206-555-0100"), ("call me", "12"))


@rule("HT58", "MUST take AWSIPAddress of both versions, with or without a CIDR suffix", SCALARS)
async def takes_addresses(target: Target) -> None:
    good = ("127.0.0.1", "10.0.0.0/8", "::1", "1a2b:3c4b::1234/64")
    await scalar(target, "AWSIPAddress", "ip", good, ("300.0.0.1", "localhost", "10.0.0.0/99"))


@rule("HT59", "MUST take AWSJSON as JSON text only", SCALARS)
async def takes_json(target: Target) -> None:
    await scalar(target, "AWSJSON", "json", ('{"a": 1}', "[1]", '"text"', "true"), ("{a: 1}", "{"))


@rule("HT60", "MUST hand AWSJSON to resolvers parsed, and write it back as text", SCALARS)
async def parses_json(target: Target) -> None:
    data = await target.data('query Q($j: AWSJSON) { run(case: "context", input: $j) }', {"j": '{"a": [1]}'})
    expect(json.loads(data["run"])["args"]["input"], {"a": [1]}, "what the resolver sees")


# ---- Direct Lambda resolvers


async def event(target: Target, arguments: str = "", headers: dict[str, str] | None = None) -> Json:
    """What a direct Lambda resolver is sent."""
    field = f"event({arguments})" if arguments else "event"
    data = await target.data(f"query Named {{ {field} }}", headers=headers)
    return json.loads(data["event"])


@rule("HT61", "MUST send a direct Lambda resolver the context, each member there", DIRECT)
async def sends_context(target: Target) -> None:
    found = await event(target, 'text: "hi", number: 2, ids: ["1"]')
    expect(found["arguments"], {"text": "hi", "number": 2, "ids": ["1"]}, "the arguments")
    expect(
        sorted(found), ["arguments", "identity", "info", "prev", "request", "source", "stash"], "the members"
    )
    expect((found["source"], found["prev"], found["stash"]), (None, None, {}), "source, prev and stash")
    expect((found["info"]["fieldName"], found["info"]["parentTypeName"]), ("event", "Query"), "the field")


@rule("HT62", "MUST tell no identity of an API key's holder", DIRECT)
async def key_has_no_identity(target: Target) -> None:
    expect((await event(target))["identity"], None, "the identity")


@rule("HT63", "MUST tell a Cognito user's sub, issuer, username, claims, groups and address", DIRECT)
async def tells_user(target: Target) -> None:
    identity = (await event(target, headers=target.bearer()))["identity"]
    wanted = {"sub", "issuer", "username", "claims", "sourceIp", "groups", "defaultAuthStrategy"}
    expect_true(wanted <= set(identity), "members are missing", sorted(wanted - set(identity)))
    expect(identity["sub"], identity["claims"]["sub"], "the sub")
    expect_true(isinstance(identity["sourceIp"], list), "sourceIp is no list", identity["sourceIp"])


@rule("HT64", "MUST tell an OpenID Connect user's sub, issuer and claims", DIRECT)
async def tells_oidc_user(target: Target) -> None:
    identity = (await event(target, headers=target.bearer("oidc")))["identity"]
    expect(sorted(identity), ["claims", "issuer", "sub"], "the members")


@rule("HT65", "MUST tell the resolverContext of the Lambda authoriser", DIRECT)
async def tells_resolver_context(target: Target) -> None:
    identity = (await event(target, headers=target.bearer("lambda_token")))["identity"]
    expect(identity["resolverContext"]["token"], target.need("lambda_token"), "the token in the context")


@rule("HT66", "MUST send the authoriser the token, the request's context and its headers", AUTHORIZATION)
async def asks_authoriser(target: Target) -> None:
    headers = {**target.bearer("lambda_token"), "x-probe": "1"}
    answer = await target.post("query Named { event }", headers=headers, operationName="Named")
    identity = json.loads(answer.json()["data"]["event"])["identity"]
    asked = json.loads(identity["resolverContext"]["event"])
    expect(asked["authorizationToken"], target.need("lambda_token"), "the token")
    context = asked["requestContext"]
    wanted = {"apiId", "accountId", "requestId", "queryString", "operationName", "variables"}
    expect_true(wanted <= set(context), "members are missing", sorted(wanted - set(context)))
    expect(context["operationName"], "Named", "the operation's name")
    expect(asked["requestHeaders"].get("x-probe"), "1", "a header")


@rule("HT67", "MUST tell the account and the ARN of who signed with AWS credentials", DIRECT)
async def tells_principal(target: Target) -> None:
    body = json.dumps({"query": "{ event }"})
    answer = (await target.send(body, unhosted(target.signed(body)))).json()
    identity = json.loads(answer["data"]["event"])["identity"]
    wanted = {
        "accountId", "cognitoIdentityPoolId", "cognitoIdentityId", "sourceIp", "username", "userArn",
        "cognitoIdentityAuthType", "cognitoIdentityAuthProvider",
    }  # fmt: skip
    expect_true(wanted <= set(identity), "members are missing", sorted(wanted - set(identity)))
    expect_in(identity["accountId"], identity["userArn"], "the ARN")


@rule("HT68", "MUST show resolvers the request's headers in lower case, without cookies", DIRECT)
async def shows_headers(target: Target) -> None:
    headers = (await event(target, headers={**target.key(), "X-Probe": "1", "Cookie": "a=b"}))["request"][
        "headers"
    ]
    expect(headers.get("x-probe"), "1", "a header")
    expect_true("cookie" not in headers, "the cookie is shown", headers)
    expect_true(all(name == name.lower() for name in headers), "names are not in lower case", sorted(headers))


@rule("HT69", "MUST name selected fields as paths under aliases, fragments spread out", DIRECT)
async def lists_selection(target: Target) -> None:
    query = "{ items(count: 1) { json number: id again { id ...F } } } fragment F on Item { owner { name } }"
    info = json.loads((await target.data(query))["items"][0]["json"])
    wanted = ["json", "number", "again", "again/id", "again/owner", "again/owner/name"]
    expect(info["selectionSetList"], wanted, "selectionSetList")
    expect_true(
        info["selectionSetGraphQL"].lstrip().startswith("{"), "selectionSetGraphQL has no braces", info
    )


@rule("HT70", "MUST report a function that raised with its message, as Lambda:Unhandled", LAMBDA, SEEN)
async def reports_raised(target: Target) -> None:
    error = await target.error('{ direct(how: "raise") { id } }')
    expect(error["message"], "it broke", "the message")
    expect_one_of(error["errorType"], ("Lambda:Unhandled", "Broken"), "the type")


@rule("HT71", "MUST turn an UnauthorizedException of a function into AppSync's own refusal", DIRECT)
async def replaces_refusal(target: Target) -> None:
    error = await target.error('{ direct(how: "forbid") { id } }')
    expect(error["message"], REFUSED, "the message")


@rule("HT72", "MUST take a returned errorMessage of a single invocation for data", LAMBDA)
async def keeps_error_members(target: Target) -> None:
    data = await target.data('{ direct(how: "data") { id text } }')
    expect(data, {"direct": {"id": "1", "text": "kept"}})


@rule("HT73", "MUST invoke a batched resolver once for all items of a list", LAMBDA)
async def batches(target: Target) -> None:
    body = await target.answer("{ items(count: 2) { id batched } }")
    expect([each["batched"] for each in body["data"]["items"]], ["0 of 2", "1 of 2"], "the items")


@rule("HT74", "MUST report the errorMessage and errorType of single items of a batch", LAMBDA)
async def reports_batch_items(target: Target) -> None:
    body = await target.answer("{ items(count: 4) { id batched } }")
    values = [each["batched"] for each in body["data"]["items"]]
    expect(values, ["0 of 4", "1 of 4", None, "3 of 4"], "the items")
    error = body["errors"][0]
    expect((error["message"], error["errorType"]), ("no second", "Missing"), "the error")
    expect(error["path"], ["items", 2, "batched"], "the path")


@rule("HT75", "MUST split a batch that is larger than maxBatchSize", LAMBDA)
async def splits_batches(target: Target) -> None:
    body = await target.answer("{ items(count: 25) { batched } }")
    sizes = [each["batched"].split()[-1] for each in body["data"]["items"] if each["batched"]]
    expect_true(all(int(size) <= 10 for size in sizes), "a batch is larger than 10", sizes)


@rule("HT76", "MUST give a resolver of a nested field its parent as source", DIRECT)
async def gives_source(target: Target) -> None:
    data = await target.data("{ items(count: 2) { author { name } } }")
    expect(data["items"][1], {"author": {"name": "author of 1"}}, "the second item")


@rule("HT77", "MUST choose the type of an interface by its __typename", GRAPHQL)
async def resolves_types(target: Target) -> None:
    query = '{ pet(kind: "Cat") { __typename name ... on Cat { lives } ... on Dog { tricks } } }'
    expect((await target.data(query))["pet"], {"__typename": "Cat", "name": "Tom", "lives": 9}, "the pet")


@rule("HT78", "MUST refuse resolvers beyond resolverCountLimit, each with its own error", QUOTAS)
async def limits_resolvers(target: Target) -> None:
    body = await target.answer("{ items(count: 80) { author { name } } }")
    kinds = {each.get("errorType") for each in body.get("errors") or [{}]}
    expect(kinds, {"ResolverExecutionLimitReached"}, "the errors' types")


@rule("HT79", "MUST refuse fields below queryDepthLimit", QUOTAS)
async def limits_depth(target: Target) -> None:
    query = "{ items(count: 1) " + "{ again " * 25 + "{ id }" + " }" * 25 + " }"
    body = await target.answer(query)
    expect_in("QueryDepthLimitReached", body.get("errors"), "the errors")
