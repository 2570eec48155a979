"""From AppSync's event to a field's resolver and back: the only place where errors become GraphQL errors."""

import logging
from collections.abc import Mapping
from typing import Any

from chalicelib.api.arguments import Arguments
from chalicelib.api.caller import Caller, UseCases
from chalicelib.api.resolvers import RESOLVERS
from chalicelib.api.shaping import Selection
from chalicelib.errors import RiffleError
from chalicelib.wire import to_wire

type Answer = dict[str, object]
type Event = Mapping[str, Any]  # AppSync's JSON, of any kind until looked at

log = logging.getLogger(__name__)


def answered(use: UseCases, event: Event, request: str) -> Answer:
    """What the field that an event asks for comes to; `request` is the id to find a defect by in the log."""
    info = event["info"]
    try:
        resolve = RESOLVERS[info["parentTypeName"]][info["fieldName"]]
        caller = Caller(subject(event["identity"]), use)
        value = resolve(caller, Arguments(event["arguments"]))
        return {"data": Selection.of(info).cut(to_wire(value))}
    except RiffleError as failure:  # one that the client can do something about
        return failed(failure.type, failure.message, retryable=failure.retryable)
    except Exception:  # a defect: the log has all of it, the client only the id
        log.exception("field failed")
        message = f"the request could not be completed; its id is {request}"
        return failed("InternalFailure", message, retryable=True)


def subject(identity: Mapping[str, Any] | None) -> str | None:
    """The subject of a Cognito identity, the one kind that has claims; None for an API key or a signature."""
    if identity and identity.get("claims"):
        return identity.get("sub") or None
    return None


def failed(kind: str, message: str, *, retryable: bool) -> Answer:
    return {"data": None, "errorType": kind, "errorMessage": message, "errorInfo": {"retryable": retryable}}
