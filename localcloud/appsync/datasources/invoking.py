"""Lambda's operation Invoke: of a service on this machine directly, of any other through boto3.

boto3 takes two milliseconds of processor time for a call: it looks after regions, retries, proxies and
streams of events, of which an address of this machine has none.
https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html
"""

import asyncio
import json
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Protocol
from urllib.parse import quote, urlsplit

import httptools
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.exceptions import BotoCoreError, ClientError

from localcloud.appsync.datasources.keeping import Answer, Connections, TooLong
from localcloud.appsync.datasources.source import RESULT_BYTES, in_thread, too_large
from localcloud.appsync.errors import FieldError

if TYPE_CHECKING:
    from mypy_boto3_lambda import LambdaClient

type Kind = Literal["RequestResponse", "Event"]

SECONDS = 31.0  # a little longer than an operation may take
KIND, FAILED, ERROR = "X-Amz-Invocation-Type", "x-amz-function-error", "x-amzn-errortype"


@dataclass(frozen=True, slots=True)
class Invoked:
    """What a function left: its result's JSON, or that of its error when it `failed`."""

    text: bytes
    failed: bool = False


class Invoke(Protocol):
    """Asks a function, or with `Event` only tells it. Raises FieldError when it cannot be asked."""

    async def __call__(self, name: str, payload: str, kind: Kind = "RequestResponse") -> Invoked: ...


@dataclass(frozen=True, slots=True)
class ByBoto3:
    """Functions wherever the client finds them, AWS above all."""

    client: "LambdaClient"

    async def __call__(self, name: str, payload: str, kind: Kind = "RequestResponse") -> Invoked:
        return await in_thread(lambda: self._invoke(name, payload, kind))

    def _invoke(self, name: str, payload: str, kind: Kind) -> Invoked:
        with lambda_errors():
            answer = self.client.invoke(FunctionName=name, InvocationType=kind, Payload=payload)
            with closing(answer["Payload"]) as stream:
                text = stream.read(RESULT_BYTES + 1)
        return Invoked(bounded(text), bool(answer.get("FunctionError")))


class OnThisMachine:
    """Functions of a service at `http://localhost:…`, signed for it as boto3 would."""

    def __init__(self, url: str, credentials: Credentials, region: str) -> None:
        self._url = url.rstrip("/")
        self._signing = SigV4Auth(credentials, "lambda", region)
        self._known: Connections | None = None

    async def __call__(self, name: str, payload: str, kind: Kind = "RequestResponse") -> Invoked:
        request = self._request(name, payload.encode(), kind)
        try:
            async with asyncio.timeout(SECONDS):
                answer = await self._connections().send(request, RESULT_BYTES)
        except TooLong:
            raise too_large("function's result") from None
        except (OSError, httptools.HttpParserError) as error:
            reason = str(error) or type(error).__name__
            raise FieldError(f"{self._url} did not answer: {reason}", "Lambda:Unreachable") from error
        return invoked(answer)

    def _request(self, name: str, payload: bytes, kind: Kind) -> bytes:
        url = f"{self._url}/2015-03-31/functions/{quote(name, safe='-._~')}/invocations"
        request = AWSRequest("POST", url, {KIND: kind}, payload)
        self._signing.add_auth(request)
        where = urlsplit(url)
        headers = {"Host": where.netloc, "Content-Length": str(len(payload)), **dict(request.headers.items())}
        lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        return f"POST {where.path} HTTP/1.1\r\n{lines}\r\n".encode("latin-1") + payload

    def _connections(self) -> Connections:
        """Those of the event loop that asks: a connection belongs to one."""
        if self._known is None or self._known.loop is not asyncio.get_running_loop():
            where = urlsplit(self._url)
            self._known = Connections(where.hostname or "", where.port or 80)
        return self._known


def invoked(answer: Answer) -> Invoked:
    """Raises FieldError for what the service itself refuses."""
    if answer.status >= 300:
        raise refusal(answer)
    return Invoked(bounded(answer.content), FAILED in answer.headers)


def refusal(answer: Answer) -> FieldError:
    """Services name the error in a header or in the body, with or without its namespace and a link."""
    try:
        body = json.loads(answer.content)
    except ValueError:
        body = None
    told = body if isinstance(body, Mapping) else {}
    code = answer.headers.get(ERROR) or str(told.get("__type") or told.get("code") or answer.status)
    message = str(told.get("message") or told.get("Message") or "")
    return FieldError(message, f"Lambda:{code.partition(':')[0].rpartition('#')[2]}")


def bounded(text: bytes) -> bytes:
    if len(text) > RESULT_BYTES:
        raise too_large("function's result")
    return text


@contextmanager
def lambda_errors() -> Iterator[None]:
    try:
        yield
    except ClientError as error:
        code = error.response["Error"]["Code"]
        raise FieldError(error.response["Error"]["Message"], f"Lambda:{code}") from error
    except BotoCoreError as error:
        raise FieldError(str(error), "Lambda:Unreachable") from error
