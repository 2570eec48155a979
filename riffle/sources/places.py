"""What the places on a command line stand for."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from riffle.errors import InvalidInput
from riffle.sources import Item, folders, objects
from riffle.sources.web import Bounds, Web


class WrongPlace(InvalidInput):
    """A place that is named wrongly, or where there is nothing to be had."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Places, and how much of those that have no end of their own."""

    places: tuple[str, ...]
    sitemap: bool = False
    limit: int = 1_000
    private: bool = False
    empty: bool = False
    """Whether a folder may hold nothing yet."""


@asynccontextmanager
async def items_of(wanted: Wanted, max_bytes: int) -> AsyncIterator[list[Item]]:
    """All items of all places, each once; they can be fetched inside. Raises WrongPlace."""
    async with Web(Bounds(wanted.limit, max_bytes, wanted.private)) as web:
        try:
            found = [item for place in wanted.places for item in await _items(place, wanted, max_bytes, web)]
        except InvalidInput as error:
            raise WrongPlace(str(error)) from error
        yield list({item.uri: item for item in found}.values())


async def _items(place: str, wanted: Wanted, max_bytes: int, web: Web) -> list[Item]:
    scheme = place.partition("://")[0].lower() if "://" in place else ""
    match scheme:
        case "http" | "https":
            return await web.items(place, sitemap=wanted.sitemap)
        case "s3":
            return await asyncio.to_thread(objects.items, place, wanted.limit, max_bytes)
        case "":
            return [] if wanted.empty and folders.empty(place) else folders.items(place)
    raise InvalidInput(f"{place!r} is neither a file nor an address that starts with s3, http or https")
