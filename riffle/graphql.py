"""GraphQL over HTTP as AppSync speaks it: errors become exceptions, lost connections are retried."""

import asyncio

import httpx

from riffle.backoff import delays
from riffle.decoding import Json, Value
from riffle.deployment import Deployment, http_client
from riffle.errors import (
    ConnectionFailed,
    InvalidInput,
    RiffleError,
    Throttled,
    Unauthorized,
    Unexpected,
    error_of,
)
from riffle.identity import Identity


class GraphQL:
    """One deployment's GraphQL endpoint, called as one person."""

    def __init__(self, deployment: Deployment, identity: Identity) -> None:
        self._url = deployment.graphql_url
        self._identity = identity
        self._http = http_client(deployment.graphql_url)

    async def aclose(self) -> None:
        await self._http.aclose()

    async def call(self, operation: str, variables: Json, *, repeatable: bool = True) -> Json:
        """The `data` of the answer. An operation that is not `repeatable` is sent only once.

        Raises the RiffleError of the answer's first error, ConnectionFailed when no answer came.
        """
        for delay in delays(4 if repeatable else 0):
            try:
                return await self._authorised(operation, variables)
            except (ConnectionFailed, Throttled):
                await asyncio.sleep(delay)
        return await self._authorised(operation, variables)

    async def _authorised(self, operation: str, variables: Json) -> Json:
        """Once more with a new token when the old one is refused: clocks differ, pools revoke."""
        token = await self._identity.token()
        try:
            return await self._post(operation, variables, token)
        except _TokenRefused:
            self._identity.reject(token)
        return await self._post(operation, variables, await self._identity.token())

    async def _post(self, operation: str, variables: Json, token: str) -> Json:
        body = {"query": operation, "variables": variables}
        try:
            response = await self._http.post(self._url, json=body, headers={"authorization": token})
        except httpx.HTTPError as error:
            raise ConnectionFailed(f"{self._url} did not answer: {error or type(error).__name__}") from error
        except UnicodeEncodeError as error:  # a terminal or a file hands on bytes of another encoding so
            raise InvalidInput("the text has bytes that are not UTF-8") from error
        return data_of(response)


class _TokenRefused(Unauthorized):
    """HTTP 401: the token itself, not what was asked with it."""


def data_of(response: httpx.Response) -> Json:
    """The `data` of a response; raises what its status or its first error stands for."""
    body = _json(response)
    if response.status_code == httpx.codes.UNAUTHORIZED:
        raise _TokenRefused(_first(body).message)
    if body.get("errors"):
        raise _first(body)
    if not response.is_success or not isinstance(body.get("data"), dict):
        raise Unexpected(f"{response.url} answered HTTP {response.status_code} without data")
    return dict(body["data"])


def _json(response: httpx.Response) -> Json:
    if response.status_code >= httpx.codes.INTERNAL_SERVER_ERROR:
        raise ConnectionFailed(f"{response.url} answered HTTP {response.status_code}")
    try:
        body = response.json()
    except ValueError as error:
        raise Unexpected(f"{response.url} answered HTTP {response.status_code} without JSON") from error
    return body if isinstance(body, dict) else {}


def _first(body: Json) -> RiffleError:
    return first_error(body.get("errors"))


def first_error(errors: Value) -> RiffleError:
    """The exception for GraphQL `errors`; AppSync has been seen sending an object in place of the list."""
    found = errors[0] if isinstance(errors, list) and errors else errors
    error = found if isinstance(found, dict) else {}
    return error_of(error.get("errorType"), error.get("message") or "the deployment gave no reason")
