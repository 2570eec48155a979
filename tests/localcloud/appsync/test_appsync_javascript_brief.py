"""Most handlers are run at once; one that takes long must not keep anybody else waiting."""

import asyncio
from typing import Any

import pytest

from localcloud.appsync.errors import FieldError
from localcloud.appsync.js import Code, JavaScript

BRIEF = Code("brief", "export function request(ctx) { return ctx.args.n + 1; }")
LENGTHY = Code(
    "lengthy",
    """import { util } from '@aws-appsync/utils';
    export function request({ args: { numbers } }) {
      util.appendError('slow', 'Slow');
      return numbers.map((one) => Math.max(...numbers.map((other) => one * other))).pop();
    }""",
)
ENDLESS = Code(
    "endless",
    """export function request({ args: { numbers } }) {
      numbers.forEach(() => numbers.forEach(() => numbers.forEach(() => numbers.forEach(() => null))));
    }""",
)
NUMBERS = list(range(1_000))


def given(**arguments: Any) -> Any:
    return {"arguments": arguments, "stash": {}}


def test_a_brief_handler_is_done_without_waiting_for_a_thread() -> None:
    async def check() -> None:
        call = JavaScript().call(BRIEF, "request", given(n=1))
        with pytest.raises(StopIteration) as done:
            call.send(None)
        assert done.value.value.value == 2

    asyncio.run(check())


def test_a_lengthy_handler_is_begun_again_in_a_thread_and_leaves_its_effects_once() -> None:
    async def check() -> None:
        engine = JavaScript()
        call = engine.call(LENGTHY, "request", given(numbers=NUMBERS))
        crossing = call.send(None)
        assert crossing is not None, "it was not left to a thread"
        call.close()
        returned = await engine.call(LENGTHY, "request", given(numbers=NUMBERS))
        assert returned.value == 999 * 999
        assert [error["message"] for error in returned.effects.appended] == ["slow"]

    asyncio.run(check())


def test_a_handler_without_an_end_is_stopped_and_others_go_on() -> None:
    async def check() -> None:
        engine = JavaScript()
        endless = asyncio.create_task(engine.call(ENDLESS, "request", given(numbers=NUMBERS)))
        await asyncio.sleep(0)
        for number in range(10):
            assert (await engine.call(BRIEF, "request", given(n=number))).value == number + 1
        assert not endless.done()
        with pytest.raises(FieldError, match="time or memory limit exceeded"):
            await endless

    asyncio.run(check())
