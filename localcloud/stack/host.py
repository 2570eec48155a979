"""The function host: an HTTP server that runs `chalice_app`'s functions for MiniStack and for the endpoint.

MiniStack forwards: `POST /` with the event and Lambda's headers; 200 with the result, 500 with Lambda's error
object. The endpoint calls Lambda's Invoke API, as on AWS; by way of MiniStack most functions took twice as
long. Events wait until the launcher has written the environment, so that queues that are being polled already
lose nothing.
"""

import argparse
import asyncio
import contextlib
import json
import logging
import time
import uuid
from collections.abc import AsyncIterator, Mapping
from pathlib import Path

import uvicorn
import watchfiles
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from localcloud.joining import JoiningHttp
from localcloud.programs import ProgramsOnly
from localcloud.stack.functions import Function, declared
from localcloud.stack.parent import die_with_parent
from localcloud.stack.pool import Pool
from localcloud.stack.sandbox import Outcome, Place

_KIND, _WAITING = "X-Amz-Invocation-Type", "RequestResponse"
_LOG = logging.getLogger("riffle.functions")


class EnvironmentFile:
    """The functions' environment, which the launcher writes once the stack's outputs are known."""

    def __init__(self, path: Path) -> None:
        self._path = path

    async def __call__(self) -> Mapping[str, str]:
        """Waits until the file is there; read anew each time, as a deployment may change it."""
        while not self._path.exists():  # noqa: ASYNC110 another process writes it
            await asyncio.sleep(0.05)
        values: dict[str, str] = json.loads(self._path.read_text())
        return values


class Host:
    """The pools of all functions, by function name."""

    def __init__(self, functions: Mapping[str, Function], place: Place, environment: EnvironmentFile) -> None:
        self._place = place
        self._pools = {name: Pool(function, place, environment) for name, function in functions.items()}

    async def invoke(self, request: Request) -> JSONResponse:
        """A custom header that no browser sends unasked is required: web pages cannot invoke functions."""
        name = request.headers.get("x-amzn-lambda-function-name", "").removeprefix(self._place.prefix)
        if name not in self._pools:
            return JSONResponse({"errorType": "ResourceNotFound", "errorMessage": self._unknown(name)}, 404)
        request_id = request.headers.get("x-amzn-lambda-request-id") or str(uuid.uuid4())
        arn = request.headers.get("x-amzn-lambda-function-arn", "")
        outcome = await self._run(name, await request.json(), request_id, arn)
        failed = "error" in outcome
        return JSONResponse(outcome["error"] if failed else outcome["result"], 500 if failed else 200)

    async def invoke_as_lambda(self, request: Request) -> JSONResponse:
        """Lambda's operation Invoke, for who waits for the result.

        https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html
        """
        target, request_id = request.path_params["function"], str(uuid.uuid4())
        name = target.rpartition(":")[2].removeprefix(self._place.prefix)
        if name not in self._pools:
            return _refusal("ResourceNotFoundException", self._unknown(name), 404)
        if request.headers.get(_KIND, _WAITING) != _WAITING:
            message = f"Here functions are invoked with {_KIND} {_WAITING} only; others go through MiniStack."
            return _refusal("InvalidParameterValueException", message, 400)
        arn = target if target.startswith("arn:") else ""
        outcome = await self._run(name, await request.json(), request_id, arn)
        failed = {"X-Amz-Function-Error": "Unhandled"} if "error" in outcome else {}
        result = outcome["error" if failed else "result"]
        return JSONResponse(result, headers={"x-amzn-RequestId": request_id, **failed})

    def _unknown(self, name: str) -> str:
        return f"There is no function {name!r}; there are {', '.join(self._pools)}."

    async def _run(self, name: str, event: object, request_id: str, arn: str) -> Outcome:
        started = time.monotonic()
        outcome = await self._pools[name].invoke(event, request_id, arn)
        self._report(name, request_id, outcome, time.monotonic() - started)
        return outcome

    def _report(self, name: str, request_id: str, outcome: Outcome, seconds: float) -> None:
        end = f"failed: {outcome['error']['errorType']}" if "error" in outcome else "done"
        with (self._place.logs / f"{name}.log").open("a") as log:
            log.write(f"REPORT RequestId: {request_id} {end} after {seconds * 1000:.0f} ms\n")

    async def health(self, _: Request) -> JSONResponse:
        """The functions, and the processes that run them at this moment."""
        return JSONResponse({name: {"pids": pool.pids()} for name, pool in self._pools.items()})

    @contextlib.asynccontextmanager
    async def running(self, _: Starlette) -> AsyncIterator[None]:
        """Warms the pools in turn, renews them when the code changes, and ends with all stopped."""
        tasks = [asyncio.create_task(self._warm()), asyncio.create_task(self._watch())]
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*(pool.close() for pool in self._pools.values()))

    async def _warm(self) -> None:
        for pool in self._pools.values():
            await pool.warm()

    async def _watch(self) -> None:
        async for changes in watchfiles.awatch(self._place.app, watch_filter=watchfiles.PythonFilter()):
            _LOG.warning("Reloading after a change of %s", ", ".join(sorted(path for _, path in changes)))
            await asyncio.gather(*(pool.renew() for pool in self._pools.values()))


def _refusal(kind: str, message: str, status: int) -> JSONResponse:
    """An error of Lambda's own, as its clients read them."""
    return JSONResponse({"Type": "User", "Message": message}, status, {"x-amzn-ErrorType": kind})


def application(host: Host) -> Starlette:
    """The ASGI application; host names other than this machine's are refused, and so are web pages."""
    return Starlette(
        routes=[
            Route("/", host.invoke, methods=["POST"]),
            Route("/2015-03-31/functions/{function}/invocations", host.invoke_as_lambda, methods=["POST"]),
            Route("/health", host.health),
        ],
        middleware=[
            Middleware(TrustedHostMiddleware, allowed_hosts=["127.0.0.1", "localhost"]),
            Middleware(ProgramsOnly),
        ],
        lifespan=host.running,
    )


def main() -> None:
    """Serves until SIGTERM; events under way are broken off, and whoever sent them sees the failure."""
    parser = argparse.ArgumentParser(prog="localcloud.stack.host", description=__doc__)
    parser.add_argument("--port", type=int, default=4567)
    parser.add_argument("--app", type=Path, default=Path("chalice_app"))
    parser.add_argument("--stage", default="local")
    parser.add_argument(
        "--environment", type=Path, required=True, help="JSON file of the functions' variables"
    )
    parser.add_argument("--logs", type=Path, required=True)
    parser.add_argument("--workers", type=int, help="events that each function handles at a time")
    given = parser.parse_args()
    place = Place(given.app.resolve(), given.logs.resolve(), f"riffle-{given.stage}-")
    host = Host(declared(place.app, given.stage, given.workers), place, EnvironmentFile(given.environment))
    uvicorn.run(
        application(host), host="127.0.0.1", port=given.port, http=JoiningHttp, log_level="warning",
        timeout_graceful_shutdown=1,
    )  # fmt: skip


if __name__ == "__main__":
    die_with_parent()
    main()
