"""Places that documents are taken from: real folders, a bucket of MiniStack's, a web server of our own."""

import asyncio
import gzip
import os
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import boto3
import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from riffle.errors import ConnectionFailed, InvalidInput, NotFound, RiffleError, TooLarge, Unauthorized
from riffle.sources import Fetched, Item, folders, objects
from riffle.sources.places import Wanted, WrongPlace, items_of
from riffle.sources.web import Bounds, Web, name_of, parsed
from riffle.uploads import opened
from tests.conftest import free_port

SITEMAP = '<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{}</urlset>'


@dataclass
class Site:
    """A web server: what it answers by path, and what it was asked."""

    url: str
    pages: dict[str, Response] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)

    async def answer(self, request: Request) -> Response:
        self.asked.append(request.url.path)
        self.headers.append(dict(request.headers))
        return self.pages.get(request.url.path, Response("nothing here", 404))


@contextmanager
def serving() -> Iterator[Site]:
    port = free_port()
    site = Site(f"http://127.0.0.1:{port}")
    app = Starlette(routes=[Route("/{path:path}", site.answer)])
    server = uvicorn.Server(uvicorn.Config(app, port=port, log_level="warning"))
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        thread.join(0.005)
    try:
        yield site
    finally:
        server.should_exit = True
        thread.join()


@pytest.fixture
def site() -> Iterator[Site]:
    with serving() as site:
        yield site


def html(text: str, **headers: str) -> Response:
    return Response(f"<p>{text}</p>", media_type="text/html", headers=headers)


def bounds(**changes: Any) -> Bounds:
    return Bounds(**{"pages": 10, "page_bytes": 1000, "private": True, "pause": 0.0} | changes)


def fetched(site: Site, path: str, since: datetime | None = None, **changes: Any) -> Fetched | None:
    async def work() -> Fetched | None:
        async with Web(bounds(**changes)) as web:
            (item,) = await web.items(site.url + path, sitemap=False)
            return await item.fetch(since)

    return asyncio.run(work())


def listed(site: Site, path: str, **changes: Any) -> list[str]:
    async def work() -> list[Item]:
        async with Web(bounds(**changes)) as web:
            return await web.items(site.url + path, sitemap=True)

    return [item.uri.removeprefix(site.url) for item in asyncio.run(work())]


# -- the web


def test_a_page_is_fetched_under_a_name_that_says_its_type(site: Site) -> None:
    site.pages["/guide/setup"] = html("Set it up.")
    assert fetched(site, "/guide/setup") == Fetched(b"<p>Set it up.</p>", "setup.html")
    assert site.asked == ["/robots.txt", "/guide/setup"]


def test_a_page_that_has_not_changed_is_not_sent_again(site: Site) -> None:
    site.pages["/a"] = Response(status_code=304)
    assert fetched(site, "/a", datetime(2026, 1, 2, tzinfo=UTC)) is None
    assert site.headers[-1]["if-modified-since"] == "Fri, 02 Jan 2026 00:00:00 GMT"


def test_what_robots_may_not_read_is_not_asked_for(site: Site) -> None:
    site.pages["/robots.txt"] = Response("User-agent: *\nDisallow: /private/*.html$\n")
    site.pages["/private/a.html"] = html("Secret.")
    with pytest.raises(Unauthorized, match=r"its robots\.txt says"):
        fetched(site, "/private/a.html")
    assert site.asked == ["/robots.txt"]


def test_a_host_whose_rules_cannot_be_read_is_left_alone(site: Site) -> None:
    site.pages |= {"/robots.txt": Response(status_code=503), "/a": html("A")}
    with pytest.raises(Unauthorized):
        fetched(site, "/a")


def test_a_page_beyond_the_limit_is_not_read_to_its_end(site: Site) -> None:
    site.pages["/big"] = html("x" * 5000)
    with pytest.raises(TooLarge, match="the limit of 1000 bytes"):
        fetched(site, "/big")


def test_a_page_that_moves_in_a_circle_is_given_up(site: Site) -> None:
    site.pages["/a"] = Response(status_code=302, headers={"location": "/a"})
    with pytest.raises(NotFound, match="moves on more than 5 times"):
        fetched(site, "/a")


@pytest.mark.parametrize(
    ("status", "kind"), [(404, NotFound), (403, Unauthorized), (500, ConnectionFailed), (410, NotFound)]
)
def test_a_page_that_is_not_to_be_had_says_why(site: Site, status: int, kind: type[RiffleError]) -> None:
    site.pages["/a"] = Response(status_code=status)
    with pytest.raises(kind, match=str(status)):
        fetched(site, "/a")


def test_private_addresses_are_refused_unless_allowed(site: Site) -> None:
    site.pages["/a"] = html("Of the company only.")
    with pytest.raises(InvalidInput, match="on a private network"):
        fetched(site, "/a", private=False)
    assert site.asked == []


