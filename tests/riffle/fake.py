"""A small living deployment for the client's tests: AppSync's protocols, with the fields a test scripts."""

import asyncio
import base64
import json
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import Message
from typing import Any

import uvicorn
from graphql import parse
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from tests.conftest import free_port

type Json = dict[str, Any]  # Any: what travels is read field by field
type Field = Callable[[Json], Any]  # Any: a field's value is whatever the test wants to send
NOW = "2026-01-02T03:04:05+00:00"
USERS = {"ada@example.com": "Lovelace-1815"}


class Problem(Exception):
    """A field's failure: `errorType` and message."""


def nothing(_: Json) -> Json:
    """A listing without items."""
    return {"items": [], "nextToken": None}


@dataclass
class Live:
    """One accepted subscription."""

    socket: WebSocket
    id: str
    field: str
    variables: Json


@dataclass
class Fake:
    """The state of the deployment; tests change it while it runs."""

    url: str
    fields: dict[str, Field] = field(default_factory=lambda: {"documents": nothing})
    live: list[Live] = field(default_factory=list)
    valid: set[str] = field(default_factory=set)
    accounts: dict[str, str] = field(default_factory=lambda: dict(USERS))
    unconfirmed: set[str] = field(default_factory=set)
    told: Json = field(default_factory=dict)
    asks: list[str] = field(default_factory=list)
    answers: list[Json] = field(default_factory=list)
    closed: bool = False
    uploads: list[Json] = field(default_factory=list)
    connects: int = 0
    lifetime: int = 3600
    refused: dict[str, tuple[str, str]] = field(default_factory=dict)
    loop: asyncio.AbstractEventLoop | None = None

    # -- what tests do to it

    def publish(self, name: str, value: Json) -> None:
        """Sends an event to every subscription of that field."""
        for live in [live for live in self.live if live.field == name]:
            self._run(
                live.socket.send_json({"id": live.id, "type": "data", "payload": {"data": {name: value}}})
            )

    def cut(self) -> None:
        """Ends every socket without a word."""
        sockets = {id(live.socket): live.socket for live in self.live}
        self.live.clear()
        for socket in sockets.values():
            self._run(socket.close(1011))

    def await_subscriptions(self, count: int, seconds: float = 10) -> None:
        deadline = time.monotonic() + seconds
        while len(self.live) < count:
            assert time.monotonic() < deadline, f"{len(self.live)} of {count} subscriptions"
            time.sleep(0.005)

    def _run(self, work: Any) -> None:
        assert self.loop is not None
        asyncio.run_coroutine_threadsafe(work, self.loop).result(5)

    # -- HTTP

    async def description(self, _: Request) -> Response:
        body: Json = {
            "region": "us-east-1", "graphqlUrl": f"{self.url}/graphql", "userPoolId": "us-east-1_fake",
            "userPoolClientId": "client", "userPoolEndpoint": f"{self.url}/cognito",
            "notices": ["Codes are 123456."], **self.told,
        }  # fmt: skip
        return JSONResponse(body)

    async def cognito(self, request: Request) -> Response:
        body = await request.json()
        try:
            return JSONResponse(getattr(self, request.headers["x-amz-target"].rpartition(".")[2])(body))
        except Problem as problem:
            return JSONResponse({"__type": problem.args[0], "message": problem.args[1]}, status_code=400)

    def InitiateAuth(self, body: Json) -> Json:  # noqa: N802  # Cognito's own name
        given = body["AuthParameters"]
        if given.get("REFRESH_TOKEN") == "outdated":
            raise Problem("NotAuthorizedException", "Invalid Refresh Token")
        known = "REFRESH_TOKEN" in given or self.accounts.get(given["USERNAME"]) == given["PASSWORD"]
        if not known:
            raise Problem("NotAuthorizedException", "Incorrect username or password.")
        if given.get("USERNAME") in self.unconfirmed:
            raise Problem("UserNotConfirmedException", "User is not confirmed.")
        if "REFRESH_TOKEN" not in given and self.asks:
            return self._challenge()
        return self._tokens(again="REFRESH_TOKEN" not in given)

    def _challenge(self) -> Json:
        """The next step that is asked for; `asks` shrinks as they are answered."""
        parameters = {"USER_ID_FOR_SRP": "a-sub-of-cognito"}
        return {
            "ChallengeName": self.asks[0],
            "Session": f"at-{self.asks[0]}",
            "ChallengeParameters": parameters,
        }

    def RespondToAuthChallenge(self, body: Json) -> Json:  # noqa: N802
        asked = self.asks.pop(0)
        verified = "verified" if asked == "MFA_SETUP" else f"at-{asked}"
        assert (body["ChallengeName"], body["Session"]) == (asked, verified)
        if body["ChallengeResponses"].get("SOFTWARE_TOKEN_MFA_CODE", "123456") != "123456":
            raise Problem("CodeMismatchException", "Invalid code received for user")
        self.answers.append(body["ChallengeResponses"])
        return self._challenge() if self.asks else self._tokens(again=True)

    def AssociateSoftwareToken(self, body: Json) -> Json:  # noqa: N802
        assert body == {"Session": "at-MFA_SETUP"}
        return {"SecretCode": "JBSWY3DPEHPK3PXP", "Session": "associated"}

    def VerifySoftwareToken(self, body: Json) -> Json:  # noqa: N802
        assert body["Session"] == "associated"
        if body["UserCode"] != "123456":
            raise Problem("EnableSoftwareTokenMFAException", "Code mismatch")
        return {"Status": "SUCCESS", "Session": "verified"}

    def _tokens(self, *, again: bool) -> Json:
        token = f"token-{uuid.uuid4()}"
        self.valid.add(token)
        result = {"AccessToken": token, "ExpiresIn": self.lifetime}
        return {"AuthenticationResult": result | ({"RefreshToken": "again"} if again else {})}

    def SignUp(self, body: Json) -> Json:  # noqa: N802
        if self.closed:
            raise Problem("NotAuthorizedException", "SignUp is not permitted for this user pool")
        if body["Username"] in self.accounts:
            raise Problem("UsernameExistsException", "User already exists")
        self.accounts[body["Username"]] = body["Password"]
        self.unconfirmed.add(body["Username"])
        return {"UserConfirmed": False, "CodeDeliveryDetails": {"Destination": "a***"}}

    def ConfirmSignUp(self, body: Json) -> Json:  # noqa: N802
        if body["ConfirmationCode"] != "123456":
            raise Problem("CodeMismatchException", "Invalid code provided, please request a code again.")
        self.unconfirmed.discard(body["Username"])
        return {}

    async def bucket(self, request: Request) -> Response:
        form = multipart(request.headers["content-type"], await request.body())
        self.uploads.append({"fields": list(form), "content": form["file"]})
        content = form["file"]
        if len(content) > 1000:
            return Response(
                "<Error><Code>EntityTooLarge</Code><Message>Too big.</Message></Error>", status_code=400
            )
        return Response(status_code=204)

    async def graphql(self, request: Request) -> Response:
        if request.headers.get("authorization") not in self.valid:
            error = {"errorType": "UnauthorizedException", "message": "Token has expired."}
            return JSONResponse({"errors": [error]}, status_code=401)
        body = await request.json()
        name = root_field(body["query"])
        try:
            value = await asyncio.to_thread(self.fields[name], body.get("variables") or {})
        except Problem as problem:
            failure: Json = {
                "path": [name],
                "data": None,
                "errorType": problem.args[0],
                "message": problem.args[1],
            }
            return JSONResponse({"data": {name: None}, "errors": [failure]})
        return JSONResponse({"data": {name: value}})

    # -- real-time

    async def realtime(self, socket: WebSocket) -> None:
        self.connects += 1
        await socket.accept(subprotocol="graphql-ws")
        if carried(socket)["Authorization"] not in self.valid:
            errors = [{"errorType": "UnauthorizedException", "message": "No.", "errorCode": 401}]
            await socket.send_json({"type": "connection_error", "payload": {"errors": errors}})
            await socket.close()
            return
        try:
            while True:
                await self._answer(socket, await socket.receive_json())
        except (WebSocketDisconnect, RuntimeError):
            self.live = [live for live in self.live if live.socket is not socket]

    async def _answer(self, socket: WebSocket, frame: Json) -> None:
        match frame["type"]:
            case "connection_init":
                await socket.send_json({"type": "connection_ack", "payload": {"connectionTimeoutMs": 300000}})
                await socket.send_json({"type": "ka"})
            case "start":
                await self._start(socket, frame)
            case "stop":
                self.live = [live for live in self.live if live.id != frame["id"]]
                await socket.send_json({"id": frame["id"], "type": "complete"})

    async def _start(self, socket: WebSocket, frame: Json) -> None:
        data = json.loads(frame["payload"]["data"])
        assert frame["payload"]["extensions"]["authorization"]["Authorization"] in self.valid
        name = root_field(data["query"])
        if name in self.refused:
            kind, message = self.refused[name]
            error = {"errorType": kind, "message": message}
            await socket.send_json({"id": frame["id"], "type": "error", "payload": {"errors": [error]}})
            return
        await socket.send_json({"id": frame["id"], "type": "start_ack"})
        self.live.append(Live(socket, frame["id"], name, data["variables"]))


