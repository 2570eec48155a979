"""GraphQL over HTTP: request forms, CORS, status codes and error bodies as AppSync has them."""

import logging
import uuid
from collections.abc import Mapping
from functools import partial

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from localcloud.appsync import headers
from localcloud.appsync.api import Api
from localcloud.appsync.authorization import Presented, to_run
from localcloud.appsync.documents import GraphQLRequest
from localcloud.appsync.errors import InvalidDocument, Json, Malformed, RequestRefused
from localcloud.appsync.execution import Caller
from localcloud.appsync.realtime import read_request
from localcloud.appsync.sigv4 import SignedRequest
from localcloud.appsync.wire import dumps, loads

log = logging.getLogger(__name__)
EXPOSED = (
    "x-amzn-RequestId, x-amzn-ErrorType, x-amz-user-agent, x-amzn-ErrorMessage, Date, x-amz-schema-version"
)
# What a page of another origin can send without asking first. No client of AppSync's declares a body so.
UNASKED = "text/plain"
LONGEST_COMPRESSED = 10_000_000


async def serve(request: Request, api: Api) -> Response:
    """Answers every request with AppSync's JSON, whatever goes wrong."""
    if request.method == "OPTIONS":
        return preflight(request)
    request_id = str(uuid.uuid4())
    response = await attempt(request, api, request_id)
    response.headers["x-amzn-RequestId"] = request_id
    return response


async def attempt(request: Request, api: Api, request_id: str) -> Response:
    try:
        return await respond(request, api, request_id)
    except InvalidDocument as error:
        return answer({"data": None, "errors": error.errors})
    except RequestRefused as error:
        return answer({"errors": [error.wire()]}, error.status, {"x-amzn-ErrorType": error.type})
    except ClientDisconnect:
        return Response(status_code=400)
    except Exception:
        log.exception("request %s failed", request_id)
        failure = {"errorType": "InternalFailure", "message": "The request could not be completed."}
        return answer({"errors": [failure]}, 500, {"x-amzn-ErrorType": "InternalFailure"})


async def respond(request: Request, api: Api, request_id: str) -> Response:
    """Raises RequestRefused. Credentials are checked before the body is looked into."""
    body = await read_body(request, api.settings.body_bytes)
    read = partial(read_asked, request, body)
    identity = await api.authorizer.identify(presented(request, body), lambda: to_run(read(), request_id))
    caller = Caller(identity, headers.shown(request.headers))
    body = await api.execute(read(), caller, read_only=request.method == "GET")
    return answer(body, further=caller.response_headers)


def read_asked(request: Request, body: bytes) -> GraphQLRequest:
    return from_query(request.query_params) if request.method == "GET" else from_body(request, body)


async def read_body(request: Request, limit: int) -> bytes:
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > limit:
            raise Malformed(f"Request body is over {limit} bytes.", 413)
    return bytes(body)


def presented(request: Request, body: bytes) -> Presented:
    signed = SignedRequest(
        request.url.path, body, dict(request.headers), request.url.query, method=request.method
    )
    return Presented(signed, request.client.host if request.client else "")


def from_body(request: Request, body: bytes) -> GraphQLRequest:
    """The body is JSON whatever its declared type: AWS's own examples declare `application/graphql`."""
    if request.headers.get("content-type", "").lower().startswith(UNASKED):
        raise Malformed("A body of type text/plain is not accepted.", 415)
    if not body.strip():
        raise Malformed("Request body is empty.")
    try:
        return read_request(loads(body))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise Malformed from None


def from_query(params: Mapping[str, str]) -> GraphQLRequest:
    try:
        variables = loads(params.get("variables") or "{}")
        return read_request({**params, "variables": variables})
    except (ValueError, KeyError, TypeError, RecursionError):
        raise Malformed from None


def answer(body: Json, status: int = 200, further: Mapping[str, str] | None = None) -> Response:
    extra = {
        "Content-Type": "application/json;charset=UTF-8",
        "Access-Control-Allow-Origin": "*",
        "Access-Control-Expose-Headers": EXPOSED,
        "Cache-Control": "no-store",
    }
    response = Response(dumps(body), status, {**extra, **(further or {})})
    if len(response.body) > LONGEST_COMPRESSED:
        response.headers["Content-Encoding"] = "identity"  # which the middleware that compresses heeds
    return response


def preflight(request: Request) -> Response:
    wanted = request.headers.get("access-control-request-headers", "*")
    allowed = {
        "Access-Control-Allow-Origin": "*",
        "Access-Control-Allow-Headers": wanted,
        "Access-Control-Allow-Methods": "GET, POST, OPTIONS",
        "Access-Control-Max-Age": "600",
        "x-amzn-RequestId": str(uuid.uuid4()),
    }
    return Response(status_code=200, headers=allowed)
