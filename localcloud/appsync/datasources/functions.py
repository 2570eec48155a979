"""A Lambda function as a data source: invoked for one field, for many at once, or only told.

https://docs.aws.amazon.com/appsync/latest/devguide/resolver-reference-lambda-js.html
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass

from localcloud.appsync.datasources.invoking import Invoke
from localcloud.appsync.datasources.source import operation_of, unsupported
from localcloud.appsync.errors import FieldError, Json

UNHANDLED = "Lambda:Unhandled"


@dataclass(frozen=True, slots=True)
class Function:
    """A Lambda function, by name or ARN.

    AWS's pages disagree on the type of a raised exception's error; what clients have seen is
    `Lambda:Unhandled`. With `error_names` it is the exception's name.
    """

    name: str
    invoke: Invoke
    error_names: bool = False

    async def run(self, operation: Json) -> Json:
        kind = operation_of(operation)
        if kind == "BatchInvoke":
            return (await self.batch([operation.get("payload")]))[0]
        if kind != "Invoke":
            raise unsupported(operation)
        if operation.get("invocationType") == "Event":
            await self.invoke(self.name, json.dumps(operation.get("payload")), "Event")
            return None
        return await self.direct(operation.get("payload"))

    async def direct(self, event: Json) -> Json:
        invoked = await self.invoke(self.name, json.dumps(event))
        result = read(invoked.text)
        if invoked.failed:
            raise self._failure(result)
        return result

    async def batch(self, payloads: list[Json]) -> list[Json]:
        """One invocation for all; its results in the order of the payloads."""
        results = await self.direct(payloads)
        if not isinstance(results, list):
            raise FieldError("The function must return a list of results for a batch.", UNHANDLED)
        if len(results) != len(payloads):
            counts = f"{len(results)} results for a batch of {len(payloads)}"
            raise FieldError(f"The function returned {counts}.", UNHANDLED)
        return results

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
