"""An HTTP endpoint as a data source, signed as an AWS service wants it where the definition says so.

https://docs.aws.amazon.com/appsync/latest/devguide/resolver-reference-http-js.html
"""

import json
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from functools import cache

import boto3
import httpx
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest

from localcloud.appsync.datasources.source import RESULT_BYTES, in_thread, too_large
from localcloud.appsync.errors import FieldError, Json

METHODS = frozenset({"GET", "POST", "PUT", "DELETE", "PATCH"})
SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class Signing:
    """Signs with SigV4 for one service of a region, with the session's own credentials."""

    session: boto3.Session
    region: str
    service: str

    def sign(self, request: httpx.Request) -> None:
        """Raises FieldError without credentials."""
        credentials = self.session.get_credentials()
        if credentials is None:
            raise FieldError("There are no AWS credentials to sign the request with.", "HTTP:Unsigned")
        kept = {name: value for name, value in request.headers.items() if name in ("host", "content-type")}
        signed = AWSRequest(request.method, str(request.url), data=request.content, headers=kept)
        SigV4Auth(credentials, self.service, self.region).add_auth(signed)
        request.headers.update(dict(signed.headers.items()))


@cache
def client() -> httpx.Client:
    """One for all endpoints: loading the certificate authorities takes longer than most requests."""
    return httpx.Client(timeout=SECONDS, limits=httpx.Limits(max_connections=64))


@dataclass(frozen=True, slots=True)
class Http:
    """Requests below one address."""

    endpoint: str
    signing: Signing | None = None

    async def run(self, operation: Json) -> Json:
        return await in_thread(lambda: self._send(self._request(operation)))

    async def direct(self, event: Json) -> Json:  # noqa: ARG002  (there is no direct resolver for an address)
        raise FieldError("An HTTP resolver needs code.", "MappingTemplate")

    def _request(self, operation: Json) -> httpx.Request:
        method = operation.get("method") if isinstance(operation, Mapping) else None
        if method not in METHODS:
            raise FieldError(f"Unsupported HTTP method '{method}'.", "MappingTemplate")
        url = self.endpoint.rstrip("/") + "/" + str(operation.get("resourcePath") or "/").lstrip("/")
        try:
            return request_of(method, url, operation.get("params") or {})
        except (AttributeError, ValueError, TypeError, httpx.InvalidURL) as error:
            raise FieldError(f"The request cannot be written: {error}", "MappingTemplate") from error

    def _send(self, request: httpx.Request) -> Json:
        if self.signing:
            self.signing.sign(request)
        try:
            answer = client().send(request, stream=True)
            with closing(answer):
                body = read(answer)
        except httpx.HTTPError as error:
            raise FieldError(
                f"{request.url.host} could not be reached: {error}", "HTTP:Unreachable"
            ) from error
        return {"statusCode": answer.status_code, "headers": dict(answer.headers), "body": body}


def request_of(method: str, url: str, params: Mapping[str, Json]) -> httpx.Request:
    return httpx.Request(
        method,
        url,
        params=params.get("query") or None,
        headers={name: str(value) for name, value in (params.get("headers") or {}).items()},
        content=body_text(params.get("body")),
    )


def body_text(body: Json) -> str | None:
    return body if body is None or isinstance(body, str) else json.dumps(body)


def read(answer: httpx.Response) -> str:
    content = bytearray()
    for chunk in answer.iter_bytes():
        content += chunk
        if len(content) > RESULT_BYTES:
            raise too_large("response")
    try:
        return content.decode(answer.encoding or "utf-8", "replace")
    except LookupError:  # a codec by that name, but none for text
        return content.decode("utf-8", "replace")
