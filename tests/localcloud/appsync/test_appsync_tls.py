"""One port for plain and TLS: who is let in, who is not, and what the log says of those who mistrust."""

import asyncio
import logging
import socket
import ssl
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Literal

import httpx
import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from localcloud.appsync.certificates import Certificates
from localcloud.appsync.guard import LoopbackOnly
from localcloud.appsync.hints import TrustHint
from localcloud.appsync.pages import Pages
from localcloud.appsync.server import Server, configure
from tests.localcloud.appsync.clients import Client, api_key, in_protocol
from tests.localcloud.appsync.world import CERTIFICATES, Endpoint, serving

SEND = 'mutation S($body: String) { send(input: {id: "1", body: $body, needed: "n"}) { id body } }'
HELLO = b"\x16\x03\x01\x02\x00\x01\x00\x01"
LOOPS = pytest.mark.parametrize("loop", ["asyncio", "uvloop"])


async def tell(request: Request) -> JSONResponse:
    return JSONResponse({"scheme": request.url.scheme})


async def tell_socket(channel: WebSocket) -> None:
    await channel.accept()
    await channel.send_text(channel.scope["scheme"])
    with suppress(WebSocketDisconnect):
        await channel.receive_text()


APP = Starlette(
    routes=[Route("/", tell), WebSocketRoute("/", tell_socket)], middleware=[Middleware(LoopbackOnly)]
)


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    return Certificates(tmp_path_factory.mktemp("tls") / "certificates")


@pytest.fixture(scope="module")
def host(certificates: Certificates) -> Iterator[str]:
    with serving(server(certificates)) as name:
        yield name


@pytest.fixture
def trusting(host: str, certificates: Certificates) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=certificates.authority)


def server(
    certificates: Certificates, loop: Literal["asyncio", "uvloop"] = "uvloop", patience: float = 10
) -> Server:
    config = configure(APP, 0)
    config.loop = loop
    return Server(config, certificates, patience)


def at(host: str) -> tuple[str, int]:
    return "127.0.0.1", int(host.partition(":")[2])


def test_one_port_speaks_http_and_https(host: str, trusting: ssl.SSLContext) -> None:
    assert httpx.get(f"http://{host}/").json() == {"scheme": "http"}
    for name in (host, host.replace("localhost", "127.0.0.1")):
        assert httpx.get(f"https://{name}/", verify=trusting).json() == {"scheme": "https"}


def test_one_port_speaks_ws_and_wss(host: str, trusting: ssl.SSLContext) -> None:
    async def schemes() -> tuple[object, object]:
        async with connect(f"ws://{host}/") as plain, connect(f"wss://{host}/", ssl=trusting) as secure:
            return await plain.recv(), await secure.recv()

    assert asyncio.run(schemes()) == ("ws", "wss")


def test_a_subscription_over_wss_gets_what_is_sent_over_http(
    endpoint: Endpoint,
) -> None:
    """The session-wide endpoint has certificates of its own, kept from one run to the next."""
    trusting = ssl.create_default_context(cafile=CERTIFICATES.authority)
    auth = api_key(endpoint.host)

    async def check() -> None:
        url = f"wss://{endpoint.host}/graphql/realtime"
        async with connect(url, ssl=trusting, subprotocols=in_protocol(auth)) as channel:
            socket = Client(channel, auth)
            await socket.subscribe("1", "subscription { onSend { id body } }")
            for text in ("x", "x" * 200_000):
                await asyncio.to_thread(endpoint.data, SEND, {"body": text})
                assert (await socket.event("1"))["data"]["onSend"]["body"] == text

    asyncio.run(check())


def test_over_tls_too_only_this_machines_names_are_answered(host: str, trusting: ssl.SSLContext) -> None:
    url = f"https://{host}/"
    assert httpx.get(url, headers={"Host": "evil.example"}, verify=trusting).status_code == 421


def test_a_forwarded_scheme_is_not_believed(host: str) -> None:
    headers = {"X-Forwarded-Proto": "https", "X-Forwarded-For": "203.0.113.7"}
    assert httpx.get(f"http://{host}/", headers=headers).json() == {"scheme": "http"}


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_tls_1_2_and_1_3_speak_http_1_1(host: str, trusting: ssl.SSLContext, version: ssl.TLSVersion) -> None:
    trusting.minimum_version = trusting.maximum_version = version
    trusting.set_alpn_protocols(["h2", "http/1.1"])
    with (
        socket.create_connection(at(host), 5) as plain,
        trusting.wrap_socket(plain, server_hostname="localhost") as secure,
    ):
        secure.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert secure.recv(100).startswith(b"HTTP/1.1 200 ")
        assert (secure.version(), secure.selected_alpn_protocol()) == (
            version.name.replace("_", "."), "http/1.1"
        )  # fmt: skip


def test_a_first_byte_that_is_neither_gets_an_http_error(host: str) -> None:
    with socket.create_connection(at(host), 5) as connection:
        connection.sendall(b"\x80garbage\r\n\r\n")
        assert connection.recv(100).startswith(b"HTTP/1.1 400 ")


def test_a_hello_that_is_none_ends_the_connection_and_no_other(host: str, trusting: ssl.SSLContext) -> None:
    with socket.create_connection(at(host), 5) as connection:
        connection.sendall(HELLO + b"nonsense" * 80)
        while connection.recv(100):  # an alert, perhaps, and then the end
            pass
    assert httpx.get(f"https://{host}/", verify=trusting).status_code == 200


