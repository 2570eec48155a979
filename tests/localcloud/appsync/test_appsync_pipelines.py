"""Pipelines: handlers around functions, what they share, and where they end early."""

from typing import Any

import pytest

from localcloud.appsync.execution import Caller
from localcloud.appsync.identity import KeyHolder
from tests.localcloud.appsync.small import Small, handlers, lambda_service, pipeline, step

SDL = "type Query { a(how: String): AWSJSON  b(how: String): String }"
AROUND = handlers(
    "ctx.stash.seen = ['before']; return { from: 'before' };",
    "return { seen: ctx.stash.seen, last: ctx.prev.result, result: ctx.result };",
)


def function(name: str, request: str = "", response: str = "return ctx.result;") -> dict[str, Any]:
    """One that notes that it ran, and passes on what came before it."""
    note = f"ctx.stash.seen.push('{name}');"
    return step(
        "nothing", handlers(f"{note} {request} return {{ payload: [ctx.prev.result, '{name}'] }};", response)
    )


def ask(
    code: str | None,
    *functions: dict[str, Any],
    query: str = '{ a(how: "x") }',
    caller: Caller | None = None,
    **more: Any,
) -> Any:
    named = {f"f{number}": each for number, each in enumerate(functions, 1)}
    return Small(SDL, {"Query.a": pipeline(code, *named)}, functions=named, **more).ask(query, caller)


def value(code: str | None, *functions: dict[str, Any], **more: Any) -> Any:
    import json

    body = ask(code, *functions, **more)
    assert "errors" not in body, body
    return json.loads(body["data"]["a"])


def test_functions_run_in_order_and_see_what_came_before() -> None:
    made = value(AROUND, function("one"), function("two"))
    assert made["seen"] == ["before", "one", "two"]
    assert made["last"] == made["result"] == [[{"from": "before"}, "one"], "two"]


def test_a_pipeline_without_code_gives_the_last_functions_result() -> None:
    plain = step("nothing", handlers("return { payload: { prev: ctx.prev.result, how: ctx.args.how } };"))
    assert value(None, plain) == {"prev": None, "how": "x"}


@pytest.mark.parametrize(
    ("options", "seen", "last"),
    [
        ("", ["before", "one", "two"], [{"early": 1}, "two"]),
        (", { skipTo: 'NEXT' }", ["before", "one", "two"], [{"early": 1}, "two"]),
        (", { skipTo: 'END' }", ["before", "one"], {"early": 1}),
    ],
)
def test_a_function_returns_early_to_the_next_one_or_to_the_end(
    options: str, seen: list[str], last: Any
) -> None:
    made = value(
        AROUND,
        function("one", f"runtime.earlyReturn({{ early: 1 }}{options});", "util.error('skipped');"),
        function("two"),
    )
    assert (made["seen"], made["last"]) == (seen, last)


def test_the_pipelines_own_request_handler_may_skip_all_functions() -> None:
    code = handlers("runtime.earlyReturn({ early: 1 });", "return ctx.prev.result;")
    assert value(code, function("one")) == {"early": 1}


def test_a_unit_resolver_that_returns_early_skips_source_and_response() -> None:
    code = handlers("runtime.earlyReturn('early', { skipTo: 'END' });", "return 'late';")
    assert Small(SDL, {"Query.b": step("nothing", code)}).ask("{ b }") == {"data": {"b": "early"}}


def test_an_error_ends_the_pipeline() -> None:
    body = ask(AROUND, function("one", "util.error('no', 'Kind', null, { at: 1 });"), function("two"))
    (error,) = body["errors"]
    assert body["data"] == {"a": None}
    assert (error["message"], error["errorType"], error["errorInfo"]) == ("no", "Kind", {"at": 1})


def test_a_function_may_refuse_the_caller() -> None:
    (error,) = ask(AROUND, function("one", "util.unauthorized();"))["errors"]
    assert error["message"] == "Not Authorized to access a on type Query"


def test_errors_appended_by_functions_stand_beside_the_value() -> None:
    append = "util.appendError('{0}', 'Partial');"
    body = ask(AROUND, function("one", append.format("first")), function("two", append.format("second")))
    assert [each["message"] for each in body["errors"]] == ["first", "second"]
    assert body["data"]["a"]


