"""APPSYNC_JS: modules, utilities, and code that fails, loops or hoards."""

import asyncio
import json
import re
from typing import Any

import pytest

from localcloud.appsync.errors import DefinitionError, FieldError
from localcloud.appsync.js import Code, JavaScript, Returned
from tests.localcloud.appsync.world import Endpoint

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
        ("util.isNullOrBlank('  ')", True),
        ("util.defaultIfNull(null, 5)", 5),
        ("util.typeOf([1])", "List"),
        ("util.base64Decode(util.base64Encode('Xin chào!'))", "Xin chào!"),
        ("util.base64Encode('Xin chào!')", "WGluIGNow6BvIQ=="),
        ("util.urlDecode(util.urlEncode('a b&ế'))", "a b&ế"),
        ("util.escapeJavaScript('it\\'s')", "it\\'s"),
        ("util.str.toReplace('a-b-c', '-', '+')", "a+b+c"),
        ("util.time.epochMilliSecondsToISO8601(0)", "1970-01-01T00:00:00.000Z"),
        ("util.dynamodb.toDynamoDB(['x', {a: 1}])", {"L": [{"S": "x"}, {"M": {"a": {"N": "1"}}}]}),
        ("util.dynamodb.toDynamoDB([null, true])", {"L": [{"NULL": True}, {"BOOL": True}]}),
        ("util.dynamodb.toMapValues({a: 1})", {"a": {"N": "1"}}),
        ("util.dynamodb.toStringSet(['a'])", {"SS": ["a"]}),
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


def test_errors_carry_type_data_and_info(engine: JavaScript) -> None:
    with pytest.raises(FieldError, match="no") as caught:
        run(engine, "util.error('no', 'Kind', {a: 1}, {b: 2});")
    assert (caught.value.type, caught.value.data, caught.value.info) == ("Kind", {"a": 1}, {"b": 2})
    appended = run(engine, "util.appendError('well', 'Kind'); return 1;")
    assert (appended.value, appended.appended[0]["message"]) == (1, "well")


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
    assert (
        value(engine, "[typeof fetch, typeof require, typeof process, typeof std, typeof os]")
        == ["undefined"] * 5
    )


def test_a_context_passed_on_as_payload_is_the_direct_event_and_no_more(engine: JavaScript) -> None:
    assert value(engine, "ctx", arguments={"a": 1}, source=None) == {
        "arguments": {"a": 1},
        "stash": {},
        "source": None,
    }
    assert value(engine, "ctx.args.a", arguments={"a": 1}) == 1


def test_one_calls_context_does_not_leak_into_the_next(engine: JavaScript) -> None:
    run(engine, "extensions.setSubscriptionFilter({filterGroup: []}); return null;")
    assert run(engine, "return null;").filter is None
