"""What all commands share: options, and running a piece of work with a client that is signed in."""

import asyncio
import os
import time
from collections.abc import Callable, Coroutine
from datetime import datetime
from typing import Annotated

import typer

from riffle.asynchronous import DEFAULT_URL, AsyncClient, Scope
from riffle.deployment import normal
from riffle.sessions import Sessions
from riffle.uploads import media_type

MOMENTS = ["%Y-%m-%d", "%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"]
"""Of this machine's time zone."""

UrlOption = Annotated[
    str | None,
    typer.Option("--url", envvar="RIFFLE_URL", help="The deployment; by default the one last signed in to."),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON for scripts, in the API's field names.")]
CollectionOption = Annotated[str | None, typer.Option(help="The collection of the documents.")]
DocumentOption = Annotated[list[str] | None, typer.Option("--document", help="Only this one; repeatable.")]
NameOption = Annotated[list[str] | None, typer.Option("--name", help="Only files of this name; repeatable.")]
TypeOption = Annotated[
    list[str] | None,
    typer.Option("--type", help="Only files of this kind, as a suffix (pdf) or media type; repeatable."),
]
LanguageOption = Annotated[
    list[str] | None, typer.Option("--language", help="Only passages in this language: en, vi; repeatable.")
]
AfterOption = Annotated[
    datetime | None,
    typer.Option("--after", help="Only documents added after this time.", formats=MOMENTS, metavar="DATE"),
]
BeforeOption = Annotated[
    datetime | None,
    typer.Option("--before", help="Only documents added before this time.", formats=MOMENTS, metavar="DATE"),
]
OneId = Annotated[str, typer.Argument(metavar="ID", help="An id as `riffle documents` shows it.")]
Ids = Annotated[list[str], typer.Argument(metavar="ID", help="Ids as `riffle documents` shows them.")]


def scope_of(
    collection: str | None,
    documents: list[str] | None,
    names: list[str] | None,
    kinds: list[str] | None,
    languages: list[str] | None,
    after: datetime | None,
    before: datetime | None,
) -> Scope:
    """What the options narrow a search or a question to. Raises BadParameter for an unknown kind of file."""
    types = None if kinds is None else [_media_type(kind) for kind in kinds]
    return Scope(collection, documents, names, types, languages, after, before)


def _media_type(kind: str) -> str:
    found = kind if "/" in kind else media_type(kind)
    if found is None:
        raise typer.BadParameter(f"{kind!r} is neither a suffix that is known here nor a media type")
    return found


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
