"""A Lambda function as a data source: invoked for one field, for many at once, or only told.

https://docs.aws.amazon.com/appsync/latest/devguide/resolver-reference-lambda-js.html
"""

import json
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from localcloud.appsync.datasources.source import (
    RESULT_BYTES,
    in_thread,
    operation_of,
    too_large,
    unsupported,
)
from localcloud.appsync.errors import FieldError, Json

if TYPE_CHECKING:
    from mypy_boto3_lambda import LambdaClient

UNHANDLED = "Lambda:Unhandled"


@dataclass(frozen=True, slots=True)
class Function:
    """A Lambda function, by name or ARN.

    AWS's pages disagree on the type of a raised exception's error; what clients have seen is
    `Lambda:Unhandled`. With `error_names` it is the exception's name.
    """

    name: str
    client: "LambdaClient"
    error_names: bool = False

    async def run(self, operation: Json) -> Json:
        kind = operation_of(operation)
        if kind == "BatchInvoke":
            return (await self.batch([operation.get("payload")]))[0]
        if kind != "Invoke":
            raise unsupported(operation)
        if operation.get("invocationType") == "Event":
            return await in_thread(lambda: self._queue(operation.get("payload")))
        return await self.direct(operation.get("payload"))

    async def direct(self, event: Json) -> Json:
        return await in_thread(lambda: self._invoke(event))

    async def batch(self, payloads: list[Json]) -> list[Json]:
        """One invocation for all; its results in the order of the payloads."""
        results = await self.direct(payloads)
        if not isinstance(results, list):
            raise FieldError("The function must return a list of results for a batch.", UNHANDLED)
        if len(results) != len(payloads):
            counts = f"{len(results)} results for a batch of {len(payloads)}"
            raise FieldError(f"The function returned {counts}.", UNHANDLED)
        return results

    def _queue(self, payload: Json) -> Json:
        with lambda_errors():
            told = self.client.invoke(
                FunctionName=self.name, InvocationType="Event", Payload=json.dumps(payload)
            )
            told["Payload"].close()
        return None

    def _invoke(self, payload: Json) -> Json:
        with lambda_errors():
            answer = self.client.invoke(FunctionName=self.name, Payload=json.dumps(payload))
            with closing(answer["Payload"]) as stream:
                text = stream.read(RESULT_BYTES + 1)
        if len(text) > RESULT_BYTES:
            raise too_large("function's result")
        result = read(text)
        if answer.get("FunctionError"):
            raise self._failure(result)
        return result

    def _failure(self, result: Json) -> FieldError:
        details = result if isinstance(result, Mapping) else {}
        name = details.get("errorType")
        if name == "UnauthorizedException":
            return FieldError("You are not authorized to make this call.", "UnauthorizedException")
        message = details.get("errorMessage") or "The function failed."
        return FieldError(message, name if self.error_names and name else UNHANDLED)


def read(text: bytes) -> Json:
    try:
        return json.loads(text) if text else None
    except ValueError as error:
        raise FieldError("The function's result is not JSON.", UNHANDLED) from error


@contextmanager
def lambda_errors() -> Iterator[None]:
    try:
        yield
    except ClientError as error:
        code = error.response["Error"]["Code"]
        raise FieldError(error.response["Error"]["Message"], f"Lambda:{code}") from error
    except BotoCoreError as error:
        raise FieldError(str(error), "Lambda:Unreachable") from error
