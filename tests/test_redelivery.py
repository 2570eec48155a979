"""Failed messages come back soon, and their last delivery is announced; on MiniStack's SQS."""

import json
import secrets
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from chalicelib.redelivery import DELIVERIES, pause, process, process_together
from chalicelib.stores.queues import Queue

from appsync.packaging import package
from tests.conftest import ROOT

type Event = dict[str, Any]


@pytest.fixture
def sqs(aws: boto3.Session) -> Iterator[Any]:
    client = aws.client("sqs")
    yield client
    client.close()


@pytest.fixture
def url(sqs: Any) -> str:
    name = f"redelivery-{secrets.token_hex(4)}"
    made: str = sqs.create_queue(QueueName=name, Attributes={"VisibilityTimeout": "600"})["QueueUrl"]
    return made


def recorded(**changes: str) -> Event:
    event: Event = json.loads((ROOT / "tests/events/answer_messages.json").read_text())
    event["Records"][0] |= changes
    return event


def delivered(sqs: Any, url: str, bodies: list[str]) -> Event:
    """The event for messages that were sent and received just now."""
    for body in bodies:
        sqs.send_message(QueueUrl=url, MessageBody=body)
    received = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, WaitTimeSeconds=1)["Messages"]
    [template] = recorded()["Records"]
    return {
        "Records": [
            template
            | {"messageId": each["MessageId"], "receiptHandle": each["ReceiptHandle"], "body": each["Body"]}
            for each in received
        ]
    }


def refuse(body: str, _deliveries: int) -> None:
    if body == "bad":
        raise ValueError(body)


def test_only_the_failed_messages_of_a_batch_are_reported(sqs: Any, url: str) -> None:
    event = delivered(sqs, url, ["good", "bad", "good"])
    bad = [record["messageId"] for record in event["Records"] if record["body"] == "bad"]
    answer = process(event, refuse, Queue(sqs, url))
    assert [each["itemIdentifier"] for each in answer["batchItemFailures"]] == bad


def test_a_failed_message_comes_back_before_its_visibility_timeout(
    sqs: Any, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("chalicelib.redelivery.FIRST_PAUSE", 0)
    process(delivered(sqs, url, ["bad"]), refuse, Queue(sqs, url))
    again = sqs.receive_message(QueueUrl=url, WaitTimeSeconds=2)
    assert [each["Body"] for each in again["Messages"]] == ["bad"]


def test_a_message_that_cannot_be_given_back_is_still_reported(aws: boto3.Session, url: str) -> None:
    from botocore.config import Config

    config = Config(retries={"total_max_attempts": 1}, connect_timeout=1)
    unreachable = aws.client("sqs", endpoint_url="http://127.0.0.1:9", config=config)
    answer = process(recorded(body="bad"), refuse, Queue(unreachable, url))
    unreachable.close()
    assert len(answer["batchItemFailures"]) == 1


@pytest.mark.parametrize("count", [1, DELIVERIES])
def test_the_handler_is_told_how_often_a_message_was_delivered(sqs: Any, url: str, count: int) -> None:
    event = recorded()
    event["Records"][0]["attributes"]["ApproximateReceiveCount"] = str(count)
    told: list[int] = []
    answer = process(event, lambda _, deliveries: told.append(deliveries), Queue(sqs, url))
    assert (answer, told) == ({"batchItemFailures": []}, [count])


def test_of_messages_handled_together_the_failed_ones_come_back(sqs: Any, url: str) -> None:
    event = delivered(sqs, url, ['"good"', '"bad"', "no json"])
    bad = [record["messageId"] for record in event["Records"] if record["body"] != '"good"']
    answer = process_together(
        event, lambda messages: [ValueError() if body == "bad" else None for body, _ in messages],
        Queue(sqs, url),
    )  # fmt: skip
    assert [each["itemIdentifier"] for each in answer["batchItemFailures"]] == bad


def test_when_all_of_a_batch_breaks_down_all_of_it_is_reported(sqs: Any, url: str) -> None:
    def break_down(messages: object) -> list[Exception | None]:
        raise RuntimeError(messages)

    answer = process_together(delivered(sqs, url, ["1", "2"]), break_down, Queue(sqs, url))
    assert len(answer["batchItemFailures"]) == 2


def test_pauses_double_up_to_five_minutes() -> None:
    assert [pause(count) for count in (0, 1, 2, 3, 7, 30)] == [5, 5, 10, 20, 300, 300]


def test_the_queues_deliver_as_often_as_we_believe() -> None:
    resources: dict[str, Any] = package()["Resources"]  # type: ignore[assignment]  # a mapping in any template
    policies = [resources[f"{name}Queue"]["Properties"]["RedrivePolicy"] for name in ("Ingest", "Answer")]
    assert [policy["maxReceiveCount"] for policy in policies] == [DELIVERIES, DELIVERIES]