@pytest.mark.parametrize(
    "address",
    ["http://localhost/", "http://169.254.169.254/latest/meta-data/", "http://[::1]/", "http://10.0.0.1/",
     "http://2130706433/", "http://0/", "http://[::ffff:127.0.0.1]/", "http://[64:ff9b::7f00:1]/",
     "http://example.org@127.0.0.1/", "http://example.org\\@127.0.0.1/", "http://0x7f.1/", "http://224.0.0.1/"],
)  # fmt: skip
def test_no_spelling_of_a_private_address_is_asked(address: str) -> None:
    with pytest.raises((InvalidInput, ConnectionFailed)):
        fetched(Site(address), "", private=False)


def test_a_public_name_that_turns_out_private_when_asked_is_not_read(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first look-up says a public address and the second, the connection's own, a private one."""
    resolve, said = socket.getaddrinfo, iter(["93.184.215.14", "93.184.215.14"])

    def rebinding(host: str, port: Any, *rest: Any, **options: Any) -> Any:
        where = next(said, "127.0.0.1") if host in ("rebinding.example", b"rebinding.example") else host
        return resolve(where, port, *rest, **options)

    monkeypatch.setattr(socket, "getaddrinfo", rebinding)
    site.pages["/a"] = html("Of this machine only.")
    elsewhere = Site(site.url.replace("127.0.0.1", "rebinding.example"))
    with pytest.raises(InvalidInput, match="on a private network"):
        fetched(elsewhere, "/a", private=False)
    assert site.asked == []


@pytest.mark.parametrize(
    "address", ["http://[", f"http://{'a' * 70}.example/", "http://..", "http://\ud800/", "http://a:99999/"]
)
def test_what_is_no_address_is_said_to_be_none(address: str) -> None:
    for private in (True, False):
        with pytest.raises((InvalidInput, ConnectionFailed)):
            fetched(Site(address), "", private=private)


def test_an_address_with_a_password_is_not_taken_and_not_repeated() -> None:
    with pytest.raises(InvalidInput, match=r"an address on example\.org has a user in it") as failure:
        fetched(Site("https://ann:hunter2@example.org/"), "")
    assert "hunter2" not in str(failure.value)


def test_a_page_that_moves_to_what_is_no_address_is_said_to(site: Site) -> None:
    site.pages["/a"] = Response(status_code=302, headers={"location": "http://["})
    with pytest.raises(NotFound, match="has moved to what is no address"):
        fetched(site, "/a")


@pytest.mark.parametrize("coding", ["gzip, gzip", "zstd", "br"])
def test_a_page_that_is_packed_without_bound_is_not_unpacked(site: Site, coding: str) -> None:
    body = gzip.compress(gzip.compress(bytes(1_000_000)))
    site.pages["/a"] = Response(body, headers={"content-encoding": coding})
    with pytest.raises(ConnectionFailed, match=f"not read: {coding}"):
        fetched(site, "/a")


def test_a_sitemap_lists_pages_of_its_own_host_each_once(site: Site) -> None:
    pages = [f"{site.url}/a", f"{site.url}/b", f"{site.url}/a", "http://elsewhere.example/c", "http://["]
    body = SITEMAP.format("".join(f"<url><loc>{page}</loc></url>" for page in pages))
    site.pages["/sitemap.xml"] = Response(body, media_type="application/xml")
    assert listed(site, "/sitemap.xml") == ["/a", "/b"]
    assert listed(site, "/sitemap.xml", pages=1) == ["/a"]


def test_a_packed_sitemap_of_sitemaps_is_followed(site: Site) -> None:
    index = SITEMAP.replace("urlset", "sitemapindex").format(
        f"<sitemap><loc>{site.url}/one.xml</loc></sitemap>"
    )
    site.pages["/index.xml.gz"] = Response(gzip.compress(index.encode()))
    site.pages["/one.xml"] = Response(SITEMAP.format(f"<url><loc>{site.url}/a</loc></url>"))
    assert listed(site, "/index.xml.gz") == ["/a"]


def test_a_sitemap_that_lists_itself_comes_to_an_end(site: Site) -> None:
    index = SITEMAP.replace("urlset", "sitemapindex").format(
        f"<sitemap><loc>{site.url}/i.xml</loc></sitemap>"
    )
    site.pages["/i.xml"] = Response(index)
    with pytest.raises(InvalidInput, match="too many"):
        listed(site, "/i.xml")


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html><loc>x</loc></html>",
        b"{}",
        b"\x1f\x8bbroken",
        b'<?xml version="1.0" encoding="foo"?><a/>',
        b'<?xml version="1.0" encoding="big5"?><a/>',
    ],
)
def test_what_is_no_sitemap_is_said_to_be_none(site: Site, body: bytes) -> None:
    site.pages["/s.xml"] = Response(body)
    with pytest.raises(InvalidInput, match=r"s\.xml"):
        listed(site, "/s.xml")


