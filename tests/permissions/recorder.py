"""A proxy on the way from the functions to AWS, which keeps who asked for what."""

import threading
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager

import httpx
import uvicorn
from starlette.applications import Starlette
from starlette.background import BackgroundTask
from starlette.requests import Request as Incoming
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from tests.conftest import free_port
from tests.permissions.requests import Call, Request, calls

OURS = {"transfer-encoding", "connection", "expect"}  # of each connection by itself


class Recorder:
    """Passes each request on to its service's address, and notes its calls under its session token.

    `unknown` are requests that could not be read, `parts` counts those of multipart uploads. Those with
    `refused` in their query do not get through.
    """

    def __init__(self, addresses: Mapping[str, str]) -> None:
        self.calls: defaultdict[str, set[Call]] = defaultdict(set)
        self.unknown: list[str] = []
        self.parts = 0
        self.refused = ""
        self.port = free_port()
        self._addresses = addresses
        self._onward = httpx.AsyncClient(timeout=None, limits=httpx.Limits(max_connections=200))  # noqa: S113  (the caller has its own)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def _pass(self, incoming: Incoming) -> Response:
        body = await incoming.body()
        path = incoming.scope["raw_path"].decode()
        request = Request(incoming.method, path, incoming.url.query, dict(incoming.headers), body)
        self._note(request)
        if self.refused and self.refused in request.query:
            return Response(status_code=403)
        headers = [(name, value) for name, value in incoming.headers.items() if name not in OURS]
        url = f"{self._addresses[request.service]}{path}" + (f"?{request.query}" if request.query else "")
        sent = self._onward.build_request(request.method, url, headers=headers, content=body)
        answer = await self._onward.send(sent, stream=True)
        passed = [pair for pair in answer.headers.raw if pair[0].decode().lower() not in OURS]
        reply = StreamingResponse(
            answer.aiter_raw(), answer.status_code, background=BackgroundTask(answer.aclose)
        )
        reply.raw_headers = [(name.lower(), value) for name, value in passed]
        return reply

    def _note(self, request: Request) -> None:
        try:
            self.calls[request.token].update(calls(request))
        except (KeyError, AssertionError, ValueError) as unknown:
            self.unknown.append(f"{request.service} {request.method} {request.path}: {unknown!r}")
        self.parts += "partNumber=" in request.query

    @asynccontextmanager
    async def _living(self, _: Starlette) -> AsyncIterator[None]:
        yield
        await self._onward.aclose()

    @contextmanager
    def running(self) -> Iterator["Recorder"]:
        methods = ["GET", "HEAD", "PUT", "POST", "DELETE"]
        app = Starlette(routes=[Route("/{path:path}", self._pass, methods=methods)], lifespan=self._living)
        config = uvicorn.Config(
            app, port=self.port, log_level="warning", ws="none", timeout_graceful_shutdown=2
        )
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run)
        thread.start()
        try:
            while not server.started:
                assert thread.is_alive()
                time.sleep(0.01)
            yield self
        finally:
            server.should_exit = True
            thread.join(10)
