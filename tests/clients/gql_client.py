"""gql, the Python client, behind the same calls as the others: HTTP over aiohttp, events over WebSockets."""

import asyncio
import contextlib
import ssl
from collections import defaultdict
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from botocore.auth import SigV4Auth
from botocore.credentials import Credentials
from gql import Client, GraphQLRequest
from gql.client import ReconnectingAsyncClientSession
from gql.transport.aiohttp import AIOHTTPTransport
from gql.transport.appsync_auth import (
    AppSyncApiKeyAuthentication,
    AppSyncAuthentication,
    AppSyncIAMAuthentication,
    AppSyncJWTAuthentication,
)
from gql.transport.appsync_websockets import AppSyncWebsocketsTransport
from gql.transport.exceptions import TransportClosed, TransportConnectionFailed

from tests.clients.conversations import PATIENCE, Refused

REGION = "us-east-1"
BACKOFF = 0.1


def authentication(host: str, mode: str, credentials: dict[str, str]) -> AppSyncAuthentication:
    match mode:
        case "apiKey":
            return AppSyncApiKeyAuthentication(host=host, api_key=credentials["apiKey"])
        case "iam":
            known = Credentials(credentials["accessKeyId"], credentials["secretAccessKey"])
            signer = SigV4Auth(known, "appsync", REGION)
            return AppSyncIAMAuthentication(host, REGION, signer, credentials=known)
    return AppSyncJWTAuthentication(host=host, jwt=credentials["token"])


class Gql:
    """One app written with gql. Its session connects anew, and it subscribes anew."""

    def __init__(self, authority: Path) -> None:
        self._trust = ssl.create_default_context(cafile=authority)
        self._told: defaultdict[str, asyncio.Queue[Any]] = defaultdict(asyncio.Queue)
        self._listening: dict[str, asyncio.Task[None]] = {}
        self._session: ReconnectingAsyncClientSession | None = None
        self._url = ""
        self._auth: AppSyncAuthentication = AppSyncApiKeyAuthentication("", "")

    async def call(self, method: str, **params: Any) -> Any:
        try:
            return await getattr(self, method)(**params)
        except Exception as error:
            raise Refused(shown(error)) from error

    async def heard(self, name: str) -> Any:
        async with asyncio.timeout(PATIENCE):
            return await self._told[name].get()

    def rest(self, name: str) -> list[Any]:
        queue = self._told[name]
        return [queue.get_nowait() for _ in range(queue.qsize())]

    async def configure(self, endpoint: str, mode: str, credentials: dict[str, str]) -> None:
        await self.close()
        self._url = f"{endpoint}/graphql"
        self._auth = authentication(urlsplit(endpoint).netloc, mode, credentials)

    async def ask(self, query: str, variables: dict[str, Any] | None = None) -> Any:
        async with Client(transport=self._http()) as session:
            return {"data": await session.execute(GraphQLRequest(query, variable_values=variables))}

    async def listen(self, name: str, query: str, variables: dict[str, Any] | None = None) -> None:
        request = GraphQLRequest(query, variable_values=variables)
        self._listening[name] = asyncio.create_task(self._hear(name, request))

    async def forget(self, name: str) -> None:
        listening = self._listening.pop(name)
        listening.cancel()
        await asyncio.wait([listening])

    async def close(self) -> None:
        for name in list(self._listening):
            await self.forget(name)
        if self._session:
            await self._session.client.close_async()  # type: ignore[no-untyped-call]  # gql's own
            self._session = None

    async def _hear(self, name: str, request: GraphQLRequest) -> None:
        queue = self._told[name]
        try:
            async for event in self._events(request):
                queue.put_nowait({"event": {"data": event}})
        except Exception as error:  # noqa: BLE001  (whatever it is, the app sees it, and the test asserts it)
            queue.put_nowait({"error": shown(error)})

    async def _events(self, request: GraphQLRequest) -> AsyncIterator[dict[str, Any]]:
        """The session connects anew by itself; subscribing anew is the app's part."""
        while True:
            session = await self._connected()
            try:
                async for event in session.subscribe(request):
                    yield event
            except (TransportConnectionFailed, TransportClosed):
                await asyncio.sleep(BACKOFF)
            else:
                return

    async def _connected(self) -> ReconnectingAsyncClientSession:
        if self._session is None:
            async with Client(transport=self._websockets()):
                pass  # a session that reconnects would try wrong credentials for ever, and never say so
            client = Client(transport=self._websockets())
            self._session = await client.connect_async(reconnecting=True)  # type: ignore[no-untyped-call]  # gql's own
        return self._session

    def _http(self) -> AIOHTTPTransport:
        return AIOHTTPTransport(self._url, auth=self._auth, ssl=self._trust)

    def _websockets(self) -> AppSyncWebsocketsTransport:
        """gql asks for the scheme of WebSockets where the endpoint is not on AWS."""
        url = self._url.replace("http", "ws", 1)
        trust = self._trust if url.startswith("wss") else False
        return AppSyncWebsocketsTransport(url=url, auth=self._auth, ssl=trust)


def shown(error: Exception) -> dict[str, str]:
    return {"name": type(error).__name__, "message": str(error)}


@contextlib.asynccontextmanager
async def in_python(authority: Path) -> AsyncIterator[Gql]:
    """gql in this process."""
    client = Gql(authority)
    try:
        yield client
    finally:
        await client.close()
