"""The chat adapter over real HTTP and event-stream frames."""

import pytest
from chalicelib.errors import ModelRefused, ModelUnavailable, RiffleError, Throttled
from chalicelib.models.chat import BedrockChat, Finished, Message, ModelEvent, Prompt, TextDelta
from chalicelib.models.retrying import Backoff

from tests.models.runtime import CUT, STALL, Reply, Runtime, delta, ending, frame, serve

PROMPT = Prompt("Be brief.", (Message("user", "Hi"), Message("assistant", "Yes?"), Message("user", "Why?")))
HASTY = Backoff(attempts=3, sleep=lambda _: None)


def chat(runtime: Runtime) -> BedrockChat:
    return BedrockChat(runtime.client, "local.extractive-v1", max_tokens=99, backoff=HASTY)


def received(runtime: Runtime) -> tuple[list[ModelEvent], RiffleError]:
    """The events up to the error that a stream must end with."""
    events: list[ModelEvent] = []
    with pytest.raises(RiffleError) as raised:
        events.extend(iter(chat(runtime).stream(PROMPT)))
    return events, raised.value


def test_a_stream_is_deltas_and_an_end_with_tokens(runtime: Runtime) -> None:
    start = frame("messageStart", {"role": "assistant"})
    thinking = frame(
        "contentBlockDelta", {"contentBlockIndex": 0, "delta": {"reasoningContent": {"text": "Hm"}}}
    )
    runtime.replies = [Reply(frames=[start, thinking, delta("Vì "), delta("sao."), *ending()])]
    assert list(chat(runtime).stream(PROMPT)) == [
        TextDelta("Vì "),
        TextDelta("sao."),
        Finished("end_turn", 12, 3),
    ]


def test_the_request_carries_system_turns_and_limits(runtime: Runtime) -> None:
    runtime.replies = [Reply(frames=[delta("So."), *ending()])]
    list(chat(runtime).stream(PROMPT))
    (sent,) = runtime.requests
    assert sent["system"] == [{"text": "Be brief."}]
    assert [message["role"] for message in sent["messages"]] == ["user", "assistant", "user"]
    assert sent["inferenceConfig"] == {"maxTokens": 99, "temperature": 0}
    assert runtime.models == ["local.extractive-v1"]


def test_an_empty_answer_is_just_its_end(runtime: Runtime) -> None:
    runtime.replies = [Reply(frames=ending("max_tokens"))]
    assert list(chat(runtime).stream(PROMPT)) == [Finished("max_tokens", 12, 3)]


@pytest.mark.parametrize(
    ("status", "code", "expected"),
    [
        (429, "ThrottlingException", Throttled),
        (400, "ServiceQuotaExceededException", Throttled),
        (408, "ModelTimeoutException", ModelUnavailable),
        (429, "ModelNotReadyException", Throttled),
        (503, "ServiceUnavailableException", ModelUnavailable),
        (500, "InternalServerException", ModelUnavailable),
        (502, "SomethingNew", ModelUnavailable),
        (400, "ValidationException", ModelRefused),
        (403, "AccessDeniedException", ModelRefused),
        (404, "ResourceNotFoundException", ModelRefused),
    ],
)
def test_errors_of_the_service_are_told_by_code(
    runtime: Runtime, status: int, code: str, expected: type[RiffleError]
) -> None:
    runtime.replies = [Reply(status, code=code)] * 3
    events, error = received(runtime)
    assert (events, type(error)) == ([], expected)
    assert "local.extractive-v1" in error.message
    assert error.__cause__ is not None


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("throttlingException", Throttled),
        ("modelStreamErrorException", ModelUnavailable),
        ("internalServerException", ModelUnavailable),
        ("serviceUnavailableException", ModelUnavailable),
        ("validationException", ModelRefused),
    ],
)
def test_an_error_within_a_stream_keeps_what_came_before(
    runtime: Runtime, kind: str, expected: type[RiffleError]
) -> None:
    runtime.replies = [Reply(frames=[delta("So "), frame(kind, {"message": "scripted"}, "exception")])]
    events, error = received(runtime)
    assert (events, type(error)) == ([TextDelta("So ")], expected)
    assert len(runtime.requests) == 1


def test_a_throttled_call_is_tried_again_before_the_first_word(runtime: Runtime) -> None:
    busy = Reply(429, code="ThrottlingException")
    in_stream = Reply(frames=[frame("throttlingException", {"message": "scripted"}, "exception")])
    runtime.replies = [busy, in_stream, Reply(frames=[delta("So."), *ending()])]
    assert next(chat(runtime).stream(PROMPT)) == TextDelta("So.")
    assert len(runtime.requests) == 3


def test_a_refused_call_is_not_tried_again(runtime: Runtime) -> None:
    runtime.replies = [Reply(400, code="ValidationException")]
    assert isinstance(received(runtime)[1], ModelRefused)
    assert len(runtime.requests) == 1


@pytest.mark.parametrize("last", [[CUT], []])
def test_a_stream_without_an_end_has_broken_off(runtime: Runtime, last: list[bytes]) -> None:
    runtime.replies = [Reply(frames=[delta("So "), *last])]
    events, error = received(runtime)
    assert (events, type(error)) == ([TextDelta("So ")], ModelUnavailable)


def test_a_stalled_model_is_noticed_by_the_read_timeout() -> None:
    with serve(read_seconds=0.2) as runtime:
        runtime.replies = [Reply(frames=[delta("So "), STALL])]
        events, error = received(runtime)
    assert (events, type(error)) == ([TextDelta("So ")], ModelUnavailable)


def test_a_dripping_model_meets_the_total_bound(runtime: Runtime) -> None:
    seconds = iter(range(0, 1_000, 50))
    runtime.replies = [Reply(frames=[delta("a"), delta("b"), delta("c"), *ending()])]
    model = BedrockChat(runtime.client, "m", total_seconds=120, clock=lambda: next(seconds))
    events = model.stream(PROMPT)
    assert [next(events), next(events)] == [TextDelta("a"), TextDelta("b")]
    with pytest.raises(ModelUnavailable, match="longer than 120 s"):
        next(events)


def test_an_endpoint_that_is_gone_is_unavailable() -> None:
    with serve() as runtime:
        pass
    assert isinstance(received(runtime)[1], ModelUnavailable)


def test_a_stream_can_be_left_early(runtime: Runtime) -> None:
    runtime.replies = [Reply(frames=[delta("So "), STALL])]
    events = chat(runtime).stream(PROMPT)
    assert next(events) == TextDelta("So ")
    events.close()  # type: ignore[attr-defined]  # a generator, which the protocol does not promise
    assert list(events) == []
