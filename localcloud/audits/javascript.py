"""JS: resolvers in APPSYNC_JS. What handlers are given, what their utilities do, how pipelines go on."""

import json
import re

from localcloud.audits.pages import CONTEXT, DIRECT, EXTENSIONS, JAVASCRIPT, LAMBDA, PIPELINES, UTIL
from localcloud.audits.rules import Evidence, Json, expect, expect_in, expect_true, rule
from localcloud.audits.target import Target


async def ran(target: Target, case: str, input_: Json = None, headers: dict[str, str] | None = None) -> Json:
    """What the case returns, out of the AWSJSON that the field is."""
    query = "query Q($case: String!, $input: AWSJSON) { run(case: $case, input: $input) }"
    variables = {"case": case, "input": None if input_ is None else json.dumps(input_)}
    found = (await target.data(query, variables, headers))["run"]
    return None if found is None else json.loads(found)


async def failed(target: Target, case: str) -> Json:
    return await target.error("query Q($case: String!) { run(case: $case) }", {"case": case})


async def stepped(target: Target, how: str) -> Json:
    data = await target.data("query Q($how: String!) { steps(how: $how) }", {"how": how})
    return None if data["steps"] is None else json.loads(data["steps"])


# ---- The context


@rule("JS01", "MUST give handlers the arguments, as args and as arguments", CONTEXT)
async def gives_arguments(target: Target) -> None:
    found = await ran(target, "context", {"a": 1})
    wanted = {"case": "context", "input": {"a": 1}}
    expect((found["args"], found["arguments"]), (wanted, wanted), "args and arguments")


@rule("JS02", "MUST give the response handler the data source's result", CONTEXT)
async def gives_result(target: Target) -> None:
    found = await ran(target, "context", 5)
    expect(found["result"], {"case": "context", "input": 5}, "the result")


@rule("JS03", "MUST carry the stash from the request handler to the response handler", CONTEXT)
async def carries_stash(target: Target) -> None:
    expect((await ran(target, "context"))["stash"], {"put": "by the request"}, "the stash")


@rule("JS04", "MUST give handlers the field's name, its parent's, and the variables", CONTEXT)
async def gives_info(target: Target) -> None:
    info = (await ran(target, "context"))["info"]
    expect((info["fieldName"], info["parentTypeName"]), ("run", "Query"), "the field")
    expect(info["variables"]["case"], "context", "a variable")


@rule("JS05", "MUST give handlers the environment's variables as ctx.env", CONTEXT)
async def gives_environment(target: Target) -> None:
    expect((await ran(target, "context"))["env"], {"COLOUR": "teal"}, "the environment")


@rule("JS06", "MUST give handlers the request's headers in lower case", CONTEXT)
async def gives_headers(target: Target) -> None:
    headers = {**target.key(), "X-Probe": "1"}
    expect((await ran(target, "context", headers=headers))["headers"]["x-probe"], "1", "a header")


@rule("JS07", "MUST give handlers no identity of an API key's holder, and a user's sub", CONTEXT)
async def gives_identity(target: Target) -> None:
    expect(await ran(target, "identity"), None, "an API key's identity")
    user = await ran(target, "identity", headers=target.bearer())
    expect_true(user["sub"] and user["claims"]["sub"] == user["sub"], "the user has no sub", user)


@rule("JS08", "MUST give a root field no source", CONTEXT)
async def gives_no_source(target: Target) -> None:
    expect((await ran(target, "context")).get("source"), None, "the source")


# ---- How a handler ends


@rule("JS09", "MUST make the field's value what the response handler returns", PIPELINES)
async def returns(target: Target) -> None:
    expect(await ran(target, "plain", [1]), {"case": "plain", "input": [1]}, "the value")


@rule("JS10", "MUST make the field null when the response handler returns nothing", PIPELINES)
async def returns_nothing(target: Target) -> None:
    expect(await ran(target, "nothing"), None, "the value")


@rule("JS11", "MUST end a field with the message, type, data and info of util.error", UTIL)
async def ends_with_error(target: Target) -> None:
    error = await failed(target, "error")
    found = {name: error[name] for name in ("message", "errorType", "errorInfo")}
    wanted = {"message": "went wrong", "errorType": "Wrong", "errorInfo": {"why": "because"}}
    expect(found, wanted, "the error")


@rule("JS12", "MUST end a field with util.error's message alone when it has no type", UTIL)
async def ends_with_message(target: Target) -> None:
    expect((await failed(target, "errorAlone"))["message"], "went wrong", "the message")


