"""All handlers share an engine: what one does there, for whoever called it, never reaches another."""

import asyncio
from typing import Any

import pytest

from localcloud.appsync.errors import FieldError
from localcloud.appsync.js import Code, JavaScript
from tests.localcloud.appsync.small import IMPORTS


@pytest.fixture
def engine() -> JavaScript:
    return JavaScript()


def run(engine: JavaScript, body: str, **arguments: Any) -> Any:
    code = Code("handler", f"{IMPORTS}export function request(ctx) {{ {body} }}")
    engine.check(code)
    return asyncio.run(engine.call(code, "request", {"arguments": arguments, "stash": {}})).value


@pytest.mark.parametrize(
    ("place", "left"),
    [
        ("({}).__proto__.left", "({}).left"),
        ("Object.prototype.left", "({}).left"),
        ("Array.prototype.left", "[].left"),
        ("[].map.left", "[].map.left"),
        ("''.__proto__.left", "'text'.left"),
        ("Math.left", "Math.left"),
        ("JSON.left", "JSON.left"),
        ("console.log.left", "console.log.left"),
        ("util.error.left", "util.error.left"),
        ("util.time.nowISO8601.left", "util.time.nowISO8601.left"),
        ("extensions.setSubscriptionFilter.left", "extensions.setSubscriptionFilter.left"),
        ("(() => 1).__proto__.left", "(() => 1).left"),
        ("(5).__proto__.left", "(5).left"),
    ],
)
def test_what_all_handlers_can_reach_is_read_only(engine: JavaScript, place: str, left: str) -> None:
    with pytest.raises(FieldError, match="TypeError"):
        run(engine, f"{place} = ctx.args.secret;", secret="ada's")
    assert run(engine, f"return {left} ?? null;") is None


@pytest.mark.parametrize("call", ["Object.assign(util, { error: 5 });", "util.error = 5;", "Math = {};"])
def test_nothing_shared_can_be_replaced(engine: JavaScript, call: str) -> None:
    with pytest.raises(FieldError, match="TypeError"):
        run(engine, call)
    with pytest.raises(FieldError, match="as it was"):
        run(engine, "util.error(`as it was ${Math.max(1, 2)}`, 'Told');")


def test_an_object_may_have_members_named_as_those_that_all_objects_have(engine: JavaScript) -> None:
    body = "const made = {}; made.constructor = 1; made[ctx.args.name] = 2; return made;"
    assert run(engine, body, name="toString") == {"constructor": 1, "toString": 2}


def test_no_code_is_made_of_text(engine: JavaScript) -> None:
    with pytest.raises(FieldError, match="Function is not part of APPSYNC_JS"):
        run(engine, "return (() => 1).constructor('return 1')();")


@pytest.mark.parametrize("method", ["indexOf", "lastIndexOf", "includes", "split"])
def test_a_search_that_nothing_could_stop_is_not_begun(engine: JavaScript, method: str) -> None:
    with pytest.raises(FieldError, match="too long to be searched"):
        run(engine, f"return ctx.args.text.{method}(ctx.args.part);", text="a" * 100_000, part="a" * 50_000)
    assert run(engine, "return ctx.args.text.indexOf('b');", text="a" * 400_000 + "b") == 400_000


@pytest.mark.parametrize("call", ["slice(0)", "join()", "concat(1)", "reverse()", "toString()", "flat()"])
def test_a_list_with_one_element_far_out_keeps_nobody_waiting(engine: JavaScript, call: str) -> None:
    with pytest.raises(FieldError, match="more than 1000000 places"):
        run(engine, f"const list = []; list[ctx.args.at] = 1; return list.{call};", at=4_294_967_294)


def test_code_that_took_long_in_a_single_step_is_left_to_a_thread_from_then_on(engine: JavaScript) -> None:
    code = Code("one step", "export function request(ctx) { return (10n ** 50000n).toString().length; }")
    given: Any = {"arguments": {}, "stash": {}}

    async def check() -> None:
        await engine.call(code, "request", given)
        call = engine.call(code, "request", given)
        assert call.send(None) is not None, "it was done at once again"
        call.close()

    asyncio.run(check())
