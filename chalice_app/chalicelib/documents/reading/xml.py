"""XML of any kind: an element's text is a paragraph, and a short value stands behind its element's name."""

import re
from collections.abc import Callable, Iterator
from itertools import groupby

from lxml import etree

from chalicelib.documents.extracted import Builder, Extracted, plain
from chalicelib.documents.reading.markup import Element, local, parsed
from chalicelib.documents.reading.text import decoded

_VALUE = 200
"""Characters up to which a text is a value, which says little without its element's name."""


_BINARY = re.compile(r"[A-Za-z0-9+/=\r\n\t]{200,}")

type Piece = tuple[bool, str]


def read(data: bytes) -> Extracted:
    """What is not well-formed is kept as it is written."""
    try:
        root = parsed(data)
    except etree.XMLSyntaxError:
        return plain(decoded(data))
    builder = Builder(_title(root))
    pieces = list(_texts(root, _leaf)) or list(_texts(root, _attributes))
    for values, texts in groupby(pieces, key=lambda each: each[0]):
        for text in (_joined(texts),) if values else (text for _, text in texts):
            builder.paragraph(text)
    return builder.build()


def _joined(texts: Iterator[Piece]) -> str:
    return "\n".join(text for _, text in texts)


def _title(root: Element) -> str | None:
    found = next((each for each in root.iter() if local(each).lower() == "title" and each.text), None)
    return found.text if found is not None else None


def _texts(root: Element, say: Callable[[Element], Iterator[Piece]]) -> Iterator[Piece]:
    """Texts in order, and whether each is a value. An element with text between its children is one text."""
    walker = etree.iterwalk(root, events=("start",))
    for _, element in walker:
        if _is_mixed(element):
            walker.skip_subtree()
            yield False, " ".join("".join(_inner(element)).split())
        else:
            yield from say(element)


def _leaf(element: Element) -> Iterator[Piece]:
    text = (element.text or "").strip()
    if "\n" in text or len(text) > _VALUE:
        if not _BINARY.fullmatch(text):
            yield False, text
    elif text:
        yield True, f"{local(element)}: {text}"


def _attributes(element: Element) -> Iterator[Piece]:
    """Where no element has text, these say what there is to say."""
    said = [
        f"{etree.QName(name).localname} {value!s}" for name, value in element.items() if str(value).strip()
    ]
    if said:
        yield True, f"{local(element)}: {', '.join(said)}"


def _is_mixed(element: Element) -> bool:
    return len(element) > 0 and _has_text(element)


def _has_text(element: Element) -> bool:
    return bool((element.text or "").strip()) or any((each.tail or "").strip() for each in element)


def _inner(element: Element) -> Iterator[str]:
    for text in element.itertext():
        yield str(text)