@pytest.mark.parametrize(
    ("fail", "kind"), [("util.error('last', 'Last');", "Last"), ("util.unauthorized();", "Unauthorized")]
)
@pytest.mark.parametrize("where", ["request", "response"])
def test_what_was_asked_for_before_a_failure_is_kept(fail: str, kind: str, where: str) -> None:
    caller = Caller(KeyHolder())
    begin = "ctx.stash.seen = []; util.http.addResponseHeader('x-begun', 'yes'); return null;"
    first = function("one", "util.appendError('first', 'First');")
    code = f"util.appendError('second', 'Second'); {fail}"
    body = ask(handlers(begin), first, function("two", **{where: code}), caller=caller)
    assert body["data"] == {"a": None}
    assert sorted(each["errorType"] for each in body["errors"]) == sorted(["First", "Second", kind])
    assert caller.response_headers == {"x-begun": "yes"}


def test_later_handlers_see_the_errors_appended_before() -> None:
    code = handlers("util.appendError('first', 'A'); return null;", "return ctx.outErrors.length;")
    assert ask(code, function("one", "util.appendError('second', 'B'); ctx.stash.seen = [];"))["errors"]
    noted = handlers(
        "ctx.stash.seen = []; util.appendError('first', 'A'); return null;", "return ctx.outErrors.length;"
    )
    assert ask(noted, function("one", "util.appendError('second', 'B');"))["data"] == {"a": "2"}


def test_a_failing_source_is_seen_by_its_functions_response() -> None:
    def broken(_: Any) -> Any:
        raise ValueError("broken")

    invoke = handlers("return { operation: 'Invoke' };", "return { failed: ctx.error, result: ctx.result };")
    with lambda_service(broken) as (_, url):
        made = value(None, step("function", invoke), service=url)
    assert made == {"failed": {"message": "broken", "type": "Lambda:Unhandled"}, "result": None}


def test_a_direct_function_of_a_pipeline_is_told_what_came_before() -> None:
    with lambda_service(lambda event: {"prev": event["prev"], "stash": event["stash"]}) as (functions, url):
        made = value(AROUND, function("one"), step("function"), service=url)
    assert made["last"] == {
        "prev": {"result": [{"from": "before"}, "one"]},
        "stash": {"seen": ["before", "one"]},
    }
    assert functions.events[0]["info"]["fieldName"] == "a"


def test_a_direct_function_that_raises_ends_the_pipeline() -> None:
    def refuse(_: Any) -> Any:
        raise type("UnauthorizedException", (Exception,), {})("a secret")

    with lambda_service(refuse) as (_, url):
        (error,) = ask(AROUND, step("function"), function("two"), service=url)["errors"]
    assert (error["errorType"], error["message"]) == (
        "UnauthorizedException", "You are not authorized to make this call.",
    )  # fmt: skip


def test_every_handler_sees_the_environment() -> None:
    code = handlers("return { payload: ctx.env.TABLE };")
    small = Small(SDL, {"Query.b": step("nothing", code)}, environment={"TABLE": "notes"})
    assert small.ask("{ b }") == {"data": {"b": "notes"}}


def test_evictions_are_reported_for_mutations_alone() -> None:
    evict = step(
        "nothing", handlers("extensions.evictFromApiCache('Query', 'a', {}); return { payload: 'x' };")
    )
    small = Small(f"{SDL} type Mutation {{ m: String }}", {"Query.b": evict, "Mutation.m": evict})
    assert small.ask("mutation { m }")["extensions"] == {"apiCacheEntriesDeleted": 0}
    assert "extensions" not in small.ask("{ b }")


def test_a_value_that_is_no_list_is_told_with_its_path() -> None:
    sdl = "type Query { rooms: [Room] } type Room { tags: [String] }"
    rooms = step("nothing", handlers("return { payload: [{ tags: ['a'] }, { tags: 'b' }] };"))
    body = Small(sdl, {"Query.rooms": rooms}).ask("{ rooms { tags } }")
    assert body["data"] == {"rooms": [{"tags": ["a"]}, {"tags": None}]}
    message = "Can't resolve value (/rooms[1]/tags) : type mismatch error, expected type LIST"
    assert body["errors"] == [{"path": ["rooms", 1, "tags"], "locations": None, "message": message}]