def root_field(query: str) -> str:
    operation: Any = parse(query).definitions[0]
    return str(operation.selection_set.selections[0].name.value)


def multipart(content_type: str, body: bytes) -> dict[str, bytes]:
    """The parts of a form by name, in order."""
    message = message_from_bytes(f"Content-Type: {content_type}\r\n\r\n".encode() + body)
    parts = [part for part in message.walk() if not part.is_multipart()]
    return {str(part.get_param("name", header="content-disposition")): _content(part) for part in parts}


def _content(part: Message) -> bytes:
    content = part.get_payload(decode=True)
    assert isinstance(content, bytes)
    return content


def carried(socket: WebSocket) -> Json:
    """The authorization object in the `header-…` sub-protocol."""
    value = next(item for item in socket.scope["subprotocols"] if item.startswith("header-"))[
        len("header-") :
    ]
    found: Json = json.loads(base64.urlsafe_b64decode(value + "=" * (-len(value) % 4)))
    return found


@contextmanager
def running() -> Iterator[Fake]:
    """The deployment on a free port, in a thread."""
    fake = Fake(f"http://127.0.0.1:{free_port()}")
    routes = [
        Route("/riffle.json", fake.description),
        Route("/cognito", fake.cognito, methods=["POST"]),
        Route("/bucket", fake.bucket, methods=["POST"]),
        Route("/graphql", fake.graphql, methods=["POST"]),
        WebSocketRoute("/graphql/realtime", fake.realtime),
    ]
    port = int(fake.url.rpartition(":")[2])
    config = uvicorn.Config(
        Starlette(routes=routes), "127.0.0.1", port, ws="websockets-sansio", log_level="error", lifespan="off"
    )
    server = uvicorn.Server(config)
    fake.loop = asyncio.new_event_loop()
    thread = threading.Thread(target=fake.loop.run_until_complete, args=[server.serve()], daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.005)
    try:
        yield fake
    finally:
        fake.cut()
        server.should_exit = True
        thread.join(10)
        fake.loop.close()
