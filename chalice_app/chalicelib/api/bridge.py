"""From AppSync's event to a field's resolver and back: the only place where errors become GraphQL errors."""

import logging
from collections.abc import Callable, Mapping
from typing import Any

from aws_lambda_powertools.event_handler import AppSyncResolver

from chalicelib.api.arguments import Arguments
from chalicelib.api.caller import Caller, UseCases
from chalicelib.api.resolvers import RESOLVERS, Resolver
from chalicelib.api.shaping import Selection
from chalicelib.errors import RiffleError
from chalicelib.wire import to_wire

type Answer = dict[str, object]
type Event = Mapping[str, Any]  # AppSync's JSON, of any kind until looked at

log = logging.getLogger(__name__)


def bridge(use: UseCases) -> AppSyncResolver:
    """A handler of AppSync's events for every field of Query and Mutation.

    Powertools keeps the current event on the class, so one process handles one event at a time, as in Lambda.
    """
    app = AppSyncResolver()  # type: ignore[no-untyped-call]  # Powertools left it untyped
    for type_name, fields in RESOLVERS.items():
        for field_name, resolve in fields.items():
            app.resolver(type_name, field_name)(_answering(app, use, resolve))
    app.exception_handler(RiffleError)(expected)
    app.exception_handler(Exception)(lambda failure: unexpected(failure, request_id(app)))
    return app


def request_id(app: AppSyncResolver) -> str:
    return app.lambda_context.aws_request_id if app.lambda_context else "unknown"


def subject(identity: Mapping[str, Any] | None) -> str | None:
    """The subject of a Cognito identity, the one kind that has claims; None for an API key or a signature."""
    if identity and identity.get("claims"):
        return identity.get("sub") or None
    return None


def expected(failure: RiffleError) -> Answer:
    """A failure that the client can do something about."""
    return failed(failure.type, failure.message, retryable=failure.retryable)


def unexpected(failure: Exception, request: str) -> Answer:
    """A defect: the log has all of it, the client only the request's id to find it by."""
    log.error("field failed", exc_info=failure)
    message = f"the request could not be completed; its id is {request}"
    return failed("InternalFailure", message, retryable=True)


def failed(kind: str, message: str, *, retryable: bool) -> Answer:
    return {"data": None, "errorType": kind, "errorMessage": message, "errorInfo": {"retryable": retryable}}


def _answering(app: AppSyncResolver, use: UseCases, resolve: Resolver) -> Callable[..., Answer]:
    """The resolver as Powertools calls it; whose call it is, and what is selected, is in the event."""

    def answer(**arguments: object) -> Answer:
        if app.current_event is None:
            raise RuntimeError("Powertools called a resolver without an event")
        event: Event = app.current_event.raw_event
        caller = Caller(subject(event["identity"]), use)
        value = resolve(caller, Arguments(arguments))
        return {"data": Selection.of(event["info"]).cut(to_wire(value))}

    return answer
