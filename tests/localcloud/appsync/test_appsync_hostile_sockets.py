"""Bytes that no client of ours sends, over plain and TLS: refused or dropped in time; nobody is harmed."""

import base64
import json
import re
import socket
import ssl
import struct
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from localcloud.appsync.app import create_app
from localcloud.appsync.protocols import HEAD_BYTES
from localcloud.appsync.server import FRAME_BYTES, Server, configure
from tests.localcloud.appsync.fuzzing import examples
from tests.localcloud.appsync.world import CERTIFICATES, KEY, LIMITS, Pool, build_api, serving

PATIENCE = 0.5
SOON = 5.0
HEAD = b"POST /graphql HTTP/1.1\r\nHost: localhost\r\nX-Api-Key: da2-notes\r\n"
ASK = HEAD + b"Content-Length: 24\r\n\r\n" + b'{"query":"{__typename}"}'
TRUSTING = ssl.create_default_context()
TRUSTING.check_hostname, TRUSTING.verify_mode = False, ssl.CERT_NONE


@pytest.fixture(scope="module")
def port(service: str, pool: Pool) -> Iterator[int]:
    """An endpoint with little patience."""
    with endpoint(service, PATIENCE) as port:
        yield port


@pytest.fixture(scope="module")
def patient_port(service: str, pool: Pool) -> Iterator[int]:
    """For what is refused at once, however long a busy machine takes to come to it."""
    with endpoint(service, 60) as port:
        yield port


@contextmanager
def endpoint(service: str, patience: float) -> Iterator[int]:
    app = create_app(build_api(service), LIMITS)
    with serving(Server(configure(app, 0), CERTIFICATES, patience)) as host:
        yield int(host.partition(":")[2])


type Dial = Callable[[], Any]


@pytest.fixture(params=["plain", "tls"])
def dial(request: Any, port: int) -> Dial:
    return dialling(port, request.param)


@pytest.fixture(params=["plain", "tls"])
def patient_dial(request: Any, patient_port: int) -> Dial:
    return dialling(patient_port, request.param)


def dialling(port: int, carrier: str) -> Dial:
    @contextmanager
    def connected() -> Iterator[socket.socket]:
        with socket.create_connection(("127.0.0.1", port), SOON) as plain:
            if carrier == "plain":
                yield plain
            else:
                with TRUSTING.wrap_socket(plain) as secure:
                    yield secure

    return connected


def rest(connection: socket.socket) -> bytes:
    """All that comes until the server closes, which it has to do soon."""
    received = bytearray()
    try:
        while piece := connection.recv(65_536):
            received += piece
    except (ConnectionError, ssl.SSLError):
        pass
    return bytes(received)


def dribble(connection: socket.socket, piece: bytes) -> None:
    """Sends a piece every now and then until the server has had enough."""
    connection.settimeout(0.05)
    deadline = time.monotonic() + SOON
    while time.monotonic() < deadline:
        try:
            connection.sendall(piece)
            if not connection.recv(65_536):
                return
        except TimeoutError:
            continue
        except OSError:
            return
    raise AssertionError("the server is still waiting")


def answers(dial: Dial) -> bool:
    with dial() as connection:
        connection.sendall(ASK.replace(b"Host", b"Connection: close\r\nHost"))
        return b'{"data":{"__typename":"Query"}}' in rest(connection)


@pytest.mark.parametrize(
    "begun",
    [
        b"",
        b"P",
        HEAD,
        HEAD + b"Content-Length: 24\r\n\r\n",
        HEAD + b"Content-Length: 24\r\n\r\n" + b'{"que',
        HEAD + b"Transfer-Encoding: chunked\r\n\r\n5\r\n{",
        ASK + HEAD,
    ],
    ids=["nothing", "a letter", "a head", "no body", "half a body", "half a chunk", "a next head"],
)
def test_a_client_that_stops_in_the_middle_is_dropped(dial: Dial, begun: bytes) -> None:
    with dial() as connection:
        connection.sendall(begun)
        rest(connection)
    assert answers(dial)


