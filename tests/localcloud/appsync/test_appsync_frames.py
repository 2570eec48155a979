"""Frames past ASGI, on the pinned uvicorn: nobody gets them twice, late readers get them all."""

import asyncio
import socket

from localcloud.appsync.app import create_app
from tests.localcloud.appsync.clients import client
from tests.localcloud.appsync.test_appsync_realtime import ON_SEND, publish_later
from tests.localcloud.appsync.world import Endpoint, running

LARGE = "x" * 200_000
MANY = 30  # 6 MB: more than the kernel keeps for a reader with a small buffer, less than the bound


def test_who_reads_late_gets_every_frame_in_order_and_is_heard_afterwards(endpoint: Endpoint) -> None:
    async def check(host: str) -> None:
        lazy = socket.socket()
        lazy.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        lazy.connect(("127.0.0.1", int(host.split(":")[1])))
        async with client(host, sock=lazy, max_queue=1) as late:
            await late.subscribe("1", ON_SEND)
            for number in range(MANY):
                await publish_later(endpoint, id=str(number), body=LARGE)
            events = [(await late.event("1"))["data"]["onSend"] for _ in range(MANY)]
            assert events == [{"id": str(number), "body": LARGE} for number in range(MANY)]
            await asyncio.wait_for(await late.socket.ping(), 10)

    with running(create_app(endpoint.api)) as host:
        asyncio.run(check(host))
