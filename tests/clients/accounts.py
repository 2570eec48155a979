"""All stories at once: most of their time, clients only wait for their own back-off to end."""

import asyncio
import contextlib
import threading
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any

import httpx

from tests.clients.browsers import chromium, page
from tests.clients.cases import CHROMIUM, GQL, Case
from tests.clients.conversations import Client, in_browser, in_node
from tests.clients.gql_client import in_python
from tests.clients.stories import Story
from tests.clients.wires import wired
from tests.clients.world import World
from tests.localcloud.appsync.world import CERTIFICATES

AT_ONCE = 10
SECONDS = 100


@dataclass(frozen=True)
class Staged:
    """A case of one kind of story."""

    kind: type[Story[Any]]
    case: Case

    def __str__(self) -> str:
        return str(self.case)


type Opening = Callable[[Case], contextlib.AbstractAsyncContextManager[Client]]


async def perform(world: World, promised: Mapping[Staged, Future[Any]]) -> None:
    """Every future gets its story's account, or what went wrong."""
    seats = asyncio.Semaphore(AT_ONCE)

    async def play(staged: Staged, account: Future[Any]) -> None:
        async with seats:
            try:
                async with asyncio.timeout(SECONDS):
                    account.set_result(await told(staged, world, opened, others))
            except Exception as error:  # noqa: BLE001  (the tests of this case raise it)
                account.set_exception(error)

    async with openings(staged.case for staged in promised) as opened, world.others() as others:
        await asyncio.gather(*(play(staged, account) for staged, account in promised.items()))


async def told(staged: Staged, world: World, opened: Opening, others: httpx.AsyncClient) -> Any:
    case = staged.case
    async with wired(world.port) as wire, opened(case) as client:
        return await staged.kind(client, world, wire, case, others).tell()


@contextlib.asynccontextmanager
async def openings(cases: Iterable[Case]) -> AsyncIterator[Opening]:
    """How each case's client is started; the browser is there only when one is in it."""
    async with contextlib.AsyncExitStack() as stack:
        if any(case.client == CHROMIUM for case in cases):
            url = stack.enter_context(page())
            browser = await stack.enter_async_context(chromium())

        def opened(case: Case) -> contextlib.AbstractAsyncContextManager[Client]:
            if case.client == CHROMIUM:
                return in_browser(browser, url)
            return outside_browsers(case.client)

        yield opened


def outside_browsers(client: str) -> contextlib.AbstractAsyncContextManager[Client]:
    if client == GQL:
        return in_python(CERTIFICATES.authority)
    return in_node(client, {"NODE_EXTRA_CA_CERTS": str(CERTIFICATES.authority)})


@contextlib.contextmanager
def performing(world: World, wanted: Iterable[Staged]) -> Iterator[Mapping[Staged, Future[Any]]]:
    """In a thread of its own, so that no test waits for another's client."""
    promised: dict[Staged, Future[Any]] = {staged: Future() for staged in wanted}
    thread = threading.Thread(target=lambda: asyncio.run(perform(world, promised)))
    thread.start()
    yield promised
    thread.join()
