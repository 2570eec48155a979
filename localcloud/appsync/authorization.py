"""From what a request carries to an identity: its shape chooses the mode, then credentials are verified."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from localcloud.appsync import sigv4, tokens
from localcloud.appsync.errors import Unauthorized
from localcloud.appsync.identity import Identity, KeyHolder, Mode, PoolUser, Principal


@dataclass(frozen=True, slots=True)
class Presented:
    """Credentials as they came, in `request.headers`; the rest of `request` is what IAM callers sign."""

    request: sigv4.SignedRequest
    source_ip: str

    @property
    def authorization(self) -> str:
        return self.request.headers.get("authorization", "").strip()


@dataclass(frozen=True, slots=True)
class Authorizer:
    """The API's modes and what each needs. `api_keys` maps a key to when it expires, None for never."""

    default: Mode
    additional: frozenset[Mode] = frozenset()
    api_keys: Mapping[str, datetime | None] = field(default_factory=dict)
    pools: tuple[tokens.UserPool, ...] = ()
    credentials: Mapping[str, sigv4.Credential] = field(default_factory=dict)
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)

    async def identify(self, presented: Presented) -> Identity:
        """Raises Unauthorized, or BadRequest for a signature that does not match."""
        if presented.authorization.startswith("AWS4-HMAC-SHA256"):
            return self._principal(presented)
        if "x-api-key" in presented.request.headers:
            return self._key_holder(presented.request.headers["x-api-key"])
        if presented.authorization:
            return await self._pool_user(presented)
        raise Unauthorized("Valid authorization header not provided.")

    def _require(self, mode: Mode) -> None:
        if mode is not self.default and mode not in self.additional:
            raise Unauthorized

    def _principal(self, presented: Presented) -> Principal:
        self._require(Mode.IAM)
        credential = sigv4.verify(presented.request, self.credentials, self.clock())
        return Principal(credential.arn, presented.source_ip)

    def _key_holder(self, key: str) -> KeyHolder:
        self._require(Mode.API_KEY)
        if key not in self.api_keys:
            raise Unauthorized
        expires = self.api_keys[key]
        if expires is not None and expires <= self.clock():
            raise Unauthorized
        return KeyHolder()

    async def _pool_user(self, presented: Presented) -> PoolUser:
        self._require(Mode.COGNITO)
        token = presented.authorization.removeprefix("Bearer ").strip()
        tokens.header(token)
        issuer = tokens.issuer_of(token)
        for pool in self.pools:
            if pool.issuer == issuer:
                return PoolUser(await pool.verify(token), presented.source_ip, pool.default_action)
        raise Unauthorized
