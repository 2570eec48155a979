"""The endpoint that is put to the rules: its addresses, its callers, and clients for both protocols."""

import base64
import json
import re
import ssl
import uuid
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
from websockets.asyncio.client import connect
from websockets.typing import Subprotocol

from localcloud.audits.signing import AwsKey
from localcloud.audits.sockets import EventSocket, Socket

# What is decoded from JSON, as in rules.py.
type Json = Any

AWS = re.compile(r"https://(\w+)\.appsync-api\.([\w-]+)\.(amazonaws\.com(\.cn)?)(/\w+)")


class Missing(Exception):
    """The audit cannot be made of this endpoint: something was not given that it needs."""


@dataclass(frozen=True, slots=True)
class Callers:
    """Credentials, as far as there are any; a token is sent as it is."""

    api_key: str | None = None
    token: str | None = None
    editor: str | None = None
    expired: str | None = None
    foreign: str | None = None
    oidc: str | None = None
    lambda_token: str | None = None
    aws: AwsKey | None = None
    events_key: str | None = None


NAMES = {
    "api_key": "an API key (--api-key)",
    "token": "a Cognito user's token (--token)",
    "editor": "a token of a user in the group `editors` (--editor-token)",
    "expired": "an expired token (--expired-token)",
    "foreign": "a token that somebody else signed (--foreign-token)",
    "oidc": "an OpenID Connect token (--oidc-token)",
    "lambda_token": "a Lambda authoriser's token (--lambda-token)",
    "events_key": "the Events API's key (--events-api-key)",
    "aws": "AWS credentials (--profile, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY)",
}


