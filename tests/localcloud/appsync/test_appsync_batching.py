"""One invocation for many fields: direct Lambda resolvers with a batch size, and BatchInvoke."""

from typing import Any

import pytest

from localcloud.appsync.api import Settings
from localcloud.appsync.datasources.functions import read
from localcloud.appsync.errors import FieldError
from tests.localcloud.appsync.small import Small, handlers, lambda_service, pipeline, step

SDL = """
type Query { notes(count: Int!): [Note] rooms: [Room] }
type Room { notes: [Note] }
type Note { n: Int text: String }
"""
COUNT = handlers(
    "const all = []; all.length = ctx.args.count; return { payload: all.fill(0).map((_, n) => ({ n })) };"
)
ROOMS = handlers("return { payload: [1, 2].map((room) => ({ notes: [{ n: room }, { n: room + 10 }] })) };")
TEXT = handlers(
    "return { operation: 'BatchInvoke', payload: { n: ctx.source.n } };",
    "if (ctx.error) { util.error(ctx.error.message, ctx.error.type); } return ctx.result.text;",
)
QUERY = "{ notes(count: %d) { n text } }"


def small(text: dict[str, Any], service: str, **more: Any) -> Small:
    resolvers = {
        "Query.notes": step("nothing", COUNT),
        "Query.rooms": step("nothing", ROOMS),
        "Note.text": text,
    }
    return Small(SDL, resolvers, service=service, **more)


def texts(body: Any) -> list[Any]:
    return [note["text"] for note in body["data"]["notes"]]


def direct(size: int = 10) -> dict[str, Any]:
    return step("function", MaxBatchSize=size)


def test_a_direct_function_answers_a_list_of_contexts_at_once() -> None:
    with lambda_service(lambda events: [{"data": f"t{each['source']['n']}"} for each in events]) as (
        functions,
        url,
    ):
        assert texts(small(direct(), url).ask(QUERY % 3)) == ["t0", "t1", "t2"]
    (events,) = functions.events
    assert [each["info"]["fieldName"] for each in events] == ["text"] * 3
    assert set(events[0]) == {"arguments", "identity", "source", "request", "prev", "info", "stash"}


def test_a_batch_is_no_longer_than_it_may_be() -> None:
    with lambda_service(lambda events: [{"data": "x"} for _ in events]) as (functions, url):
        assert texts(small(direct(4), url).ask(QUERY % 10)) == ["x"] * 10
    assert sorted(len(events) for events in functions.events) == [2, 4, 4]


def test_without_a_size_every_field_has_an_invocation_of_its_own() -> None:
    with lambda_service(lambda event: f"t{event['source']['n']}") as (functions, url):
        assert texts(small(step("function"), url).ask(QUERY % 3)) == ["t0", "t1", "t2"]
    assert len(functions.events) == 3


def test_fields_of_several_lists_are_gathered() -> None:
    with lambda_service(lambda events: [{"data": str(each["source"]["n"])} for each in events]) as (
        functions,
        url,
    ):
        rooms = small(direct(), url).ask("{ rooms { notes { text } } }")["data"]["rooms"]
    assert [[note["text"] for note in room["notes"]] for room in rooms] == [["1", "11"], ["2", "12"]]
    assert len(functions.events) == 1


def test_each_item_may_fail_by_itself() -> None:
    answers = [
        {"data": "fine", "ignored": 1},
        {"data": "half", "errorMessage": "no", "errorType": "Kind"},
        {"errorMessage": "bare"},
        "no object",
    ]
    with lambda_service(lambda _: answers) as (_, url):
        body = small(direct(), url).ask(QUERY % 4)
    assert texts(body) == ["fine", None, None, None]
    found = [(each["path"][1], each["errorType"], each["message"], each["data"]) for each in body["errors"]]
    assert found == [
        (1, "Kind", "no", "half"), (2, "Lambda:Unhandled", "bare", None),
        (3, "Lambda:Unhandled", "A result of a batch must be an object with `data`.", None),
    ]  # fmt: skip


