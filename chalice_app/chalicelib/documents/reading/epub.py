"""Books: the chapters in the order in which the book says they are read."""

import io
import posixpath
import zipfile
from collections.abc import Iterator
from urllib.parse import unquote

from chalicelib.documents.extracted import Builder, Extracted
from chalicelib.documents.reading import archive, hypertext
from chalicelib.documents.reading.markup import Element, parsed
from chalicelib.documents.reading.text import decoded
from chalicelib.errors import NoText, Unreadable

_CONTAINER = "{urn:oasis:names:tc:opendocument:xmlns:container}"
_BOOK = "{http://www.idpf.org/2007/opf}"
_DUBLIN = "{http://purl.org/dc/elements/1.1/}"
_ENCRYPTION = "META-INF/encryption.xml"
_PAGES = frozenset({"application/xhtml+xml", "text/html", "application/x-dtbook+xml"})


def read(data: bytes) -> Extracted:
    members = set(archive.check(data))
    with zipfile.ZipFile(io.BytesIO(data)) as unpacked:
        locked = _locked(unpacked) if _ENCRYPTION in members else frozenset()
        path = _package_path(unpacked)
        package = parsed(unpacked.read(path), forgiving=True)
        builder = Builder(package.findtext(f".//{_DUBLIN}title"), package.findtext(f".//{_DUBLIN}language"))
        for chapter in _chapters(package, posixpath.dirname(path)):
            if chapter in locked:
                raise Unreadable("the book is protected against copying")
            if chapter in members:
                _add(builder, unpacked.read(chapter))
    return builder.build()


def _package_path(unpacked: zipfile.ZipFile) -> str:
    container = parsed(unpacked.read("META-INF/container.xml"), forgiving=True)
    found = container.find(f".//{_CONTAINER}rootfile")
    path = found.get("full-path") if found is not None else None
    if not path:
        raise Unreadable("the book does not say where its contents are")
    return path


def _locked(unpacked: zipfile.ZipFile) -> frozenset[str]:
    """What only a shop's own program can read; in many books that is fonts alone."""
    listed = parsed(unpacked.read(_ENCRYPTION), forgiving=True)
    return frozenset(unquote(each.get("URI") or "") for each in listed.iter("{*}CipherReference"))


def _chapters(package: Element, folder: str) -> Iterator[str]:
    """The members' names, relative to the archive as names only."""
    items = {each.get("id"): each for each in package.iter(f"{_BOOK}item")}
    for reference in package.iter(f"{_BOOK}itemref"):
        item = items.get(reference.get("idref"))
        if item is not None and item.get("media-type") in _PAGES:
            yield posixpath.normpath(posixpath.join(folder, unquote(item.get("href") or "")))


def _add(builder: Builder, page: bytes) -> None:
    try:
        tree = hypertext.parsed(decoded(page))
    except NoText:
        return
    hypertext.strip(tree)
    hypertext.read_into(builder, tree)
