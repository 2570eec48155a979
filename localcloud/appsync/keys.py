"""The keys a token issuer publishes: fetched when first needed, and again for a token that names another."""

import asyncio
import json
import logging
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx
import jwt

from localcloud.appsync.errors import Json, RequestRefused, Unauthorized
from localcloud.appsync.guard import is_local

log = logging.getLogger(__name__)
REFETCH_SECONDS = 2.0
PATIENCE_SECONDS = 5.0  # for the whole of it: callers wait for one another here
DOCUMENT_BYTES = 1_000_000
RSA = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512")
UNREADABLE = (
    httpx.HTTPError, httpx.InvalidURL, TimeoutError, RecursionError,
    ValueError, KeyError, TypeError, AttributeError,
)  # fmt: skip
CURVES = {"P-256": ("ES256",), "P-384": ("ES384",), "P-521": ("ES512",)}


class KeysUnavailable(RequestRefused):
    """Nothing is wrong with the token as far as is known: a code that makes clients try again."""

    def __init__(self) -> None:
        super().__init__("The token issuer's keys cannot be fetched.", "ServiceUnavailableException", 503)


@dataclass(frozen=True, slots=True)
class Key:
    """A public key, and the algorithms it may be used with: the published one, or those of its kind.

    `local` when it is this machine's own rather than the issuer's.
    """

    public: Any  # PyJWT's own union of the key classes of `cryptography`
    algorithms: tuple[str, ...]
    local: bool = False


@dataclass(slots=True)
class Keys:
    """Keys at `url`, which with `discovery` is an OpenID configuration that says where they are.

    `issuer` is what that configuration says, known once keys were found. `trusted` are keys that are
    taken for the issuer's without asking it.
    """

    url: str
    discovery: bool = False
    refetch_seconds: float = REFETCH_SECONDS
    trusted: Mapping[str, Key] = field(default_factory=dict)
    issuer: str | None = None
    _keys: dict[str | None, Key] = field(default_factory=dict)
    _fetched: float = float("-inf")
    _failed: float = float("-inf")
    _fetching: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def find(self, name: str | None) -> Key:
        """Raises Unauthorized for a key that is not published, KeysUnavailable when nobody can tell."""
        if name is not None and name in self.trusted:
            return self.trusted[name]
        if name not in self._keys:
            async with self._fetching:  # whoever comes meanwhile waits for the same keys
                await self._fetch_for(name)
        if name not in self._keys:
            raise Unauthorized
        return self._keys[name]

    async def _fetch_for(self, name: str | None) -> None:
        """An issuer that did not answer is left alone for a while too, and nobody waits for it then."""
        now = time.monotonic()
        if name in self._keys or now - self._fetched <= self.refetch_seconds:
            return
        if now - self._failed <= self.refetch_seconds:
            raise KeysUnavailable
        await self._fetch()

    async def _fetch(self) -> None:
        """Keys are fetched again for a token that names an unknown one, at most every two seconds."""
        try:
            async with asyncio.timeout(PATIENCE_SECONDS), self._client() as client:
                document = await fetch(client, await self._locate(client))
            self._keys = read_keys(document["keys"])
        except UNREADABLE as error:
            log.warning("%s: no keys of a token issuer (%s: %s)", self.url, type(error).__name__, error)
            self._failed = time.monotonic()
            raise KeysUnavailable from error
        self._fetched = time.monotonic()

    def _client(self) -> httpx.AsyncClient:
        return httpx.AsyncClient(timeout=PATIENCE_SECONDS, trust_env=not is_local(self.url))

    async def _locate(self, client: httpx.AsyncClient) -> str:
        if not self.discovery:
            return self.url
        configuration = await fetch(client, self.url)
        self.issuer = str(configuration["issuer"])
        return str(configuration["jwks_uri"])


async def fetch(client: httpx.AsyncClient, url: str) -> Json:
    """Raises ValueError for a document that is larger than any of keys need be."""
    content = bytearray()
    async with client.stream("GET", url) as answer:
        async for chunk in answer.raise_for_status().aiter_bytes():
            content += chunk
            if len(content) > DOCUMENT_BYTES:
                raise ValueError(f"{url} has over {DOCUMENT_BYTES} bytes")
    return json.loads(content)


def read_keys(published: list[Json]) -> dict[str | None, Key]:
    """By `kid`; a single key may also be used by tokens that name none."""
    found = {jwk.get("kid"): key for jwk in published if (key := read_key(jwk))}
    return {None: next(iter(found.values())), **found} if len(found) == 1 else found


def read_key(jwk: Json) -> Key | None:
    """None for a key that signs nothing, or nothing that may be trusted: symmetric ones above all."""
    suited = RSA if jwk.get("kty") == "RSA" else CURVES.get(jwk.get("crv"), ())
    allowed = tuple(each for each in suited if jwk.get("alg") in (None, each))
    if not allowed or jwk.get("use", "sig") != "sig":
        return None
    try:
        return Key(jwt.PyJWK(jwk, allowed[0]).key, allowed)
    except (jwt.PyJWTError, ValueError, TypeError):  # a broken one leaves the others usable
        log.warning("a published key of type %s cannot be read", jwk.get("kty"))
        return None
