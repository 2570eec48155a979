"""Chat through a server that speaks OpenAI's chat completions: Ollama, llama.cpp, vLLM and alike."""

import json
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from typing import Any

import httpx

from localcloud.bedrock.chat import ChatEvent, ChatRequest, Finished, StopReason, Text, Turn
from localcloud.bedrock.errors import ServiceError

_TIMEOUT = httpx.Timeout(120, connect=5)  # a model that loads on first use may think for a minute
_CODES = {
    400: "ValidationException",
    401: "AccessDeniedException",
    403: "AccessDeniedException",
    404: "ResourceNotFoundException",
    408: "ModelTimeoutException",
    413: "ValidationException",
    422: "ValidationException",
    429: "ThrottlingException",
    503: "ServiceUnavailableException",
}
_STOPS: dict[str, StopReason] = {"length": "max_tokens", "content_filter": "content_filtered"}

type Json = dict[str, Any]  # Any: the other server's JSON


class OpenAI:
    """`url` ends in `/v1`; `count` counts tokens where the server reports none."""

    def __init__(self, url: str, name: str, count: Callable[[str], int], key: str | None = None) -> None:
        headers = {"authorization": f"Bearer {key}"} if key else {}
        self._client = httpx.AsyncClient(base_url=url, headers=headers, timeout=_TIMEOUT)
        self._name = name
        self._count = count

    async def stream(self, request: ChatRequest) -> AsyncGenerator[ChatEvent]:
        tally = _Tally(request, self._count)
        with _translated(str(self._client.base_url)):
            async with self._client.stream(
                "POST", "chat/completions", json=_body(self._name, request)
            ) as reply:
                await _check(reply)
                async for chunk in _chunks(reply):
                    if text := tally.take(chunk):
                        yield Text(text)
        yield tally.finish()

    async def close(self) -> None:
        await self._client.aclose()


class _Tally:
    """What the chunks have said so far about the end: its reason and the tokens used."""

    def __init__(self, request: ChatRequest, count: Callable[[str], int]) -> None:
        self._request, self._count = request, count
        self._text, self._reason = "", ""
        self._usage: Json = {}

    def take(self, chunk: Json) -> str:
        """The text of `chunk`, which may be empty."""
        if error := chunk.get("error"):
            raise ServiceError("ModelStreamErrorException", _message(error))
        self._usage = chunk.get("usage") or self._usage
        choice: Json = next(iter(chunk.get("choices") or []), {})
        self._reason = choice.get("finish_reason") or self._reason
        text = (choice.get("delta") or {}).get("content") or ""
        self._text += text
        return text

    def finish(self) -> Finished:
        if not self._reason:
            raise ServiceError(
                "ModelStreamErrorException", "the model's server ended its stream without a reason"
            )
        spent = self._usage.get("prompt_tokens") or self._count(self._request.whole)
        written = self._usage.get("completion_tokens") or self._count(self._text)
        return Finished(_STOPS.get(self._reason, "end_turn"), spent, written)


def _body(name: str, request: ChatRequest) -> Json:
    turns = [{"role": turn.role, "content": _content(turn)} for turn in request.turns]
    system = [{"role": "system", "content": request.system}] if request.system else []
    options = {
        "temperature": request.temperature,
        "top_p": request.top_p,
        "stop": [*request.stop_sequences] or None,
    }
    return {
        "model": name,
        "messages": [*system, *turns],
        "max_tokens": request.max_tokens,
        "stream": True,
        "stream_options": {"include_usage": True},
        **{key: value for key, value in options.items() if value is not None},
    }


def _content(turn: Turn) -> str | list[Json]:
    """In parts only where it has images, which not every server reads."""
    if not turn.images:
        return turn.text
    urls = [f"data:image/{image.media};base64,{image.data}" for image in turn.images]
    return [
        *({"type": "image_url", "image_url": {"url": url}} for url in urls),
        {"type": "text", "text": turn.text},
    ]


async def _chunks(reply: httpx.Response) -> AsyncIterator[Json]:
    """The JSON of each server-sent event up to `[DONE]`."""
    async for line in reply.aiter_lines():
        data = line.removeprefix("data:").strip()
        if data == "[DONE]":
            return
        if line.startswith("data:"):
            yield json.loads(data)


async def _check(reply: httpx.Response) -> None:
    if reply.is_success:
        return
    text = (await reply.aread()).decode(errors="replace")
    code = _CODES.get(reply.status_code, "ModelErrorException")
    raise ServiceError(code, f"{reply.url} answered {reply.status_code}: {text[:300]}")


@contextmanager
def _translated(url: str) -> Iterator[None]:
    """Failures of the connection as the service's errors."""
    try:
        yield
    except httpx.ConnectError as error:
        raise ServiceError(
            "ServiceUnavailableException", f"no model server answers at {url}; is it running?"
        ) from error
    except httpx.TimeoutException as error:
        raise ServiceError("ModelTimeoutException", f"the model server at {url} took too long") from error
    except (httpx.TransportError, json.JSONDecodeError) as error:
        raise ServiceError("ModelStreamErrorException", f"the model server at {url} broke off") from error


def _message(error: object) -> str:
    return str(error.get("message", error)) if isinstance(error, dict) else str(error)
