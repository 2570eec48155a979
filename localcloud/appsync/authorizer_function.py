"""A Lambda function that decides who may call, and what it decided kept for as long as it allows.

https://docs.aws.amazon.com/appsync/latest/devguide/security-authz.html#aws-lambda-authorization
"""

import asyncio
import hashlib
import json
import logging
import re
import time
import uuid
from collections import OrderedDict
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from localcloud.appsync.errors import Json, Unauthorized
from localcloud.appsync.schema import Coordinate
from localcloud.appsync.wire import loads

if TYPE_CHECKING:
    from mypy_boto3_lambda import LambdaClient

log = logging.getLogger(__name__)
SECONDS = 10.0
REMEMBERED = 1_000
REMEMBERED_BYTES = 32_000_000
LARGEST_REMEMBERED = 1024 * 1024
RESPONSE_BYTES = 5_000_000
FIELD_ARN = re.compile(r"arn:[^:]*:appsync:.*/types/(?P<type>[^/]+)/fields/(?P<field>[^/]+)")
THREADS = ThreadPoolExecutor(32, thread_name_prefix="appsync-authorizer")


@dataclass(frozen=True, slots=True)
class Purpose:
    """What a token is presented for: the caller's part of the event's `requestContext`.

    A remembered verdict is good for the same token and the same `bound_to`.
    """

    context: Mapping[str, Json]
    bound_to: tuple[str | None, ...] = ()
    request_id: str = field(default_factory=lambda: str(uuid.uuid4()))


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the function returned; `ttl` in seconds, None for the API's."""

    authorized: bool
    context: Mapping[str, Json]
    denied: frozenset[Coordinate]
    ttl: float | None
    size: int


class Undecided(Exception):
    """The function failed, was too slow, or returned no verdict; which counts as a no."""


class Memory:
    """Verdicts by key until they expire, bounded in number and size; the longest unused goes first."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._kept: OrderedDict[bytes, tuple[float, Verdict]] = OrderedDict()
        self._bytes = 0

    def get(self, key: bytes) -> Verdict | None:
        expires, verdict = self._kept.get(key, (float("-inf"), None))
        if verdict is None or expires <= self._clock():
            self._drop(key)
            return None
        self._kept.move_to_end(key)
        return verdict

    def put(self, key: bytes, verdict: Verdict, seconds: float) -> None:
        if seconds <= 0 or verdict.size >= LARGEST_REMEMBERED:
            return
        self._drop(key)
        self._kept[key] = (self._clock() + seconds, verdict)
        self._bytes += verdict.size
        while len(self._kept) > REMEMBERED or self._bytes > REMEMBERED_BYTES:
            self._drop(next(iter(self._kept)))

    def _drop(self, key: bytes) -> None:
        if key in self._kept:
            self._bytes -= self._kept.pop(key)[1].size


@dataclass(slots=True)
class AuthorizerFunction:
    """The function, by name or ARN. `context_member` of its response is what resolvers see of it."""

    name: str
    client: "LambdaClient"
    api_id: str
    account_id: str
    ttl: float = 0
    pattern: str | None = None
    context_member: str = "resolverContext"
    seconds: float = SECONDS
    clock: Callable[[], float] = time.monotonic
    _memory: Memory = field(init=False)
    _asking: dict[bytes, asyncio.Task[Verdict]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._memory = Memory(self.clock)

    async def decide(self, token: str, headers: Mapping[str, str], purpose: Purpose) -> Verdict:
        """Raises Unauthorized. The pattern is checked first, then what is remembered, then the function."""
        if self.pattern is not None and not re.fullmatch(self.pattern, token):
            raise Unauthorized
        try:
            verdict = await self._verdict(token, headers, purpose)
        except Undecided as error:
            log.warning("authoriser %s: %s; the request is refused", self.name, error)
            raise Unauthorized from error
        if not verdict.authorized:
            raise Unauthorized
        return verdict

    async def _verdict(self, token: str, headers: Mapping[str, str], purpose: Purpose) -> Verdict:
        """Who comes while the function is asked about the same token waits, and takes its verdict if that may
        be remembered; one that may not was for the other request alone."""
        key = digest(token, *purpose.bound_to)
        if key in self._asking:
            await asyncio.wait([self._asking[key]])
        remembered = self._memory.get(key)
        if remembered:
            return remembered
        event = self._event(token, headers, purpose)
        asking = asyncio.create_task(self._ask(event))
        self._asking[key] = asking
        asking.add_done_callback(lambda task: self._settle(key, task))
        return await asyncio.shield(asking)  # goes on for those who wait when its first caller leaves

    def _settle(self, key: bytes, task: "asyncio.Task[Verdict]") -> None:
        if self._asking.get(key) is task:
            del self._asking[key]
        if not task.cancelled() and task.exception() is None:
            verdict = task.result()
            self._memory.put(key, verdict, self.ttl if verdict.ttl is None else verdict.ttl)

    def _event(self, token: str, headers: Mapping[str, str], purpose: Purpose) -> Json:
        context = {"apiId": self.api_id, "accountId": self.account_id, "requestId": purpose.request_id}
        return {
            "authorizationToken": token,
            "requestContext": {**context, **purpose.context},
            "requestHeaders": dict(headers),
        }

    async def _ask(self, event: Json) -> Verdict:
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(self.seconds):
                text = await loop.run_in_executor(THREADS, self._invoke, event)
        except TimeoutError:
            raise Undecided(f"no answer within {self.seconds:g} s") from None
        return read_verdict(text, self.context_member)

    def _invoke(self, event: Json) -> bytes:
        try:
            answer = self.client.invoke(FunctionName=self.name, Payload=json.dumps(event))
            text = answer["Payload"].read(RESPONSE_BYTES)
        except (BotoCoreError, ClientError) as error:
            raise Undecided(str(error)) from error
        if answer.get("FunctionError"):
            raise Undecided(f"it raised {text[:500].decode(errors='replace')}")
        return text


def digest(*parts: str | None) -> bytes:
    """A short stand-in for a token that may be long, and is better not kept."""
    return hashlib.sha256(json.dumps(parts).encode()).digest()


def read_verdict(text: bytes, context_member: str) -> Verdict:
    try:
        given = loads(text)
        return Verdict(
            authorized=flag(given["isAuthorized"]),
            context=flat(given.get(context_member) or {}),
            denied=frozenset(map(coordinate, given.get("deniedFields") or ())),
            ttl=None if given.get("ttlOverride") is None else float(given["ttlOverride"]),
            size=len(text),
        )
    except (ValueError, KeyError, TypeError, AttributeError, ArithmeticError, RecursionError) as error:
        raise Undecided(f"its response is no verdict ({type(error).__name__}: {error})") from error


def flag(value: Json) -> bool:
    if not isinstance(value, bool):
        raise ValueError(f"isAuthorized is {value!r}")  # noqa: TRY004  (a wrong value, not our mistake)
    return value


def flat(context: Json) -> Mapping[str, Json]:
    """AppSync takes no nested values here."""
    if nested := [name for name, value in context.items() if isinstance(value, dict | list)]:
        raise ValueError(f"its context nests values in {nested}")
    return dict(context)


def coordinate(text: str) -> Coordinate:
    """`Type.field`, or the field's ARN."""
    arn = FIELD_ARN.fullmatch(text)
    parent, dot, name = (arn["type"], ".", arn["field"]) if arn else text.partition(".")
    if not dot:
        raise ValueError(f"denied field {text!r} is neither Type.field nor an ARN")
    return parent, name
