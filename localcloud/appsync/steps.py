"""One data source asked, by handlers in APPSYNC_JS or with the context itself (direct Lambda).

A unit resolver is one step; a pipeline has up to ten.
"""

import logging
from collections.abc import Mapping
from dataclasses import dataclass

from localcloud.appsync.batching import Batches, Seat
from localcloud.appsync.datasources import DataSource, Function
from localcloud.appsync.datasources.functions import UNHANDLED
from localcloud.appsync.datasources.source import operation_of
from localcloud.appsync.effects import Effects
from localcloud.appsync.errors import FieldError, Json
from localcloud.appsync.js import Code, JavaScript, Returned, SkipTo

log = logging.getLogger(__name__)

# https://docs.aws.amazon.com/appsync/latest/devguide/tutorial-lambda-resolvers-js.html
USUAL_BATCH = 5


@dataclass(frozen=True, slots=True)
class Ran:
    """What a step left; `skip_to` is where its early return goes on, if it was one."""

    value: Json
    stash: Json
    effects: Effects
    skip_to: SkipTo | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Step:
    """Without `code` the source is sent the context; of up to `batch` contexts at once, unless that is 0."""

    source: DataSource
    engine: JavaScript
    code: Code | None = None
    batch: int = 0

    async def run(self, context: Json, appended: list[Json], batches: Batches) -> Ran:
        """Raises FieldError; `appended` are the errors that earlier steps put beside the value."""
        if self.code is None:
            return Ran(await self._direct(context, batches), context["stash"], Effects())
        if not isinstance(self.source, Function):
            return await self._handle(self.code, context, appended, None)
        with batches.seat(self, self.source.batch, self.batch or USUAL_BATCH) as seat:
            return await self._handle(self.code, context, appended, seat)

    async def _direct(self, context: Json, batches: Batches) -> Json:
        if not self.batch or not isinstance(self.source, Function):
            return await self.source.direct(context)
        with batches.seat(self, self.source.batch, self.batch) as seat:
            return item(await seat.ask(context))

    async def _handle(self, code: Code, context: Json, appended: list[Json], seat: Seat | None) -> Ran:
        asked = await self.engine.call(code, "request", context, appended)
        if asked.early:
            return Ran(asked.value, asked.stash, asked.effects, asked.skip_to or "NEXT")
        given = {**context, "stash": asked.stash, **await self._ask(asked, seat)}
        with asked.effects.kept():
            answered = await self.engine.call(code, "response", given, appended + asked.effects.appended)
        skip_to = answered.skip_to if answered.early else None
        return Ran(answered.value, answered.stash, asked.effects.then(answered.effects), skip_to)

    async def _ask(self, asked: Returned, seat: Seat | None) -> Mapping[str, Json]:
        """A failing source does not end the step: the response handler sees `ctx.error` and decides."""
        try:
            return {"result": await self._result(asked.value, seat)}
        except FieldError as error:
            if str(error.type).endswith(":Unreachable"):  # code that forgets ctx.error fails elsewhere
                log.warning("%s: %s", self.code.name if self.code else "a data source", error.message)
            return {"result": error.data, "error": {"message": error.message, "type": error.type}}

    async def _result(self, operation: Json, seat: Seat | None) -> Json:
        if seat and operation_of(operation) == "BatchInvoke":
            return await seat.ask(operation.get("payload"))
        if seat:
            seat.leave()
        return await self.source.run(operation)


def item(result: Json) -> Json:
    """One field's value out of a batch's result. Raises FieldError for its error."""
    if not isinstance(result, Mapping):
        raise FieldError("A result of a batch must be an object with `data`.", UNHANDLED)
    message, kind = result.get("errorMessage"), result.get("errorType")
    if message or kind:
        raise FieldError(str(message or ""), str(kind or UNHANDLED), result.get("data"))
    return result.get("data")
