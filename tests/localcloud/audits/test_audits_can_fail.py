"""An audit that cannot fail says nothing: rules are broken here, and the audits have to notice."""

import asyncio
import dataclasses
from collections.abc import Iterator
from typing import Any

import pytest
import uvicorn

from localcloud.appsync.server import configure
from localcloud.audits.catalogue import catalogue, chosen
from localcloud.audits.here import started
from localcloud.audits.rules import RULES, run
from localcloud.audits.running import Unreachable, audit_all
from localcloud.audits.target import Callers, Target
from tests.localcloud.audits import breaking
from tests.localcloud.audits.breaking import Breaker, Spoil, frame, header, protocol, status, text


def no_id_in_errors(sent: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in sent.items() if sent["type"] != "error" or key != "id"}


def timeout_on_top(sent: dict[str, Any]) -> dict[str, Any]:
    return {"type": "connection_ack", **sent["payload"]} if sent["type"] == "connection_ack" else sent


def listed_event(sent: dict[str, Any]) -> dict[str, Any]:
    return {**sent, "event": [sent["event"]]} if "event" in sent else sent


def whole_item(sent: dict[str, Any]) -> dict[str, Any]:
    """As a server does that publishes more than subscribers selected."""
    if sent["type"] == "data" and "payload" in sent:
        for value in (sent["payload"].get("data") or {}).values():
            value["number"] = 1
    return sent


BREAKS: dict[str, tuple[Spoil, str]] = {
    "no request id": (header("x-amzn-requestid", None), "HT05"),
    "another content type": (header("content-type", "application/graphql-response+json"), "HT04"),
    "no CORS": (header("access-control-allow-origin", None), "HT09 HT10 EV12"),
    "no error type header": (header("x-amzn-errortype", None), "HT26 HT27 HT29"),
    "403 in place of 401": (status(401, 403), "HT26 HT27 HT34 EV03 EV04"),
    "200 in place of 400": (status(400, 200), "HT13 HT14 HT15 HT16 HT18 EV05 EV06"),
    "another refusal": (text("Unauthorized", "Unauthorised"), "HT42 RT36 SB27 JS15"),
    "another validation": (text("FieldUndefined", "UndefinedField"), "HT20"),
    "no sub-protocol": (protocol, "RT01 EV13"),
    "timeout on top": (frame(timeout_on_top), "RT03"),
    "errors without id": (frame(no_id_in_errors), "RT31 RT43 SB26"),
    "another close of a subscription": (text('"complete"', '"finished"'), "RT28 RT29 SB46"),
    "another acknowledgement": (text('"start_ack"', '"began_ack"'), "RT11 RT24 RT26 RT30"),
    "events in lists": (frame(listed_event), "EV21"),
    "more than was selected": (frame(whole_item), "RT25 SB08 SB12"),
    "another duplicate": (text("DuplicatedOperationError", "OperationDuplicatedError"), "RT31 EV31"),
}


@pytest.fixture(params=BREAKS)
def breakage(request: pytest.FixtureRequest, breaker: Breaker) -> Iterator[str]:
    breaker.spoil = BREAKS[request.param][0]
    yield request.param
    breaker.spoil = breaking.unspoiled


def test_audits_notice(breakage: str, broken: Target) -> None:
    codes = BREAKS[breakage][1].split()
    impatient = dataclasses.replace(broken, patience=4.0)
    outcomes = asyncio.run(audit_all(impatient, [RULES[code] for code in codes]))
    assert [each.rule.code for each in outcomes if each.result != "failed"] == []


def test_the_same_audits_pass_when_nothing_is_broken(broken: Target) -> None:
    codes = sorted({code for _, codes in BREAKS.values() for code in codes.split()})
    outcomes = asyncio.run(audit_all(broken, [RULES[code] for code in codes]))
    assert [(each.rule.code, each.reason) for each in outcomes if each.result != "passed"] == []


def test_no_audit_passes_where_every_answer_is_empty(target: Target) -> None:
    with started(uvicorn.Server(configure(breaking.nothing(), 0))) as port:
        host = f"http://localhost:{port}"
        empty = Target(f"{host}/graphql", target.callers, f"{host}/event", patience=3.0)
        outcomes = asyncio.run(audit_all(empty, catalogue()))
    assert [each.rule.code for each in outcomes if each.result == "passed"] == []


def test_what_an_endpoint_has_no_credentials_for_is_skipped_and_says_so(target: Target) -> None:
    poor = dataclasses.replace(target, callers=Callers(api_key=target.callers.api_key), events_url=None)
    outcomes = asyncio.run(audit_all(poor, chosen("HT28,HT33,HT38,EV01,HT01")))
    assert {each.rule.code: (each.result, each.reason.partition(" (")[0]) for each in outcomes} == {
        "HT01": ("passed", ""),
        "HT28": ("skipped", "needs a Cognito user's token"),
        "HT33": ("skipped", "needs a Lambda authoriser's token"),
        "HT38": ("skipped", "needs AWS credentials"),
        "EV01": ("skipped", "needs the Events API's key"),
    }


def test_an_endpoint_that_is_not_there_is_one_error(target: Target) -> None:
    nowhere = dataclasses.replace(target, url="http://localhost:9/graphql", events_url=None)
    with pytest.raises(Unreachable, match="http://localhost:9/graphql cannot be reached"):
        asyncio.run(audit_all(nowhere, catalogue()))


def test_a_wrong_key_is_one_error(target: Target) -> None:
    stranger = dataclasses.replace(target, callers=Callers(api_key="da2-wrong"))
    with pytest.raises(Unreachable, match="does not take this API key"):
        asyncio.run(audit_all(stranger, catalogue()))


def test_another_api_is_one_error(broken: Target, breaker: Breaker) -> None:
    breaker.spoil = text('{"name":"ItemInput"}', "null".ljust(20))
    with pytest.raises(Unreachable, match="is another API than the one that the audits ask"):
        asyncio.run(audit_all(broken, catalogue()))
    breaker.spoil = breaking.unspoiled


def test_an_audit_that_waits_for_ever_fails(broken: Target, breaker: Breaker) -> None:
    breaker.spoil = frame(lambda sent: None if sent["type"] == "start_ack" else sent)
    outcome = asyncio.run(run(RULES["RT24"], dataclasses.replace(broken, patience=0.5)))
    breaker.spoil = breaking.unspoiled
    assert outcome.result == "failed"


def test_slow_audits_are_chosen_by_their_whole_code_or_when_asked_for() -> None:
    assert "RT45" not in {rule.code for rule in chosen("RT", slow=False)}
    assert [rule.code for rule in chosen("rt45", slow=False)] == ["RT45"]
    assert "RT45" in {rule.code for rule in chosen("RT", slow=True)}
