"""How a test talks to a client in another process: calls that are answered, and what subscriptions hear."""

import asyncio
import contextlib
import itertools
import json
import os
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any, Protocol

from playwright.async_api import Browser

NODE = Path(__file__).parent / "node"
PATIENCE = 40  # seconds; Amplify starts to connect anew after 5, and may wait as long again for each attempt
LINE = 1_000_000


class Refused(Exception):
    """A call failed in the client; `error` is what the app would have caught, as JSON."""

    def __init__(self, error: Any) -> None:
        super().__init__(json.dumps(error))
        self.error = error


class Client(Protocol):
    """An AppSync client in whichever language: methods are those of `client.mjs`."""

    async def call(self, method: str, **params: Any) -> Any:
        """Raises Refused."""

    async def heard(self, name: str) -> Any:
        """The next of what subscription `name` told: an event, an error, or that it is over."""

    def rest(self, name: str) -> list[Any]:
        """What it told by now and nobody has looked at."""


class Conversation:
    """The test's side of `driver.mjs`."""

    def __init__(self, send: Callable[[Any], Awaitable[None]]) -> None:
        self._send = send
        self._numbers = itertools.count()
        self._calls: dict[int, asyncio.Future[Any]] = {}
        self._told: defaultdict[str, asyncio.Queue[Any]] = defaultdict(asyncio.Queue)

    async def call(self, method: str, **params: Any) -> Any:
        number, answer = next(self._numbers), asyncio.get_running_loop().create_future()
        self._calls[number] = answer
        await self._send({"call": number, "method": method, "params": params})
        async with asyncio.timeout(PATIENCE):
            message = await answer
        if "error" in message:
            raise Refused(message["error"])
        return message["result"]

    async def heard(self, name: str) -> Any:
        async with asyncio.timeout(PATIENCE):
            return await self._told[name].get()

    def rest(self, name: str) -> list[Any]:
        queue = self._told[name]
        return [queue.get_nowait() for _ in range(queue.qsize())]

    def take(self, line: str | bytes) -> None:
        message = json.loads(line)
        if "call" in message:
            self._calls.pop(message["call"]).set_result(message)
        else:
            self._told[message.pop("name")].put_nowait(message)

    def end(self) -> None:
        """The client is gone: nobody will answer."""
        for answer in self._calls.values():
            answer.set_exception(ConnectionError("the client ended before it answered"))


@contextlib.asynccontextmanager
async def in_node(folder: str, environment: Mapping[str, str]) -> AsyncIterator[Client]:
    """The client in `node/<folder>/client.mjs`, in a process of its own."""
    process = await asyncio.create_subprocess_exec(
        "node", NODE / "stdio.mjs", folder, limit=LINE, env={**os.environ, **environment},
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    assert process.stdin
    assert process.stdout
    stdin, stdout = process.stdin, process.stdout

    async def send(message: Any) -> None:
        stdin.write(json.dumps(message).encode() + b"\n")
        await stdin.drain()

    async def listen() -> None:
        async for line in stdout:
            conversation.take(line)
        conversation.end()

    conversation = Conversation(send)
    listening = asyncio.create_task(listen())
    try:
        yield conversation
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()
        await listening


@contextlib.asynccontextmanager
async def in_browser(browser: Browser, url: str) -> AsyncIterator[Client]:
    """Amplify in a tab of its own, at the page that `page.mjs` was bundled for."""

    async def send(message: Any) -> None:
        await tab.evaluate("message => { handle(message); }", message)

    conversation = Conversation(send)
    async with await browser.new_context() as context:
        tab = await context.new_page()
        await tab.expose_function("tell", conversation.take)
        await tab.goto(url)
        yield conversation
