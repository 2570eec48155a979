"""The function host over real worker processes: results, failures, timeouts, crashes, reload."""

import concurrent.futures
import json
import os
import signal
from typing import Any

import httpx
import psutil
import pytest
from botocore.exceptions import ClientError

from localcloud.stack.deploying import Cloud
from tests.localcloud.stack.conftest import Functions, until


def test_function_gets_event_context_and_environment(functions: Functions) -> None:
    answer = functions.invoke("echo", {"question": "Xin chào"}).json()
    assert answer["event"] == {"question": "Xin chào"}
    assert answer["name"] == "riffle-local-echo"
    assert 0 < answer["remaining"] <= 5_000
    assert answer["environment"]["RIFFLE_STAGE"] == "local"


def test_developers_own_credentials_do_not_reach_functions(functions: Functions) -> None:
    environment = functions.invoke("echo", {}).json()["environment"]
    assert environment["AWS_SHARED_CREDENTIALS_FILE"] == os.devnull
    assert "AWS_PROFILE" not in environment
    assert "AWS_SECRET_ACCESS_KEY" not in environment


@pytest.mark.parametrize("page", [{"origin": "http://evil.example"}, {"sec-fetch-site": "cross-site"}])
def test_a_request_that_names_a_page_is_refused(functions: Functions, page: dict[str, str]) -> None:
    headers = {"x-amzn-lambda-function-name": "riffle-local-echo", **page}
    assert httpx.post(functions.url, headers=headers, json={}).status_code == 403


def test_worker_is_kept_for_the_next_event(functions: Functions) -> None:
    pids = {functions.invoke("echo", {}).json()["pid"] for _ in range(5)}
    assert len(pids) == 1


def test_events_at_the_same_time_run_in_processes_of_their_own_up_to_the_limit(functions: Functions) -> None:
    with concurrent.futures.ThreadPoolExecutor(6) as callers:
        answers = list(callers.map(lambda _: functions.invoke("echo", {"sleep": 0.2}).json(), range(6)))
    assert len({answer["pid"] for answer in answers}) == 2


def test_exception_is_reported_with_its_type_and_the_worker_lives_on(functions: Functions) -> None:
    pids = functions.pids("fail")
    answer = functions.invoke("fail", {})
    assert answer.status_code == 500
    assert answer.json()["errorType"] == "LookupError"
    assert answer.json()["errorMessage"] == "no such thing"
    assert set(pids) <= set(functions.pids("fail"))


def test_timeout_kills_the_worker_and_the_next_event_gets_another(functions: Functions) -> None:
    until(lambda: functions.pids("fail"))
    pids = set(functions.pids("fail"))
    answer = functions.invoke("fail", {"hang": True})
    assert answer.json() == {
        "errorType": "Sandbox.Timedout",
        "errorMessage": "Task timed out after 1.00 seconds",
    }
    assert not pids & set(functions.pids("fail"))
    assert functions.invoke("fail", {}).json()["errorType"] == "LookupError"


def test_crash_is_an_error_of_its_own_event_only(functions: Functions) -> None:
    answer = functions.invoke("fail", {"exit": True})
    assert answer.json()["errorType"] == "Runtime.ExitError"
    assert "exit status 3" in answer.json()["errorMessage"]
    assert functions.invoke("fail", {}).json()["errorType"] == "LookupError"


def test_killed_idle_worker_is_replaced(functions: Functions) -> None:
    pid = functions.invoke("echo", {}).json()["pid"]
    os.kill(pid, signal.SIGKILL)
    until(lambda: not psutil.pid_exists(pid))
    assert functions.invoke("echo", {}).json()["pid"] != pid


def test_unknown_function_is_named_with_those_there_are(functions: Functions) -> None:
    answer = functions.invoke("nothing", {})
    assert answer.status_code == 404
    assert "'nothing'; there are echo, fail" in answer.json()["errorMessage"]


