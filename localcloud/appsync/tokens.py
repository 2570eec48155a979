"""JSON web tokens of user pools and OpenID providers: signature, expiry, issuer and client all checked."""

import re
import time
from dataclasses import dataclass
from functools import lru_cache

import jwt

from localcloud.appsync.errors import Json, Unauthorized
from localcloud.appsync.keys import Key, Keys

REMEMBERED = 64  # tokens; none is longer than the head of a request may be


@dataclass(frozen=True, slots=True)
class UserPool:
    """A Cognito pool whose tokens are accepted; without `client_pattern` those of all its clients."""

    issuer: str
    keys: Keys
    client_pattern: str | None = None
    default_action: str = "ALLOW"

    async def verify(self, token: str) -> Json:
        """The token's claims. Raises Unauthorized, with AppSync's words for an expired one."""
        claims = decode(token, await self.keys.find(key_name(token)), ["exp", "iat", "iss", "sub"])
        if claims["iss"] != self.issuer:
            raise Unauthorized
        self._check_client(claims)
        return claims

    def _check_client(self, claims: Json) -> None:
        """ID tokens name their client in `aud`, access tokens in `client_id`."""
        client = {"id": claims.get("aud"), "access": claims.get("client_id")}.get(claims.get("token_use"))
        if not isinstance(client, str) or not admits(self.client_pattern, client):
            raise Unauthorized


@dataclass(frozen=True, slots=True)
class Provider:
    """An OpenID provider. `issuer` as configured; `sole` when the API has no other mode or provider: then
    AppSync does not compare the issuer.
    """

    issuer: str
    keys: Keys
    client_pattern: str | None = None
    issued_seconds: float | None = None
    authenticated_seconds: float | None = None
    sole: bool = False

    def owns(self, issuer: object) -> bool:
        return self.sole or (isinstance(issuer, str) and issuer.rstrip("/") == self.issuer.rstrip("/"))

    async def verify(self, token: str) -> Json:
        """The token's claims. Its issuer must be the very text that discovery gave, if anybody asked."""
        key = await self.keys.find(key_name(token))
        claims = decode(token, key, ["exp"])
        if not self.sole and claims.get("iss") != (self.issuer if key.local else self.keys.issuer):
            raise Unauthorized
        self._check_client(claims)
        check_age(claims.get("iat"), self.issued_seconds)
        check_age(claims.get("auth_time"), self.authenticated_seconds)
        return claims

    def _check_client(self, claims: Json) -> None:
        audience = claims.get("aud")
        named = [*(audience if isinstance(audience, list) else [audience]), claims.get("azp")]
        if not any(admits(self.client_pattern, each) for each in named):
            raise Unauthorized


def admits(pattern: str | None, client: object) -> bool:
    return pattern is None or (isinstance(client, str) and re.fullmatch(pattern, client) is not None)


def check_age(since: object, seconds: float | None) -> None:
    """A token that does not say since when it is good is not young enough either."""
    if seconds is None:
        return
    if not isinstance(since, int | float) or time.time() - since > seconds:
        raise Unauthorized


def decode(token: str, key: Key, required: list[str]) -> Json:
    try:
        return jwt.decode(
            token, key.public, algorithms=list(key.algorithms),
            options={"require": required, "verify_aud": False},
        )  # fmt: skip
    except jwt.ExpiredSignatureError as error:
        raise Unauthorized("Token has expired.") from error
    except (jwt.InvalidTokenError, OverflowError) as error:
        raise Unauthorized from error


@lru_cache(REMEMBERED)
def key_name(token: str) -> str | None:
    name: str | None = jwt.get_unverified_header(token).get("kid")
    return name


@lru_cache(REMEMBERED)
def claims_of(token: str) -> Json:
    """What a token claims, to choose who is to verify it; None when it is no JSON web token.

    Remembered, as is who signed it: neither depends on anything but the token, which is verified every time.
    """
    try:
        jwt.get_unverified_header(token)
        return jwt.decode(token, options={"verify_signature": False})
    except (jwt.InvalidTokenError, RecursionError):
        return None
