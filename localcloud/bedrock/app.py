"""The HTTP side: routes, bounds, error bodies, clients that leave, controls for tests."""

import asyncio
import json
import logging
import time
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import asdict

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from localcloud.bedrock.chat import Json
from localcloud.bedrock.embedding import DIMENSIONS, MODEL_ID
from localcloud.bedrock.endpoint import Endpoint
from localcloud.bedrock.errors import ServiceError, invalid
from localcloud.bedrock.faults import OPERATIONS, Faults, Operation
from localcloud.bedrock.runtime import Cut, Runtime
from localcloud.programs import ProgramsOnly

MAX_BODY = 25_000_000  # bytes: what InvokeModel accepts
log = logging.getLogger(__name__)

type Lifespan = Callable[[Starlette], AbstractAsyncContextManager[Mapping[str, Runtime]]]


def create(lifespan: Lifespan) -> Starlette:
    """The application; `lifespan` gives `{"runtime": Runtime}` once its models are loaded."""
    return Starlette(
        routes=[
            *(_route(path, operation) for operation, path in OPERATIONS.items()),
            Route("/health", _health),
            Route("/_faults", _faults, methods=["GET", "POST"]),
        ],
        # No web page may reach the models, whatever name it was given: real ones cost money.
        middleware=[
            Middleware(TrustedHostMiddleware, allowed_hosts=["127.0.0.1", "localhost"]),
            Middleware(ProgramsOnly),
        ],
        exception_handlers={ServiceError: _refused, ClientDisconnect: _gone, Cut: _cut, Exception: _defect},
        lifespan=lifespan,
    )


def _route(path: str, operation: Operation) -> Route:
    async def handle(request: Request) -> Response:
        started = time.monotonic()
        body = await _read(request)
        endpoint = Endpoint(request.state.runtime, request.path_params["model"], body, started)
        return await _attended(request, endpoint.run(operation))

    return Route(f"/model/{{model:path}}/{path}", handle, methods=["POST"])


async def _read(request: Request) -> Json:
    """The body, which must be a JSON object within the bound."""
    raw = bytearray()
    async for chunk in request.stream():
        raw += chunk
        if len(raw) > MAX_BODY:
            raise invalid(f"the body is larger than {MAX_BODY} bytes")
    try:
        body = json.loads(raw)
    except ValueError as error:
        raise invalid(f"the body is not JSON: {error}") from error
    if not isinstance(body, dict):
        raise invalid("the body must be a JSON object")
    return body


async def _attended(request: Request, work: Coroutine[None, None, Response]) -> Response:
    """Does `work` while the client waits for it. Stops it and raises ClientDisconnect otherwise."""
    task, leaving = asyncio.ensure_future(work), asyncio.ensure_future(_leave(request))
    try:
        await asyncio.wait({task, leaving}, return_when=asyncio.FIRST_COMPLETED)
        if not task.done():
            raise ClientDisconnect
        return task.result()
    finally:
        task.cancel()
        leaving.cancel()


async def _leave(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass


async def _health(request: Request) -> Response:
    runtime: Runtime = request.state.runtime
    return JSONResponse(
        {
            "ready": True,
            "backend": runtime.backend,
            "chat": list(runtime.chat),
            "embedding": MODEL_ID,
            "dimensions": DIMENSIONS,
            "active": runtime.active,
        }
    )


async def _faults(request: Request) -> Response:
    faults: Faults | None = request.state.runtime.faults
    if faults is None:
        raise ServiceError("AccessDeniedException", "faults are off: start the server with --faults")
    if request.method == "POST":
        faults.replace(await _read(request))
    return JSONResponse(asdict(faults))


async def _refused(_: Request, error: Exception) -> Response:
    assert isinstance(error, ServiceError)  # noqa: S101 # what this handler is registered for
    return JSONResponse({"message": error.message}, error.status, headers={"x-amzn-errortype": error.code})


async def _gone(_: Request, __: Exception) -> Response:
    """Nobody reads this; 499 is what proxies log for it."""
    return Response(status_code=499)


async def _cut(_: Request, error: Exception) -> Response:
    """A body that breaks off: only a response that has begun makes uvicorn close the connection."""

    async def body() -> AsyncIterator[bytes]:
        yield b"{"
        raise error

    return StreamingResponse(body())


async def _defect(_: Request, error: Exception) -> Response:
    log.error("a defect", exc_info=error)
    headers = {"x-amzn-errortype": "InternalServerException"}
    return JSONResponse({"message": "the local endpoint failed; see its log"}, 500, headers=headers)
