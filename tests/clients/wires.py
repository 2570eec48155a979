"""A TCP connection's middle, which a test can cut: to both ends it is as if the network had gone."""

import asyncio
import contextlib
from collections.abc import AsyncIterator


class Wire:
    """Carries bytes between whoever connects to `port` and the server at `target`, TLS or not."""

    def __init__(self, target: int) -> None:
        self._target = target
        self._ends: set[asyncio.StreamWriter] = set()
        self.port = 0

    def cut(self) -> None:
        """Ends every connection at once and without a goodbye; new ones are carried as before."""
        for end in self._ends:
            end.transport.abort()

    async def carry(self, near: asyncio.StreamReader, nearer: asyncio.StreamWriter) -> None:
        far, farther = await asyncio.open_connection("127.0.0.1", self._target)
        ends = {nearer, farther}
        self._ends |= ends
        try:
            await asyncio.gather(pump(near, farther), pump(far, nearer))
        finally:
            self._ends -= ends


async def pump(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
    """Until either end is gone, which ends the other."""
    with contextlib.suppress(ConnectionError):
        while chunk := await source.read(65_536):
            sink.write(chunk)
            await sink.drain()
    sink.close()


@contextlib.asynccontextmanager
async def wired(target: int) -> AsyncIterator[Wire]:
    wire = Wire(target)
    async with await asyncio.start_server(wire.carry, "127.0.0.1", 0) as server:
        wire.port = server.sockets[0].getsockname()[1]
        yield wire
        wire.cut()
