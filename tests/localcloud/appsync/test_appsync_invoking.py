"""Functions of a service on this machine: asked over kept connections, and what comes back of it."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from botocore.credentials import Credentials

from localcloud.appsync.datasources.invoking import Invoked, OnThisMachine
from localcloud.appsync.datasources.source import RESULT_BYTES
from localcloud.appsync.errors import FieldError
from localcloud.appsync.functions import Inline, lambda_service

type Ask = Callable[[OnThisMachine], Awaitable[list[Invoked]]]

CODE = """
def handler(event, _):
    if event == "fail":
        raise ValueError("no")
    return event
"""


def service(url: str) -> OnThisMachine:
    return OnThisMachine(url, Credentials("key", "secret"), "eu-west-1")


def answered(ask: Ask) -> list[Invoked]:
    """What a real service of functions says."""
    with lambda_service({"echo": Inline(CODE, "handler", {})}) as url:
        return asyncio.run(asyncio.wait_for(ask(service(url)), 10))


async def spoken(response: bytes, calls: int = 1) -> tuple[list[str], list[bytes]]:
    """What calls end with, one after the other, and the heads of the requests by connection."""
    heads: list[bytes] = []

    async def speak(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while head := await reader.readline():
            heads.append(head + await reader.readuntil(b"\r\n\r\n") + await reader.readexactly(3))
            writer.write(response)
            if b"length" not in response:
                break
        writer.close()

    async with await asyncio.start_server(speak, "127.0.0.1", 0) as server:
        invoke = service(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}")
        said = [await ended(invoke) for _ in range(calls)]
        server.close_clients()
        return said, heads


async def ended(invoke: OnThisMachine) -> str:
    try:
        return (await invoke("echo", '"a"')).text.decode()
    except FieldError as error:
        return f"{error.type}: {error.message}"


def test_results_and_failures_of_functions_are_told_apart() -> None:
    async def ask(invoke: OnThisMachine) -> list[Invoked]:
        return [await invoke("echo", '"hi"'), await invoke("echo", '"fail"')]

    said, failed = answered(ask)
    assert (said.text, said.failed) == (b'"hi"', False)
    assert failed.failed
    assert b'"errorMessage": "no"' in failed.text


def test_many_calls_at_once_are_all_answered() -> None:
    async def ask(invoke: OnThisMachine) -> list[Invoked]:
        return await asyncio.gather(*(invoke("echo", str(each)) for each in range(200)))

    assert [each.text for each in answered(ask)] == [str(each).encode() for each in range(200)]


def test_a_function_that_is_only_told_gives_nothing_back() -> None:
    async def ask(invoke: OnThisMachine) -> list[Invoked]:
        return [await invoke("echo", '"hi"', "Event")]

    assert answered(ask)[0].text in (b"", b"null")


def test_a_function_that_is_not_there_is_the_services_own_error() -> None:
    async def ask(invoke: OnThisMachine) -> list[Invoked]:
        return [await invoke("arn:aws:lambda:eu-west-1:000000000000:function:other", "{}")]

    with pytest.raises(FieldError, match="'other' has no Python code") as refused:
        answered(ask)
    assert refused.value.type == "Lambda:ResourceNotFoundException"


def test_requests_are_signed_for_lambda_in_the_region() -> None:
    _, [head] = asyncio.run(spoken(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}"))
    assert head.startswith(b"POST /2015-03-31/functions/echo/invocations HTTP/1.1\r\n")
    assert b"Credential=key/" in head
    assert b"/eu-west-1/lambda/aws4_request" in head


def test_the_same_service_can_be_asked_from_one_event_loop_after_another() -> None:
    with lambda_service({"echo": Inline(CODE, "handler", {})}) as url:
        invoke = service(url)
        assert [asyncio.run(ended(invoke)) for _ in range(3)] == ['"a"'] * 3


@pytest.mark.parametrize(
    ("response", "ends"),
    [
        (b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n", "{}"),
        (b"HTTP/1.0 200 OK\r\n\r\n[1]", "[1]"),
        (b"HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 2\r\n\r\n{}", "{}"),
        (b"", "Lambda:Unreachable"),
        (b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n9\r\n{}", "Lambda:Unreachable"),
        (b"SSH-2.0-OpenSSH\r\n", "Lambda:Unreachable"),
        (b"HTTP/1.1 503 Busy\r\ncontent-length: 4\r\n\r\nbusy", "Lambda:503: "),
        (
            b'HTTP/1.1 400 No\r\ncontent-length: 24\r\n\r\n{"__type":"a.b#TooMany"}',
            "Lambda:TooMany: ",
        ),
        (b"HTTP/1.1 200 OK\r\n\r\n" + b" " * (RESULT_BYTES + 1), "ResultTooLarge"),
    ],
    ids=[
        "chunks",
        "until the end",
        "last",
        "nothing",
        "cut off",
        "no HTTP",
        "no JSON",
        "named in the body",
        "long",
    ],
)
def test_whatever_a_service_sends_ends_the_call(response: bytes, ends: str) -> None:
    [ended], _ = asyncio.run(asyncio.wait_for(spoken(response), 10))
    assert ended.startswith(ends)


def test_a_call_after_a_connection_ended_is_answered_over_a_new_one() -> None:
    ended, heads = asyncio.run(spoken(b"HTTP/1.0 200 OK\r\n\r\n7", calls=3))
    assert (ended, len(heads)) == (["7"] * 3, 3)


def test_nothing_listening_is_told_by_its_address() -> None:
    assert "http://127.0.0.1:1 did not answer" in asyncio.run(ended(service("http://127.0.0.1:1")))
