"""APPSYNC_JS: modules, utilities, and code that fails, loops or hoards."""

import asyncio
import json
import re
from typing import Any

import pytest

from localcloud.appsync.errors import DefinitionError, FieldError
from localcloud.appsync.js import Code, JavaScript, Returned
from tests.localcloud.appsync.world import Endpoint

S3_OBJECT = {"key": "k", "bucket": "b", "region": "r"}
XML_MAP = {"a": {"x": 1, "b": [2, "t & u"], "c": ""}}
IMPORTS = "import { util, runtime, extensions } from '@aws-appsync/utils';\n"


@pytest.fixture(scope="module")
def engine() -> JavaScript:
    return JavaScript(threads=1)


def run(engine: JavaScript, body: str, **context: Any) -> Returned:
    code = Code("test", f"{IMPORTS}export function request(ctx) {{ {body} }}")
    return asyncio.run(engine.call(code, "request", {"arguments": {}, "stash": {}, **context}))


def value(engine: JavaScript, expression: str, **context: Any) -> Any:
    return run(engine, f"return {expression};", **context).value


@pytest.mark.parametrize(
    "module",
    [
        "import { util as u } from '@aws-appsync/utils';\nexport function request() { return u.autoId(); }",
        'import {\n  util as u,\n} from "@aws-appsync/utils"\nexport const request = () => u.autoId();',
        "import * as all from '@aws-appsync/utils'\nconst f = () => all.util.autoId()\nexport {f as request}",
        "  import { util } from '@aws-appsync/utils'; export const request = () => util.autoId()",
    ],
)
def test_a_module_may_be_written_in_any_of_the_usual_ways(engine: JavaScript, module: str) -> None:
    made = asyncio.run(engine.call(Code("m", module), "request", {"arguments": {}})).value
    assert re.fullmatch(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-a[0-9a-f]{3}-[0-9a-f]{12}", made)


@pytest.mark.parametrize("module", ["export function request( {", "import { x } from 'fs';", "x" * 32_769])
def test_code_that_cannot_run_is_reported_before_it_is_served(engine: JavaScript, module: str) -> None:
    with pytest.raises(DefinitionError, match="broken"):
        engine.check(Code("broken", module))


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("util.matches('^a+$', 'aaa')", True),
        ("util.base64Decode(util.base64Encode('Xin chào!'))", "Xin chào!"),
        ("util.base64Encode('Xin chào!')", "WGluIGNow6BvIQ=="),
        ("util.urlDecode(util.urlEncode('a b&ế'))", "a b&ế"),
        ("util.escapeJavaScript('it\\'s')", "it\\'s"),
        ("util.escapeJavaScript('a/b é')", "a\\/b \\u00E9"),
        ("util.str.normalize('e\u0301', 'nfc')", "é"),
        ("util.math.roundNum(1.5) + util.math.maxVal(1, 2)", 4),
        ("util.authType()", "API Key Authorization"),
        ("util.time.epochMilliSecondsToISO8601(0)", "1970-01-01T00:00:00.000Z"),
        ("util.dynamodb.toDynamoDB(['x', {a: 1}])", {"L": [{"S": "x"}, {"M": {"a": {"N": 1}}}]}),
        ("util.dynamodb.toDynamoDB([null, true])", {"L": [{"NULL": None}, {"BOOL": True}]}),
        ("util.dynamodb.toMapValues({a: 1})", {"a": {"N": 1}}),
        ("util.dynamodb.toStringSet(['a'])", {"SS": ["a"]}),
        ("util.dynamodb.toNumberSet([1, 2])", {"NS": [1, 2]}),
        ("util.dynamodb.toBinary(null)", None),
        ("util.dynamodb.fromS3ObjectJson(util.dynamodb.toS3Object('k', 'b', 'r').S)", S3_OBJECT),
        ("util.xml.toMap('<a x=\"1\"><b>2</b><b>t &amp; u</b><c/></a>')", XML_MAP),
        ("util.xml.toJsonString('<a><![CDATA[<]]></a>')", '{"a":"<"}'),
        ("util.http.copyHeaders({host: 'h', accept: 'a'})", {"accept": "a"}),
        ("'a.b'.replace('[.]', '-') + 'aaa'.replaceAll('a', 'b')", "a-bbbb"),
        ("JSON.parse('{')", ""),
        ("undefined", None),
    ],
)  # fmt: skip
def test_utilities_answer_as_appsyncs_do(engine: JavaScript, expression: str, expected: Any) -> None:
    assert value(engine, expression) == expected


