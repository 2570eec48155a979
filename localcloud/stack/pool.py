"""The sandboxes of one function: started when needed, kept for the next event, renewed with the code."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping

from localcloud.stack.functions import Function
from localcloud.stack.sandbox import Outcome, Place, Sandbox

type Environment = Callable[[], Awaitable[Mapping[str, str]]]


class Pool:
    """At most `function.workers` events at a time; more of them wait their turn."""

    def __init__(self, function: Function, place: Place, environment: Environment) -> None:
        self.function = function
        self._place = place
        self._environment = environment
        self._turns = asyncio.Semaphore(function.workers)
        self._idle: list[tuple[Sandbox, object]] = []
        self._busy: set[Sandbox] = set()
        self._generation = 0

    async def invoke(self, event: object, request_id: str, arn: str) -> Outcome:
        """Handles one event in a sandbox of its own; an app that cannot be imported is this event's error."""
        async with self._turns:
            version = await self._version()
            sandbox = await self._take(version)
            if not isinstance(sandbox, Sandbox):
                return sandbox
            self._busy.add(sandbox)
            try:
                return await sandbox.invoke(event, request_id, arn)
            finally:
                self._busy.discard(sandbox)
                await self._give_back(sandbox, version)

    async def warm(self) -> None:
        """Has one sandbox waiting, so that the first event need not wait for the import."""
        async with self._turns:
            version = await self._version()
            if not self._idle and isinstance(sandbox := await self._take(version), Sandbox):
                await self._give_back(sandbox, version)

    async def renew(self) -> None:
        """After a change of the code: idle sandboxes go now, busy ones once their event is done."""
        self._generation += 1
        stale, self._idle = self._idle, []
        await asyncio.gather(*(sandbox.stop() for sandbox, _ in stale))

    async def close(self) -> None:
        """Stops everything, events under way included."""
        await self.renew()
        await asyncio.gather(*(sandbox.stop() for sandbox in self._busy))

    def pids(self) -> list[int]:
        """The processes of this moment."""
        return [sandbox.pid for sandbox, _ in self._idle] + [sandbox.pid for sandbox in self._busy]

    async def _version(self) -> tuple[int, Mapping[str, str]]:
        """What a sandbox is made of; one made of anything else is stale."""
        return self._generation, await self._environment()

    async def _take(self, version: tuple[int, Mapping[str, str]]) -> Sandbox | Outcome:
        while self._idle:
            sandbox, made_of = self._idle.pop()
            if sandbox.alive and made_of == version:
                return sandbox
            await sandbox.stop()
        sandbox = await Sandbox.start(self.function, self._place, version[1])
        if (failure := await sandbox.ready()) is None:
            return sandbox
        await sandbox.stop()
        return failure

    async def _give_back(self, sandbox: Sandbox, version: tuple[int, Mapping[str, str]]) -> None:
        if sandbox.alive and version[0] == self._generation:
            self._idle.append((sandbox, version))
        else:
            await sandbox.stop()
