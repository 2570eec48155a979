"""Responses in one piece: what is written at once travels at once, in order, and nothing is kept."""

import asyncio

from localcloud.joining import JoiningTransport


class Written(asyncio.Transport):
    """A transport that remembers each write by itself."""

    def __init__(self) -> None:
        super().__init__({"peername": ("127.0.0.1", 7)})
        self.pieces: list[bytes] = []

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.pieces.append(bytes(data))

    def close(self) -> None:
        self.pieces.append(b"closed")


async def pieces(*groups: list[bytes]) -> list[bytes]:
    """What reaches the transport of groups of writes with a turn of the event loop after each."""
    written = Written()
    joining = JoiningTransport(written, asyncio.get_running_loop())
    for group in groups:
        for each in group:
            joining.write(each)
        await asyncio.sleep(0)
    return written.pieces


def test_a_head_and_its_body_are_one_write() -> None:
    assert asyncio.run(pieces([b"head ", b"body"])) == [b"head body"]


def test_a_head_by_itself_waits_for_no_body() -> None:
    assert asyncio.run(pieces([b"head"], [b"first"], [b"second"])) == [b"head", b"first", b"second"]


def test_what_is_held_goes_out_before_the_end() -> None:
    async def ended() -> list[bytes]:
        written = Written()
        joining = JoiningTransport(written, asyncio.get_running_loop())
        joining.write(b"refusal")
        joining.close()
        await asyncio.sleep(0)
        return written.pieces

    assert asyncio.run(ended()) == [b"refusal", b"closed"]


def test_everything_else_is_the_transports_own() -> None:
    async def address() -> object:
        return JoiningTransport(Written(), asyncio.get_running_loop()).get_extra_info("peername")

    assert asyncio.run(address()) == ("127.0.0.1", 7)