def test_times_and_ids_are_of_their_shape(engine: JavaScript) -> None:
    times = "util.time.nowISO8601(), util.time.nowFormatted('yyyy-MM-dd')"
    made = value(engine, f"[{times}, util.autoUlid(), util.autoId(), util.autoId()]")
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", made[0])
    assert made[0].startswith(made[1])
    assert re.fullmatch(r"[0-9A-HJKMNP-TV-Z]{26}", made[2])
    assert made[3] != made[4]


NOON = 1_767_268_800_000  # 2026-01-01T12:00:00Z


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        (f"util.time.epochMilliSecondsToISO8601({NOON})", "2026-01-01T12:00:00.000Z"),
        (f"util.time.epochMilliSecondsToFormatted({NOON}, 'dd.MM.yyyy HH:mm:ssZ')",
         "01.01.2026 12:00:00+0000"),
        (f"util.time.epochMilliSecondsToFormatted({NOON}, \"EEE d MMM yy 'at' h a XXX\", 'Asia/Kolkata')",
         "Thu 1 Jan 26 at 5 PM +05:30"),
        (f"util.time.epochMilliSecondsToFormatted({NOON}, 'HH:mm', '-08:00')", "04:00"),
        ("util.time.parseFormattedToEpochMilliSeconds('2026-01-01 12:00:00Z', 'yyyy-MM-dd HH:mm:ssX')", NOON),
        ("util.time.parseFormattedToEpochMilliSeconds('2026-07-01 2', 'yyyy-MM-dd H', 'Europe/Berlin')",
         1_782_864_000_000),
        ("util.time.parseISO8601ToEpochMilliSeconds('2026-01-01T17:30:00.000+05:30')", NOON),
        ("util.time.epochMilliSecondsToSeconds(1999)", 1),
    ],
)  # fmt: skip
def test_times_are_written_and_read_by_pattern_and_zone(
    engine: JavaScript, expression: str, expected: Any
) -> None:
    assert value(engine, expression) == expected


@pytest.mark.parametrize(
    ("expression", "named"),
    [
        ("util.isNull(1)", "util.isNull"),
        ("util.rds.toTimestamp(1)", "util.rds"),
        ("util.dynamodb.toStringJson('a')", "util.dynamodb.toStringJson"),
        ("'a'.padStart(3)", "String.padStart"),
        ("[1].keys()", "Array.keys"),
        ("Object.freeze({})", "Object.freeze"),
        ("[1, 2].sort((a, b) => b - a)", "Array.sort"),
        ("new Map()", "Map is not defined"),
        ("util.time.nowFormatted('yyyy', 'Nowhere/Land')", "'Nowhere/Land' is not a time zone"),
        ("util.time.nowFormatted('qq')", "letter 'q'"),
        ("util.xml.toMap('<a><b></a>')", "'a'"),
    ],
)
def test_what_appsync_does_not_have_fails_by_its_name(
    engine: JavaScript, expression: str, named: str
) -> None:
    with pytest.raises(FieldError, match=re.escape(named)):
        value(engine, expression)


def test_loops_end_after_a_thousand_turns(engine: JavaScript) -> None:
    loop = "const all = []; all.length = {}; let n = 0; for (const each of all) {{ n += 1; }} return n;"
    assert run(engine, loop.format(1000)).value == 1000
    with pytest.raises(FieldError, match="more than 1000 times"):
        run(engine, loop.format(1001))


def test_a_filter_is_brought_to_groups_of_alternatives(engine: JavaScript) -> None:
    given = "{a: {eq: 1, gt: 5}, or: [{b: {eq: 2}}, {c: {eq: 3}}], drop: {eq: 0}}"
    groups = value(engine, f"util.transform.toSubscriptionFilter({given}, ['drop'], {{o: {{eq: 'me'}}}})")[
        "filterGroup"
    ]
    found = {
        tuple((each["fieldName"], each["operator"], each["value"]) for each in group["filters"])
        for group in groups
    }
    assert len(found) == 4
    assert (("a", "eq", 1), ("b", "eq", 2), ("o", "eq", "me")) in found
    assert value(engine, 'util.transform.toSubscriptionFilter(\'{"a": {"eq": 1}}\')')["filterGroup"]


def test_what_handlers_ask_for_besides_is_handed_on(engine: JavaScript) -> None:
    effects = run(
        engine,
        """extensions.setSubscriptionInvalidationFilter({filterGroup: []});
        extensions.invalidateSubscriptions({subscriptionField: 'onNote', payload: {id: 1}});
        extensions.evictFromApiCache('Query', 'note', {'context.arguments.id': 1});
        util.http.addResponseHeaders({a: 7, b: {c: 1}, 'x-amz-d': 'no', e: null});
        return null;""",
    ).effects
    assert effects.invalidation == {"filterGroup": []}
    assert effects.invalidate == [{"subscriptionField": "onNote", "payload": {"id": 1}}]
    assert effects.evicted == [{"type": "Query", "field": "note", "keys": {"context.arguments.id": 1}}]
    assert effects.headers == {"a": "7", "b": '{"c":1}'}
    assert [each["type"] for each in effects.appended] == ["ResponseHeaderError"] * 2


