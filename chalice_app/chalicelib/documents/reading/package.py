"""Office Open XML as its libraries expect it: what is lawful, and not known to them, is put in other words.

They know the transitional names of ISO 29500 and not the strict ones, documents and not templates or those
with macros, and they give up where a part is named that is not there.
"""

import io
import posixpath
import re
import zipfile
from collections.abc import Collection, Iterator, Mapping
from urllib.parse import unquote

from lxml import etree

from chalicelib.documents.reading.markup import Element, local, parsed

_STRICT = b"http://purl.oclc.org/ooxml/"
_STRICT_NAMES = re.compile(rb"http://purl\.oclc\.org/ooxml/(\w+)/")
_TRANSITIONAL = rb"http://schemas.openxmlformats.org/\1/2006/"
_TYPES = "[Content_Types].xml"
_OFFICE = b"application/vnd.openxmlformats-officedocument."
_DOCUMENT = _OFFICE + b"wordprocessingml.document.main+xml"
_PRESENTATION = _OFFICE + b"presentationml.presentation.main+xml"
_OTHER_TYPES = {
    b"application/vnd.ms-word.document.macroEnabled.main+xml": _DOCUMENT,
    b"application/vnd.ms-word.template.macroEnabledTemplate.main+xml": _DOCUMENT,
    _OFFICE + b"wordprocessingml.template.main+xml": _DOCUMENT,
    b"application/vnd.ms-powerpoint.presentation.macroEnabled.main+xml": _PRESENTATION,
    b"application/vnd.ms-powerpoint.slideshow.macroEnabled.main+xml": _PRESENTATION,
    b"application/vnd.ms-powerpoint.template.macroEnabled.main+xml": _PRESENTATION,
    _OFFICE + b"presentationml.slideshow.main+xml": _PRESENTATION,
    _OFFICE + b"presentationml.template.main+xml": _PRESENTATION,
}


def usual(data: bytes) -> bytes:
    """The same package in the usual words; as it is where these are its own. Its sizes have been checked."""
    with zipfile.ZipFile(io.BytesIO(data)) as given:
        members = frozenset(given.namelist())
        strict = _STRICT in given.read("_rels/.rels") if "_rels/.rels" in members else False
        changed = {}
        for name in members:
            if name == _TYPES or name.endswith(".rels") or (strict and name.endswith(".xml")):
                before = given.read(name)
                after = _reworded(name, before, members)
                if after != before:
                    changed[name] = after
        return repacked(data, changed) if changed else data


def _reworded(name: str, part: bytes, members: Collection[str]) -> bytes:
    part = _STRICT_NAMES.sub(_TRANSITIONAL, part) if _STRICT in part else part
    if name == _TYPES:
        for other, known in _OTHER_TYPES.items():
            part = part.replace(other, known)
    return _without_missing(name, part, members) if name.endswith(".rels") else part


def _without_missing(name: str, part: bytes, members: Collection[str]) -> bytes:
    """The relationships of a part to others that are there."""
    try:
        root = parsed(part)
    except etree.XMLSyntaxError:
        return part
    folder = posixpath.dirname(posixpath.dirname(name))
    missing = [each for each in root if local(each) == "Relationship" and _is_missing(each, folder, members)]
    for each in missing:
        root.remove(each)
    return etree.tostring(root) if missing else part


def _is_missing(relationship: Element, folder: str, members: Collection[str]) -> bool:
    target = (relationship.get("Target") or "").partition("#")[0]
    if relationship.get("TargetMode") == "External" or not target:
        return False
    path = _path(target, folder)
    return path not in members and path.lower() not in {each.lower() for each in members}


def related(archive: zipfile.ZipFile, folder: str, name: str) -> Iterator[tuple[str, bytes]]:
    """The parts that a part names, each with what it is to it: comments, a drawing."""
    listed = f"{folder}/_rels/{name}.rels"
    members = set(archive.namelist())
    for each in parsed(archive.read(listed), forgiving=True) if listed in members else ():
        path = _path(each.get("Target") or "", folder)
        if path in members:
            yield (each.get("Type") or "").rpartition("/")[2], archive.read(path)


def _path(target: str, folder: str) -> str:
    return posixpath.normpath(posixpath.join("/", folder, unquote(target))).lstrip("/")


def repacked(data: bytes, changed: Mapping[str, bytes]) -> bytes:
    """The same package with some of its parts changed."""
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as given, zipfile.ZipFile(made, "w") as archive:
        for name in given.namelist():
            archive.writestr(name, changed[name] if name in changed else given.read(name))
    return made.getvalue()
