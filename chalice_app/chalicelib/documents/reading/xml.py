"""XML of any kind: an element's text is a paragraph, and a short value stands behind its element's name."""

from collections.abc import Iterator
from itertools import groupby

from lxml import etree

from chalicelib.documents.extracted import Builder, Extracted, plain
from chalicelib.documents.reading.markup import Element, local, parsed
from chalicelib.documents.reading.text import decoded

_VALUE = 200
"""Characters up to which a text is a value, which says little without its element's name."""


def read(data: bytes) -> Extracted:
    """What is not well-formed is kept as it is written."""
    try:
        root = parsed(data)
    except etree.XMLSyntaxError:
        return plain(decoded(data))
    builder = Builder(_title(root))
    for values, texts in groupby(_texts(root), key=lambda each: each[0]):
        for text in (_joined(texts),) if values else (text for _, text in texts):
            builder.paragraph(text)
    return builder.build()


def _joined(texts: Iterator[tuple[bool, str]]) -> str:
    return "\n".join(text for _, text in texts)


def _title(root: Element) -> str | None:
    found = next((each for each in root.iter() if local(each).lower() == "title" and each.text), None)
    return found.text if found is not None else None


def _texts(root: Element) -> Iterator[tuple[bool, str]]:
    """Texts in order, and whether each is a value. An element with text between its children is one text."""
    walker = etree.iterwalk(root, events=("start",))
    for _, element in walker:
        if not len(element):
            yield from _leaf(element)
        elif _is_mixed(element):
            walker.skip_subtree()
            yield False, " ".join("".join(_inner(element)).split())
        else:
            yield from _attributes(element)


def _leaf(element: Element) -> Iterator[tuple[bool, str]]:
    text = (element.text or "").strip()
    if not text:
        yield from _attributes(element)
    elif "\n" in text or len(text) > _VALUE:
        yield False, text
    else:
        yield True, f"{local(element)}: {text}"


def _attributes(element: Element) -> Iterator[tuple[bool, str]]:
    """An element without text of its own may say in these what it has to say."""
    said = [
        f"{etree.QName(name).localname} {value!s}" for name, value in element.items() if str(value).strip()
    ]
    if said:
        yield True, f"{local(element)}: {', '.join(said)}"


def _is_mixed(element: Element) -> bool:
    return bool((element.text or "").strip()) or any((each.tail or "").strip() for each in element)


def _inner(element: Element) -> Iterator[str]:
    for text in element.itertext():
        yield str(text)