def test_what_a_handler_leaves_may_be_five_megabytes(engine: JavaScript) -> None:
    doubled = "let text = 'xxxxxxxxxx'; for (const n of Array(19).fill(0)) { text += text; } return text;"
    with pytest.raises(FieldError, match="over 5000000 bytes"):
        run(engine, doubled)


def test_handlers_may_be_members_of_what_is_exported(engine: JavaScript) -> None:
    code = Code(
        "events",
        """export const onPublish = { request: (ctx) => ({ asked: ctx.events }), response() { return 1; } };
        export function onSubscribe() { return null; }""",
    )
    assert engine.check(code) == {"onPublish.request", "onPublish.response", "onSubscribe"}
    assert asyncio.run(engine.call(code, "onPublish.request", {"events": [1]})).value == {"asked": [1]}


def test_every_call_starts_with_the_module_as_written(engine: JavaScript) -> None:
    code = Code("counter", "let n = 0;\nexport function request() { n += 1; return n; }")
    assert [asyncio.run(engine.call(code, "request", {})).value for _ in range(2)] == [1, 1]


def test_handlers_see_the_environment_of_the_api() -> None:
    made = JavaScript(1, {"TABLE": "notes"})
    assert value(made, "ctx.env.TABLE") == "notes"
    made.close()


def test_what_is_written_to_the_console_is_logged(
    engine: JavaScript, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level("INFO"):
        run(engine, "console.log('seen', {a: 1}); console.error('bad'); return null;")
    assert [each.message for each in caplog.records] == ['test: seen {"a":1}', "test: bad"]


def test_errors_carry_type_data_and_info(engine: JavaScript) -> None:
    with pytest.raises(FieldError, match="no") as caught:
        run(engine, "util.error('no', 'Kind', {a: 1}, {b: 2});")
    assert (caught.value.type, caught.value.data, caught.value.info) == ("Kind", {"a": 1}, {"b": 2})
    appended = run(engine, "util.appendError('well', 'Kind'); return 1;")
    assert (appended.value, appended.effects.appended[0]["message"]) == (1, "well")


def test_an_early_return_skips_the_data_source_and_the_response(endpoint: Endpoint) -> None:
    assert json.loads(endpoint.data('{ script(how: "early") }')["script"]) == {"early": True}


def test_the_stash_and_the_result_reach_the_response_handler(endpoint: Endpoint) -> None:
    made = json.loads(endpoint.data('{ script(how: "plain") }')["script"])
    assert (made["how"], made["stash"]) == ("plain", {"seen": "plain"})


def test_an_appended_error_stands_beside_the_value(endpoint: Endpoint) -> None:
    answer = endpoint.post('{ script(how: "append") }').json()
    assert json.loads(answer["data"]["script"])["how"] == "append"
    (error,) = answer["errors"]
    assert (error["errorType"], error["path"], error["errorInfo"]) == ("Partial", ["script"], {"left": 1})


@pytest.mark.parametrize("how", ["loop", "memory", "crash"])
def test_code_that_fails_fails_its_field_alone(endpoint: Endpoint, how: str) -> None:
    answer = endpoint.post(f'{{ script(how: "{how}") ok: script(how: "fine") }}').json()
    assert answer["data"]["script"] is None
    assert answer["data"]["ok"]
    assert [error["errorType"] for error in answer["errors"]] == ["Code"]


def test_handlers_reach_neither_files_nor_the_network(engine: JavaScript) -> None:
    names = ["fetch", "require", "process", "std", "os", "door", "eval", "Promise"]
    assert value(engine, f"[typeof {', typeof '.join(names)}]") == ["undefined"] * 8


def test_a_context_passed_on_as_payload_is_the_direct_event_and_no_more(engine: JavaScript) -> None:
    assert value(engine, "ctx", arguments={"a": 1}, source=None) == {
        "arguments": {"a": 1},
        "stash": {},
        "source": None,
    }
    assert value(engine, "ctx.args.a", arguments={"a": 1}) == 1


def test_one_calls_context_does_not_leak_into_the_next(engine: JavaScript) -> None:
    run(engine, "extensions.setSubscriptionFilter({filterGroup: []}); return null;")
    assert run(engine, "return null;").effects.filter is None
