"""The resolvers' code: within what APPSYNC_JS allows, and what it decides, in the local cloud's engine."""

import re
from typing import Any

import pytest

from appsync.packaging import bundled
from localcloud.appsync.dialect import refusals
from localcloud.appsync.js import Code, Engine
from tests.conftest import ROOT

FOLDER = ROOT / "appsync/resolvers"
NAMES = sorted(path.stem for path in FOLDER.glob("*.js"))
PERSON = {"sub": "ana", "claims": {"sub": "ana"}, "username": "ana"}
WORKER = {"userArn": "arn:aws:sts::0:assumed-role/riffle-dev-answer/x", "username": "AROA:x"}


def source(name: str) -> str:
    """As it is deployed, with what it imports of ours."""
    return bundled(FOLDER / f"{name}.js")


@pytest.fixture(scope="module")
def engine() -> Engine:
    return Engine({})


def run(engine: Engine, name: str, handler: str, **context: Any) -> Any:
    given = {"arguments": {}, "identity": PERSON, "info": {}, "stash": {}, **context}
    return engine.run(Code(name, source(name)), handler, given, [])


def field(type_name: str) -> dict[str, str]:
    return {"parentTypeName": type_name, "fieldName": "any"}


@pytest.mark.parametrize("name", NAMES)
def test_code_keeps_to_what_appsync_runs(name: str) -> None:
    assert refusals(source(name)) == []
    assert len(source(name).encode()) <= 32_768


@pytest.mark.parametrize("name", NAMES)
def test_code_exports_both_handlers(name: str) -> None:
    both = ["onPublish", "onSubscribe"] if name == "channels" else ["request", "response"]
    assert re.findall(r"export function (\w+)", source(name)) == both


def test_a_function_is_sent_the_direct_resolvers_event(engine: Engine) -> None:
    info = {**field("Query"), "variables": {}, "selectionSetList": ["id"], "selectionSetGraphQL": "{ id }"}
    asked = run(
        engine, "lambda", "request",
        arguments={"id": "a"}, source=None, prev=None, request={"headers": {}}, info=info,
    )["value"]  # fmt: skip
    assert asked["operation"] == "Invoke"
    assert asked["payload"].keys() == {"arguments", "identity", "source", "request", "prev", "info", "stash"}
    assert (asked["payload"]["arguments"], asked["payload"]["info"]) == ({"id": "a"}, info)


def test_a_functions_data_is_the_fields_value(engine: Engine) -> None:
    assert run(engine, "lambda", "response", result={"data": {"id": "a"}})["value"] == {"id": "a"}


def test_an_expected_failure_keeps_its_type(engine: Engine) -> None:
    result = {"data": None, "errorType": "NotFound", "errorMessage": "m", "errorInfo": {"retryable": False}}
    assert run(engine, "lambda", "response", result=result)["error"] == {
        "message": "m",
        "type": "NotFound",
        "data": None,
        "info": {"retryable": False},
    }


def test_a_crash_is_told_without_its_details(engine: Engine) -> None:
    error = {"message": "Traceback: /var/task/secret", "type": "Lambda:Unhandled"}
    told = run(engine, "lambda", "response", error=error, result=None)["error"]
    assert told["type"] == "InternalFailure"
    assert "secret" not in told["message"]


def publish(engine: Engine, channel: str, data: Any = None, identity: Any = None) -> Any:
    arguments = {"channel": channel, "data": data}
    return run(
        engine, "channel", "request",
        arguments=arguments, identity=identity or PERSON, info=field("Mutation"),
    )  # fmt: skip


def test_a_message_is_stamped_with_id_sender_and_time(engine: Engine) -> None:
    message = publish(engine, "/room/one/", {"a": [1]})["value"]["payload"]
    assert (message["channel"], message["sender"], message["data"]) == ("room/one", "ana", '{"a":[1]}')
    assert re.fullmatch(r"[0-9a-f-]{36}", message["id"])
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", message["sentAt"])


@pytest.mark.parametrize(
    "channel", ["a", "/a", "a/", "A-1/b/c/d/e", "x" * 50, "user/ana", "user/ana/in", "users/bao"]
)
def test_channels_that_may_be_used(engine: Engine, channel: str) -> None:
    assert publish(engine, channel)["value"]["payload"]["channel"] == channel.strip("/")


@pytest.mark.parametrize(
    "channel", ["", "/", "//a", "a//b", "a/b/c/d/e/f", "x" * 51, "a b", "a/*", "ä", "a\n", "a.b", "../a"]
)
def test_channels_outside_the_grammar_are_invalid(engine: Engine, channel: str) -> None:
    assert publish(engine, channel)["error"]["type"] == "InvalidInput"


@pytest.mark.parametrize("channel", ["user", "user/bao", "/user/bao/in/", "user/anatol"])
def test_another_persons_channel_is_refused_to_publish_and_to_listen(engine: Engine, channel: str) -> None:
    assert publish(engine, channel)["error"] == {"unauthorized": True}
    listened = run(engine, "channel", "request", arguments={"channel": channel}, info=field("Subscription"))
    assert listened["error"] == {"unauthorized": True}


def test_a_worker_may_publish_anywhere_without_telling_who_it_is(engine: Engine) -> None:
    message = publish(engine, "user/bao/in", 1, WORKER)["value"]["payload"]
    assert (message["channel"], message["sender"]) == ("user/bao/in", "service")