@rule("JS13", "MUST not ask the data source after util.error in the request handler", UTIL)
async def ends_in_request(target: Target) -> None:
    error = await failed(target, "errorInRequest")
    expect((error["message"], error["errorType"]), ("refused", "Refused"), "the error")


@rule("JS14", "MUST put util.appendError's errors beside the field's value", UTIL)
async def appends_errors(target: Target) -> None:
    body = await target.answer('{ run(case: "append") }')
    expect(json.loads(body["data"]["run"]), "still here", "the value")
    found = [(each["message"], each["errorType"]) for each in body["errors"]]
    expect(found, [("one thing", "First"), ("another", "Second")], "the errors")


@rule("JS15", "MUST refuse the field after util.unauthorized, in AppSync's words", UTIL)
async def unauthorises(target: Target) -> None:
    error = await failed(target, "unauthorized")
    expect(error["errorType"], "Unauthorized", "the type")
    expect(error["message"], "Not Authorized to access run on type Query", "the message")


@rule("JS16", "MUST skip data source and response handler after runtime.earlyReturn", PIPELINES)
async def returns_early(target: Target) -> None:
    expect(await ran(target, "early", 7), {"early": 7}, "the value")


@rule("JS17", "MUST fail the field, and no other, when a handler breaks by itself", JAVASCRIPT)
async def fails_alone(target: Target) -> None:
    body = await target.answer('{ run(case: "throwing", input: "{}") ping }')
    expect(body["data"], {"run": None, "ping": None}, "the data")
    expect(len(body["errors"]), 1, "the number of errors")


# ---- Data sources


@rule("JS18", "MUST send a function only the payload of an Invoke", LAMBDA, Evidence.CHOSEN)
async def sends_payload(target: Target) -> None:
    found = json.loads((await target.data('{ ask(how: "plain") }'))["ask"])
    expect(found, {"how": "plain", "info": {"fieldName": "ask"}}, "what the function was sent")


@rule("JS19", "MUST show a failing function's message and type to the response handler", LAMBDA)
async def shows_errors(target: Target) -> None:
    found = json.loads((await target.data('{ ask(how: "raise") }'))["ask"])
    expect(found["seen"]["message"], "it broke", "the message")
    expect_true(found["seen"]["type"], "there is no type", found)


@rule("JS20", "MUST not wait for a function that is invoked as an Event", LAMBDA)
async def queues(target: Target) -> None:
    expect(await target.data('{ ask(how: "queue") }'), {"ask": None}, "the data")


# ---- Pipelines


@rule("JS21", "MUST run a pipeline's functions in order, each seeing the result before it", PIPELINES)
async def runs_in_order(target: Target) -> None:
    found = await stepped(target, "plain")
    expect(found["prev"], {"from": "second", "before": {"from": "first"}}, "the last result")


@rule("JS22", "MUST share one stash among a pipeline's handlers", PIPELINES)
async def shares_stash(target: Target) -> None:
    wanted = {"before": "plain", "first": "was here", "second": "was here"}
    expect((await stepped(target, "plain"))["stash"], wanted, "the stash")


@rule("JS23", "MUST go on with the next function after an early return", PIPELINES)
async def goes_on(target: Target) -> None:
    found = await stepped(target, "next")
    expect(found["prev"], {"from": "second", "before": {"skipped": "first"}}, "the last result")


@rule("JS24", "MUST go on with the pipeline's response handler after skipTo END", PIPELINES)
async def skips_to_end(target: Target) -> None:
    found = await stepped(target, "end")
    expect(found["prev"], {"skipped": "all"}, "the last result")
    expect_true("second" not in found["stash"], "the second function ran", found)


@rule("JS25", "MUST end a pipeline at util.error", PIPELINES)
async def ends_pipeline(target: Target) -> None:
    error = await target.error('{ steps(how: "error") }')
    expect((error["message"], error["errorType"]), ("the first failed", "First"), "the error")


# ---- Utilities


@rule("JS26", "MUST make ids that are unique UUIDs, ULIDs and KSUIDs", UTIL)
async def makes_ids(target: Target) -> None:
    found = await ran(target, "ids")
    forms = {
        "id": r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}",
        "ulid": r"[0-9A-HJKMNP-TV-Z]{26}",
        "ksuid": r"[0-9A-Za-z]{27}",
    }
    for name, form in forms.items():
        expect_true(re.fullmatch(form, found[name]), f"{name} is of another form", found[name])
    expect_true(found["id"] != found["other"], "two ids are the same", found["id"])


