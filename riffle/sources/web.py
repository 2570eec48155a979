"""Web pages: one by its address, or those that a sitemap lists. Within bounds, and only where robots may go.

A page that was moved may be anywhere, so every address on the way is looked at, not only the first: none but
public ones are asked, unless private ones are allowed.
"""

import asyncio
import gzip
import io
import ipaddress
import re
import socket
import time
import zlib
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import format_datetime
from pathlib import PurePosixPath
from types import MappingProxyType
from typing import Any
from urllib.parse import unquote, urljoin, urlsplit
from xml.etree import ElementTree as ET

import httpx
from protego import Protego

from riffle.errors import ConnectionFailed, InvalidInput, NotFound, RiffleError, TooLarge, Unauthorized
from riffle.sources import Fetched, Item
from riffle.uploads import media_type, readable

AGENT = "riffle"
REDIRECTS = 5
ROBOTS_BYTES = 500 * 1024
"""As much of a robots.txt as RFC 9309 wants to be read at least."""

SITEMAP_BYTES = 50 * 1024 * 1024
SITEMAP_DEPTH = 3
PAUSE_SECONDS = 0.5
LONGEST_PAUSE = 30.0
SECONDS = 30.0

_CODINGS = frozenset({"identity", "gzip", "deflate"})
"""What grows a thousandfold at most, piece by piece; others, and several at once, know no such bound."""

_TRANSLATED = ipaddress.IPv6Network("64:ff9b::/96")
"""Of NAT64: the last four bytes are the IPv4 address that is reached."""

_SUFFIXES: Mapping[str, str] = MappingProxyType(
    {"text/html": ".html", "application/xhtml+xml": ".html", "text/plain": ".txt", "text/markdown": ".md"}
)
_LOCATION = re.compile(r"\{[^}]*\}(urlset|sitemapindex)")


@dataclass(frozen=True, slots=True)
class Bounds:
    """How much of the web one command takes."""

    pages: int
    page_bytes: int
    private: bool = False
    pause: float = PAUSE_SECONDS


@dataclass(slots=True)
class Site:
    """What a host allows, and when it was last asked."""

    robots: Protego
    asked: float = 0.0
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)


