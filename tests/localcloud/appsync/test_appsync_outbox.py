"""What waits for one socket: written together, held back for who does not read, and bounded."""

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

import pytest
from websockets.frames import Frame
from websockets.protocol import Protocol, Side

from localcloud.appsync.documents import GraphQLRequest
from localcloud.appsync.execution import Caller
from localcloud.appsync.frames import opening
from localcloud.appsync.identity import KeyHolder
from localcloud.appsync.outbox import SLICE, BoundedOutbox
from localcloud.appsync.realtime import Limits
from tests.localcloud.appsync.world import Endpoint


@dataclass
class Pipe:
    """A connection that takes so many writes before it says that it has no room."""

    room: int = 1_000
    written: list[bytes] = field(default_factory=list)

    @property
    def has_room(self) -> bool:
        return self.room > 0

    def when_room(self, tell: Callable[[], None]) -> None:
        self._tell = tell

    def write(self, pieces: Iterable[bytes]) -> None:
        self.room -= 1
        self.written.append(b"".join(pieces))

    def read(self, room: int = 1_000) -> None:
        self.room = room
        self._tell()

    @property
    def texts(self) -> list[str]:
        return texts(b"".join(self.written))


def texts(data: bytes) -> list[str]:
    """As another WebSocket library reads it."""
    client = Protocol(Side.CLIENT)
    client.receive_data(data)
    events = client.events_received()
    assert client.parser_exc is None
    return [bytes(event.data).decode() for event in events if isinstance(event, Frame)]


@pytest.mark.parametrize("size", [0, 1, 125, 126, 65_535, 65_536, 200_000])
def test_a_text_of_any_size_is_a_frame_of_its_own(size: int) -> None:
    assert texts((opening(size) + b"x" * size) * 2) == ["x" * size] * 2


def test_all_texts_of_one_turn_are_written_together_and_in_order() -> None:
    async def check() -> None:
        pipe = Pipe()
        outbox = BoundedOutbox(Limits(), pipe)
        outbox.offer("ộ")
        outbox.share(b"head ", b"tail")
        outbox.offer("last")
        assert pipe.written == []
        await asyncio.sleep(0)
        assert len(pipe.written) == 1
        assert pipe.texts == ["ộ", "head tail", "last"]

    asyncio.run(check())


def test_nothing_is_written_without_room_and_everything_once_there_is_some() -> None:
    async def check() -> None:
        pipe = Pipe(room=1)
        outbox = BoundedOutbox(Limits(), pipe)
        for number in range(5):
            outbox.offer(str(number))
            await asyncio.sleep(0)
        assert pipe.texts == ["0"]
        pipe.read()
        assert pipe.texts == ["0", "1", "2", "3", "4"]

    asyncio.run(check())


def test_a_connection_is_not_given_more_at_once_than_it_may_refuse() -> None:
    async def check() -> None:
        pipe = Pipe(room=0)
        outbox = BoundedOutbox(Limits(), pipe)
        for _ in range(100):
            outbox.share(b"x" * 1_000, b"y" * 1_000)
        pipe.read(room=1)
        assert SLICE <= len(pipe.written[0]) <= SLICE + 2_004
        pipe.read()
        assert pipe.texts == ["x" * 1_000 + "y" * 1_000] * 100

    asyncio.run(check())


@pytest.mark.parametrize("limits", [Limits(frames=3), Limits(waiting_bytes=40)], ids=["texts", "bytes"])
def test_who_does_not_read_overflows_past_the_bound_and_is_given_nothing_more(limits: Limits) -> None:
    async def check() -> None:
        pipe = Pipe(room=0)
        outbox = BoundedOutbox(limits, pipe)
        for _ in range(3):
            outbox.offer("12345678")
        assert not outbox.overflowed.is_set()
        outbox.offer("1234567890123")
        assert outbox.overflowed.is_set()
        outbox.offer("more")
        pipe.read()
        assert pipe.written == []

    asyncio.run(check())


def test_who_reads_may_be_sent_more_in_one_turn_than_the_bound() -> None:
    async def check() -> None:
        pipe = Pipe()
        outbox = BoundedOutbox(Limits(frames=3), pipe)
        for number in range(20):
            outbox.offer(str(number))
        await asyncio.sleep(0)
        assert not outbox.overflowed.is_set()
        assert pipe.texts == [str(number) for number in range(20)]

    asyncio.run(check())


def test_a_finished_outbox_writes_what_waits_and_takes_nothing_after_its_last_texts() -> None:
    async def check() -> None:
        pipe = Pipe(room=0)
        outbox = BoundedOutbox(Limits(), pipe)
        for take, text in (
            (outbox.offer, "a"),
            (outbox.finish, "b"),
            (outbox.offer, "c"),
            (outbox.finish, "d"),
        ):
            take(text)
        outbox.share(b"e", b"f")
        await asyncio.sleep(0)
        assert not outbox.finished.is_set()
        pipe.read()
        assert outbox.finished.is_set()
        assert pipe.texts == ["a", "b", "d"]

    asyncio.run(check())


def test_subscribers_are_written_to_before_the_mutation_is_answered(endpoint: Endpoint) -> None:
    query = GraphQLRequest("subscription { onSend { id } }")
    mutation = GraphQLRequest('mutation { send(input: {id: "7", needed: "n"}) { id } }')

    async def check() -> None:
        pipe = Pipe()
        outbox = BoundedOutbox(Limits(), pipe)
        subscription = await endpoint.api.subscribe("1", query, Caller(KeyHolder()), outbox)
        endpoint.api.registry.add(subscription)
        await endpoint.api.execute(mutation, Caller(KeyHolder()))
        endpoint.api.registry.remove(subscription)
        assert pipe.texts == ['{"id":"1","type":"data","payload":{"data":{"onSend":{"id":"7"}}}}']

    asyncio.run(check())
