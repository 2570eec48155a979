"""The operations of the Bedrock runtime: what each reads from its body and answers."""

import base64
import binascii
import json
import time
import uuid
from collections.abc import AsyncIterator, Iterable
from contextlib import aclosing
from dataclasses import dataclass

from starlette.responses import JSONResponse, Response, StreamingResponse

from localcloud.bedrock import converse, frames, messages
from localcloud.bedrock.chat import ChatEvent, ChatRequest, Finished, Json, Text
from localcloud.bedrock.embedding import MODEL_ID
from localcloud.bedrock.errors import ServiceError, invalid
from localcloud.bedrock.faults import Operation
from localcloud.bedrock.runtime import Events, Runtime
from localcloud.bedrock.shapes import COHERE_V3_CHARS, Cohere, Titan

type EventStream = converse.Stream | messages.Stream


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One request, its body parsed; `started` is a reading of the monotonic clock."""

    runtime: Runtime
    model: str
    body: Json
    started: float

    async def run(self, operation: Operation) -> Response:
        """Raises ServiceError, or Cut when a test asked for it."""
        match operation:
            case "Converse":
                return await self._converse()
            case "ConverseStream":
                return await self._converse_stream()
            case "InvokeModel":
                return await self._invoke()
            case "InvokeModelWithResponseStream":
                return await self._invoke_stream()
            case "CountTokens":
                return await self._count_tokens()

    async def _converse(self) -> Response:
        events = await self._open("Converse", converse.parse(self.model, self.body))
        text, end = await _collect(events)
        return _json(converse.reply(text, end, self._milliseconds()))

    async def _converse_stream(self) -> Response:
        events = await self._open("ConverseStream", converse.parse(self.model, self.body))
        return self._stream(events, converse.Stream())

    async def _invoke(self) -> Response:
        if shape := _embedding(self.model, self.body):
            await self.runtime.begin("InvokeModel")
            found = await self.runtime.embedder.embed(shape.texts)
            return _json(shape.reply(found), sum(found.tokens))
        events = await self._open("InvokeModel", messages.parse(self.model, self.body))
        text, end = await _collect(events)
        return _json(messages.reply(self.model, text, end), end.input_tokens)

    async def _invoke_stream(self) -> Response:
        if _embedding(self.model, self.body):
            raise invalid(f"the model {self.model!r} does not stream")
        request = messages.parse(self.model, self.body)
        events = await self._open("InvokeModelWithResponseStream", request)
        reply = self._stream(events, messages.Stream(self.model))
        reply.headers["x-amzn-bedrock-content-type"] = "application/json"
        return reply

    async def _count_tokens(self) -> Response:
        await self.runtime.begin("CountTokens")
        request = _counted(self.model, self.body.get("input") or {})
        self.runtime.chat_model(self.model)
        if self.runtime.backend != "extractive":
            raise invalid(f"the tokens of {self.model!r} cannot be counted here")
        return _json({"inputTokens": self.runtime.embedder.count_tokens(request.whole)})

    async def _open(self, operation: Operation, request: ChatRequest) -> Events:
        fault = await self.runtime.begin(operation)
        return await self.runtime.open(request, fault)

    def _stream(self, events: Events, shape: EventStream) -> Response:
        body = self._frames(events, shape)
        return StreamingResponse(body, media_type=frames.CONTENT_TYPE, headers=_request_id())

    async def _frames(self, events: Events, shape: EventStream) -> AsyncIterator[bytes]:
        yield _join(shape.begin())
        try:
            async with aclosing(events):
                async for event in events:
                    yield self._frame(event, shape)
        except ServiceError as error:
            yield frames.exception(error.stream_code, error.message)

    def _frame(self, event: ChatEvent, shape: EventStream) -> bytes:
        if isinstance(event, Text):
            return _join(shape.text(event.text))
        return _join(shape.end(event, self._milliseconds()))

    def _milliseconds(self) -> int:
        return round((time.monotonic() - self.started) * 1000)


def _embedding(model: str, body: Json) -> Titan | Cohere | None:
    """The request in the shape that the model id speaks; None when that is no embedding model."""
    name = model.removeprefix("us.").removeprefix("eu.").removeprefix("apac.").removeprefix("global.")
    if name == MODEL_ID or name.startswith("amazon.titan-embed"):
        return Titan.parse(body)
    if name.startswith("cohere.embed"):
        return Cohere.parse(body, limit=COHERE_V3_CHARS if "v3" in name else None)
    return None


def _counted(model: str, body: Json) -> ChatRequest:
    if "converse" in body:
        return converse.parse(model, body["converse"])
    try:
        inner = json.loads(base64.b64decode(body["invokeModel"]["body"], validate=True))
    except (KeyError, TypeError, ValueError, binascii.Error) as error:
        raise invalid("input must hold converse, or invokeModel with a body of JSON") from error
    return messages.parse(model, inner)


async def _collect(events: Events) -> tuple[str, Finished]:
    """The whole text and how it ended."""
    pieces: list[str] = []
    async with aclosing(events):
        async for event in events:
            if isinstance(event, Finished):
                return "".join(pieces), event
            pieces.append(event.text)
    raise ServiceError("ModelErrorException", "the model stopped without saying how it ended")


def _join(events: Iterable[tuple[str, Json]]) -> bytes:
    return b"".join(frames.event(name, body) for name, body in events)


def _json(body: Json, input_tokens: int | None = None) -> Response:
    count = {} if input_tokens is None else {"x-amzn-bedrock-input-token-count": str(input_tokens)}
    return JSONResponse(body, headers={**_request_id(), **count})


def _request_id() -> dict[str, str]:
    return {"x-amzn-requestid": str(uuid.uuid4())}
