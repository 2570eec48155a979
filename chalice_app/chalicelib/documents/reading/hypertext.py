"""HTML's elements as a document's parts: of web pages, chapters of books, bodies of mails."""

import re
from collections.abc import Iterator

import lxml.html
from lxml import etree
from lxml.etree import ParserError
from lxml.html import HtmlElement, HTMLParser

from chalicelib.documents.extracted import Builder
from chalicelib.documents.reading.listing import Listing
from chalicelib.errors import NoText

_SILENT = (
    "//script|//style|//noscript|//template|//svg|//head|//nav|//iframe|//object|//select|//textarea"
    "|//button|//comment()|//processing-instruction()|//*[@hidden]"
    "|//*[contains(translate(@style, ' ', ''), 'display:none')]"
)
_WIDE = "//*[@colspan > 50]"
_BLOCKS = frozenset({
    "address", "article", "aside", "blockquote", "body", "caption", "center", "dd", "div", "dl", "dt",
    "fieldset", "figcaption", "figure", "footer", "form", "header", "hr", "li", "main", "ol", "p", "pre",
    "section", "table", "tbody", "td", "tfoot", "th", "thead", "tr", "ul",
})  # fmt: skip
_HEADINGS = {f"h{level}": level for level in range(1, 7)}
_LISTS = frozenset({"ul", "ol", "dl"})
_ITEMS = frozenset({"li", "dt", "dd"})
_LONGEST_CELL = 1_000
"""Characters of a cell from which a table is no table but a page's layout."""

_SPACE = re.compile(r"\s+")


def parsed(source: str) -> HtmlElement:
    """The page as a tree without what nobody sees. Raises NoText for an empty one."""
    # As bytes: lxml refuses a str that has an XML declaration with an encoding in it.
    parser = HTMLParser(encoding="utf-8", no_network=True, huge_tree=False)
    try:
        return lxml.html.document_fromstring(source.encode("utf-8", "replace"), parser=parser)
    except ParserError as error:
        raise NoText("the page is empty") from error


def strip(tree: HtmlElement) -> None:
    """Takes out what is not read: scripts, navigation, what is hidden; cells wider than any real table."""
    for cell in tree.xpath(_WIDE):  # each column of theirs would become a cell
        del cell.attrib["colspan"]
    for silent in tree.xpath(_SILENT):
        if silent.getparent() is not None:  # a comment before the root has none
            silent.drop_tree()


def declared_language(tree: HtmlElement) -> str | None:
    for name in ("lang", "{http://www.w3.org/XML/1998/namespace}lang", "xml:lang"):
        if found := tree.get(name):
            return str(found)
    found = tree.xpath("string(//meta[translate(@http-equiv, 'CL', 'cl')='content-language']/@content)")
    return str(found) or None


def read_into(builder: Builder, tree: HtmlElement) -> None:
    """Adds what the tree holds, in order."""
    _Walk(builder).over(tree)


class _Walk:
    """Gathers inline text until a block begins or ends; not recursive, as pages are nested without limit."""

    def __init__(self, builder: Builder) -> None:
        self._builder = builder
        self._inline: list[str] = []
        self._listing = Listing()
        self._verbatim = 0

    def over(self, tree: HtmlElement) -> None:
        walker = etree.iterwalk(tree, events=("start", "end"))
        for event, element in walker:
            if event == "start":
                if self._start(element):
                    walker.skip_subtree()
            else:
                self._end(element)
                if element is not tree:
                    self._text(element.tail)
        self._flush()

    def _start(self, element: HtmlElement) -> bool:
        """Whether the element was read whole."""
        tag = element.tag
        if tag in _HEADINGS and not self._listing.open:
            self._flush()
            self._builder.heading(_line(element), _HEADINGS[tag])
            return True
        if tag == "table" and not self._listing.open and _holds_data(element):
            self._flush()
            rows = list(_rows(element))
            self._builder.table(rows, _head(element))
            return True
        self._open(element)
        self._text(element.text)
        return False

    def _open(self, element: HtmlElement) -> None:
        tag = element.tag
        if tag == "br":
            self._inline.append("\n")
        if tag in _BLOCKS or tag in _HEADINGS:
            self._flush()
        if tag in _LISTS:
            self._listing.begin(_first_number(element))
        elif tag in _ITEMS and self._listing.open:
            self._listing.item()
        elif tag == "pre":
            self._verbatim += 1

    def _end(self, element: HtmlElement) -> None:
        tag = element.tag
        if tag in _HEADINGS or tag in _BLOCKS:
            self._flush()
        if tag == "pre":
            self._verbatim -= 1
        if tag in _LISTS and self._listing.open and (text := self._listing.end()):
            self._builder.paragraph(text)

    def _text(self, text: str | None) -> None:
        if text:
            self._inline.append(text if self._verbatim else _SPACE.sub(" ", text))

    def _flush(self) -> None:
        text, self._inline = "".join(self._inline), []
        if not self._verbatim:
            text = "\n".join(" ".join(line.split()) for line in text.split("\n")).strip()
        if text.strip() and self._listing.open:
            self._listing.text(text.strip("\n"))
        elif text.strip():
            self._builder.paragraph(text)


def _first_number(element: HtmlElement) -> int | None:
    if element.tag != "ol":
        return None
    start = element.get("start") or ""
    return int(start) if re.fullmatch(r"\d{1,6}", start) else 1


def _line(element: HtmlElement) -> str:
    for each in element.iter("br"):
        each.tail = f" {each.tail or ''}"
    return " ".join("".join(element.itertext()).split())


def _holds_data(table: HtmlElement) -> bool:
    """Pages are laid out with tables too: those have tables, headings or long texts inside, or no columns."""
    if table.xpath("boolean(.//table|.//h1|.//h2|.//h3|.//pre|.//ul/li/p)"):
        return False
    if table.xpath(f"boolean(.//td[string-length(normalize-space()) > {_LONGEST_CELL}])"):
        return False
    return any(len(row.xpath("./td|./th")) > 1 for row in table.iter("tr"))


def _rows(table: HtmlElement) -> Iterator[list[str]]:
    for row in table.iter("tr"):
        yield [_line(cell) for cell in row.xpath("./td|./th")]


def _head(table: HtmlElement) -> int:
    """The rows before the first that has a plain cell."""
    count = 0
    for row in table.iter("tr"):
        if row.xpath("./td") and row.getparent().tag != "thead":
            break
        count += 1
    return count
