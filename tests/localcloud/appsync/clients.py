"""Clients for the real-time channel: one that speaks raw frames, and how each mode signs."""

import base64
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Subprotocol

from tests.localcloud.appsync.world import ACCESS, KEY, SECRET

SIGNED = {
    "accept": "application/json, text/javascript",
    "content-encoding": "amz-1.0",
    "content-type": "application/json; charset=UTF-8",
}


def sign(
    host: str,
    path: str,
    body: str,
    headers: Mapping[str, str] | None = None,
    key: tuple[str, str] = (ACCESS, SECRET),
) -> dict[str, str]:
    """Headers signed by botocore, as AppSync's own clients sign."""
    request = AWSRequest(
        "POST", f"http://{host}{path}", headers={**(headers or SIGNED), "host": host}, data=body.encode()
    )
    SigV4Auth(Credentials(*key), "appsync", "us-east-1").add_auth(request)
    return dict(request.headers.items())


def api_key(host: str) -> dict[str, str]:
    return {"host": host, "x-api-key": KEY}


def in_query(auth: Any) -> str:
    return f"?header={base64.b64encode(json.dumps(auth).encode()).decode()}&payload=e30="


def in_protocol(auth: Any) -> list[Subprotocol]:
    text = base64.urlsafe_b64encode(json.dumps(auth).encode()).decode().rstrip("=")
    return [Subprotocol("graphql-ws"), Subprotocol(f"header-{text}")]


@dataclass
class Client:
    """A connection with nothing between the test and the frames."""

    socket: ClientConnection
    auth: Any
    seen: list[Any] = field(default_factory=list)

    async def send(self, **frame: Any) -> None:
        await self.socket.send(json.dumps(frame))

    async def receive(self, *, keep_alive: bool = False) -> Any:
        while True:
            frame = json.loads(await self.socket.recv())
            if frame["type"] != "ka" or keep_alive:
                return frame

    async def start(self, id_: str, query: str, variables: Any = None, auth: Any = None) -> Any:
        data = json.dumps(
            {"query": query, "variables": variables} if variables is not None else {"query": query}
        )
        given = auth(data) if callable(auth) else auth or self.auth
        await self.send(id=id_, type="start", payload={"data": data, "extensions": {"authorization": given}})
        return await self.receive()

    async def subscribe(self, id_: str, query: str, variables: Any = None, auth: Any = None) -> None:
        frame = await self.start(id_, query, variables, auth)
        assert frame == {"id": id_, "type": "start_ack"}, frame

    async def event(self, id_: str) -> Any:
        frame = await self.receive()
        assert (frame["id"], frame["type"]) == (id_, "data"), frame
        return frame["payload"]


@asynccontextmanager
async def client(
    host: str, auth: Any = None, path: str = "/graphql/realtime", **options: Any
) -> AsyncIterator[Client]:
    """Connected and acknowledged; authorised through the sub-protocol unless told otherwise."""
    given = auth or api_key(host)
    async with connect(f"ws://{host}{path}", subprotocols=in_protocol(given), **options) as socket:
        await socket.send('{"type":"connection_init"}')
        assert json.loads(await socket.recv())["type"] == "connection_ack"
        yield Client(socket, given)
