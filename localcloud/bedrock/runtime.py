"""What the requests share: the models by their ids, the faults a test asked for, and streams under way."""

import asyncio
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from dataclasses import dataclass

from localcloud.bedrock.chat import ChatEvent, ChatModel, ChatRequest, Text
from localcloud.bedrock.embedding import MODEL_ID, Embedder
from localcloud.bedrock.errors import ServiceError
from localcloud.bedrock.faults import Fault, Faults, Operation

type Events = AsyncGenerator[ChatEvent]


class Cut(Exception):
    """A test asked for the connection to be broken off."""


@dataclass(slots=True)
class Runtime:
    """`backend` is the kind of model that answers; `faults` is None without the flag --faults."""

    embedder: Embedder
    chat: Mapping[str, ChatModel]
    backend: str
    faults: Faults | None = None
    active: int = 0

    def chat_model(self, model: str) -> ChatModel:
        """Raises ServiceError for an id that is none of `chat`."""
        if model in self.chat:
            return self.chat[model]
        known = ", ".join([*self.chat, MODEL_ID])
        raise ServiceError("ResourceNotFoundException", f"no model {model!r} for this here; there is {known}")

    async def begin(self, operation: Operation) -> Fault | None:
        """The fault meant for this request; one that comes before the response happens here."""
        fault = self.faults.take(operation) if self.faults else None
        if fault is None or fault.after_chunks is not None:
            return fault
        await _happen(fault)
        return None

    async def open(self, request: ChatRequest, fault: Fault | None = None) -> Events:
        """The model's events, once it has said its first: a failure before that keeps its HTTP status."""
        events = self.chat_model(request.model).stream(request)
        self.active += 1
        try:
            first = await anext(events)
        finally:
            self.active -= 1
        return self._pace(_faulty(_chain(first, events), fault))

    async def _pace(self, events: Events) -> Events:
        """`events` at the pace that a test asked for, counted while they last."""
        self.active += 1
        try:
            async with aclosing(events):
                async for event in events:
                    yield event
                    await asyncio.sleep(self._pause)
        finally:
            self.active -= 1

    @property
    def _pause(self) -> float:
        pace = self.faults.tokens_per_second if self.faults else None
        return 1 / pace if pace else 0


async def _chain(first: ChatEvent, rest: Events) -> Events:
    async with aclosing(rest):
        yield first
        async for event in rest:
            yield event


async def _faulty(events: Events, fault: Fault | None) -> Events:
    """`events`, with `fault` after as many pieces as it says, or before the end if there are fewer."""
    pieces = 0
    async with aclosing(events):
        async for event in events:
            if fault and (pieces == fault.after_chunks or not isinstance(event, Text)):
                await _happen(fault)
                fault = None
            pieces += 1
            yield event


async def _happen(fault: Fault) -> None:
    await asyncio.sleep(fault.stall_seconds)
    if fault.exception:
        raise fault.exception
    if fault.cut:
        raise Cut
