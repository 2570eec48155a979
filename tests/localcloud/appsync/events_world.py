"""The Events endpoint under test: namespaces of every kind, the functions behind them, and a raw client."""

import asyncio
import base64
import json
import time
import uuid
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import boto3
import httpx
from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Subprotocol

from localcloud.appsync.assembly import Surroundings
from localcloud.appsync.events.api import EventsApi, Settings
from localcloud.appsync.events.assembly import assemble
from localcloud.appsync.events.definition import read
from localcloud.appsync.policies import read_policy
from localcloud.appsync.sigv4 import Credential
from localcloud.appsync.template import load
from tests.localcloud.appsync.clients import sign
from tests.localcloud.appsync.world import (
    ACCESS,
    ARN,
    CLIENT,
    FIXTURES,
    POOL,
    SECRET,
    Lambda,
    Pool,
    functions_at,
)

KEY = "da2-events"
VALUES = {"Pool": POOL, "Client": CLIENT, "Events.ApiId": "events1", "Key.ApiKey": KEY}
LISTENER, WHISPER = "AKIDLISTENER", "secretlistener"
ONLY_LISTENS = {
    "Statement": [
        {
            "Effect": "Allow",
            "Action": ["appsync:EventConnect", "appsync:EventSubscribe"],
            "Resource": "arn:aws:appsync:*:*:apis/events1*",
        }
    ]
}


@dataclass
class Functions(Lambda):
    """The authoriser lets in who says a word of its list; the other function does what the channel says."""

    def invoke(self, event: Any) -> tuple[Any, str | None]:
        self.events.append(event)
        if "authorizationToken" in event:
            return authorize(event), None
        if event["info"]["channel"]["segments"][-1] == "raises":
            return {"errorMessage": "secret", "errorType": "KeyError", "stackTrace": []}, "Unhandled"
        if event["info"]["channel"]["segments"][-1] == "denied":
            return {"errorMessage": "no", "errorType": "UnauthorizedException"}, "Unhandled"
        return answer(event), None

    def on(self, channel: str) -> list[Any]:
        """The events that handlers of one channel were sent."""
        return [
            each for each in self.events if each.get("info", {}).get("channel", {}).get("path") == channel
        ]


def authorize(event: Any) -> Any:
    operation = event["requestContext"]["operation"]
    words = {"friend": True, "talker": operation != "EVENT_SUBSCRIBE"}
    return {
        "isAuthorized": words.get(event["authorizationToken"], False),
        "handlerContext": {"word": event["authorizationToken"]},
    }


def answer(event: Any) -> Any:
    events = event.get("events") or []
    match event["info"]["channel"]["segments"][-1]:
        case "half" if events:
            return {
                "events": [
                    {"id": events[0]["id"], "payload": "first"},
                    {"id": events[1]["id"], "error": "no"},
                ]
            }
        case "error":
            return {"error": "the function says no"}
        case "none":
            return None
        case "slow":
            time.sleep(0.5)
        case "welcome":
            return "welcome"
    return {"events": events}


def build_events(service: str, settings: Settings | None = None) -> EventsApi:
    """The API of `fixtures/events.yaml`."""
    session = boto3.Session(aws_access_key_id="test", aws_secret_access_key="test", region_name="us-east-1")
    known = {
        ACCESS: Credential(SECRET, ARN),
        LISTENER: Credential(WHISPER, ARN, read_policy(ONLY_LISTENS)),
    }
    definition = read(load(FIXTURES / "events.yaml", VALUES))
    assert definition
    with functions_at(service):
        return assemble(definition, Surroundings(session, service, known), settings)


def compact(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def in_protocol(auth: Any) -> list[Subprotocol]:
    text = base64.urlsafe_b64encode(json.dumps(auth).encode()).decode().rstrip("=")
    return [Subprotocol("aws-appsync-event-ws"), Subprotocol(f"header-{text}")]


def by_key(host: str) -> dict[str, str]:
    return {"host": host, "x-api-key": KEY}


@dataclass
class EventsEndpoint:
    """A running endpoint, and how each mode shows itself to it."""

    host: str
    api: EventsApi
    pool: Pool
    functions: Functions
    service: str

    def post(self, channel: str, *events: Any, headers: Mapping[str, str] | None = None) -> httpx.Response:
        """Publishes values, as JSON texts, over HTTP."""
        body = compact({"channel": channel, "events": [compact(each) for each in events]})
        return self.send(body, headers if headers is not None else {"x-api-key": KEY})

    def send(self, body: str, headers: Mapping[str, str]) -> httpx.Response:
        return httpx.post(f"http://{self.host}/event", content=body.encode(), headers=headers, timeout=20)

    def error(self, channel: str, *events: Any, headers: Mapping[str, str] | None = None) -> tuple[int, Any]:
        response = self.post(channel, *events, headers=headers)
        (error,) = response.json()["errors"]
        assert response.headers["x-amzn-errortype"] == error["errorType"]
        return response.status_code, error

    def bearer(self, sub: str = "ada", **claims: Any) -> dict[str, str]:
        return {"Authorization": self.pool.token(sub, **claims), "host": self.host}

    def signed(self, body: Any, *, listener: bool = False) -> dict[str, str]:
        return sign(
            self.host, "/event", compact(body), key=(LISTENER, WHISPER) if listener else (ACCESS, SECRET)
        )


@dataclass
class EventsClient:
    """A connection with nothing between the test and the frames."""

    socket: ClientConnection
    auth: Any
    seen: list[Any] = field(default_factory=list)

    async def send(self, **frame: Any) -> None:
        await self.socket.send(json.dumps(frame))

    async def receive(self) -> Any:
        while True:
            async with asyncio.timeout(10):
                frame = json.loads(await self.socket.recv())
            if frame["type"] != "ka":
                return frame

    async def subscribe(self, channel: str, auth: Any = None) -> str:
        """The id of a subscription that was accepted."""
        id_ = str(uuid.uuid4())
        frame = await self.try_subscribe(channel, auth, id_)
        assert frame == {"type": "subscribe_success", "id": id_}, frame
        return id_

    async def try_subscribe(self, channel: Any, auth: Any = None, id_: str = "s1") -> Any:
        await self.send(type="subscribe", id=id_, channel=channel, authorization=self._own(auth))
        return await self.receive()

    async def publish(self, channel: Any, events: Sequence[Any], auth: Any = None) -> Any:
        """The answer to a publish of values; events that come first are kept in `seen`."""
        texts = [compact(each) for each in events]
        await self.send(type="publish", id="p1", channel=channel, events=texts, authorization=self._own(auth))
        while (frame := await self.receive())["type"] == "data":
            self.seen.append(frame)
        return frame

    async def event(self, id_: str) -> Any:
        """The next event, which must be for one subscription."""
        frame = self.seen.pop(0) if self.seen else await self.receive()
        assert (frame["type"], frame["id"]) == ("data", id_), frame
        return json.loads(frame["event"])

    def _own(self, auth: Any) -> Any:
        return self.auth if auth is None else auth


@asynccontextmanager
async def events_client(host: str, auth: Any = None, **options: Any) -> AsyncIterator[EventsClient]:
    """Connected and acknowledged."""
    given = auth or by_key(host)
    async with connect(f"ws://{host}/event/realtime", subprotocols=in_protocol(given), **options) as socket:
        await socket.send('{"type":"connection_init"}')
        frame = json.loads(await socket.recv())
        assert frame["type"] == "connection_ack", frame
        yield EventsClient(socket, given)