def test_web_pages_cannot_invoke_functions(functions: Functions) -> None:
    named = {"X-Amzn-Lambda-Function-Name": "riffle-local-echo"}
    assert httpx.post(functions.url, json={}).status_code == 404  # no browser sends the header unasked
    assert httpx.post(functions.url, json={}, headers={**named, "host": "evil.example"}).status_code == 400


def test_changed_code_serves_the_next_event_and_lets_the_current_one_finish(functions: Functions) -> None:
    code = functions.app / "app.py"
    with concurrent.futures.ThreadPoolExecutor(1) as caller:
        current = caller.submit(functions.invoke, "echo", {"sleep": 2})
        until(lambda: functions.pids("echo"))
        code.write_text(code.read_text().replace('"first"', '"second"'))
        until(lambda: functions.invoke("echo", {}).json()["version"] == "second")
        assert current.result().json()["version"] == "first"


def test_code_that_does_not_compile_is_an_error_until_it_does(functions: Functions) -> None:
    code = functions.app / "app.py"
    sound = code.read_text()
    code.write_text("def broken(:\n")
    until(lambda: functions.invoke("echo", {}).status_code == 500)
    assert functions.invoke("echo", {}).json()["errorType"] == "SyntaxError"
    code.write_text(sound)
    until(lambda: functions.invoke("echo", {}).status_code == 200)


def test_changed_environment_serves_the_next_event(functions: Functions) -> None:
    functions.invoke("echo", {})
    functions.environment.write_text('{"RIFFLE_STAGE": "changed"}')
    assert functions.invoke("echo", {}).json()["environment"]["RIFFLE_STAGE"] == "changed"


def test_events_wait_for_the_environment(functions: Functions) -> None:
    functions.environment.unlink()
    with concurrent.futures.ThreadPoolExecutor(1) as caller:
        waiting = caller.submit(functions.invoke, "echo", {})
        assert not concurrent.futures.wait([waiting], timeout=0.3).done
        functions.environment.write_text('{"RIFFLE_STAGE": "late"}')
        assert waiting.result().json()["environment"]["RIFFLE_STAGE"] == "late"


def test_each_function_logs_to_a_file_of_its_own(functions: Functions) -> None:
    functions.invoke("fail", {})
    log = (functions.home / "logs" / "fail.log").read_text()
    assert "LookupError: no such thing" in log
    assert "REPORT RequestId:" in log


@pytest.fixture
def invoke(functions: Functions) -> Any:
    """Lambda's Invoke as the endpoint calls it, by ARN."""
    client = Cloud(functions.url, "any", "any").client("lambda")

    def call(name: str, event: object, **given: str) -> dict[str, Any]:
        arn = f"arn:aws:lambda:us-east-1:000000000000:function:riffle-local-{name}"
        answer = client.invoke(FunctionName=arn, Payload=json.dumps(event), **given)
        return {"failed": answer.get("FunctionError"), "payload": json.loads(answer["Payload"].read())}

    return call


def test_invoke_api_answers_as_lambda_does(invoke: Any) -> None:
    done, failed = invoke("echo", {"a": 1}), invoke("fail", {})
    assert done["failed"] is None
    assert done["payload"]["event"] == {"a": 1}
    assert failed["failed"] == "Unhandled"
    assert failed["payload"]["errorType"] == "LookupError"


def test_invoke_api_knows_no_other_functions_and_no_events(invoke: Any) -> None:
    with pytest.raises(ClientError, match=r"ResourceNotFoundException.*'nothing'; there are echo, fail"):
        invoke("nothing", {})
    with pytest.raises(ClientError, match=r"InvalidParameterValueException.*go through MiniStack"):
        invoke("echo", {}, InvocationType="Event")


def test_web_pages_cannot_use_the_invoke_api(functions: Functions) -> None:
    url = f"{functions.url}2015-03-31/functions/riffle-local-echo/invocations"
    assert httpx.post(url, json={}, headers={"origin": "http://evil.example"}).status_code == 403
    assert httpx.post(url, json={}, headers={"host": "evil.example"}).status_code == 400
