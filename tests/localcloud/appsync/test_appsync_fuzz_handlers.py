"""Any context through a handler in APPSYNC_JS, any arguments to its utilities, any change to a template."""

import asyncio
import copy
import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appsync.packaging import package
from localcloud.appsync import definition
from localcloud.appsync.errors import DefinitionError, FieldError
from localcloud.appsync.js import Code, JavaScript
from localcloud.appsync.template import Template
from tests.localcloud.appsync.fuzzing import TEXTS, examples, jsons
from tests.localcloud.appsync.world import FIXTURES, VALUES

IMPORTS = "import { util } from '@aws-appsync/utils';\n"
GIVE_BACK = Code("back", f"{IMPORTS}export function request(ctx) {{ return ctx.arguments; }}")
CALL = Code(
    "call",
    IMPORTS + "const f = (at, name) => at[name];\n"
    "export function request(ctx) { return ctx.arguments.path.reduce(f, util)(...ctx.arguments.given); }",
)
# What JavaScript's numbers can carry.
EXACT = st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats(-(2**53), 2**53) | TEXTS
HIDDEN = st.sampled_from(["__proto__", "constructor", "toString", "length", "a", ""])
UTILITIES = [
    "isNull", "isNullOrEmpty", "defaultIfNull", "typeOf", "matches", "urlEncode", "urlDecode", "base64Encode",
    "base64Decode", "escapeJavaScript", "error", "appendError", "validate", "unauthorized", "str.toUpper",
    "str.toReplace", "str.normalize", "math.roundNum", "math.randomWithinRange", "time.nowFormatted",
    "time.parseISO8601ToEpochMilliSeconds", "time.epochMilliSecondsToISO8601", "dynamodb.toDynamoDB",
    "dynamodb.toMapValues", "dynamodb.toStringSet", "transform.toSubscriptionFilter",
    "transform.toDynamoDBFilterExpression",
]  # fmt: skip


@pytest.fixture(scope="module")
def engine() -> Iterator[JavaScript]:
    made = JavaScript(threads=1)
    yield made
    made.close()


def run(engine: JavaScript, code: Code, **arguments: Any) -> Any:
    return asyncio.run(engine.call(code, "request", {"arguments": arguments, "stash": {}})).value


@examples(100)
@given(jsons(HIDDEN, EXACT))
def test_what_a_handler_gives_back_is_what_it_was_given(engine: JavaScript, value: Any) -> None:
    assert run(engine, GIVE_BACK, value=value) == {"value": value}


@pytest.mark.parametrize("utility", UTILITIES)
def test_any_arguments_of_a_utility_give_a_value_or_an_error(engine: JavaScript, utility: str) -> None:
    near = st.sampled_from(
        ["[", "(a+)+$", "%", "2026-11-21T00:00:00Z", "NFC", "yyyy-MM-dd", "and", "eq", {"a": {"eq": 1}}]
    )

    @examples(12)
    @given(st.lists(near | jsons(HIDDEN, EXACT), max_size=3))
    def check(given: list[Any]) -> None:
        try:
            value = run(engine, CALL, path=utility.split("."), given=given)
        except FieldError:
            return
        json.dumps(value, allow_nan=False)

    check()


DOCUMENT = package(FIXTURES / "template.yaml")


def places(node: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    yield path
    for key, below in (
        node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    ):
        yield from places(below, (*path, key))


PLACES = [path for path in places(DOCUMENT) if len(path) > 1]
FUNCTIONS = st.sampled_from(
    ["Ref", "Fn::GetAtt", "Fn::Sub", "Fn::Join", "Fn::If", "Fn::Select", "Condition", "Nowhere"]
)


@examples(100)
@given(st.sampled_from(PLACES), jsons(FUNCTIONS))
def test_a_template_with_anything_in_it_is_read_or_refused_by_name(path: tuple[Any, ...], value: Any) -> None:
    document = copy.deepcopy(DOCUMENT)
    owner: Any = document
    for key in path[:-1]:
        owner = owner[key]
    owner[path[-1]] = value
    try:
        definition.read(Template(document, VALUES))
    except DefinitionError as error:
        str(error).encode("utf-8", "surrogatepass")