@dataclass(frozen=True, slots=True)
class Target:
    """One endpoint under audit."""

    url: str
    callers: Callers
    events_url: str | None = None
    patience: float = 15.0
    trusted: ssl.SSLContext | None = field(default=None, repr=False)

    # ---- Who asks

    def need(self, name: str) -> Json:
        """A caller's credentials. Raises Missing, which names the option that gives them."""
        found = getattr(self.callers, name)
        if found is None:
            raise Missing(NAMES[name])
        return found

    @property
    def host(self) -> str:
        return urlsplit(self.url).netloc

    def key(self) -> dict[str, str]:
        return {"x-api-key": self.need("api_key")}

    def bearer(self, name: str = "token") -> dict[str, str]:
        return {"Authorization": self.need(name)}

    def signed(self, body: str, path: str | None = None) -> dict[str, str]:
        aws: AwsKey = self.need("aws")
        return aws.sign(self.host, path or urlsplit(self.url).path, body)

    def auth(self, given: Mapping[str, str] | None = None) -> dict[str, str]:
        """An auth object: the credentials and the host of the HTTP endpoint."""
        return {"host": self.host, **(self.key() if given is None else given)}

    # ---- Over HTTP

    @asynccontextmanager
    async def http(self) -> AsyncIterator[httpx.AsyncClient]:
        """Reading the system's authorities takes longer than most audits: only for TLS."""
        local = self.host.partition(":")[0] in {"localhost", "127.0.0.1"}
        verify = self.trusted or self.url.startswith("https")
        async with httpx.AsyncClient(timeout=30, verify=verify, trust_env=not local) as client:
            yield client

    async def send(self, content: str | bytes, headers: Mapping[str, str] | None = None) -> httpx.Response:
        """A body as it is, by an API key's holder unless told otherwise."""
        given = self.key() if headers is None else headers
        async with self.http() as client:
            return await client.post(
                self.url, content=content, headers={"content-type": "application/json", **given}
            )

    async def post(
        self, query: str, variables: Json = None, headers: Mapping[str, str] | None = None, **members: Json
    ) -> httpx.Response:
        body = {"query": query, **({"variables": variables} if variables is not None else {}), **members}
        return await self.send(json.dumps(body), headers)

    async def answer(
        self, query: str, variables: Json = None, headers: Mapping[str, str] | None = None
    ) -> Json:
        return (await self.post(query, variables, headers)).json()

    async def data(
        self, query: str, variables: Json = None, headers: Mapping[str, str] | None = None
    ) -> Json:
        body = await self.answer(query, variables, headers)
        if body.get("errors"):
            raise AssertionError(f"a request failed that should not: {body['errors']}")
        return body["data"]

    async def error(
        self, query: str, variables: Json = None, headers: Mapping[str, str] | None = None
    ) -> Json:
        """The one error of a request that has to have one."""
        body = await self.answer(query, variables, headers)
        if len(body.get("errors") or []) != 1:
            raise AssertionError(f"one error was expected: {body}")
        return body["errors"][0]

    async def publish(self, selection: str = "id room text", field: str = "send", **item: Json) -> Json:
        """Runs the mutation that subscribers hear of."""
        kind = "PetInput" if field == "sendPet" else "ItemInput"
        mutation = f"mutation M($input: {kind}!) {{ {field}(input: $input) {{ {selection} }} }}"
        return (await self.data(mutation, {"input": {"id": fresh(), **item}}))[field]

    # ---- Over WebSockets

    @property
    def realtime_url(self) -> str:
        """What clients make of the endpoint's address: another host at AWS, another path elsewhere."""
        match = AWS.fullmatch(self.url)
        if match:
            return f"wss://{match[1]}.appsync-realtime-api.{match[2]}.{match[3]}{match[5]}"
        return f"{self.url.replace('http', 'ws', 1)}/realtime"

    @asynccontextmanager
    async def raw(
        self,
        auth: Json = None,
        *,
        carrier: str = "protocol",
        path: str | None = None,
        protocols: tuple[str, ...] = ("graphql-ws",),
    ) -> AsyncIterator[Socket]:
        """An open socket on which nothing has been said, its credentials where `carrier` says."""
        given = self.auth() if auth is None else auth
        url = self.realtime_url if path is None else f"{origin(self.realtime_url)}{path}"
        offered = [Subprotocol(each) for each in protocols]
        headers: dict[str, str] = {}
        match carrier:
            case "protocol":
                offered.append(Subprotocol(f"header-{unpadded(given)}"))
            case "query":
                url += f"?header={base64.b64encode(json.dumps(given).encode()).decode()}&payload=e30="
            case "headers":
                headers = {name: value for name, value in given.items() if name != "host"}
        async with connect(
            url, subprotocols=offered, additional_headers=headers, ssl=self._tls(url), proxy=None,
            compression=None, max_size=None, open_timeout=15,
        ) as socket:  # fmt: skip
            yield Socket(socket, given)

    @asynccontextmanager
    async def socket(self, auth: Json = None, **options: Json) -> AsyncIterator[Socket]:
        """A connection that is acknowledged."""
        async with self.raw(auth, **options) as socket:
            await socket.acknowledge()
            yield socket

    # ---- Events

    @property
    def events(self) -> str:
        if self.events_url is None:
            raise Missing("an Events API (--events-url)")
        return self.events_url

    @property
    def events_host(self) -> str:
        return urlsplit(self.events).netloc

    def events_auth(self, given: Mapping[str, str] | None = None) -> dict[str, str]:
        return {"host": self.events_host, **(self.events_caller() if given is None else given)}

    def events_caller(self) -> dict[str, str]:
        return {"x-api-key": self.need("events_key")}

    def signed_events(self, body: str) -> dict[str, str]:
        aws: AwsKey = self.need("aws")
        return aws.sign(self.events_host, urlsplit(self.events).path, body)

    async def post_events(
        self, channel: Json, events: Json, headers: Mapping[str, str] | None = None
    ) -> httpx.Response:
        body = json.dumps({"channel": channel, "events": events}, separators=(",", ":"))
        return await self.send_events(body, headers)

    async def send_events(self, body: str, headers: Mapping[str, str] | None = None) -> httpx.Response:
        given = self.events_caller() if headers is None else headers
        async with self.http() as client:
            return await client.post(
                self.events, content=body, headers={"content-type": "application/json", **given}
            )

    @asynccontextmanager
    async def raw_events(
        self, auth: Json = None, *, carrier: str = "protocol", protocol: str = "aws-appsync-event-ws"
    ) -> AsyncIterator[EventSocket]:
        given = self.events_auth() if auth is None else auth
        match = AWS.fullmatch(self.events)
        base = (
            f"wss://{match[1]}.appsync-realtime-api.{match[2]}.{match[3]}{match[5]}"
            if match
            else self.events.replace("http", "ws", 1)
        )
        offered = [Subprotocol(protocol)]
        if carrier == "protocol":
            offered.append(Subprotocol(f"header-{unpadded(given)}"))
        headers = {name: value for name, value in given.items() if name != "host" and carrier == "headers"}
        url = f"{base}/realtime"
        async with connect(
            url, subprotocols=offered, additional_headers=headers, ssl=self._tls(url), proxy=None,
            compression=None, max_size=None, open_timeout=15,
        ) as socket:  # fmt: skip
            yield EventSocket(socket, given)

    @asynccontextmanager
    async def event_socket(self, auth: Json = None, **options: Json) -> AsyncIterator[EventSocket]:
        async with self.raw_events(auth, **options) as socket:
            await socket.acknowledge()
            yield socket

    def _tls(self, url: str) -> ssl.SSLContext | None:
        if not url.startswith("wss"):
            return None
        return self.trusted or ssl.create_default_context()


def fresh() -> str:
    """A name that no other audit has."""
    return uuid.uuid4().hex


def unpadded(auth: Json) -> str:
    return base64.urlsafe_b64encode(json.dumps(auth).encode()).decode().rstrip("=")


def trust(authority: Path | None) -> ssl.SSLContext | None:
    """Trust in one more authority, such as this machine's own."""
    return ssl.create_default_context(cafile=str(authority)) if authority else None


def origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"
