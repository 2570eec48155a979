"""Publishing over HTTP: `POST /event`.

https://docs.aws.amazon.com/appsync/latest/eventapi/publish-http.html
"""

import logging
import uuid

from starlette.requests import ClientDisconnect
from starlette.requests import Request as HttpRequest
from starlette.responses import Response

from localcloud.appsync import headers
from localcloud.appsync.errors import BadRequest, Json, RequestRefused
from localcloud.appsync.events.api import EventsApi, Request
from localcloud.appsync.events.publishing import Publication
from localcloud.appsync.http import answer, preflight, presented, read_body
from localcloud.appsync.wire import loads

log = logging.getLogger(__name__)
PATH = "/event"
# Five events of 240 kB, as strings in which each quote takes two bytes.
BODY_BYTES = 5_000_000


async def serve(request: HttpRequest, api: EventsApi) -> Response:
    """Answers every request with AppSync's JSON, whatever goes wrong."""
    if request.method == "OPTIONS":
        return preflight(request)
    response = await attempt(request, api)
    response.headers["x-amzn-RequestId"] = str(uuid.uuid4())
    return response


async def attempt(request: HttpRequest, api: EventsApi) -> Response:
    try:
        return answer(await respond(request, api))
    except RequestRefused as error:
        return answer({"errors": [error.wire()]}, error.status, {"x-amzn-ErrorType": error.type})
    except ClientDisconnect:
        return Response(status_code=400)
    except Exception:
        log.exception("publishing failed")
        failure = {"errorType": "InternalFailure", "message": "The request could not be completed."}
        return answer({"errors": [failure]}, 500, {"x-amzn-ErrorType": "InternalFailure"})


async def respond(request: HttpRequest, api: EventsApi) -> Json:
    body = await read_body(request, BODY_BYTES)
    asked = Request(presented(request, body), headers.shown(request.headers))
    return await api.publish(read_publication(body), asked)


def read_publication(body: bytes) -> Publication:
    """Parsed whatever the content type, as for GraphQL."""
    try:
        given = loads(body)
    except (ValueError, RecursionError):
        raise BadRequest("Unable to parse the request body.") from None
    if not isinstance(given, dict):
        raise BadRequest("Unable to parse the request body.")
    channel = given.get("channel")
    return Publication(channel if isinstance(channel, str) else "", given.get("events"))
