"""What all commands share: options, and running a piece of work with a client that is signed in."""

import asyncio
import os
import time
from collections.abc import Callable, Coroutine
from typing import Annotated

import typer

from riffle.asynchronous import DEFAULT_URL, AsyncClient
from riffle.deployment import normal
from riffle.sessions import Sessions

UrlOption = Annotated[
    str | None,
    typer.Option("--url", envvar="RIFFLE_URL", help="The deployment; by default the one last signed in to."),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON for scripts, in the API's field names.")]
CollectionOption = Annotated[str | None, typer.Option(help="The collection of the documents.")]
DocumentOption = Annotated[list[str] | None, typer.Option("--document", help="Only this one; repeatable.")]
Ids = Annotated[list[str], typer.Argument(metavar="ID", help="Ids as `riffle documents` shows them.")]


def deployment_url(given: str | None) -> str:
    return normal(given or Sessions().last_url() or DEFAULT_URL)


async def _connect(url: str) -> AsyncClient:
    """The stored session; without a fresh one, RIFFLE_USERNAME and RIFFLE_PASSWORD when both are set."""
    username, password = os.environ.get("RIFFLE_USERNAME"), os.environ.get("RIFFLE_PASSWORD")
    stored = Sessions().find(url)
    usable = stored is not None and username in {None, stored.username}
    if stored is not None and usable and not (username and password and stored.tokens.stale(time.time())):
        return await AsyncClient.connect(url)
    return await AsyncClient.connect(url, username=username, password=password)


def run[T](url: str | None, work: Callable[[AsyncClient], Coroutine[None, None, T]]) -> T:
    """Runs one command's work with a client that is closed afterwards."""

    async def connected() -> T:
        async with await _connect(deployment_url(url)) as client:
            return await work(client)

    return asyncio.run(connected())