class Web:
    """Fetches pages politely. An async context manager."""

    def __init__(self, bounds: Bounds) -> None:
        self._bounds = bounds
        self._sites: dict[str, Site] = {}
        self._entering = asyncio.Lock()
        self._http = httpx.AsyncClient(
            timeout=SECONDS, follow_redirects=False, trust_env=False, headers={"user-agent": AGENT}
        )

    async def __aenter__(self) -> "Web":
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._http.aclose()

    async def items(self, url: str, *, sitemap: bool) -> list[Item]:
        """The page, or the pages of a sitemap. Raises InvalidInput for a sitemap that is none."""
        if not sitemap:
            return [self._item(url, named=True)]
        found = await self._locations(url, SITEMAP_DEPTH)
        if not found:
            raise InvalidInput(f"{url} lists no pages")
        return [self._item(each) for each in list(dict.fromkeys(found))[: self._bounds.pages]]

    def _item(self, url: str, *, named: bool = False) -> Item:
        async def fetch(since: datetime | None) -> Fetched | None:
            return await self._page(url, since)

        return Item(url, url, fetch, named)

    async def _page(self, url: str, since: datetime | None) -> Fetched | None:
        headers = {"if-modified-since": format_datetime(since, usegmt=True)} if since else {}
        response, body = await self._get(url, self._bounds.page_bytes, headers)
        if response.status_code == httpx.codes.NOT_MODIFIED:
            return None
        return Fetched(body, name_of(url, response.headers.get("content-type", "")))

    async def _locations(self, url: str, depth: int) -> list[str]:
        """Pages that a sitemap lists, or the sitemaps that it lists, of its own host only."""
        if depth == 0:
            raise InvalidInput(f"{url} is a sitemap in a sitemap in a sitemap, which are too many")
        _, body = await self._get(url, SITEMAP_BYTES, {})
        kind, listed = parsed(_unpacked(url, body), url)
        own = [each for each in listed if _host(each) == _host(url)]
        if kind == "urlset":
            return own
        found: list[str] = []
        for each in own:
            if len(found) >= self._bounds.pages:
                break
            found += await self._locations(each, depth - 1)
        return found

    async def _get(self, url: str, most: int, headers: Mapping[str, str]) -> tuple[httpx.Response, bytes]:
        """What lies there, wherever it has moved to. Raises what is fit to be told to a person."""
        place = url
        for _ in range(REDIRECTS + 1):
            await self._admitted(place)
            response, body = await self._asked(place, most, headers)
            if not response.has_redirect_location:
                _check(response, url)
                return response, body
            place = _moved(place, response)
        raise NotFound(f"{url} moves on more than {REDIRECTS} times")

    async def _admitted(self, url: str) -> None:
        """Returns when the host may be asked. Raises Unauthorized for what robots may not read."""
        await check_address(url, private=self._bounds.private)
        site = await self._site(url)
        if not site.robots.can_fetch(url, AGENT):
            raise Unauthorized(f"{url} may not be read by programs, its robots.txt says")
        pause = min(site.robots.crawl_delay(AGENT) or self._bounds.pause, LONGEST_PAUSE)
        async with site.turn:
            await asyncio.sleep(max(0.0, site.asked + pause - time.monotonic()))
            site.asked = time.monotonic()

    async def _site(self, url: str) -> Site:
        """A host's rules, asked for once. Without any, all is allowed; if it fails, nothing is (RFC 9309)."""
        parts = urlsplit(url)
        host = f"{parts.scheme}://{parts.netloc}"
        async with self._entering:
            if host not in self._sites:
                self._sites[host] = Site(Protego.parse(await self._rules(host)))
            return self._sites[host]

    async def _rules(self, host: str) -> str:
        place = f"{host}/robots.txt"
        for _ in range(REDIRECTS + 1):
            await check_address(place, private=self._bounds.private)
            response, body = await self._asked(place, ROBOTS_BYTES, {}, cut=True)
            if not response.has_redirect_location:
                break
            place = _moved(place, response)
        if response.is_server_error or response.status_code == httpx.codes.TOO_MANY_REQUESTS:
            return "User-agent: *\nDisallow: /"
        return body.decode("utf-8", "replace") if response.is_success else ""

    async def _asked(
        self, url: str, most: int, headers: Mapping[str, str], *, cut: bool = False
    ) -> tuple[httpx.Response, bytes]:
        """One request, of whose answer `most` bytes are kept. Raises TooLarge beyond, or cuts."""
        async with self._answered(url, headers) as response:
            _check_coding(response, url)
            body = bytearray()
            async for chunk in response.aiter_bytes():
                body += chunk
                if len(body) > most and not cut:
                    raise TooLarge(f"{url} is larger than the limit of {readable(most)}")
                if len(body) > most:
                    break
            return response, bytes(body[:most])

    @asynccontextmanager
    async def _answered(self, url: str, headers: Mapping[str, str]) -> AsyncIterator[httpx.Response]:
        async def look(event: str, told: Mapping[str, Any]) -> None:
            if event == "connection.connect_tcp.complete" and not self._bounds.private:
                await _check_peer(told["return_value"], url)

        try:
            async with (
                asyncio.timeout(4 * SECONDS),
                self._http.stream("GET", url, headers=dict(headers), extensions={"trace": look}) as response,
            ):
                yield response
        except (httpx.HTTPError, httpx.InvalidURL, UnicodeError, TimeoutError) as error:
            raise ConnectionFailed(f"{url} cannot be read: {error or type(error).__name__}") from error


async def _check_peer(stream: Any, url: str) -> None:  # noqa: ANN401  (httpcore's, whatever its backend)
    """A name may lead elsewhere the second time it is looked up: nothing is said to whoever is there."""
    address = stream.get_extra_info("server_addr")
    if address and not _public(address[0]):
        await stream.aclose()
        raise _private(url)


def _check_coding(response: httpx.Response, url: str) -> None:
    codings = response.headers.get_list("content-encoding", split_commas=True)
    if len(codings) > 1 or not {each.strip().lower() for each in codings} <= _CODINGS:
        raise ConnectionFailed(f"{url} is packed in a way that is not read: {', '.join(codings)[:100]}")


