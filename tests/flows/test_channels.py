"""Channels over AppSync Events in the whole local cloud: who may use which, over HTTP and a socket."""

import base64
import json
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import httpx
import jwt
import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Subprotocol

from tests.flows.cloud import Cloud

pytestmark = pytest.mark.flow


@dataclass(frozen=True)
class Person:
    """Somebody with a token, at one Events endpoint."""

    url: str
    token: str

    @property
    def sub(self) -> str:
        sub: str = jwt.decode(self.token, options={"verify_signature": False})["sub"]
        return sub

    @property
    def authorization(self) -> dict[str, str]:
        return {"Authorization": self.token, "host": httpx.URL(self.url).netloc.decode()}

    def publish(self, channel: str, event: Any) -> httpx.Response:
        body = {"channel": channel, "events": [json.dumps(event)]}
        return httpx.post(self.url, json=body, headers=self.authorization, timeout=20)

    @contextmanager
    def socket(self) -> Iterator[ClientConnection]:
        header = base64.urlsafe_b64encode(json.dumps(self.authorization).encode()).decode().rstrip("=")
        protocols = [Subprotocol("aws-appsync-event-ws"), Subprotocol(f"header-{header}")]
        with connect(self.url.replace("http", "ws", 1) + "/realtime", subprotocols=protocols) as socket:
            yield socket

    def subscribe(self, socket: ClientConnection, channel: str) -> Any:
        """The answer to one attempt."""
        frame = {"type": "subscribe", "id": str(uuid.uuid4()), "channel": channel}
        socket.send(json.dumps({**frame, "authorization": self.authorization}))
        return received(socket)


def received(socket: ClientConnection) -> Any:
    while (frame := json.loads(socket.recv(timeout=20)))["type"] == "ka":
        pass
    return frame


def message(socket: ClientConnection) -> Any:
    frame = received(socket)
    assert frame["type"] == "data", frame
    return json.loads(frame["event"])


@pytest.fixture(scope="module")
def lan(cloud: Cloud) -> Person:
    return Person(cloud.config["eventsUrl"], cloud.user("lan").token)


@pytest.fixture(scope="module")
def minh(cloud: Cloud) -> Person:
    return Person(cloud.config["eventsUrl"], cloud.user("minh").token)


def test_a_message_reaches_others_with_its_sender_and_as_graphql_names_its_channel(
    lan: Person, minh: Person
) -> None:
    with lan.socket() as socket:
        assert lan.subscribe(socket, "/channels/room/*")["type"] == "subscribe_success"
        receipt = minh.publish("/channels/room/one", {"text": "chào"}).raise_for_status().json()
        told = message(socket)
    assert (told["channel"], told["sender"], told["data"]) == ("room/one", minh.sub, {"text": "chào"})
    assert told["id"] == receipt["successful"][0]["identifier"]


def test_a_persons_own_channel_is_theirs_alone(lan: Person, minh: Person) -> None:
    own = f"/channels/user/{lan.sub}/in"
    with lan.socket() as socket, minh.socket() as others:
        assert lan.subscribe(socket, f"/channels/user/{lan.sub}/*")["type"] == "subscribe_success"
        for channel in (
            own,
            f"/channels/user/{lan.sub}/*",
            "/channels/user/*",
            "/channels/*",
            "/channels/user",
        ):
            assert minh.subscribe(others, channel)["errors"][0]["errorType"] == "Unauthorized", channel
        assert minh.publish(own, "from minh").status_code == 401
        assert lan.publish(own, "from lan").status_code == 200
        assert message(socket)["data"] == "from lan"


def signed(cloud: Cloud, url: str, body: bytes) -> Mapping[str, str]:
    """As a worker's code signs."""
    keys = json.loads((cloud.state / "credentials.json").read_text())
    request = AWSRequest("POST", url, headers={"content-type": "application/json"}, data=body)
    credentials = Credentials(keys["accessKeyId"], keys["secretAccessKey"])
    SigV4Auth(credentials, "appsync", "us-east-1").add_auth(request)
    return dict(request.headers.items())


def test_a_worker_publishes_to_any_channel_without_telling_who_it_is(cloud: Cloud, lan: Person) -> None:
    own = f"/channels/user/{lan.sub}/in"
    body = json.dumps({"channel": own, "events": ["1"]}).encode()
    with lan.socket() as socket:
        lan.subscribe(socket, own)
        httpx.post(lan.url, content=body, headers=signed(cloud, lan.url, body)).raise_for_status()
        assert (told := message(socket))["sender"] == "service", told
    assert cloud.config["eventsUrl"] == f"http://localhost:{cloud.ports['--port']}/event"


def test_without_a_token_of_this_pool_nobody_uses_channels(cloud: Cloud, lan: Person) -> None:
    stranger = Person(lan.url, jwt.encode({"iss": "x", "sub": "y"}, "k" * 32))
    assert stranger.publish("/channels/room", 1).status_code == 401
    keyed = {"x-api-key": cloud.config["apiKey"]}
    assert (
        httpx.post(lan.url, json={"channel": "/channels/room", "events": ["1"]}, headers=keyed).status_code
        == 401
    )
    with stranger.socket() as socket:
        socket.send('{"type":"connection_init"}')
        assert received(socket)["errors"] == [{"errorType": "UnauthorizedException"}]
