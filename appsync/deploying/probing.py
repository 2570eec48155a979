"""Whether the deployed functions start: each is invoked once with an event that changes nothing.

`maintain` is not among them, since every event makes it work; its code and layers are those of the others.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import boto3
from botocore.exceptions import WaiterError

from appsync.deploying.errors import explained

if TYPE_CHECKING:
    from mypy_boto3_lambda.type_defs import WaiterConfigTypeDef

ABOUT: Mapping[str, object] = {
    "arguments": {}, "identity": None, "source": None, "prev": None, "stash": {}, "request": {"headers": {}},
    "info": {
        "parentTypeName": "Query", "fieldName": "about", "variables": {},
        "selectionSetList": ["chatModel"], "selectionSetGraphQL": "{\n  chatModel\n}",
    },
}  # fmt: skip
NO_MESSAGES: Mapping[str, object] = {"Records": []}
PROBES: Mapping[str, Mapping[str, object]] = {
    "resolve": ABOUT, "search": ABOUT, "ingest": NO_MESSAGES, "answer": NO_MESSAGES,
}  # fmt: skip

PATIENCE: "WaiterConfigTypeDef" = {"Delay": 1, "MaxAttempts": 300}
"""A version with a snapshot becomes active only once the snapshot is taken."""


@dataclass(frozen=True, slots=True)
class Broken:
    """A function that does not start, and what Lambda says of it."""

    name: str
    reason: str


def first_broken(session: boto3.Session, stack: str, names: Iterable[str], qualifier: str) -> Broken | None:
    """The first function that answers its probe with an error."""
    probed = [name for name in names if name in PROBES]
    return next((found for name in probed if (found := _broken(session, stack, name, qualifier))), None)


def _broken(session: boto3.Session, stack: str, name: str, qualifier: str) -> Broken | None:
    client, function = session.client("lambda"), f"{stack}-{name}{qualifier}"
    with explained("lambda"):
        try:
            client.get_waiter("function_active_v2").wait(FunctionName=function, WaiterConfig=PATIENCE)
        except WaiterError as error:
            if reason := _failure(error):
                return Broken(name, reason)
            raise
        answer = client.invoke(FunctionName=function, Payload=json.dumps(PROBES[name]))
    if not answer.get("FunctionError"):
        return None
    report = json.loads(answer["Payload"].read())
    return Broken(name, f"{report.get('errorType')}: {report.get('errorMessage')}")


def _failure(error: WaiterError) -> str | None:
    """Why it will never be active, for example as no snapshot of it could be taken; None if it still may."""
    told: Any = error.last_response  # of GetFunction, which the waiter's types do not say
    found = told.get("Configuration", {})
    return f"{found.get('StateReason')}" if found.get("State") == "Failed" else None
