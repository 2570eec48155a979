"""MiniStack's state over restarts, kills and damage; what we replace of it is used here."""

import concurrent.futures
import json
import os
import subprocess
import tempfile
import threading
from pathlib import Path
from typing import Any

import httpx
import pytest

from localcloud.stack.deploying import no_code
from localcloud.stack.guard import SAVED
from localcloud.stack.ministack import DAMAGED
from tests.conftest import free_port
from tests.localcloud.stack.conftest import PAGE, Functions, Stack, until

TABLE = {
    "TableName": "rows",
    "BillingMode": "PAY_PER_REQUEST",
    "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
    "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
}


def put(stack: Stack, row: str) -> None:
    stack.client("dynamodb").put_item(TableName="rows", Item={"id": {"S": row}})


def rows(stack: Stack) -> set[str]:
    found = stack.client("dynamodb").scan(TableName="rows")["Items"]
    return {row["id"]["S"] for row in found}


def test_clean_stop_keeps_the_last_write(stack: Stack) -> None:
    stack.client("dynamodb").create_table(**TABLE)
    put(stack, "last")
    stack.end()
    stack.start()
    assert rows(stack) == {"last"}


def test_kill_loses_nothing_older_than_the_last_snapshot(stack: Stack) -> None:
    stack.client("dynamodb").create_table(**TABLE)
    before = stack.snapshots()
    put(stack, "old")
    until(lambda: stack.snapshots() != before and "old" in saved_rows(stack))
    stack.kill()
    stack.start()
    assert rows(stack) == {"old"}


def saved_rows(stack: Stack) -> str:
    return (stack.state / "snapshots" / stack.snapshots()[-1] / "dynamodb.json").read_text()


def test_writes_go_on_while_a_snapshot_is_taken_and_none_is_half(stack: Stack) -> None:
    stack.client("dynamodb").create_table(**TABLE)
    stop = threading.Event()

    def write() -> None:
        number = 0
        while not stop.is_set():
            put(stack, f"{(number := number + 1):06d}")

    writer = threading.Thread(target=write)
    writer.start()
    for _ in range(2):
        stack.saved_after(stack.snapshots())
    stop.set()
    writer.join()
    stack.kill()
    stack.start()
    kept = rows(stack)
    assert kept == {f"{number:06d}" for number in range(1, len(kept) + 1)}


def test_snapshot_that_is_asked_for_has_what_was_written_before(stack: Stack) -> None:
    stack.client("sqs").create_queue(QueueName="asked")
    assert httpx.get(f"{stack.url}{SAVED}").status_code == 204
    stack.kill()
    stack.start()
    assert stack.client("sqs").get_queue_url(QueueName="asked")


def test_nothing_changed_means_no_snapshot(stack: Stack) -> None:
    stack.client("dynamodb").create_table(**TABLE)
    stack.saved_after([])
    seen = stack.snapshots()
    rows(stack)
    assert not threading.Event().wait(2.5)  # longer than the interval between looks
    assert stack.snapshots() == seen


def test_damaged_state_stops_the_start_with_a_sentence(stack: Stack) -> None:
    stack.client("dynamodb").create_table(**TABLE)
    stack.end()
    newest = stack.state / "snapshots" / stack.snapshots()[-1]
    (newest / "dynamodb.json").write_text("{")
    assert stack.launch().wait(20) == DAMAGED
    said = stack.state.with_suffix(".log").read_text()
    assert f"The saved state in {newest} is damaged: dynamodb.json is not as it was saved." in said


type Newcomer = tuple[Any, dict[str, str]]  # a boto3 client, and who is meant


@pytest.fixture
def newcomer(stack: Stack) -> Newcomer:
    """A user pool, and somebody in it who has yet to confirm the address."""
    users = stack.client("cognito-idp")
    pool = users.create_user_pool(PoolName="people")["UserPool"]["Id"]
    client = users.create_user_pool_client(UserPoolId=pool, ClientName="page")["UserPoolClient"]["ClientId"]
    users.sign_up(ClientId=client, Username="anna", Password="long-enough-Word-1")
    return users, {"ClientId": client, "Username": "anna"}


def test_wrong_confirmation_code_is_refused(newcomer: Newcomer) -> None:
    users, anna = newcomer
    with pytest.raises(users.exceptions.CodeMismatchException):
        users.confirm_sign_up(**anna, ConfirmationCode="000000")
    users.confirm_sign_up(**anna, ConfirmationCode="123456")