def test_a_message_that_subscribers_could_not_get_is_refused(engine: Engine) -> None:
    for data in ("x" * 200_000, "ộ" * 70_000, '"' * 70_000, [""] * 50_000):
        told = publish(engine, "a", data)["error"]
        assert told["type"] == "TooLarge"
        assert re.fullmatch(r"data takes 2\d{5} bytes in a message; the limit is 200000", told["message"])
    assert publish(engine, "a", "ộ" * 66_000)["value"]


@pytest.mark.parametrize("data", [None, "text", "123", 0, False, [], {"a": None}])
def test_any_json_is_carried_as_text(engine: Engine, data: Any) -> None:
    import json

    assert json.loads(publish(engine, "a", data)["value"]["payload"]["data"]) == data


def test_listening_filters_by_the_normalised_channel(engine: Engine) -> None:
    told = run(engine, "channel", "response", result={"channel": "a/b"}, info=field("Subscription"))
    condition = {"fieldName": "channel", "operator": "eq", "value": "a/b"}
    assert (told["value"], told["filter"]) == (None, {"filterGroup": [{"filters": [condition]}]})


def test_a_published_event_is_passed_on_as_it_is(engine: Engine) -> None:
    event = {"answerId": "a", "seq": 1}
    assert run(engine, "publishEvent", "request", arguments={"input": event})["value"] == {"payload": event}
    assert run(engine, "publishEvent", "response", result=event)["value"] == event


def conditions(told: Any) -> dict[str, str]:
    [group] = told["filter"]["filterGroup"]
    assert {each["operator"] for each in group["filters"]} == {"eq"}
    return {each["fieldName"]: each["value"] for each in group["filters"]}


def on_answer(engine: Engine, *owners: str) -> Any:
    rows = {"items": [{"id": "a1", "owner": owner} for owner in owners]}
    return run(engine, "onAnswerEvent", "response", arguments={"answerId": "a1"}, result=rows)


def test_an_answer_is_looked_up_by_its_id(engine: Engine) -> None:
    asked = run(engine, "onAnswerEvent", "request", arguments={"answerId": "a1"})["value"]
    assert (asked["operation"], asked["index"]) == ("Query", "byId")
    assert asked["query"]["expressionValues"] == {":id": {"S": "a1"}}


@pytest.mark.parametrize("answer_id", ["", "a b", "x" * 65, "x" * 3_000])
def test_what_no_answer_can_be_called_is_not_looked_up(engine: Engine, answer_id: str) -> None:
    told = run(engine, "onAnswerEvent", "request", arguments={"answerId": answer_id})["error"]
    assert (told["type"], "1 to 64" in told["message"]) == ("InvalidInput", True)


def test_what_no_document_can_be_called_is_not_looked_up(engine: Engine) -> None:
    asked = run(engine, "onDocument", "request", arguments={"id": "x" * 3_000})["value"]
    assert asked["key"]["id"] == {"S": "-"}


@pytest.mark.parametrize("owners", [(), ("ana",), ("bao", "ana")])
def test_only_ones_own_events_of_an_answer_are_delivered(engine: Engine, owners: tuple[str, ...]) -> None:
    told = on_answer(engine, *owners)
    assert (told["value"], conditions(told)) == (None, {"owner": "ana", "answerId": "a1"})


def test_anothers_answer_is_refused(engine: Engine) -> None:
    assert on_answer(engine, "bao")["error"] == {"unauthorized": True}


def on_document(engine: Engine, result: Any, **arguments: Any) -> Any:
    return run(engine, "onDocument", "response", arguments=arguments, result=result)


@pytest.mark.parametrize("arguments", [{}, {"id": None}])
def test_all_of_ones_documents_are_followed_without_an_id(engine: Engine, arguments: Any) -> None:
    assert conditions(on_document(engine, None, **arguments)) == {"owner": "ana"}


def test_one_of_ones_documents_is_followed_by_its_id(engine: Engine) -> None:
    assert conditions(on_document(engine, {"id": "d1"}, id="d1")) == {"owner": "ana", "id": "d1"}


@pytest.mark.parametrize("document_id", ["d9", ""])
def test_a_document_that_is_not_ones_own_is_unknown(engine: Engine, document_id: str) -> None:
    told = on_document(engine, None, id=document_id)["error"]
    assert (told["type"], told["message"]) == ("NotFound", f"document '{document_id}' does not exist")


@pytest.mark.parametrize(("arguments", "key"), [({"id": "d1"}, "d1"), ({}, "-"), ({"id": ""}, "-")])
def test_a_document_is_looked_up_under_the_callers_own_key(engine: Engine, arguments: Any, key: str) -> None:
    asked = run(engine, "onDocument", "request", arguments=arguments)["value"]
    assert asked["key"] == {"owner": {"S": "ana"}, "id": {"S": key}}


@pytest.mark.parametrize("name", ["onAnswerEvent", "onDocument"])
def test_a_failed_look_up_refuses_the_subscription(engine: Engine, name: str) -> None:
    told = run(engine, name, "response", arguments={"answerId": "a"}, error={"message": "m", "type": "t"})
    assert told["error"]["type"] == "Unavailable"
    assert told["filter"] is None
