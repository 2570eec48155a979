"""A model that writes at a chosen pace, behind OpenAI's protocol: what becomes of a fast stream?"""

import asyncio
import json
import threading
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import StreamingResponse
from starlette.routing import Route

SENTENCE = "Every word of this sentence is one token of a model that never tires [1]."
WORDS = [f"{word} " for word in SENTENCE.split()]


@dataclass(slots=True)
class PacedModel:
    """How many tokens it writes, and how many a second; changed between answers."""

    url: str = ""
    tokens: int = 400
    per_second: float = 100.0

    @property
    def setting(self) -> str:
        """The value of RIFFLE_MODEL that makes a local cloud ask this model."""
        return f"openai:{self.url}#paced"

    async def complete(self, _: Request) -> StreamingResponse:
        return StreamingResponse(self._lines(), media_type="text/event-stream")

    async def _lines(self) -> AsyncIterator[str]:
        """One event per token, each due at its own time: a late one does not delay the rest."""
        began = time.monotonic()
        for number in range(self.tokens):
            await asyncio.sleep(max(0.0, began + number / self.per_second - time.monotonic()))
            yield _line({"choices": [{"delta": {"content": WORDS[number % len(WORDS)]}}]})
        yield _line({"choices": [{"delta": {}, "finish_reason": "stop"}]})
        yield _line({"choices": [], "usage": {"prompt_tokens": 1, "completion_tokens": self.tokens}})
        yield "data: [DONE]\n\n"


def _line(value: object) -> str:
    return f"data: {json.dumps(value)}\n\n"


@contextmanager
def paced_model() -> Iterator[PacedModel]:
    """The model, listening on a free port of this machine."""
    model = PacedModel()
    routes = [Route("/v1/chat/completions", model.complete, methods=["POST"])]
    server = uvicorn.Server(uvicorn.Config(Starlette(routes=routes), "127.0.0.1", 0, log_level="error"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    model.url = f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}/v1"
    try:
        yield model
    finally:
        server.should_exit = True
        thread.join()
