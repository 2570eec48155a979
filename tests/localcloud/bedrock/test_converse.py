"""Chat over the wire: boto3 unmodified against the endpoint."""

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.localcloud.bedrock.conftest import CHAT, Bedrock, answer, asking

TUITION = (
    "Harvard was founded in 1636. The tuition was $38,000 & the fees came on top. It has many libraries."
)
QUESTION = "How much was the tuition?"
EXPECTED = "The tuition was $38,000 & the fees came on top. [1]"


def events(bedrock: Bedrock, messages: Any, **more: Any) -> list[Any]:
    return list(bedrock.client().converse_stream(modelId=CHAT, messages=messages, **more)["stream"])


def test_converse_answers_with_a_verbatim_sentence_and_its_marker(bedrock: Bedrock) -> None:
    reply = bedrock.client().converse(modelId=CHAT, messages=asking(QUESTION, TUITION))
    assert reply["output"]["message"] == {"role": "assistant", "content": [{"text": EXPECTED}]}
    assert reply["stopReason"] == "end_turn"
    usage = reply["usage"]
    assert usage["totalTokens"] == usage["inputTokens"] + usage["outputTokens"]
    assert usage["outputTokens"] > 10
    assert reply["metrics"]["latencyMs"] >= 0


def test_a_stream_carries_the_events_of_the_service_in_order(bedrock: Bedrock) -> None:
    kinds = [next(iter(event)) for event in events(bedrock, asking(QUESTION, TUITION))]
    deltas = kinds.count("contentBlockDelta")
    assert deltas > 5
    assert kinds == [
        "messageStart",
        *["contentBlockDelta"] * deltas,
        "contentBlockStop",
        "messageStop",
        "metadata",
    ]


def test_a_stream_says_what_converse_says(bedrock: Bedrock) -> None:
    deltas = [
        event["contentBlockDelta"]
        for event in events(bedrock, asking(QUESTION, TUITION))
        if "contentBlockDelta" in event
    ]
    assert "".join(delta["delta"]["text"] for delta in deltas) == EXPECTED


def test_the_limit_of_tokens_ends_an_answer_early(bedrock: Bedrock) -> None:
    told = events(bedrock, asking(QUESTION, TUITION), inferenceConfig={"maxTokens": 2})
    text = "".join(
        event["contentBlockDelta"]["delta"]["text"] for event in told if "contentBlockDelta" in event
    )
    assert text == "The tuition "
    assert told[-2]["messageStop"]["stopReason"] == "max_tokens"


def test_a_question_without_passages_is_told_so_in_one_sentence(bedrock: Bedrock) -> None:
    messages: Any = [{"role": "user", "content": [{"text": "What is the capital of France?"}]}]
    reply = bedrock.client().converse(modelId=CHAT, messages=messages, system=[{"text": "Be brief."}])
    assert "only answer from passages" in reply["output"]["message"]["content"][0]["text"]


def test_passages_that_do_not_answer_are_declined(bedrock: Bedrock) -> None:
    assert answer(bedrock, "Who painted the ceiling of the Sistine Chapel?", TUITION) == "NO_ANSWER"
    assert answer(bedrock, QUESTION) == "NO_ANSWER"


def test_a_vietnamese_question_is_answered(bedrock: Bedrock) -> None:
    text = "Trường có nhiều thư viện. Nikola Tesla qua đời năm 1943 tại New York. Trời hôm nay đẹp."
    assert (
        answer(bedrock, "Tesla qua đời năm nào?", text) == "Nikola Tesla qua đời năm 1943 tại New York. [1]"
    )


def test_the_anthropic_shape_is_answered_by_invoke_model(bedrock: Bedrock) -> None:
    body = json.dumps(
        {"anthropic_version": "bedrock-2023-05-31", "max_tokens": 99, "messages": asking(QUESTION, TUITION)}
    )
    reply = bedrock.client().invoke_model(modelId=CHAT, body=body)
    message = json.loads(reply["body"].read())
    assert message["content"] == [{"type": "text", "text": EXPECTED}]
    assert message["stop_reason"] == "end_turn"
    assert reply["contentType"] == "application/json"


def test_the_anthropic_shape_streams_in_chunks(bedrock: Bedrock) -> None:
    body = json.dumps({"max_tokens": 99, "messages": asking(QUESTION, TUITION)})
    reply = bedrock.client().invoke_model_with_response_stream(modelId=CHAT, body=body)
    chunks = [json.loads(event["chunk"]["bytes"]) for event in reply["body"]]
    assert [chunk["type"] for chunk in chunks[:2]] == ["message_start", "content_block_start"]
    assert (
        "".join(chunk["delta"]["text"] for chunk in chunks if chunk["type"] == "content_block_delta")
        == EXPECTED
    )
    assert chunks[-1]["type"] == "message_stop"


def test_tokens_are_counted(bedrock: Bedrock) -> None:
    client = bedrock.client()
    messages = asking(QUESTION, TUITION)
    counted = client.count_tokens(modelId=CHAT, input={"converse": {"messages": messages}})["inputTokens"]
    assert counted == client.converse(modelId=CHAT, messages=messages)["usage"]["inputTokens"]
    body = json.dumps({"max_tokens": 9, "messages": messages}).encode()
    assert client.count_tokens(modelId=CHAT, input={"invokeModel": {"body": body}})["inputTokens"] == counted


@pytest.mark.parametrize(
    ("messages", "said"),
    [
        ([], "at least one message"),
        ([{"role": "assistant", "content": [{"text": "Hello"}]}], "must begin with the user's"),
        ([{"role": "user", "content": []}], "at least one block"),
        (
            [{"role": "user", "content": [{"image": {"format": "png", "source": {"bytes": b"x"}}}]}],
            "the embedded writer 'local.extractive-v1' reads no images",
        ),
        (
            [{"role": "user", "content": [{"image": {"format": "bmp", "source": {"bytes": b"x"}}}]}],
            "a format of png, jpeg, gif or webp",
        ),
        (
            [{"role": "user", "content": [{"toolUse": {"toolUseId": "1", "name": "a", "input": {}}}]}],
            "other than text",
        ),
    ],
)
def test_messages_that_make_no_conversation_are_refused(bedrock: Bedrock, messages: Any, said: str) -> None:
    with pytest.raises(ClientError, match=said) as caught:
        bedrock.client().converse(modelId=CHAT, messages=messages)
    assert caught.value.response["Error"]["Code"] == "ValidationException"


def test_an_unknown_model_is_not_found(bedrock: Bedrock) -> None:
    with pytest.raises(ClientError, match=r"no model 'meta.llama/3:0'") as caught:
        bedrock.client().converse(modelId="meta.llama/3:0", messages=asking(QUESTION, TUITION))
    assert caught.value.response["Error"]["Code"] == "ResourceNotFoundException"
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 404
