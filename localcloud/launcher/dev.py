"""The life of one local cloud: start in order, deploy, repair, watch, stop in reverse order."""

import asyncio
import contextlib
import signal
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Mapping
from typing import Any

import httpx

from localcloud.launcher import CannotStart, plan
from localcloud.launcher.child import Child
from localcloud.launcher.deployment import deployed, reconcile
from localcloud.launcher.plan import Options
from localcloud.launcher.progress import Progress
from localcloud.stack.guard import SAVED

_START = 60.0  # seconds a child may take until it answers
_DEATHS = 5  # a child may die so often
_WITHIN = 120.0  # in so many seconds; then everything stops


class LocalCloud:
    """All children of one launcher."""

    def __init__(self, options: Options, progress: Progress) -> None:
        self._options = options
        self._progress = progress
        self._ministack, self._functions, self._models, self._endpoint = self._children = [
            Child(make(options), plan.ROOT)
            for make in (plan.ministack, plan.functions, plan.models, plan.endpoint)
        ]
        self._deaths: dict[Child, list[float]] = defaultdict(list)

    async def run(self) -> None:
        """Returns after SIGINT or SIGTERM. Raises CannotStart when something cannot go on."""
        stopped = asyncio.Event()
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            asyncio.get_running_loop().add_signal_handler(number, stopped.set)
        async with self._stopping():
            working, waiting = asyncio.create_task(self._live()), asyncio.create_task(stopped.wait())
            await asyncio.wait({working, waiting}, return_when=asyncio.FIRST_COMPLETED)
            waiting.cancel()
            if not working.done():
                working.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await working

    async def _live(self) -> None:
        started = time.monotonic()
        await self._start()
        model = await self._deploy()
        with self._progress.step("GraphQL endpoint and page"):
            await self._endpoint.start()
            await self._endpoint.healthy(_START)
        await self._repair()
        options = self._options
        self._progress.ready(options.page, model, options.state, time.monotonic() - started)
        await self._watch()

    async def _start(self) -> None:
        """The three that need nothing of each other, at once."""
        self._options.state.environment.unlink(missing_ok=True)
        early = [self._ministack, self._functions, self._models]
        for child in early:
            await child.start()
        for child, what in zip(early, ("emulated AWS services", "function host", "models"), strict=True):
            with self._progress.step(what):
                await child.healthy(_START)

    async def _deploy(self) -> str:
        """Brings the stack up to date; returns the name of the answering model."""
        models = await _json(self._models.spec.health)
        with self._progress.step("stack of appsync/template.yaml"):
            await asyncio.to_thread(deployed, self._options, models, self._progress.say)
            await self._saved()  # a crash from now on leaves the same users, keys and addresses
        return f"{models['chat'][0]} ({models['backend']})"

    async def _saved(self) -> None:
        async with httpx.AsyncClient(trust_env=False, timeout=_START) as client:
            (await client.get(f"http://127.0.0.1:{self._options.ports.aws}{SAVED}")).raise_for_status()

    async def _repair(self) -> None:
        """Lets `maintain` finish what the last run, or a crash, left half done."""
        with self._progress.step("documents and answers reconciled"):
            problem = await asyncio.to_thread(reconcile, self._options)
        if problem:
            self._progress.warn(problem)

    async def _watch(self) -> None:
        """Restarts whatever dies, for ever. Raises CannotStart when that does not help."""
        while True:
            ends = {asyncio.create_task(child.ended()): child for child in self._children}
            done, rest = await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
            for task in rest:
                task.cancel()
            for task in done:
                await self._revive(ends[task])

    async def _revive(self, child: Child) -> None:
        while not await self._started_again(child):
            pass
        if child is self._ministack:  # its last seconds are lost, perhaps the deployment among them
            await self._deploy()
        if child in {self._ministack, self._functions}:  # what a dead worker had in hand is hidden for long
            await self._repair()
        self._progress.say(f"The {child.spec.name} runs again.")

    async def _started_again(self, child: Child) -> bool:
        """False when it died at once, as one does whose port a dying relative still holds for a moment."""
        self._progress.warn(child.obituary())
        await asyncio.sleep(self._pause(child))
        await child.start()
        try:
            await child.healthy(_START)
        except CannotStart:
            if child.running:
                raise
        return child.running

    def _pause(self, child: Child) -> float:
        """How long to wait before a restart: twice as long after each death of late."""
        now = time.monotonic()
        recent = self._deaths[child] = [*(at for at in self._deaths[child] if now - at < _WITHIN), now]
        if len(recent) > _DEATHS:
            raise CannotStart(
                f"The {child.spec.name} died {len(recent)} times in two minutes; its log says why."
            )
        return 0.25 * 2.0 ** (len(recent) - 1)

    @contextlib.asynccontextmanager
    async def _stopping(self) -> AsyncIterator[None]:
        """Ends with no child left, whatever happened; MiniStack last, after those that write to it."""
        try:
            yield
        finally:
            with self._progress.step("stopped"):
                for child in reversed(self._children):
                    await child.stop()


async def _json(address: str) -> Mapping[str, Any]:  # the model endpoint's own description of itself
    async with httpx.AsyncClient(trust_env=False) as client:
        answer: Mapping[str, Any] = (await client.get(address)).json()
        return answer