def test_password_is_reset_with_the_code_that_was_asked_for_and_no_other(newcomer: Newcomer) -> None:
    users, anna = newcomer
    users.confirm_sign_up(**anna, ConfirmationCode="123456")
    with pytest.raises(users.exceptions.ExpiredCodeException):
        users.confirm_forgot_password(**anna, ConfirmationCode="123456", Password="another-Word-22")
    users.forgot_password(**anna)
    with pytest.raises(users.exceptions.CodeMismatchException):
        users.confirm_forgot_password(**anna, ConfirmationCode="000000", Password="another-Word-22")
    users.confirm_forgot_password(**anna, ConfirmationCode="123456", Password="another-Word-22")


def test_tokens_signed_before_a_restart_verify_after_it(stack: Stack) -> None:
    users = stack.client("cognito-idp")
    pool = users.create_user_pool(PoolName="people")["UserPool"]["Id"]
    keys = f"{stack.url}/{pool}/.well-known/jwks.json"
    before = httpx.get(keys).json()
    stack.end()
    stack.start()
    assert httpx.get(keys).json() == before


def test_message_that_was_being_handled_is_visible_at_once_after_a_restart(stack: Stack) -> None:
    queues = stack.client("sqs")
    url = queues.create_queue(QueueName="work", Attributes={"VisibilityTimeout": "3600"})["QueueUrl"]
    queues.send_message(QueueUrl=url, MessageBody="job")
    assert queues.receive_message(QueueUrl=url)["Messages"]
    stack.end()
    stack.start()
    (message,) = stack.client("sqs").receive_message(QueueUrl=url, WaitTimeSeconds=2)["Messages"]
    assert message["Body"] == "job"


def test_state_may_be_served_on_another_port(stack: Stack) -> None:
    url = stack.client("sqs").create_queue(QueueName="work")["QueueUrl"]
    stack.end()
    stack.port = free_port()
    stack.start()
    stack.client("sqs").send_message(QueueUrl=url, MessageBody="job")
    assert stack.client("sqs").receive_message(QueueUrl=url)["Messages"]


def test_page_may_upload_with_a_presigned_form(stack: Stack) -> None:
    objects = stack.client("s3")
    objects.create_bucket(Bucket="files")
    form = objects.generate_presigned_post("files", "a.txt")
    answer = httpx.post(form["url"], data=form["fields"], files={"file": b"text"}, headers={"origin": PAGE})
    assert answer.status_code == 204
    assert answer.headers["access-control-allow-origin"] == "*"


def test_range_of_a_large_object_costs_what_the_range_costs(stack: Stack) -> None:
    objects = stack.client("s3")
    objects.create_bucket(Bucket="files")
    with tempfile.TemporaryFile() as large:
        large.truncate(128 * 1024**2)
        large.seek(-3, os.SEEK_END)
        large.write(b"end")
        large.seek(0)
        objects.upload_fileobj(large, "files", "large")
    before = processor_seconds(stack)
    for _ in range(20):
        assert objects.get_object(Bucket="files", Key="large", Range="bytes=-3")["Body"].read() == b"end"
    assert processor_seconds(stack) - before < 0.5