def broken(_: Any) -> Any:
    raise KeyError("gone")


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (broken, "'gone'"),
        (lambda _: [{"data": "x"}], "1 results for a batch of 2"),
        (lambda _: {"data": "x"}, "must return a list"),
    ],
)
def test_a_batch_that_fails_fails_every_field(answer: Any, message: str) -> None:
    with lambda_service(answer) as (_, url):
        body = small(direct(), url).ask(QUERY % 2)
    assert texts(body) == [None, None]
    assert [message in each["message"] for each in body["errors"]] == [True, True]
    assert {each["errorType"] for each in body["errors"]} == {"Lambda:Unhandled"}


def test_fields_of_a_batch_that_fails_keep_each_to_what_was_appended_for_it() -> None:
    def broken(_: Any) -> Any:
        raise ValueError("broken")

    around = handlers("util.appendError(`before ${ctx.source.n}`, 'Before'); return null;")
    with lambda_service(broken) as (_, url):
        body = small(pipeline(around, "asked"), url, functions={"asked": direct()}).ask(QUERY % 3)
    told = [each["message"] for each in body["errors"] if each["errorType"] == "Before"]
    assert sorted(told) == ["before 0", "before 1", "before 2"]


def test_handlers_form_batches_with_their_payloads() -> None:
    with lambda_service(lambda events: [{"text": f"t{each['n']}"} for each in events]) as (functions, url):
        assert texts(small(step("function", TEXT, MaxBatchSize=20), url).ask(QUERY % 12)) == [
            f"t{n}" for n in range(12)
        ]
    assert functions.events == [[{"n": n} for n in range(12)]]


def test_a_batch_of_handlers_has_five_payloads_unless_told_otherwise() -> None:
    with lambda_service(lambda events: [{"text": "x"} for _ in events]) as (functions, url):
        small(step("function", TEXT), url).ask(QUERY % 12)
    assert sorted(len(events) for events in functions.events) == [2, 5, 5]


def test_handlers_that_do_something_else_do_not_hold_a_batch_up() -> None:
    mixed = TEXT.replace(
        "return { operation: 'BatchInvoke'",
        """if (ctx.source.n === 0) { runtime.earlyReturn('early'); }
        if (ctx.source.n === 1) { util.error('refused', 'Kind'); }
        if (ctx.source.n === 2) { return { operation: 'Invoke', payload: 'single' }; }
        return { operation: 'BatchInvoke'""",
    )

    def answer(event: Any) -> Any:
        return {"text": event} if event == "single" else [{"text": "batched"} for _ in event]

    with lambda_service(answer) as (functions, url):
        assert texts(small(step("function", mixed), url).ask(QUERY % 5)) == [
            "early", None, "single", "batched", "batched",
        ]  # fmt: skip
    assert sorted(map(str, functions.events)) == ["[{'n': 3}, {'n': 4}]", "single"]


def test_handlers_see_the_error_of_their_batch() -> None:
    with lambda_service(broken) as (_, url):
        body = small(step("function", TEXT), url).ask(QUERY % 2)
    assert [each["errorType"] for each in body["errors"]] == ["Lambda:Unhandled"] * 2


def test_a_function_that_is_only_told_answers_with_null_or_the_response_handler() -> None:
    event = "return { operation: 'Invoke', invocationType: 'Event', payload: { n: ctx.source.n } };"
    with lambda_service(lambda _: "unseen") as (functions, url):
        assert texts(small(step("function", handlers(event)), url).ask(QUERY % 1)) == [None]
        queued = handlers(event, "return 'queued';")
        assert texts(small(step("function", queued), url).ask(QUERY % 1)) == ["queued"]
    assert functions.events == [{"n": 0}, {"n": 0}]


def test_an_error_may_be_of_its_exceptions_name() -> None:
    with lambda_service(broken) as (_, url):
        named = small(step("function"), url, settings=Settings(function_error_names=True)).ask(QUERY % 1)
    assert [each["errorType"] for each in named["errors"]] == ["KeyError"]


def test_a_result_that_is_no_json_is_an_error() -> None:
    with pytest.raises(FieldError, match="not JSON"):
        read(b"<html>")


def test_a_result_over_five_megabytes_is_an_error() -> None:
    with lambda_service(lambda _: "x" * 5_000_001) as (_, url):
        (error,) = small(step("function"), url).ask(QUERY % 1)["errors"]
    assert "over 5000000 bytes" in error["message"]
