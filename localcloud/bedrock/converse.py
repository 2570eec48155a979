"""The bodies of Converse and ConverseStream.

https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html
"""

from collections.abc import Iterator
from typing import Literal

from localcloud.bedrock.chat import DEFAULT_MAX_TOKENS, ChatRequest, Finished, Image, Json, Turn
from localcloud.bedrock.errors import invalid


def parse(model: str, body: Json) -> ChatRequest:
    """Raises ServiceError for messages that are absent, empty, in a wrong order or hold no text."""
    settings = body.get("inferenceConfig") or {}
    return ChatRequest(
        model=model,
        turns=turns(body.get("messages")),
        system="\n".join(block["text"] for block in body.get("system") or [] if "text" in block),
        max_tokens=limit(settings.get("maxTokens")),
        temperature=settings.get("temperature"),
        top_p=settings.get("topP"),
        stop_sequences=tuple(settings.get("stopSequences") or ()),
    )


def turns(messages: object) -> tuple[Turn, ...]:
    """The conversation's turns, which begin with the user's and alternate."""
    if not isinstance(messages, list) or not messages:
        raise invalid("messages must be a list of at least one message")
    roles = [message.get("role") if isinstance(message, dict) else None for message in messages]
    if roles != [("user", "assistant")[index % 2] for index in range(len(roles))]:
        raise invalid("messages must begin with the user's and alternate between user and assistant")
    return tuple(_turn(message["role"], message.get("content")) for message in messages)


def limit(value: object) -> int:
    """The most tokens to write."""
    if value is None:
        return DEFAULT_MAX_TOKENS
    if not isinstance(value, int) or value < 1:
        raise invalid(f"the limit of tokens is {value!r}; it must be 1 or more")
    return value


def _turn(role: Literal["user", "assistant"], content: object) -> Turn:
    if isinstance(content, str):
        return Turn(role, content)
    if not isinstance(content, list) or not content:
        raise invalid("a message's content must be a list of at least one block")
    images = tuple(
        _image(block["image"]) for block in content if isinstance(block, dict) and "image" in block
    )
    texts = [block["text"] for block in content if isinstance(block, dict) and _is_text(block)]
    if len(images) + len(texts) < len(content) or (images and role == "assistant"):
        raise invalid("a message holds something other than text and the user's images")
    return Turn(role, "\n".join(texts), images)


def _is_text(block: Json) -> bool:
    return isinstance(block.get("text"), str) and "image" not in block


def _image(block: object) -> Image:
    match block:
        case {"format": "png" | "jpeg" | "gif" | "webp" as media, "source": {"bytes": str(data)}}:
            return Image(media, data)
    raise invalid("an image must have a format of png, jpeg, gif or webp, and bytes as its source")


def reply(text: str, end: Finished, milliseconds: int) -> Json:
    """The whole answer of Converse."""
    output = {"message": {"role": "assistant", "content": [{"text": text}]}}
    return {"output": output, "stopReason": end.stop_reason, **_measured(end, milliseconds)}


class Stream:
    """The events of ConverseStream, in the service's order."""

    def begin(self) -> Iterator[tuple[str, Json]]:
        yield "messageStart", {"role": "assistant"}

    def text(self, text: str) -> Iterator[tuple[str, Json]]:
        yield "contentBlockDelta", {"delta": {"text": text}, "contentBlockIndex": 0}

    def end(self, end: Finished, milliseconds: int) -> Iterator[tuple[str, Json]]:
        yield "contentBlockStop", {"contentBlockIndex": 0}
        yield "messageStop", {"stopReason": end.stop_reason}
        yield "metadata", _measured(end, milliseconds)


def _measured(end: Finished, milliseconds: int) -> Json:
    total = end.input_tokens + end.output_tokens
    usage = {"inputTokens": end.input_tokens, "outputTokens": end.output_tokens, "totalTokens": total}
    return {"usage": usage, "metrics": {"latencyMs": milliseconds}}