@pytest.mark.parametrize(
    ("begun", "piece"),
    [
        (b"POST /", b"a"),
        (HEAD, b"X-A: b\r\n"),
        (HEAD + b"Content-Length: 999\r\n\r\n", b"{"),
        (HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\n{\r\n"),
        (b"", b"\r\n"),
        (ASK, b"\r\n"),
    ],
    ids=["the request line", "headers", "a body", "chunks", "empty lines", "empty lines after a request"],
)
def test_a_client_that_dribbles_is_dropped(dial: Dial, begun: bytes, piece: bytes) -> None:
    with dial() as connection:
        connection.sendall(begun)
        dribble(connection, piece)
    assert answers(dial)


@pytest.mark.parametrize(
    "head",
    [
        b"GET /" + b"a" * HEAD_BYTES + b" HTTP/1.1\r\nHost: localhost\r\n\r\n",
        HEAD + b"A: " + b"b" * HEAD_BYTES,
        HEAD + b"A: b\r\n" * (HEAD_BYTES // 6 + 1),
        HEAD + b"A: " + b"b" * HEAD_BYTES + b"\r\n\r\n",
        HEAD + b"a" * HEAD_BYTES,
        b"GET /" + b"a" * HEAD_BYTES,
    ],
    ids=[
        "a long address",
        "an endless header",
        "endless headers",
        "a long header",
        "an endless name",
        "an endless address",
    ],
)
def test_a_head_is_bounded(patient_dial: Dial, head: bytes) -> None:
    with patient_dial() as connection:
        connection.sendall(head)
        answer = rest(connection)
    assert answer.startswith(b"HTTP/1.1 400"), answer[:200]
    assert f"The request's head is over {HEAD_BYTES} bytes.".encode() in answer
    assert answers(patient_dial)


GARBAGE = [
    b"\x00" * 100,
    b"GET\r\n\r\n",
    b"\r\n\r\n\r\n\r\nHELO\r\n",
    b"GET / HTTP/9.9\r\n\r\n",
    b"\xff\xfe GET / HTTP/1.1\r\n\r\n",
    b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    b"\x80\x01" * 500,
    HEAD + b"Content-Length: -1\r\n\r\n",
    HEAD + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\n{",
    HEAD + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    HEAD + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n",
    HEAD + b"A\x00: b\r\n\r\n",
    HEAD + b": b\r\n\r\n",
    b"GET /\xe9 HTTP/1.1\r\nHost: localhost\r\n\r\n",
]


@pytest.mark.parametrize("garbage", GARBAGE, ids=repr)
def test_what_is_no_http_is_refused(dial: Dial, garbage: bytes) -> None:
    with dial() as connection:
        connection.sendall(garbage)
        answer = rest(connection)
    assert not answer or re.match(rb"HTTP/1.1 4\d\d ", answer), answer
    assert b"Traceback" not in answer
    assert answers(dial)


@examples(60)
@given(st.lists(st.sampled_from([*GARBAGE, ASK, HEAD]) | st.binary(max_size=20), min_size=1, max_size=4))
def test_any_bytes_are_answered_or_refused(port: int, pieces: list[bytes]) -> None:
    """Its half is closed after them, so that nobody waits for the server's patience to end."""
    with socket.create_connection(("127.0.0.1", port), SOON) as connection:
        connection.sendall(b"".join(pieces))
        connection.shutdown(socket.SHUT_WR)
        assert b"HTTP/1.1 5" not in rest(connection)


# ---- WebSockets: after a good handshake ----

AUTH = (
    base64.urlsafe_b64encode(json.dumps({"host": "localhost", "x-api-key": KEY}).encode())
    .decode()
    .rstrip("=")
)
UPGRADE = f"""GET /graphql/realtime HTTP/1.1\r
Host: localhost\r
Connection: Upgrade\r
Upgrade: websocket\r
Sec-WebSocket-Version: 13\r
Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r
Sec-WebSocket-Protocol: graphql-ws, header-{AUTH}\r
\r
""".encode()
CONT, TEXT, BINARY, CLOSE, PING, PONG = 0, 1, 2, 8, 9, 10


def frame(opcode: int, payload: bytes = b"", *, first: int = 0x80, masked: bool = True) -> bytes:
    """One frame as RFC 6455 has it; `first` holds the final bit and the reserved ones. The mask is zeros."""
    mask = 0x80 if masked else 0
    if len(payload) < 126:
        length = struct.pack("!B", mask | len(payload))
    elif len(payload) < 65_536:
        length = struct.pack("!BH", mask | 126, len(payload))
    else:
        length = struct.pack("!BQ", mask | 127, len(payload))
    return bytes([first | opcode]) + length + (b"\0" * 4 if masked else b"") + payload


INIT = frame(TEXT, b'{"type":"connection_init"}')
HALF = b" " * (FRAME_BYTES // 2 + 1)
BROKEN = {
    "unmasked": frame(TEXT, b"{}", masked=False),
    "reserved bits": frame(TEXT, b"{}", first=0xF0),
    "an unknown opcode": frame(3, b"{}"),
    "a long ping": frame(PING, b"p" * 126),
    "a ping in parts": frame(PING, b"p", first=0),
    "a part of nothing": frame(CONT, b"{}"),
    "a text within a text": frame(TEXT, b"{", first=0) + frame(TEXT, b"}"),
    "too large": frame(TEXT, b" " * (FRAME_BYTES + 1))[:1000],
    "too large by its word": frame(TEXT, b"")[:1] + b"\xff" + b"\xff" * 8,
    "too large in parts": frame(TEXT, HALF, first=0) + frame(CONT, HALF)[:1000],
    "no UTF-8": frame(TEXT, b"\xc3\x28"),
    "half a letter": frame(TEXT, b"\xe2\x82"),
    "a surrogate": frame(TEXT, b"\xed\xa0\x80"),
    "a close code of one byte": frame(CLOSE, b"\x03"),
    "a close code that is none": frame(CLOSE, b"\x00\x00"),
    "a close reason that is no UTF-8": frame(CLOSE, b"\x03\xe8\xff"),
}


@contextmanager
def upgraded(dial: Dial, request: bytes = UPGRADE) -> Iterator[socket.socket]:
    with dial() as connection:
        connection.sendall(request)
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            head += exactly(connection, 1)
        assert head.startswith(b"HTTP/1.1 101")
        yield connection


def exactly(connection: socket.socket, count: int) -> bytes:
    received = b""
    while len(received) < count:
        piece = connection.recv(count - len(received))
        if not piece:
            raise EOFError
        received += piece
    return received


def read(connection: socket.socket) -> tuple[int, bytes]:
    """The next frame's opcode and payload. The server's pings are answered; at its end there is a close."""
    try:
        first, length = exactly(connection, 2)
        if length == 126:
            (length,) = struct.unpack("!H", exactly(connection, 2))
        payload = exactly(connection, length)
    except (EOFError, ConnectionError, ssl.SSLError):
        return CLOSE, b""
    if first & 15 == PING:
        connection.sendall(frame(PONG, payload))
        return read(connection)
    return first & 15, payload


def told(connection: socket.socket) -> Any:
    """The next text that is no keep-alive."""
    opcode, payload = read(connection)
    assert opcode == TEXT, payload
    said = json.loads(payload)
    return told(connection) if said == {"type": "ka"} else said


@pytest.mark.parametrize("broken", BROKEN.values(), ids=BROKEN)
def test_a_frame_that_breaks_the_websocket_protocol_closes_the_socket(
    dial: Dial, broken: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    with upgraded(dial) as connection:
        connection.sendall(INIT)
        assert told(connection)["type"] == "connection_ack"
        with suppress(ConnectionError, ssl.SSLError):  # it may be over before all of it is sent
            connection.sendall(broken)
        while read(connection)[0] != CLOSE:
            pass
    assert not [each for each in caplog.records if each.exc_info]
    assert answers(dial)


DEEP = b"[" * 100_000
REFUSED = {
    "nothing": frame(TEXT, b""),
    "no JSON": frame(TEXT, b"{"),
    "an array": frame(TEXT, b"[]"),
    "a number": frame(TEXT, b"1"),
    "null": frame(TEXT, b"null"),
    "no type": frame(TEXT, b"{}"),
    "a type that is a number": frame(TEXT, b'{"type":1}'),
    "an unknown type": frame(TEXT, b'{"type":"x"}'),
    "deep": frame(TEXT, DEEP),
    "NaN": frame(TEXT, b'{"type":NaN}'),
    "binary": frame(BINARY, b'{"type":"connection_init"}'),
    "a NUL": frame(TEXT, b"\0"),
    "large": frame(TEXT, b'"' + b"a" * (FRAME_BYTES - 2) + b'"'),
    "a long number": frame(TEXT, b'{"type":' + b"9" * 100_000 + b"}"),
    "a start of nothing": frame(TEXT, b'{"type":"start","id":"1"}'),
    "a start of a number": frame(TEXT, b'{"type":"start","id":1}'),
    "a long id": frame(TEXT, b'{"type":"start","id":"' + b"a" * 900_000 + b'","payload":{"data":"{}"}}'),
    "a surrogate": frame(TEXT, b'{"type":"start","id":"\\ud800","payload":{"data":"\\ud800"}}'),
    "a stop of nothing": frame(TEXT, b'{"type":"stop"}'),
    "in parts": frame(TEXT, b"{", first=0) + frame(CONT, b"{"),
}


@pytest.mark.parametrize("refused", REFUSED.values(), ids=REFUSED)
def test_a_frame_that_says_nothing_is_told_so_and_the_socket_stays(dial: Dial, refused: bytes) -> None:
    with upgraded(dial) as connection:
        connection.sendall(refused + INIT)
        assert told(connection)["payload"]["errors"][0]["errorType"] == "UnsupportedOperation"
        assert told(connection)["type"] == "connection_ack"


def test_an_id_of_control_characters_comes_back_as_it_was(dial: Dial) -> None:
    start = {"type": "stop", "id": "\0\x1f\u2028\ud800\U0001f600"}
    with upgraded(dial) as connection:
        connection.sendall(frame(TEXT, json.dumps(start).encode()))
        assert told(connection) == {"type": "complete", "id": start["id"]}


@pytest.mark.parametrize("protocols", ["", ",,,"])
def test_a_handshake_whose_protocols_are_no_list_is_refused(dial: Dial, protocols: str) -> None:
    with dial() as connection:
        connection.sendall(UPGRADE.replace(f"graphql-ws, header-{AUTH}".encode(), protocols.encode()))
        assert rest(connection).startswith(b"HTTP/1.1 400")


@pytest.mark.parametrize(
    "protocols",
    [
        "graphql-ws",
        "graphql-ws, header-",
        "graphql-ws, header-!!",
        "graphql-ws, header-W10",
        "graphql-ws, header-bnVsbA",
        "graphql-ws, header-eyJ4LWFwaS1rZXkiOiJcdWQ4MDAifQ",
        "header-e30",
    ],
)
def test_a_handshake_that_says_nothing_is_refused(dial: Dial, protocols: str) -> None:
    request = UPGRADE.replace(f"graphql-ws, header-{AUTH}".encode(), protocols.encode())
    with upgraded(dial, request) as connection:
        connection.sendall(INIT)
        assert told(connection)["type"] == "connection_error"
        assert read(connection)[0] == CLOSE
    assert answers(dial)


@pytest.mark.parametrize("offered", [b"A" * 60_000, b"A\r\n" + b"X: y\r\n" * 200], ids=["a line", "headers"])
def test_a_handshake_with_too_much_of_anything_is_refused(dial: Dial, offered: bytes) -> None:
    with dial() as connection:
        connection.sendall(UPGRADE.replace(AUTH.encode(), offered))
        assert rest(connection).startswith(b"HTTP/1.1 431")
    assert answers(dial)


def test_a_websocket_may_stay_silent_for_longer_than_a_request(dial: Dial) -> None:
    with upgraded(dial) as connection:
        connection.sendall(INIT)
        begun = time.monotonic()
        assert told(connection)["type"] == "connection_ack"
        while time.monotonic() - begun < PATIENCE * 3:
            assert read(connection)[0] == TEXT  # a keep-alive
        connection.sendall(INIT)
        assert told(connection)["type"] == "connection_ack"