def processor_seconds(stack: Stack) -> float:
    assert stack.process
    figures = Path(f"/proc/{stack.process.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(figures[11]) + int(figures[12])) / os.sysconf("SC_CLK_TCK")


@pytest.mark.parametrize(("wanted", "status"), [("bytes=0-1", 206), ("bytes=9-", 416), ("lines=1", 416)])
def test_range_is_answered_as_s3_does(stack: Stack, wanted: str, status: int) -> None:
    objects = stack.client("s3")
    objects.create_bucket(Bucket="files")
    objects.put_object(Bucket="files", Key="a", Body=b"abc")
    objects.put_object(Bucket="files", Key="empty", Body=b"")
    url = f"{stack.url}/files"
    assert httpx.get(f"{url}/a", headers={"range": wanted}).status_code == status
    assert httpx.get(f"{url}/empty", headers={"range": wanted}).status_code == 416


def function(stack: Stack, functions: Functions, name: str) -> None:
    stack.client("lambda").create_function(
        FunctionName=f"riffle-local-{name}", Runtime="python3.13", Handler="app.app", Timeout=5,
        Role="arn:aws:iam::000000000000:role/any", Code={"ZipFile": no_code()},
        Environment={"Variables": {"MINISTACK_LAMBDA_PROXY_URL": functions.url}},
    )  # fmt: skip


def invoke(stack: Stack, name: str, event: object) -> dict[str, Any]:
    payload = json.dumps(event).encode()
    answer = stack.client("lambda").invoke(FunctionName=f"riffle-local-{name}", Payload=payload)
    return {"failed": answer.get("FunctionError"), "payload": json.loads(answer["Payload"].read())}


def test_invocations_reach_the_function_host_and_errors_keep_their_names(
    stack: Stack, functions: Functions
) -> None:
    function(stack, functions, "echo")
    function(stack, functions, "fail")
    assert invoke(stack, "echo", {"a": 1})["payload"]["event"] == {"a": 1}
    failed = invoke(stack, "fail", {})
    assert failed["failed"]
    assert failed["payload"]["errorType"] == "LookupError"


def mapped_queue(stack: Stack, functions: Functions) -> str:
    """A queue whose messages the function `batch` writes into a file."""
    seen = functions.home / "seen"
    functions.environment.write_text(json.dumps({"RIFFLE_SEEN": str(seen)}))
    function(stack, functions, "batch")
    url: str = stack.client("sqs").create_queue(QueueName="work")["QueueUrl"]
    stack.client("lambda").create_event_source_mapping(
        EventSourceArn="arn:aws:sqs:us-east-1:000000000000:work", FunctionName="riffle-local-batch",
        FunctionResponseTypes=["ReportBatchItemFailures"],
    )  # fmt: skip
    return url


def seen(functions: Functions) -> list[str]:
    file = functions.home / "seen"
    return file.read_text().split() if file.exists() else []


def test_queue_is_polled_after_a_restart_as_before(stack: Stack, functions: Functions) -> None:
    url = mapped_queue(stack, functions)
    stack.client("sqs").send_message(QueueUrl=url, MessageBody="before")
    until(lambda: seen(functions) == ["before"])
    stack.end()
    stack.start()
    stack.client("sqs").send_message(QueueUrl=url, MessageBody="after")
    until(lambda: seen(functions) == ["before", "after"])


def test_message_waits_for_a_function_host_that_is_not_there_yet(stack: Stack, functions: Functions) -> None:
    port = functions.port
    functions.port = stack.port + 1
    url = mapped_queue(stack, functions)
    stack.client("sqs").send_message(QueueUrl=url, MessageBody="early")
    relay = subprocess.Popen(["python3", "-c", RELAY, str(functions.port), str(port)])
    try:
        until(lambda: seen(functions) == ["early"])
    finally:
        relay.terminate()
        relay.wait(5)


# Passes one connection on, so that the host seems to start late.
RELAY = """
import socket, sys, threading, time
time.sleep(0.5)
def pump(a, b):
    while data := a.recv(65536): b.sendall(data)
    b.shutdown(socket.SHUT_WR)
listener = socket.create_server(("127.0.0.1", int(sys.argv[1])))
while True:
    near, _ = listener.accept()
    far = socket.create_connection(("127.0.0.1", int(sys.argv[2])))
    for pair in ((near, far), (far, near)): threading.Thread(target=pump, args=pair, daemon=True).start()
"""


def test_stop_does_not_wait_for_a_running_function(stack: Stack, functions: Functions) -> None:
    function(stack, functions, "echo")
    with concurrent.futures.ThreadPoolExecutor(1) as caller:
        running = caller.submit(invoke, stack, "echo", {"sleep": 60})
        until(lambda: (functions.home / "logs" / "echo.log").exists() and functions.pids("echo"))
        stack.end()  # which has twenty seconds
        assert running.exception(30)


CONDITIONAL = json.dumps({
    "Parameters": {"More": {"Type": "String", "Default": "no"}},
    "Conditions": {"More": {"Fn::Equals": [{"Ref": "More"}, "yes"]}},
    "Resources": {
        "Always": {"Type": "AWS::SNS::Topic", "Properties": {}},
        "Sometimes": {"Type": "AWS::SNS::Topic", "Condition": "More", "Properties": {}},
    },
})  # fmt: skip


def changes(stack: Stack, kind: str, more: str) -> list[str]:
    """What a change set would do, which is then done."""
    client = stack.client("cloudformation")
    client.create_change_set(
        StackName="conditional", ChangeSetName=f"more-{more}", ChangeSetType=kind, TemplateBody=CONDITIONAL,
        Parameters=[{"ParameterKey": "More", "ParameterValue": more}],
    )  # fmt: skip
    found = client.describe_change_set(StackName="conditional", ChangeSetName=f"more-{more}")["Changes"]
    client.execute_change_set(StackName="conditional", ChangeSetName=f"more-{more}")
    until(lambda: client.describe_stacks()["Stacks"][0]["StackStatus"].endswith("E_COMPLETE"))
    return [
        f"{each['ResourceChange']['Action']} {each['ResourceChange']['LogicalResourceId']}" for each in found
    ]


def test_a_change_set_has_what_a_condition_adds_and_not_what_one_leaves_out(stack: Stack) -> None:
    assert changes(stack, "CREATE", "no") == ["Add Always"]
    assert changes(stack, "UPDATE", "yes") == ["Add Sometimes"]
