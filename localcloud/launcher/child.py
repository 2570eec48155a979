"""One long-running process: started in a group of its own, awaited until healthy, stopped with its kin."""

import asyncio
import contextlib
import functools
import os
import signal
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import httpx

from localcloud.launcher import CannotStart
from localcloud.stack.parent import die_with_parent

_TAIL = 15  # lines of a log that are shown when its process dies


@dataclass(frozen=True, slots=True)
class Spec:
    """What to run: `health` is an address that answers 2xx once ready; `grace` the seconds to end in."""

    name: str
    command: Sequence[str]
    health: str
    log: Path
    environment: Mapping[str, str]
    grace: float = 4.0
    orphaned: int = signal.SIGKILL


class Child:
    """The process of one Spec, or none; may be started again after its end."""

    def __init__(self, spec: Spec, root: Path) -> None:
        self.spec = spec
        self._root = root
        self._process: asyncio.subprocess.Process | None = None
        self._from = 0

    async def start(self) -> None:
        """Starts the process and returns at once."""
        with self.spec.log.open("ab") as log:
            self._from = log.tell()
            self._process = await asyncio.create_subprocess_exec(
                *self.spec.command, cwd=self._root, env=self.spec.environment,
                stdin=asyncio.subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True,
                preexec_fn=functools.partial(die_with_parent, self.spec.orphaned),
            )  # fmt: skip

    async def healthy(self, seconds: float) -> None:
        """Returns once the process answers. Raises CannotStart when it ends, or does not within `seconds`."""
        try:
            async with asyncio.timeout(seconds), httpx.AsyncClient(trust_env=False, timeout=5) as client:
                while not await self._answers(client):
                    if not self.running:
                        raise CannotStart(self.obituary())
                    await asyncio.sleep(0.05)
        except TimeoutError:
            why = f"{self.spec.name} was not ready within {seconds:.0f} s. {self._ending()}"
            raise CannotStart(why) from None

    async def _answers(self, client: httpx.AsyncClient) -> bool:
        try:
            return (await client.get(self.spec.health)).is_success
        except httpx.TransportError:
            return False

    @property
    def running(self) -> bool:
        return self._process is not None and self._process.returncode is None

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process else None

    async def ended(self) -> None:
        """Waits for the process to end by itself."""
        if self._process:
            await self._process.wait()

    async def stop(self) -> None:
        """SIGTERM, then SIGKILL to whatever is left of the group when the grace is over."""
        if self._process is None:
            return
        with contextlib.suppress(ProcessLookupError, TimeoutError):
            self._process.terminate()
            await asyncio.wait_for(self._process.wait(), self.spec.grace)
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, signal.SIGKILL)
        await self._process.wait()

    def obituary(self) -> str:
        """How the process ended, and what it said last."""
        code = self._process.returncode if self._process else None
        how = f"signal {signal.Signals(-code).name}" if code is not None and code < 0 else f"exit code {code}"
        return f"{self.spec.name} ended with {how}. {self._ending()}"

    def _ending(self) -> str:
        tail = self.tail()
        return f"The end of {self.spec.log}:\n{tail}" if tail else f"{self.spec.log} is empty."

    def tail(self) -> str:
        """The last lines that this process wrote."""
        with self.spec.log.open("rb") as log:
            log.seek(self._from)
            return "\n".join(log.read().decode(errors="replace").splitlines()[-_TAIL:])

    @property
    def exit_code(self) -> int | None:
        return self._process.returncode if self._process else None