@rule("JS27", "MUST tell the time as ISO 8601 and as seconds, and read and write both", UTIL)
async def tells_time(target: Target) -> None:
    found = await ran(target, "time")
    expect_true(re.fullmatch(r"\d{4}-\d\d-\d\dT[\d:.]+Z", found["iso"]), "the moment has another form", found)
    expect(found["seconds"], found["milliseconds"] // 1000, "the seconds")
    expect(found["parsed"], 1517476865180, "the parsed moment")
    expect(found["back"], "2018-02-06T19:01:35.750Z", "the written moment")
    expect(found["formatted"], found["iso"][:10], "the formatted date")


@rule("JS28", "MUST encode and decode base64 of any text", UTIL)
async def encodes_base64(target: Target) -> None:
    expect(await ran(target, "base64", "grün ✓"), {"to": "Z3LDvG4g4pyT", "back": "grün ✓"}, "the texts")


@rule("JS29", "MUST encode and decode texts for URLs", UTIL)
async def encodes_urls(target: Target) -> None:
    found = await ran(target, "url", "a b&c=ü")
    expect(found["back"], "a b&c=ü", "the decoded text")
    expect_in("%26c%3D%C3%BC", found["to"], "the encoded text")


@rule("JS30", "MUST turn values into DynamoDB's typed form", UTIL)
async def types_values(target: Target) -> None:
    given = {"s": "a", "n": 1.5, "b": True, "l": [1, "x"], "m": {"k": None}}
    wanted = {
        "s": {"S": "a"}, "n": {"N": 1.5}, "b": {"BOOL": True}, "l": {"L": [{"N": 1}, {"S": "x"}]},
        "m": {"M": {"k": {"NULL": None}}},
    }  # fmt: skip
    found = await ran(target, "dynamodb", given)
    expect(loose(found), loose(wanted), "the values")


def loose(value: Json) -> Json:
    """Numbers may be texts in the typed form, and NULL's value null or true: neither is settled."""
    if isinstance(value, dict):
        return {
            key: None if key == "NULL" else float(each) if key == "N" else loose(each)
            for key, each in value.items()
        }
    return [loose(each) for each in value] if isinstance(value, list) else value


@rule("JS31", "MUST make DynamoDB's sets of texts and numbers", UTIL)
async def makes_sets(target: Target) -> None:
    found = await ran(target, "dynamodbSets")
    expect(sorted(found["strings"]["SS"]), ["a", "b"], "the texts")
    expect(sorted(map(float, found["numbers"]["NS"])), [1.0, 2.0], "the numbers")


@rule("JS32", "MUST normalise, escape and match texts", UTIL)
async def changes_texts(target: Target) -> None:
    wanted = {"normalized": "é", "escaped": "it\\'s", "matched": True, "missed": False}
    expect(await ran(target, "strings"), wanted, "the texts")


@rule("JS33", "MUST put a subscription filter into the groups that subscriptions take", UTIL)
async def makes_filters(target: Target) -> None:
    found = await ran(target, "subscriptionFilter", {"a": {"eq": 1}, "b": {"gt": 2}})
    filters = found["filterGroup"][0]["filters"]
    wanted = [
        {"fieldName": "a", "operator": "eq", "value": 1},
        {"fieldName": "b", "operator": "gt", "value": 2},
    ]
    expect(sorted(filters, key=lambda each: each["fieldName"]), wanted, "the filters")


@rule(
    "JS34",
    "MUST run destructuring, spread, templates, for-of, for-in, arrow functions and ?. and ??",
    JAVASCRIPT,
)
async def runs_language(target: Target) -> None:
    wanted = {
        "first": 1, "rest": {"second": 2, "third": 3}, "found": [30, 20, "second", "third"],
        "mapped": [4, 3], "text": "1-3", "safe": 2,
    }  # fmt: skip
    expect(await ran(target, "language"), wanted, "the value")


@rule("JS35", "MUST read and write JSON", JAVASCRIPT)
async def reads_json(target: Target) -> None:
    expect(await ran(target, "json"), {"text": '{"a":[1,null]}', "value": {"b": True}}, "the value")


@rule(
    "JS36",
    "MUST take evictFromApiCache from a handler of an API without a cache",
    EXTENSIONS,
    Evidence.CHOSEN,
)
async def takes_eviction(target: Target) -> None:
    expect(await ran(target, "evict"), "evicted", "the value")


@rule("JS37", "MUST keep one request's stash from another's", DIRECT)
async def keeps_stashes_apart(target: Target) -> None:
    query = '{ a: run(case: "context") b: run(case: "context") }'
    data = await target.data(query)
    for name in "ab":
        expect(json.loads(data[name])["stash"], {"put": "by the request"}, f"the stash of {name}")
