"""Unmodified clients against the endpoint: gql over both of its transports, in all three modes."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from botocore.auth import SigV4Auth
from botocore.credentials import Credentials
from gql import Client, GraphQLRequest, gql
from gql.transport.appsync_auth import (
    AppSyncApiKeyAuthentication,
    AppSyncAuthentication,
    AppSyncIAMAuthentication,
    AppSyncJWTAuthentication,
)
from gql.transport.appsync_websockets import AppSyncWebsocketsTransport
from gql.transport.exceptions import TransportQueryError, TransportServerError
from gql.transport.httpx import HTTPXAsyncTransport

from tests.localcloud.appsync.world import ACCESS, KEY, SECRET, Endpoint

SEND = "mutation M($input: NoteInput!) { send(input: $input) { id room body needed } }"
ON_SEND = "subscription S($room: String) { onSend(room: $room) { id body } }"

type Makes = Callable[[Endpoint], AppSyncAuthentication]


def by_key(endpoint: Endpoint) -> AppSyncAuthentication:
    return AppSyncApiKeyAuthentication(host=endpoint.host, api_key=KEY)


def by_token(endpoint: Endpoint) -> AppSyncAuthentication:
    return AppSyncJWTAuthentication(host=endpoint.host, jwt=endpoint.pool.token())


def by_signature(endpoint: Endpoint) -> AppSyncAuthentication:
    credentials = Credentials(ACCESS, SECRET)
    signer = SigV4Auth(credentials, "appsync", "us-east-1")
    return AppSyncIAMAuthentication(endpoint.host, "us-east-1", signer, credentials=credentials)


def listening(endpoint: Endpoint, auth: AppSyncAuthentication, path: str = "/graphql") -> Client:
    return Client(transport=AppSyncWebsocketsTransport(url=f"ws://{endpoint.host}{path}", auth=auth))


def asking(endpoint: Endpoint) -> Client:
    return Client(transport=HTTPXAsyncTransport(url=endpoint.url, headers={"x-api-key": KEY}))


@pytest.mark.parametrize("makes", [by_key, by_token, by_signature])
@pytest.mark.parametrize("path", ["/graphql", "/graphql/realtime"])
def test_gql_asks_over_http_and_listens_over_websockets(endpoint: Endpoint, makes: Makes, path: str) -> None:
    async def check() -> list[Any]:
        listener = listening(endpoint, makes(endpoint), path)
        async with listener as hearing, asking(endpoint) as speaking:
            events = hearing.subscribe(GraphQLRequest(ON_SEND, variable_values={"room": "r"}))
            first = asyncio.create_task(anext(events))
            async with asyncio.timeout(10):
                while not first.done():
                    note = {"id": "7", "room": "r", "body": "hello", "needed": "n"}
                    await speaking.execute(GraphQLRequest(SEND, variable_values={"input": note}))
                    await asyncio.wait([first], timeout=0.1)
            heard = await first
            await events.aclose()
            return [heard]

    assert asyncio.run(check()) == [{"onSend": {"id": "7", "body": "hello"}}]


def test_gql_is_told_why_a_subscription_is_refused(endpoint: Endpoint) -> None:
    async def check() -> None:
        async with listening(endpoint, by_key(endpoint)) as hearing:
            async for _ in hearing.subscribe(gql('subscription { onRule(how: "error") { id } }')):
                pass

    with pytest.raises(TransportQueryError, match="not today"):
        asyncio.run(check())


def test_gql_is_told_that_its_key_is_wrong(endpoint: Endpoint) -> None:
    async def check() -> None:
        auth = AppSyncApiKeyAuthentication(host=endpoint.host, api_key="wrong")
        async with listening(endpoint, auth):
            pass

    with pytest.raises(TransportServerError):
        asyncio.run(check())


def test_gql_reads_the_schema(endpoint: Endpoint) -> None:
    async def check() -> Client:
        client = asking(endpoint)
        client.fetch_schema_from_transport = True
        async with client:
            return client

    schema = asyncio.run(check()).schema
    assert schema
    assert "AWSJSON" in schema.type_map
