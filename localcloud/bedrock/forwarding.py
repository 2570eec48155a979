"""Chat through the real Amazon Bedrock, with the credentials of whoever started this server."""

import asyncio
import base64
from collections.abc import AsyncGenerator, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, cast

from localcloud.bedrock.chat import ChatEvent, ChatRequest, Finished, Image, StopReason, Text, Turn
from localcloud.bedrock.errors import STATUS, ServiceError

if TYPE_CHECKING:
    from mypy_boto3_bedrock_runtime import BedrockRuntimeClient
    from mypy_boto3_bedrock_runtime.type_defs import ConverseStreamOutputTypeDef

_STOPS: dict[str, StopReason] = {
    "max_tokens": "max_tokens",
    "stop_sequence": "stop_sequence",
    "content_filtered": "content_filtered",
    "guardrail_intervened": "content_filtered",
}


def real_client() -> "BedrockRuntimeClient":
    """A client of the real service: an `AWS_ENDPOINT_URL` that points at this machine is not for it."""
    import boto3
    from botocore.config import Config

    options: Any = {"ignore_configured_endpoint_urls": True}  # Any: the stubs do not know this one
    config = Config(retries={"mode": "standard", "total_max_attempts": 2}, **options)
    return boto3.client("bedrock-runtime", config=config)


class Forwarder:
    """Passes text on and text back; `model` is the id the service knows."""

    def __init__(self, client: "BedrockRuntimeClient", model: str) -> None:
        self._client = client
        self._model = model

    async def stream(self, request: ChatRequest) -> AsyncGenerator[ChatEvent]:
        reason: StopReason = "end_turn"
        with _translated():
            reply = await asyncio.to_thread(self._client.converse_stream, **_parameters(self._model, request))
            events = iter(reply["stream"])
            try:
                while event := await asyncio.to_thread(_next, events):
                    reason = _STOPS.get(event.get("messageStop", {}).get("stopReason", ""), reason)
                    if told := _told(event, reason):
                        yield told
            finally:
                reply["stream"].close()

    async def close(self) -> None:
        self._client.close()


def _next(events: "Iterator[ConverseStreamOutputTypeDef]") -> "ConverseStreamOutputTypeDef":
    """The next event; an empty one after the last, since StopIteration cannot leave a thread."""
    return next(events, cast("ConverseStreamOutputTypeDef", {}))  # no event is empty


def _told(event: "ConverseStreamOutputTypeDef", reason: StopReason) -> ChatEvent | None:
    """What an event says that is passed on: text, or the usage, which comes last."""
    if text := event.get("contentBlockDelta", {}).get("delta", {}).get("text"):
        return Text(text)
    if usage := event.get("metadata", {}).get("usage"):
        return Finished(reason, usage["inputTokens"], usage["outputTokens"])
    return None


def _parameters(model: str, request: ChatRequest) -> dict[str, Any]:  # Any: keyword arguments
    config = {
        "maxTokens": request.max_tokens,
        "temperature": request.temperature,
        "topP": request.top_p,
        "stopSequences": list(request.stop_sequences) or None,
    }
    turns = [{"role": turn.role, "content": _content(turn)} for turn in request.turns]
    system = {"system": [{"text": request.system}]} if request.system else {}
    settings = {key: value for key, value in config.items() if value is not None}
    return {"modelId": model, "messages": turns, "inferenceConfig": settings, **system}


def _content(turn: Turn) -> list[dict[str, Any]]:  # Any: as above
    texts: list[dict[str, Any]] = [{"text": turn.text}] if turn.text or not turn.images else []
    return [*map(_image, turn.images), *texts]


def _image(image: Image) -> dict[str, Any]:  # Any: as above
    return {"image": {"format": image.media, "source": {"bytes": base64.b64decode(image.data)}}}


@contextmanager
def _translated() -> Iterator[None]:
    from botocore.exceptions import BotoCoreError, ClientError, ReadTimeoutError

    try:
        yield
    except ClientError as error:  # EventStreamError too
        code = error.response["Error"]["Code"]
        name = code[:1].upper() + code[1:]
        raise ServiceError(name if name in STATUS else "AccessDeniedException", str(error)) from error
    except ReadTimeoutError as error:
        raise ServiceError("ModelTimeoutException", "Amazon Bedrock took too long to answer") from error
    except BotoCoreError as error:
        raise ServiceError(
            "ServiceUnavailableException", f"Amazon Bedrock could not be reached: {error}"
        ) from error