def test_two_thousand_clients_at_once_are_let_in(host: str) -> None:
    """None of them waits for those before it: each has its answer within the deadline."""

    async def ask() -> bytes:
        reader, writer = await asyncio.open_connection(*at(host))
        writer.write(b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        status, _ = (await reader.read()).split(b"\r\n", 1)
        writer.close()
        await writer.wait_closed()
        return status

    async def rush() -> set[bytes]:
        async with asyncio.timeout(30):
            return set(await asyncio.gather(*(ask() for _ in range(2_000))))

    assert asyncio.run(rush()) == {b"HTTP/1.1 200 OK"}


def distrust(host: str) -> None:
    with pytest.raises(httpx.ConnectError, match="certificate verify failed"):
        httpx.get(f"https://{host}/", verify=ssl.create_default_context())


def hang_up(host: str) -> None:
    """As Node does: it looks at the certificate when the handshake is over."""
    blind = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    blind.check_hostname, blind.verify_mode = False, ssl.CERT_NONE
    with socket.create_connection(at(host), 5) as plain, blind.wrap_socket(plain):
        pass


def warned(caplog: pytest.LogCaptureFixture) -> str:
    deadline = time.monotonic() + 10
    while not (found := [each.getMessage() for each in caplog.records if each.name.endswith("hints")]):
        assert time.monotonic() < deadline, "the log says nothing"
        time.sleep(0.02)
    return "\n".join(found)


@pytest.mark.parametrize(
    ("give_up", "reason"), [(distrust, "TLS alert unknown ca"), (hang_up, "hung up when it had seen")]
)
def test_the_log_says_how_to_trust_when_a_client_does_not(
    certificates: Certificates, caplog: pytest.LogCaptureFixture, give_up: Callable[[str], None], reason: str
) -> None:
    with serving(server(certificates)) as host:
        give_up(host)
        text = warned(caplog)
        give_up(host)
    assert reason in text
    assert f"NODE_EXTRA_CA_CERTS='{certificates.authority}'" in text
    assert warned(caplog) == text


def test_a_client_that_comes_and_goes_is_told_of_once_a_minute(caplog: pytest.LogCaptureFixture) -> None:
    now = [0.0]
    hint = TrustHint(Path("ca.pem"), lambda: now[0])
    for seconds, told in ((0, 1), (59, 1), (60, 2), (119, 2)):
        now[0] = seconds
        hint.silent("127.0.0.1")
        assert len(caplog.records) == told


def test_failures_that_have_nothing_to_do_with_trust_are_no_hint(caplog: pytest.LogCaptureFixture) -> None:
    error = ssl.SSLError(1, "wrong version")
    error.reason = "WRONG_VERSION_NUMBER"
    TrustHint(Path("ca.pem")).failed("127.0.0.1", error)
    assert [each for each in caplog.records if each.levelno >= logging.WARNING] == []


@LOOPS
def test_who_says_nothing_is_let_go_at_the_deadline(
    certificates: Certificates, loop: Literal["asyncio", "uvloop"]
) -> None:
    with serving(server(certificates, loop, patience=0.2)) as host:
        for first in (b"", HELLO):
            with socket.create_connection(at(host), 5) as connection:
                connection.sendall(first)
                assert connection.recv(100) == b""


@LOOPS
def test_stopping_lets_nobody_in_and_ends_with_open_tls_connections(
    certificates: Certificates, loop: Literal["asyncio", "uvloop"]
) -> None:
    async def stop(running: Server, host: str, trusting: ssl.SSLContext) -> int:
        async with connect(f"wss://{host}/", ssl=trusting) as channel:
            silent, writer = await asyncio.open_connection(*at(host))
            await channel.recv()
            running.should_exit = True
            assert await silent.read() == b""
            writer.close()
            await writer.wait_closed()
            with pytest.raises(ConnectionClosed) as closed:
                await channel.recv()
            return closed.value.rcvd.code if closed.value.rcvd else 0

    ours = server(certificates, loop)
    with serving(ours) as host:
        trusting = ssl.create_default_context(cafile=certificates.authority)
        assert asyncio.run(asyncio.wait_for(stop(ours, host, trusting), 10)) == 1012
        with pytest.raises(ConnectionError):
            socket.create_connection(at(host), 5)


def test_without_certificates_the_port_is_plain_for_everybody() -> None:
    with serving(Server(configure(APP, 0), None)) as host:
        assert httpx.get(f"http://{host}/").json() == {"scheme": "http"}
        with pytest.raises(httpx.ConnectError):
            httpx.get(f"https://{host}/")


def test_a_taken_port_is_said_and_nothing_starts(
    certificates: Certificates, host: str, caplog: pytest.LogCaptureFixture
) -> None:
    with pytest.raises(SystemExit):
        Server(configure(APP, at(host)[1]), certificates).run()
    assert f"port {at(host)[1]} cannot be opened" in caplog.text


def test_over_https_the_configuration_and_the_policy_are_for_https(
    certificates: Certificates, tmp_path: Path
) -> None:
    (tmp_path / "index.html").write_text("page")
    urls = {"graphqlUrl": "http://localhost:{}/graphql", "elsewhere": "http://localhost:1/x", "key": "da2-k"}
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    config = {name: value.format(port) for name, value in urls.items()}
    app = Starlette(routes=Pages(config, tmp_path, "").routes())
    with serving(Server(configure(app, port), certificates)) as host:
        trusting = ssl.create_default_context(cafile=certificates.authority)
        with httpx.Client(base_url=f"https://{host}", verify=trusting) as client:
            assert client.get("/riffle.json").json() == {
                **config, "graphqlUrl": f"https://localhost:{port}/graphql"
            }  # fmt: skip
            assert f"connect-src 'self' wss://{host};" in client.get("/").headers["content-security-policy"]
        assert httpx.get(f"http://{host}/riffle.json").json() == config
