"""Whose tokens an API takes, and tokens as they would issue them: Cognito's pools, OpenID Connect providers.

For users who cannot sign in on a laptop. What is signed, and whether anybody trusts it, is signer.py's.
"""

import json
import re
import time
import uuid
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field

import httpx
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from localcloud.appsync.errors import Json
from localcloud.appsync.providers import Providers
from localcloud.appsync.tokens import admits

PATH = "/issuers"
CLIENT = "local"
POOL = re.compile(r"https://cognito-idp\.[\w-]+\.amazonaws\.com/.+")
REGION = re.compile(r"([a-z]{2}(?:-[a-z]+)+-\d)_.+")


@dataclass(frozen=True, slots=True)
class Issuer:
    """A user pool or a provider, by its address, and a client of it that the API takes, if one is known."""

    url: str
    client: str | None = CLIENT

    @property
    def is_pool(self) -> bool:
        return POOL.fullmatch(self.url) is not None

    def is_called(self, named: str) -> bool:
        """Whether that is its address, or its pool's id."""
        return named in (self.url, self.url.rsplit("/", 1)[-1] if self.is_pool else None)


@dataclass(frozen=True, slots=True)
class Person:
    """Whom a token is for. `claims` are put above all others; `seconds` below zero make an expired one."""

    name: str
    groups: tuple[str, ...] = ()
    claims: Mapping[str, Json] = field(default_factory=dict)
    seconds: int = 3600
    by_id: bool = False

    def claims_for(self, issuer: Issuer, now: int | None = None) -> Json:
        """What the issuer would say of this person; `by_id`, as in an ID token, is for pools."""
        own = self._of_pool(issuer) if issuer.is_pool else self._of_provider(issuer)
        return {**self._timed(int(time.time()) if now is None else now), **own, **self.claims}

    def _timed(self, now: int) -> Json:
        expires = now + self.seconds
        since = now if self.seconds > 0 else expires - 3600
        return {"iat": since, "auth_time": since, "exp": expires, "jti": str(uuid.uuid4())}

    def _of_pool(self, issuer: Issuer) -> Json:
        """https://docs.aws.amazon.com/cognito/latest/developerguide/amazon-cognito-user-pools-using-tokens-with-identity-providers.html"""
        named = (
            {"token_use": "id", "aud": issuer.client, "cognito:username": self.name}
            if self.by_id
            else {
                "token_use": "access",
                "client_id": issuer.client,
                "username": self.name,
                "scope": "aws.cognito.signin.user.admin",
            }
        )
        groups = {"cognito:groups": list(self.groups)} if self.groups else {}
        return {"sub": subject(issuer.url, self.name), "iss": issuer.url, **named, **groups}

    def _of_provider(self, issuer: Issuer) -> Json:
        """Providers have no common claim for groups; `groups` is what most of them can be told to add."""
        groups = {"groups": list(self.groups)} if self.groups else {}
        return {"sub": self.name, "iss": issuer.url, "aud": issuer.client, **groups}


def subject(issuer: str, name: str) -> str:
    """A pool's users are UUIDs; the same person is the same one every time."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"{issuer}/{name}"))


def pool_issuer(pool: str, region: str | None = None) -> str:
    """A pool's id begins with its region."""
    match = REGION.fullmatch(pool)
    return f"https://cognito-idp.{region or (match[1] if match else 'us-east-1')}.amazonaws.com/{pool}"


def issuers_of(apis: Iterable[Providers]) -> list[Issuer]:
    """Those of all APIs, each once, pools first."""
    pools: dict[str, Issuer] = {}
    others: dict[str, Issuer] = {}
    for each in apis:
        for pool in each.pools:
            url = pool_issuer(pool.pool_id, pool.region)
            pools.setdefault(url, Issuer(url, client_for(pool.client_pattern)))
        for provider in each.issuers:
            others.setdefault(provider.issuer, Issuer(provider.issuer, client_for(provider.client_pattern)))
    return [*pools.values(), *others.values()]


def client_for(pattern: str | None) -> str | None:
    """A client that the pattern takes: any, or the one it spells out, or the first of several."""
    return next((each for each in candidates(pattern) if admits(pattern, each)), None)


def candidates(pattern: str | None) -> Iterator[str]:
    yield CLIENT
    if pattern:
        yield pattern
        yield pattern.strip("^()$").split("|")[0]


class NoIssuer(Exception):
    """Nobody's token can be signed: none was named or none is known, or not as it was asked for."""


def served_at(origin: str) -> list[Issuer]:
    """Those that an endpoint on this machine takes tokens of this machine for. Raises NoIssuer."""
    try:
        answer = httpx.get(f"{origin}{PATH}", timeout=5, trust_env=False, verify=False)  # noqa: S501  (this machine's; no secret is sent)
        return [Issuer(each["url"], each["client"]) for each in answer.raise_for_status().json()]
    except httpx.HTTPStatusError as error:
        raise NoIssuer(
            f"the API at {origin} takes no tokens of this machine: it has no user pool and no provider, "
            "or was started with --no-local-tokens"
        ) from error
    except (httpx.HTTPError, httpx.InvalidURL, ValueError, KeyError, TypeError) as error:
        raise NoIssuer(f"no API is served at {origin}") from error


def choose(served: list[Issuer], named: str | None, client: str | None) -> Issuer:
    """The first that was `served`, or the one of them that was named; with none served, what was named."""
    wanted = [each for each in served if named is None or each.is_called(named)]
    if not wanted and (served or named is None):
        raise NoIssuer(f"the API does not know '{named}' but {', '.join(each.url for each in served)}")
    found = wanted[0] if wanted else Issuer(str(named) if "://" in str(named) else pool_issuer(str(named)))
    if not (client or found.client):
        raise NoIssuer(f"the API takes only some clients of {found.url}; name one with --client")
    return Issuer(found.url, client or found.client)


def seconds(text: str) -> int:
    """`45s`, `30m`, `1h` or `7d`, also below zero. Raises NoIssuer."""
    match = re.fullmatch(r"(-?\d{1,5})([smhd])", text)
    if match is None:
        raise NoIssuer(f"'{text}' is no time such as 45s, 30m, 1h or 7d")
    return int(match[1]) * {"s": 1, "m": 60, "h": 3600, "d": 86400}[match[2]]


def read_claim(text: str) -> Json:
    """JSON, or else the text itself."""
    try:
        return json.loads(text)
    except ValueError:
        return text


def route(issuers: list[Issuer]) -> Route:
    """For the program that signs: nothing of it is secret."""

    async def show(_: Request) -> Response:
        return JSONResponse([asdict(each) for each in issuers], headers={"Cache-Control": "no-store"})

    return Route(PATH, show)
