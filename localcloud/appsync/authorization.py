"""From what a request carries to an identity: its shape chooses the mode, then credentials are verified."""

import contextlib
import logging
import re
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from localcloud.appsync import sigv4, tokens
from localcloud.appsync.authorizer_function import AuthorizerFunction, Purpose
from localcloud.appsync.documents import GraphQLRequest
from localcloud.appsync.errors import BadRequest, Json, Unauthorized
from localcloud.appsync.identity import (
    Admitted,
    Identity,
    KeyHolder,
    Mode,
    PoolUser,
    Principal,
    TokenHolder,
)

log = logging.getLogger(__name__)
BEARER = re.compile(r"bearer\s+", re.IGNORECASE)
APOLLO_SIGNS_TOO_EARLY = (
    "a client signed its request before `extensions.clientLibrary` was added to the body, as Apollo Client "
    "4.1 and later do with AppSync's link for IAM. AWS refuses this signature too. Give ApolloClient "
    "`enhancedClientAwareness: {transport: false}`."
)
BY_TOKEN = frozenset({Mode.COGNITO, Mode.OIDC})


@dataclass(frozen=True, slots=True)
class Presented:
    """Credentials as they came, in `request.headers`; the rest of `request` is what IAM callers sign."""

    request: sigv4.SignedRequest
    source_ip: str

    @property
    def authorization(self) -> str:
        return self.request.headers.get("authorization", "").strip()

    @property
    def token(self) -> str:
        return BEARER.sub("", self.authorization, count=1)


def to_connect(name: str) -> Purpose:
    """For the opening of a real-time connection, which runs nothing yet; `name` is the service's for it."""
    return Purpose({"queryString": "", "operationName": name, "variables": {}})


def to_run(request: GraphQLRequest, request_id: str | None = None) -> Purpose:
    """Who does not name an operation is told of without one."""
    named = {"operationName": request.operation_name} if request.operation_name else {}
    context = {"queryString": request.query, **named, "variables": request.variables}
    return Purpose(context, request_id=request_id or str(uuid.uuid4()))


@dataclass(frozen=True, slots=True)
class Authorizer:
    """An API's modes and what each needs. `api_keys` maps a key to when it expires, None for never."""

    modes: frozenset[Mode]
    api_keys: Mapping[str, datetime | None] = field(default_factory=dict)
    pools: tuple[tokens.UserPool, ...] = ()
    providers: tuple[tokens.Provider, ...] = ()
    function: AuthorizerFunction | None = None
    credentials: Mapping[str, sigv4.Credential] = field(default_factory=dict)
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)

    async def identify(
        self, presented: Presented, purpose: Callable[[], Purpose], modes: frozenset[Mode] | None = None
    ) -> Identity:
        """Raises Unauthorized, or BadRequest for a signature that does not match.

        `modes` narrows the API's to those of one operation. `purpose` is asked for only when the API's own
        function decides, and may refuse what it cannot make sense of.
        """
        claims = tokens.claims_of(presented.token)
        match self._choose(presented, claims, self.modes if modes is None else modes):
            case Mode.IAM:
                return self._principal(presented)
            case Mode.API_KEY:
                return self._key_holder(presented.request.headers["x-api-key"])
            case Mode.COGNITO:
                return await self._pool_user(presented, claims)
            case Mode.OIDC:
                return await self._token_holder(presented, claims)
            case Mode.LAMBDA:
                return await self._admitted(presented, purpose())

    def _choose(self, presented: Presented, claims: Json, modes: frozenset[Mode]) -> Mode:
        """The mode by shape, or the function's where that mode is not one of the API's."""
        mode = self._shape(presented, claims)
        taken = BY_TOKEN if mode in BY_TOKEN else {mode}
        if mode is not Mode.API_KEY and Mode.LAMBDA in modes and self.modes.isdisjoint(taken):
            return Mode.LAMBDA
        if mode in modes:
            return mode
        unparsable = mode is Mode.LAMBDA and not modes.isdisjoint(BY_TOKEN)
        raise Unauthorized("Unable to parse JWT token.") if unparsable else Unauthorized

    def _shape(self, presented: Presented, claims: Json) -> Mode:
        if presented.authorization.startswith(sigv4.ALGORITHM):
            return Mode.IAM
        keyed = "x-api-key" in presented.request.headers
        if keyed and (Mode.API_KEY in self.modes or not presented.authorization):
            return Mode.API_KEY
        if not presented.authorization:
            raise Unauthorized("Valid authorization header not provided.")
        if claims is None:
            return Mode.LAMBDA
        return Mode.COGNITO if self._pool(claims) else Mode.OIDC

    def _pool(self, claims: Json) -> tokens.UserPool | None:
        return next((pool for pool in self.pools if pool.issuer == claims.get("iss")), None)

    def _principal(self, presented: Presented) -> Principal:
        try:
            credential = sigv4.verify(presented.request, self.credentials, self.clock())
        except sigv4.Mismatch:
            self._explain_mismatch(presented.request)
            raise
        return Principal(credential.arn, presented.source_ip, credential.policy)

    def _explain_mismatch(self, request: sigv4.SignedRequest) -> None:
        """Whether it is Apollo's is known for certain: the signature is that of the body as it was before."""
        unmarked = sigv4.without_client_library(request)
        with contextlib.suppress(Unauthorized, BadRequest):
            if unmarked and sigv4.verify(unmarked, self.credentials, self.clock()):
                log.warning(APOLLO_SIGNS_TOO_EARLY)

    def _key_holder(self, key: str) -> KeyHolder:
        if key not in self.api_keys:
            raise Unauthorized
        expires = self.api_keys[key]
        if expires is not None and expires <= self.clock():
            raise Unauthorized
        return KeyHolder()

    async def _pool_user(self, presented: Presented, claims: Json) -> PoolUser:
        pool = self._pool(claims)
        if pool is None:
            raise Unauthorized
        return PoolUser(await pool.verify(presented.token), presented.source_ip, pool.default_action)

    async def _token_holder(self, presented: Presented, claims: Json) -> TokenHolder:
        for provider in self.providers:
            if provider.owns(claims.get("iss")):
                return TokenHolder(await provider.verify(presented.token))
        raise Unauthorized

    async def _admitted(self, presented: Presented, purpose: Purpose) -> Admitted:
        if self.function is None:
            raise Unauthorized
        verdict = await self.function.decide(presented.authorization, presented.request.headers, purpose)
        return Admitted(verdict.context, verdict.denied, self.function.context_member)
