"""The Lambda functions of app.py, called as the runtime calls them, over a stack on MiniStack."""

import importlib
import json
import sys
from collections.abc import Callable, Iterator
from types import ModuleType
from typing import Any

import boto3
import pytest
from chalicelib.bootstrap import Services
from chalicelib.settings import Settings

from tests.api.conftest import Context, asking, recorded
from tests.conftest import ROOT

type Call = Callable[[str, Any], Any]


@pytest.fixture
def app(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    """The app in an environment that names the stack, as a deployment would."""
    names = ("bucket", "documents_table", "answers_table", "conversations_table", "ingest_queue_url",
             "answer_queue_url", "graphql_url", "chat_model", "embedding_model", "stage")  # fmt: skip
    for name in names:
        monkeypatch.setenv(f"RIFFLE_{name.upper()}", getattr(settings, name))
    monkeypatch.setenv("RIFFLE_EMBEDDING_DIMENSIONS", "3")
    module = importlib.import_module("app")
    module.services.cache_clear()
    yield module
    module.services().events.close()
    module.services.cache_clear()


@pytest.fixture
def call(app: ModuleType) -> Call:
    return lambda name, event: app.app.handler_map[name](event, Context())


def messages(*bodies: object) -> Any:
    event = recorded("answer_messages")
    [record] = event["Records"]
    event["Records"] = [
        record | {"messageId": f"m{number}", "body": body if isinstance(body, str) else json.dumps(body)}
        for number, body in enumerate(bodies)
    ]
    return event


def test_the_app_has_the_functions_that_are_configured(app: ModuleType) -> None:
    config = json.loads((ROOT / "chalice_app/.chalice/config.json").read_text())
    assert config["lambda_functions"].keys() == app.app.handler_map.keys()
    for stage in config["stages"].values():
        assert stage.get("lambda_functions", {}).keys() <= app.app.handler_map.keys()


def test_resolve_answers_a_field(call: Call) -> None:
    assert call("resolve", recorded("about"))["data"]["chatModel"] == "local.writer-v1"


def test_resolve_counts_fields_and_failures_of_its_stage(
    call: Call, settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    call("resolve", asking("Query.document", None, id="a"))
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines() if line.startswith("{")]
    [counted] = [line for line in lines if "FailedFields" in line]
    assert (counted["Fields"], counted["FailedFields"]) == ([1.0], [1.0])
    assert counted["_aws"]["CloudWatchMetrics"][0]["Dimensions"] == [["stage", "service"]]
    assert (counted["service"], counted["stage"]) == ("riffle", settings.stage)


def test_a_log_line_names_field_and_request_and_no_argument(
    call: Call, app: ModuleType, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(app.logger.registered_handler, "stream", sys.stdout)
    call("resolve", asking("Query.nothing", "ana", question="my secret question"))
    out = capsys.readouterr().out
    [line] = [json.loads(each) for each in out.splitlines() if '"level":"ERROR"' in each]
    assert (line["field"], line["function_request_id"]) == ("Query.nothing", "6f1d0c9e")
    assert "my secret question" not in out


def test_ingest_takes_s3s_test_event_and_foreign_messages_calmly(call: Call) -> None:
    event = messages({"Event": "s3:TestEvent", "Service": "Amazon S3"}, {"kind": "unknown"})
    assert call("ingest", event) == {"batchItemFailures": []}


def test_a_message_that_is_no_json_fails_alone(call: Call) -> None:
    unknown = {"kind": "ingest", "owner": "nobody", "documentId": "nothing", "version": 1}
    failed = call("ingest", messages(unknown, "{"))["batchItemFailures"]
    assert failed == [{"itemIdentifier": "m1"}]


def test_an_answer_nobody_asked_for_is_dropped(call: Call) -> None:
    assert call("answer", messages({"owner": "nobody", "answerId": "nothing"})) == {"batchItemFailures": []}


def test_maintain_queues_an_answer_whose_message_was_lost(
    call: Call, services: Services, aws: boto3.Session, owner: str
) -> None:
    services.desk.ask(owner, question="Why?", id=owner)
    queue = aws.resource("sqs").Queue(services.settings.answer_queue_url)
    queue.purge()
    call("maintain", {"ageSeconds": 0})
    bodies = [
        json.loads(each.body) for each in queue.receive_messages(MaxNumberOfMessages=10, WaitTimeSeconds=1)
    ]
    assert {"owner": owner, "answerId": owner, "attempt": 0} in bodies


def test_maintain_does_the_rest_when_one_task_fails(
    call: Call, app: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    done: list[str] = []
    monkeypatch.setattr("chalicelib.maintaining.repair_documents", lambda *_: 1 / 0)
    monkeypatch.setattr("chalicelib.maintaining.repair_answers", lambda *_: done.append("answers"))
    with pytest.raises(ExceptionGroup, match="maintenance is incomplete") as told:
        call("maintain", {})
    assert done == ["answers"]
    assert [type(each) for each in told.value.exceptions] == [ZeroDivisionError]


def test_maintain_tells_what_the_index_finds_and_publishes_it(
    call: Call, settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    report = call("maintain", {"check": True})
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines() if line.startswith("{")]
    [counted] = [line for line in lines if "IndexRows" in line]
    assert counted["IndexRows"] == [float(report["rows"])]
    assert counted["IndexUnindexedRows"] == [float(report["unindexedRows"])]
    assert ("IndexRecall" in counted) == (report["recall"] is not None)
    assert counted["stage"] == settings.stage


def test_the_run_that_compares_everything_checks_the_index_too(call: Call) -> None:
    assert call("maintain", {"full": True}).keys() == call("maintain", {"check": True}).keys()
    assert call("maintain", {}) is None


def test_forms_are_for_the_bucket_in_its_own_region(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    session = boto3.Session("id", "secret", region_name="eu-west-1")
    url, _ = Services(settings, session).blobs.presigned_post(
        "uploads/a", content_type="text/plain", max_bytes=1, seconds=60
    )
    assert url == f"https://{settings.bucket}.s3.eu-west-1.amazonaws.com/"
