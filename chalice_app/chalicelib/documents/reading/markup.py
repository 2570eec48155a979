"""Parses XML of unknown origin: entities stay as they are, nothing is loaded, depth and size are bounded."""

from lxml import etree
from lxml.etree import _Element as Element  # lxml has no public name for it

from chalicelib.errors import Unreadable

__all__ = ["Element", "local", "parsed"]


def parsed(data: bytes, *, forgiving: bool = False) -> Element:
    """The root. Raises etree.XMLSyntaxError, also for what is beyond libxml2's limits, or Unreadable."""
    parser = etree.XMLParser(
        resolve_entities=False, load_dtd=False, no_network=True, huge_tree=False, recover=forgiving,
        remove_comments=True, remove_pis=True,
    )  # fmt: skip
    root = etree.fromstring(data, parser)
    if root is None:
        raise Unreadable("a part of it is not XML")
    return root


def local(element: Element) -> str:
    """The name without its namespace; an unresolved entity has none."""
    return etree.QName(element).localname if isinstance(element.tag, str) else ""
