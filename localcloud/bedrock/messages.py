"""Anthropic's messages shape, for InvokeModel and InvokeModelWithResponseStream with a chat model.

https://docs.aws.amazon.com/bedrock/latest/userguide/model-parameters-anthropic-claude-messages.html
"""

import base64
import json
import uuid
from collections.abc import Iterator

from localcloud.bedrock import converse
from localcloud.bedrock.chat import ChatRequest, Finished, Json


def parse(model: str, body: Json) -> ChatRequest:
    """Raises ServiceError as converse.parse does; `max_tokens` is required, as with the service."""
    system = body.get("system") or ""
    return ChatRequest(
        model=model,
        turns=converse.turns(body.get("messages")),
        system=system if isinstance(system, str) else "\n".join(block["text"] for block in system),
        max_tokens=converse.limit(body.get("max_tokens", 0)),
        temperature=body.get("temperature"),
        top_p=body.get("top_p"),
        stop_sequences=tuple(body.get("stop_sequences") or ()),
    )


def reply(model: str, text: str, end: Finished) -> Json:
    usage = {"input_tokens": end.input_tokens, "output_tokens": end.output_tokens}
    content = [{"type": "text", "text": text}]
    return {**_message(model), "content": content, "stop_reason": end.stop_reason, "usage": usage}


class Stream:
    """The model's own events, each as the bytes of a `chunk`."""

    def __init__(self, model: str) -> None:
        self._model = model

    def begin(self) -> Iterator[tuple[str, Json]]:
        usage = {"input_tokens": 0, "output_tokens": 0}
        yield _chunk("message_start", message={**_message(self._model), "content": [], "usage": usage})
        yield _chunk("content_block_start", index=0, content_block={"type": "text", "text": ""})

    def text(self, text: str) -> Iterator[tuple[str, Json]]:
        yield _chunk("content_block_delta", index=0, delta={"type": "text_delta", "text": text})

    def end(self, end: Finished, milliseconds: int) -> Iterator[tuple[str, Json]]:
        yield _chunk("content_block_stop", index=0)
        usage = {"input_tokens": end.input_tokens, "output_tokens": end.output_tokens}
        yield _chunk("message_delta", delta={"stop_reason": end.stop_reason}, usage=usage)
        metrics = {
            "inputTokenCount": end.input_tokens,
            "outputTokenCount": end.output_tokens,
            "invocationLatency": milliseconds,
        }
        yield _chunk("message_stop", **{"amazon-bedrock-invocationMetrics": metrics})


def _message(model: str) -> Json:
    return {"id": f"msg_{uuid.uuid4().hex}", "type": "message", "role": "assistant", "model": model}


def _chunk(kind: str, **body: object) -> tuple[str, Json]:
    data = json.dumps({"type": kind, **body}, ensure_ascii=False).encode()
    return "chunk", {"bytes": base64.b64encode(data).decode()}
