"""Failures on demand: what boto3 sees of each, and how its own retries get over them."""

import time
from contextlib import closing
from typing import Any

import httpx
import pytest
from botocore.exceptions import BotoCoreError, ClientError, EventStreamError
from urllib3.exceptions import HTTPError

from localcloud.bedrock.errors import IN_STREAM, STATUS
from tests.localcloud.bedrock.conftest import CHAT, TITAN, Bedrock, answer, asking, embed, serving

TEXT = "Harvard was founded in 1636. The tuition was $38,000 in that year."
QUESTION = "How much was the tuition?"


def stream(bedrock: Bedrock) -> list[Any]:
    """Everything a stream says until it ends or fails; a failure is its last item."""
    told: list[Any] = []
    reply = bedrock.client().converse_stream(modelId=CHAT, messages=asking(QUESTION, TEXT))
    with closing(reply["stream"]) as events:
        try:
            told.extend(events)
        except (EventStreamError, BotoCoreError, HTTPError) as error:
            told.append(error)
    return told


@pytest.mark.parametrize("code", sorted(STATUS))
def test_every_error_of_the_service_comes_with_its_status(bedrock: Bedrock, code: str) -> None:
    bedrock.fail({"error": code, "message": "as asked"})
    with pytest.raises(ClientError, match="as asked") as caught:
        answer(bedrock, QUESTION, TEXT)
    assert caught.value.response["Error"]["Code"] == code
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == STATUS[code]


def test_boto3_gets_over_throttling_by_its_own_retries(bedrock: Bedrock) -> None:
    bedrock.fail({"error": "ThrottlingException"}, {"error": "ThrottlingException"})
    reply = bedrock.client(attempts=3).converse(modelId=CHAT, messages=asking(QUESTION, TEXT))
    assert reply["ResponseMetadata"]["RetryAttempts"] == 2
    assert "$38,000" in reply["output"]["message"]["content"][0]["text"]


@pytest.mark.parametrize("code", sorted(IN_STREAM - {"ModelTimeoutException"}))
def test_an_error_in_a_stream_comes_after_the_pieces_asked_for(bedrock: Bedrock, code: str) -> None:
    bedrock.fail({"error": code, "message": "as asked", "after_chunks": 2})
    start, first, second, error = stream(bedrock)
    assert (next(iter(start)), next(iter(first)), next(iter(second))) == (
        "messageStart",
        *["contentBlockDelta"] * 2,
    )
    assert error.response["Error"] == {"Code": code[0].lower() + code[1:], "Message": "as asked"}


def test_an_error_before_the_first_piece_is_still_in_the_stream(bedrock: Bedrock) -> None:
    bedrock.fail({"error": "ThrottlingException", "after_chunks": 0})
    start, error = stream(bedrock)
    assert "messageStart" in start
    assert isinstance(error, EventStreamError)


def test_a_connection_can_break_off_in_the_middle(bedrock: Bedrock) -> None:
    bedrock.fail({"cut": True, "after_chunks": 3})
    told = stream(bedrock)
    assert len(told) == 5
    assert isinstance(told[-1], Exception)
    assert not isinstance(told[-1], EventStreamError)


@pytest.mark.parametrize("more", [{}, {"after_chunks": 2}])
def test_a_connection_can_break_off_before_an_answer(bedrock: Bedrock, more: dict[str, int]) -> None:
    bedrock.fail({"cut": True, **more})
    with pytest.raises(BotoCoreError):
        answer(bedrock, QUESTION, TEXT)


def test_a_stall_only_delays(bedrock: Bedrock) -> None:
    bedrock.fail({"stall_seconds": 0.3, "after_chunks": 2})
    started = time.monotonic()
    assert "metadata" in stream(bedrock)[-1]
    assert time.monotonic() - started >= 0.3


def test_a_pace_slows_every_piece(bedrock: Bedrock) -> None:
    bedrock.fail(tokens_per_second=50)
    started = time.monotonic()
    pieces = len(stream(bedrock)) - 4
    assert time.monotonic() - started >= pieces / 50


def test_faults_wait_for_the_operation_they_name(bedrock: Bedrock) -> None:
    bedrock.fail({"operation": "InvokeModel", "error": "ModelNotReadyException"})
    assert answer(bedrock, QUESTION, TEXT) != "NO_ANSWER"
    with pytest.raises(ClientError, match="ModelNotReadyException"):
        embed(bedrock, TITAN, inputText="x")
    assert embed(bedrock, TITAN, inputText="x")["embedding"]


@pytest.mark.parametrize(
    "fault",
    [
        "text",
        {"error": "Nonsense"},
        {"operation": "Sing"},
        {"weather": "bad"},
        {"error": "AccessDeniedException", "after_chunks": 1},
    ],
)
def test_a_fault_that_cannot_happen_is_refused(bedrock: Bedrock, fault: object) -> None:
    reply = httpx.post(f"{bedrock.url}/_faults", json={"faults": [fault]})
    assert reply.status_code == 400
    assert reply.headers["x-amzn-errortype"] == "ValidationException"


def test_a_pace_must_be_a_positive_number(bedrock: Bedrock) -> None:
    assert httpx.post(f"{bedrock.url}/_faults", json={"tokens_per_second": 0}).status_code == 400


def test_faults_are_off_unless_the_server_was_started_with_them() -> None:
    with serving() as bedrock:
        reply = httpx.post(f"{bedrock.url}/_faults", json={"faults": []})
        assert reply.status_code == 403
        assert "--faults" in reply.json()["message"]
