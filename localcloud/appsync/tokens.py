"""Cognito tokens: signature by the pool's published keys, issuer, expiry, use and client all checked."""

import asyncio
import re
import time
from dataclasses import dataclass, field

import httpx
import jwt

from localcloud.appsync.errors import Json, RequestRefused, Unauthorized
from localcloud.appsync.guard import is_local

REFETCH_SECONDS = 2.0


@dataclass(slots=True)
class UserPool:
    """A pool whose tokens are accepted. `clients` empty and no `client_pattern`: any client of the pool."""

    issuer: str
    jwks_url: str
    clients: frozenset[str] = frozenset()
    client_pattern: str | None = None
    default_action: str = "ALLOW"
    _keys: dict[str, jwt.PyJWK] = field(default_factory=dict)
    _fetched: float = float("-inf")
    _fetching: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def verify(self, token: str) -> Json:
        """The token's claims. Raises Unauthorized, with AppSync's words for an expired one."""
        key = await self._key(token)
        try:
            claims = jwt.decode(
                token, key, algorithms=["RS256"], issuer=self.issuer,
                options={"require": ["exp", "iat", "iss", "sub"], "verify_aud": False},
            )  # fmt: skip
        except jwt.ExpiredSignatureError as error:
            raise Unauthorized("Token has expired.") from error
        except jwt.InvalidTokenError as error:
            raise Unauthorized from error
        self._check_client(claims)
        return claims

    def _check_client(self, claims: Json) -> None:
        """ID tokens name their client in `aud`, access tokens in `client_id`."""
        client = {"id": claims.get("aud"), "access": claims.get("client_id")}.get(claims.get("token_use"))
        if not isinstance(client, str) or not self._admits(client):
            raise Unauthorized

    def _admits(self, client: str) -> bool:
        if self.client_pattern is not None:
            return re.fullmatch(self.client_pattern, client) is not None
        return not self.clients or client in self.clients

    async def _key(self, token: str) -> jwt.PyJWK:
        name = header(token).get("kid")
        if name not in self._keys:
            async with self._fetching:  # whoever comes meanwhile waits for the same keys
                await self._fetch_for(name)
        if name not in self._keys:
            raise Unauthorized
        return self._keys[name]

    async def _fetch_for(self, name: object) -> None:
        if name not in self._keys and time.monotonic() - self._fetched > REFETCH_SECONDS:
            await self._fetch()

    async def _fetch(self) -> None:
        """Keys are fetched again for a token that names an unknown one, at most every two seconds."""
        try:
            async with httpx.AsyncClient(timeout=5, trust_env=not is_local(self.jwks_url)) as client:
                answer = await client.get(self.jwks_url)
            found = jwt.PyJWKSet.from_dict(answer.raise_for_status().json()).keys
        except (httpx.HTTPError, ValueError, jwt.PyJWTError) as error:
            raise KeysUnavailable from error
        self._fetched = time.monotonic()
        self._keys = {key.key_id: key for key in found if key.key_id}


class KeysUnavailable(RequestRefused):
    """Nothing is wrong with the token as far as is known: a code that makes clients try again."""

    def __init__(self) -> None:
        super().__init__("The user pool's keys cannot be fetched.", "ServiceUnavailableException", 503)


def header(token: str) -> Json:
    try:
        return jwt.get_unverified_header(token)
    except jwt.InvalidTokenError as error:
        raise Unauthorized("Unable to parse JWT token.") from error


def issuer_of(token: str) -> str | None:
    """The issuer a token claims, to choose the pool by; nothing is verified yet."""
    try:
        claims = jwt.decode(token, options={"verify_signature": False})
    except jwt.InvalidTokenError:
        return None
    issuer = claims.get("iss")
    return issuer if isinstance(issuer, str) else None