def test_a_sitemap_whose_entities_grow_is_refused() -> None:
    names = "abcdefghij"
    laughs = "".join(f'<!ENTITY {b} "{f"&{a};" * 20}">' for a, b in pairwise(names))
    bomb = f'<!DOCTYPE x [<!ENTITY a "{"ha" * 50}">{laughs}]>' + SITEMAP.format("<loc>&j;</loc>")
    with pytest.raises(InvalidInput, match="not a sitemap"):
        parsed(bomb.encode(), "https://riffle.example/s.xml")


@pytest.mark.parametrize(
    ("url", "kind", "name"),
    [
        ("https://a.example/", "text/html; charset=utf-8", "a.example.html"),
        ("https://a.example/x.pdf?y=1", "application/pdf", "x.pdf"),
        ("https://a.example/b%2F..%2Fc", "text/html", "c.html"),
        ("https://a.example/index.htm", "text/html", "index.htm"),
        ("https://a.example/a%C2%9B31mb.txt", "text/plain", "a_31mb.txt"),
        ("https://a.example/d%C6%B0%E1%BB%9Dng", "text/plain", "dường.txt"),
    ],
)
def test_a_page_is_named_after_its_address(url: str, kind: str, name: str) -> None:
    assert name_of(url, kind) == name


# -- S3


@pytest.fixture
def bucket(aws: boto3.Session, monkeypatch: pytest.MonkeyPatch) -> str:
    name = f"feeds-{free_port()}"
    client = aws.client("s3")
    client.create_bucket(Bucket=name)
    for key, body in {
        "docs/a.txt": b"A",
        "docs/tiếng việt.txt": b"B",
        "docs/sub/": b"",
        "other.txt": b"C",
    }.items():
        client.put_object(Bucket=name, Key=key, Body=body)
    return name


def test_the_objects_under_a_prefix_are_items(bucket: str) -> None:
    found = objects.items(f"s3://{bucket}/docs/", 10, 100)
    assert [each.label for each in found] == [
        f"s3://{bucket}/docs/a.txt",
        f"s3://{bucket}/docs/tiếng việt.txt",
    ]
    assert found[1].uri == f"s3://{bucket}/docs/ti%E1%BA%BFng%20vi%E1%BB%87t.txt"
    assert asyncio.run(found[0].fetch(None)) == Fetched(b"A", "a.txt")


def test_an_object_from_before_its_document_is_not_read_again(bucket: str) -> None:
    (found,) = objects.items(f"s3://{bucket}/docs/a.txt", 10, 100)
    assert found.named
    assert asyncio.run(found.fetch(datetime.now(UTC) + timedelta(hours=1))) is None
    assert asyncio.run(found.fetch(datetime(2020, 1, 1, tzinfo=UTC))) is not None


def test_an_object_beyond_the_limit_is_not_read(bucket: str) -> None:
    (found,) = objects.items(f"s3://{bucket}/docs/a.txt", 10, 0)
    with pytest.raises(TooLarge, match="1 bytes; the limit is 0 bytes"):
        asyncio.run(found.fetch(None))


@pytest.mark.parametrize(
    ("place", "kind"),
    [("s3://{}/absent/", InvalidInput), ("s3:///docs", InvalidInput), ("s3://absent-{}/x", NotFound)],
)
def test_a_prefix_without_objects_is_said_to_be_one(bucket: str, place: str, kind: type[RiffleError]) -> None:
    with pytest.raises(kind):
        objects.items(place.format(bucket), 10, 100)


def test_a_prefix_of_too_many_objects_is_not_begun(bucket: str) -> None:
    with pytest.raises(InvalidInput, match="more than 1 objects"):
        objects.items(f"s3://{bucket}/docs/", 1, 100)


# -- folders


def test_temporary_and_hidden_files_of_a_folder_are_left_out(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    for name in ("a.txt", "~$a.docx", "a.txt~", ".a.txt.swp", "b.crdownload", ".git/config"):
        (tmp_path / name).write_text("text")
    assert [item.label for item in folders.items(str(tmp_path))] == [str(tmp_path / "a.txt")]


def test_pipes_and_devices_are_never_opened(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.txt")
    (tmp_path / "zeros.txt").symlink_to("/dev/zero")
    for place in ("pipe.txt", "zeros.txt", "*.txt"):
        with pytest.raises(InvalidInput, match="there is no file"):
            folders.items(str(tmp_path / place))
    with pytest.raises(InvalidInput, match="is not a file"), opened(tmp_path / "pipe.txt", None):
        pass


def test_a_file_is_named_for_good_by_host_and_path(tmp_path: Path) -> None:
    file = tmp_path / "dường sắt.txt"
    file.write_text("text")
    (tmp_path / "link").symlink_to(file)
    host = socket.gethostname()
    assert folders.uri_of(file).startswith(f"file://{host}/")
    assert folders.uri_of(tmp_path / "link") == folders.uri_of(file)


def test_a_place_that_is_neither_file_nor_address_is_wrong() -> None:
    async def work() -> None:
        async with items_of(Wanted(("ftp://a.example/x",)), 100):
            pass

    with pytest.raises(WrongPlace, match="starts with s3, http or https"):
        asyncio.run(work())