async def check_address(url: str, *, private: bool) -> None:
    """Raises InvalidInput for anything but http and https, and for hosts off the public internet."""
    try:
        parts = urlsplit(url)
    except ValueError as error:
        raise InvalidInput(f"{url!r} is not the address of a web page") from error
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise InvalidInput(f"{url!r} is not the address of a web page")
    if "@" in parts.netloc:  # it would be kept and shown as where the document is from
        raise InvalidInput(
            f"an address on {parts.hostname} has a user in it; name pages that are for everybody"
        )
    if private:
        return
    try:
        found = await asyncio.get_running_loop().getaddrinfo(parts.hostname, None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise ConnectionFailed(f"there is no host {parts.hostname!r}") from error
    if not all(_public(str(each[4][0])) for each in found):
        raise _private(url)


def _public(address: str) -> bool:
    found = ipaddress.ip_address(address.partition("%")[0])
    if found in _TRANSLATED:
        found = ipaddress.IPv4Address(int(found) & 0xFFFFFFFF)
    return found.is_global and not found.is_multicast


def _moved(place: str, response: httpx.Response) -> str:
    try:
        return urljoin(place, response.headers["location"])
    except ValueError as error:
        raise NotFound(f"{place} has moved to what is no address") from error


def _host(url: str) -> str | None:
    """With its port; None of what is no address."""
    try:
        return urlsplit(url).netloc
    except ValueError:
        return None


def _private(url: str) -> RiffleError:
    return InvalidInput(f"{url} is on a private network; allow that with --private if it is meant")


def _check(response: httpx.Response, url: str) -> None:
    if response.status_code in {httpx.codes.UNAUTHORIZED, httpx.codes.FORBIDDEN}:
        raise Unauthorized(f"{url} is not for everybody (HTTP {response.status_code})")
    if response.is_client_error:
        raise NotFound(f"there is nothing at {url} (HTTP {response.status_code})")
    if response.is_error:
        raise ConnectionFailed(f"{url} cannot be read now (HTTP {response.status_code})")


def name_of(url: str, content_type: str) -> str:
    """A file name out of the address; its suffix is of the type that the server says, unless it fits."""
    parts = urlsplit(url)
    last = PurePosixPath(unquote(parts.path)).name or parts.hostname or "page"
    kind = content_type.partition(";")[0].strip().lower()
    plain = re.sub(r"[/\\\x00-\x1f\x7f-\x9f\u2028\u2029]+", "_", last)[:150]
    suffix = _SUFFIXES.get(kind, "")
    return plain if not suffix or media_type(plain) == kind else f"{plain}{suffix}"


def parsed(sitemap: bytes, url: str) -> tuple[str, list[str]]:
    """The kind of a sitemap, and what it lists. https://www.sitemaps.org/protocol.html

    Expat itself refuses entities that grow, and never reads external ones. Raises InvalidInput.
    """
    try:
        root = ET.fromstring(sitemap)  # noqa: S314  (as above)
    except (ET.ParseError, LookupError, ValueError) as error:  # the last two of encodings
        raise InvalidInput(f"{url} is not a sitemap: {error}") from error
    if not (kind := _LOCATION.fullmatch(root.tag)):
        raise InvalidInput(f"{url} is not a sitemap but {root.tag[:100]!r}")
    listed = [(each.text or "").strip() for each in root.iter() if each.tag.endswith("}loc")]
    return kind[1], list(filter(None, listed))


def _unpacked(url: str, body: bytes) -> bytes:
    """A sitemap may be packed, whatever its name says. Raises TooLarge beyond the limit."""
    if not body.startswith(b"\x1f\x8b"):
        return body
    try:
        with gzip.open(io.BytesIO(body)) as packed:
            plain = packed.read(SITEMAP_BYTES + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise InvalidInput(f"{url} is a broken gzip file") from error
    if len(plain) > SITEMAP_BYTES:
        raise TooLarge(f"{url} is larger than the limit of {readable(SITEMAP_BYTES)}")
    return plain
