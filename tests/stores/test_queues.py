"""Sending to a queue, on MiniStack's SQS, and how failures of AWS calls are told."""

import json

import boto3
import pytest
from botocore.exceptions import ClientError
from chalicelib.errors import NotFound, RiffleError, Throttled, Unavailable
from chalicelib.stores.failures import aws_failures
from chalicelib.stores.queues import Queue


def test_a_message_arrives_as_json(aws: boto3.Session) -> None:
    client = aws.client("sqs")
    url = client.create_queue(QueueName="riffle-test-queues")["QueueUrl"]
    Queue(client, url).send({"kind": "ingest", "owner": "ana", "version": 1})
    received = client.receive_message(QueueUrl=url, WaitTimeSeconds=1)["Messages"]
    assert [json.loads(message["Body"]) for message in received] == [
        {"kind": "ingest", "owner": "ana", "version": 1}
    ]
    client.close()


def test_a_message_that_nobody_holds_is_left_alone(aws: boto3.Session) -> None:
    client = aws.client("sqs")
    url = client.create_queue(QueueName="riffle-test-held")["QueueUrl"]
    Queue(client, url).give_back("no receipt at all", 0)
    with pytest.raises(ClientError, match="NonExistentQueue"):
        Queue(client, url + "-absent").give_back("no receipt at all", 0)
    client.close()


def client_error(code: str, status: int) -> ClientError:
    return ClientError(
        {"Error": {"Code": code, "Message": "m"}, "ResponseMetadata": {"HTTPStatusCode": status}},  # type: ignore[typeddict-item]  # botocore fills the rest
        "SendMessage",
    )


@pytest.mark.parametrize(
    ("code", "status", "expected"),
    [
        ("ThrottlingException", 400, Throttled),
        ("TooManyRequests", 429, Throttled),
        ("NoSuchKey", 404, NotFound),
        ("InternalError", 500, Unavailable),
    ],
)
def test_failures_are_told_by_code_and_keep_their_cause(
    code: str, status: int, expected: type[RiffleError]
) -> None:
    failure = client_error(code, status)
    with pytest.raises(expected, match="queue 'q'") as told, aws_failures("queue 'q'"):
        raise failure
    assert told.value.__cause__ is failure


def test_a_defect_such_as_access_denied_passes_through() -> None:
    with pytest.raises(ClientError, match="AccessDenied"), aws_failures("queue 'q'"):
        raise client_error("AccessDenied", 403)
