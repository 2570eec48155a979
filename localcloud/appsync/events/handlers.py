"""A namespace's handlers: code in APPSYNC_JS, with or without a data source, or a Lambda function by itself.

https://docs.aws.amazon.com/appsync/latest/eventapi/channel-namespace-handlers.html
"""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from localcloud.appsync.datasources import DataSource
from localcloud.appsync.errors import FieldError, Json, RequestRefused, Unauthorized
from localcloud.appsync.events.channels import Channel
from localcloud.appsync.events.errors import HandlerFailed, HandlerRefused
from localcloud.appsync.events.publishing import Event, Outcome
from localcloud.appsync.execution import Caller
from localcloud.appsync.js import Code, JavaScript, NotAuthorized
from localcloud.appsync.wire import dumps

log = logging.getLogger(__name__)
DENIED = "You are not authorized to make this call."
UNTYPED = frozenset({"", "null"})
DROPPED = Outcome((), {})

type Operation = Literal["PUBLISH", "SUBSCRIBE"]
type Export = Literal["onPublish", "onSubscribe"]
PROCESSING: Mapping[str, str] = {
    "onPublish": "MessageProcessingError",
    "onSubscribe": "SubscriptionProcessingError",
}


def context(operation: Operation, channel: Channel, caller: Caller, events: Sequence[Event] | None) -> Json:
    """What every handler is given as `ctx`, and a function that is asked directly as its event."""
    return {
        "identity": caller.identity.event(),
        "result": None,
        "request": {"headers": dict(caller.headers), "domainName": None},
        "info": {
            "channel": {"path": channel.path, "segments": list(channel.all_segments)},
            "channelNamespace": {"name": channel.namespace},
            "operation": operation,
        },
        "error": None,
        "prev": None,
        "stash": {},
        "outErrors": [],
        "events": None if events is None else [event.given() for event in events],
    }


class Handler(Protocol):
    """Decides on the publishes or the subscriptions of one namespace. Raises RequestRefused."""

    async def publish(self, context: Json, events: Sequence[Event]) -> Outcome: ...

    async def subscribe(self, context: Json) -> None: ...


@dataclass(frozen=True, slots=True)
class Script:
    """One export of a namespace's code: a function, or with `source` an object of two functions around it."""

    engine: JavaScript
    code: Code
    export: Export
    source: DataSource | None = None

    async def publish(self, context: Json, events: Sequence[Event]) -> Outcome:
        try:
            return read_outcome(await self._run(context), events)
        except NotAuthorized:
            raise Unauthorized from None

    async def subscribe(self, context: Json) -> None:
        """Refused subscriptions are told another type of error than refused publishes."""
        try:
            await self._run(context)
        except NotAuthorized:
            raise RequestRefused(DENIED, "Unauthorized", 401) from None

    async def _run(self, context: Json) -> Json:
        try:
            if self.source is None:
                return (await self.engine.call(self.code, self.export, context)).value
            return await self._around(self.source, context)
        except NotAuthorized:
            raise
        except FieldError as error:
            raise refused(error, self.export) from error

    async def _around(self, source: DataSource, context: Json) -> Json:
        asked = await self.engine.call(self.code, f"{self.export}.request", context)
        if asked.early:
            return asked.value
        outcome = await answer(source, asked.value)
        given = {**context, "stash": asked.stash, **outcome}
        return (await self.engine.call(self.code, f"{self.export}.response", given)).value


async def answer(source: DataSource, operation: Json) -> Mapping[str, Json]:
    """A failing source does not end the handler: its response function sees `ctx.error` and decides."""
    try:
        return {"result": await source.run(operation)}
    except FieldError as error:
        return {"error": {"message": error.message, "type": error.type}}


def refused(error: FieldError, export: Export) -> RequestRefused:
    if error.type == "Code":
        return HandlerFailed(error.message)
    return HandlerRefused(error.message, PROCESSING[export] if error.type in UNTYPED else error.type)


@dataclass(frozen=True, slots=True)
class Direct:
    """A Lambda function that is sent the context. Without `wait` it is only told, and decides nothing."""

    source: DataSource
    wait: bool

    async def publish(self, context: Json, events: Sequence[Event]) -> Outcome:
        result = await self._invoke(context)
        if not self.wait:
            return Outcome.unchanged(events)
        if error := error_of(result):
            log.warning("onPublish of %s: %s", context["info"]["channel"]["path"], error)
            return DROPPED
        return read_outcome(result.get("events") if isinstance(result, Mapping) else result, events)

    async def subscribe(self, context: Json) -> None:
        result = await self._invoke(context)
        if self.wait and (error := error_of(result)):
            raise HandlerRefused(error, PROCESSING["onSubscribe"])

    async def _invoke(self, context: Json) -> Json:
        try:
            if self.wait:
                return await self.source.direct(context)
            return await self.source.run(
                {"operation": "Invoke", "invocationType": "Event", "payload": context}
            )
        except FieldError as error:
            if error.type == "UnauthorizedException":
                raise RequestRefused(DENIED, error.type, 403) from error
            if self.wait:
                raise HandlerFailed(error.message) from error
            log.warning("a handler's function could not be invoked: %s", error.message)


def error_of(result: Json) -> str | None:
    given = result.get("error") if isinstance(result, Mapping) else None
    return as_text(given) if given else None


def as_text(value: Json) -> str:
    return value if isinstance(value, str) else dumps(value)


def read_outcome(returned: Json, events: Sequence[Event]) -> Outcome:
    """Raises HandlerFailed for what is no list of events, each of them known and named once.

    Null entries are skipped, and events that are not among the entries are dropped.
    """
    if not isinstance(returned, list | None):
        raise HandlerFailed("The handler must return a list of events, or null.")
    known = {event.id for event in events}
    broadcast: list[str] = []
    failed: dict[str, str] = {}
    for entry in returned or ():
        if entry is not None:
            id_ = take(entry, known)
            if entry.get("error") is not None:
                failed[id_] = as_text(entry["error"])
            else:
                broadcast.append(dumps(entry.get("payload")))
    return Outcome(tuple(broadcast), failed)


def take(entry: Json, known: set[str]) -> str:
    """The entry's id, known no longer: whoever names it again is in error."""
    id_ = entry.get("id") if isinstance(entry, Mapping) else None
    if not isinstance(id_, str) or id_ not in known:
        raise HandlerFailed("The handler returned an event whose id is unknown, or was returned already.")
    known.remove(id_)
    return id_
