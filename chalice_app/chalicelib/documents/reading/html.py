"""A web page's main content, without navigation and adverts. Nothing is ever fetched."""

import re

import lxml.html
import trafilatura
from lxml.etree import ParserError
from lxml.html import HtmlElement, HTMLParser

from chalicelib.documents.extracted import Extracted, plain
from chalicelib.documents.reading.text import decoded
from chalicelib.errors import NoText

_SILENT = "//script|//style|//noscript|//template|//svg|//head|//nav|//iframe|//comment()"
_BLOCKS = frozenset({
    "address", "article", "aside", "blockquote", "br", "dd", "div", "dl", "dt", "figure", "footer", "form",
    "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "li", "main", "ol", "p", "pre", "section", "table",
    "td", "th", "tr", "ul",
})  # fmt: skip
_LEAST_SHARE = 0.3
"""Of a page's text, below which the main content was missed and all of it is kept instead."""

_DECLARED = re.compile(rb"<meta[^>]+charset\s*=\s*[\"']?([\w-]+)", re.IGNORECASE)


def read(data: bytes) -> Extracted:
    source = _source(data)
    tree = _tree(source)
    title = tree.findtext(".//title") or tree.findtext(".//h1")
    everything = _all_text(tree)
    main = _main_text(source)
    return plain(main if len(main) >= _LEAST_SHARE * len(everything) else everything, title)


def _source(data: bytes) -> str:
    """The page decoded as it declares itself, otherwise like any text."""
    declared = _DECLARED.search(data[:4096])
    try:
        return data.decode(declared[1].decode("ascii")) if declared else decoded(data)
    except (LookupError, UnicodeDecodeError):
        return decoded(data)


def _tree(source: str) -> HtmlElement:
    # As bytes: lxml refuses a str that has an XML declaration with an encoding in it.
    parser = HTMLParser(encoding="utf-8", no_network=True, huge_tree=False)
    try:
        return lxml.html.document_fromstring(source.encode("utf-8", "replace"), parser=parser)
    except ParserError as error:
        raise NoText("the page is empty") from error


def _main_text(source: str) -> str:
    found = trafilatura.extract(
        source, output_format="markdown", include_formatting=False, include_links=False, include_images=False,
        include_comments=False, include_tables=True, favor_recall=True,
    )  # fmt: skip
    return found or ""


def _all_text(tree: HtmlElement) -> str:
    """Everything a reader of the page could see, a line for each block. Changes the tree."""
    for silent in tree.xpath(_SILENT):
        if silent.getparent() is not None:  # a comment before the root has none
            silent.drop_tree()
    for element in tree.iter():
        if element.tag in _BLOCKS:
            element.tail = "\n" + (element.tail or "")
            element.text = "\n" + (element.text or "")
    lines = (" ".join(line.split()) for line in tree.text_content().splitlines())
    return "\n\n".join(filter(None, lines))
