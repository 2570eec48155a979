"""A web page's main content, without navigation and adverts. Nothing is ever fetched."""

import re
from copy import deepcopy

import trafilatura
from lxml.html import HtmlElement
from trafilatura.settings import Document

from chalicelib.documents.extracted import Builder, Extracted
from chalicelib.documents.reading import hypertext
from chalicelib.documents.reading.text import decoded

_LEAST_SHARE = 0.3
"""Of a page's text, below which the main content was missed and all of it is kept instead."""

_LONGEST = 2_000_000
"""Characters of a page whose main content is looked for: the search takes far longer than reading."""

_FRAMES = ".//aside|.//footer|.//form|.//*[@role='navigation' or @role='search' or @role='complementary']"
_HEADING = "|".join(f".//h{level}" for level in range(1, 7))
_TELLING = 40
"""Characters of a paragraph from which there is hardly a second like it."""

_LITTLE_LESS, _LITTLE_MORE = 0.9, 2.0
_DECLARED = re.compile(rb"<meta[^>]+charset\s*=\s*[\"']?([\w-]+)", re.IGNORECASE)
_TAGS = {"row": "tr", "item": "li", "lb": "br", "quote": "pre", "code": "pre"}
"""Those of what trafilatura finds, which are a text encoder's, and HTML's."""


def read(data: bytes) -> Extracted:
    source = _source(data)
    tree = hypertext.parsed(source)
    title = tree.findtext(".//title") or tree.findtext(".//h1")
    language = hypertext.declared_language(tree)
    description = str(tree.xpath("string(//meta[@name='description']/@content)"))
    hypertext.strip(tree)
    everything = _built(tree, title, language)
    main = _marked(tree)
    if main is None:
        main = _guessed(tree, len(source))
        if main is not None and everything.headings and not main.xpath(_HEADING):
            main = _around(tree, main)
    found = _built(main, title, language) if main is not None else everything
    found = found if len(found.text) >= _LEAST_SHARE * len(everything.text) else everything
    return found if found.text else _described(title, language, description)


def _described(title: str | None, language: str | None, description: str) -> Extracted:
    """A page whose text is for a script to fetch is what it says of itself."""
    builder = Builder(title, language)
    builder.heading(title or "", 1)
    builder.paragraph(description)
    return builder.build()


def _marked(tree: HtmlElement) -> HtmlElement | None:
    """What the page itself calls its content, if it is one element. Loses what frames it, for good."""
    for path in ("//main|//*[@role='main']", "//article"):
        found = tree.xpath(path)
        if len(found) == 1:
            for frame in found[0].xpath(_FRAMES):
                frame.drop_tree()
            return found[0]
    return None


def _built(tree: HtmlElement, title: str | None, language: str | None) -> Extracted:
    builder = Builder(title, language)
    hypertext.read_into(builder, tree)
    return builder.build()


def _source(data: bytes) -> str:
    """The page decoded as it declares itself, otherwise like any text."""
    declared = _DECLARED.search(data[:4096])
    try:
        return data.decode(declared[1].decode("ascii")) if declared else decoded(data)
    except (LookupError, UnicodeDecodeError):
        return decoded(data)


def _guessed(tree: HtmlElement, size: int) -> HtmlElement | None:
    if size > _LONGEST:
        return None
    found = trafilatura.bare_extraction(
        deepcopy(tree), include_formatting=False, include_links=False, include_images=False,
        include_comments=False, include_tables=True, favor_recall=True,
    )  # fmt: skip
    # Typed to be a dict as well, which it is when asked for one.
    return (
        _with_title(_as_html(found.body), tree)
        if isinstance(found, Document) and found.body is not None
        else None
    )


def _around(tree: HtmlElement, guess: HtmlElement) -> HtmlElement:
    """What the page has around the guessed texts, if that is little more: the guess has lost the headings."""
    texts = {text for each in guess.iter("p", "pre") if len(text := _words(each)) >= _TELLING}
    places = [each for each in tree.iter("p", "pre") if _words(each) in texts]
    if not places:
        return guess
    above = set(places[-1].iterancestors())
    around = deepcopy(next(each for each in places[0].iterancestors() if each in above))
    for frame in around.xpath(_FRAMES):
        frame.drop_tree()
    more = len(_words(around)) / max(len(_words(guess)), 1)
    return around if _LITTLE_LESS <= more <= _LITTLE_MORE and around.xpath(_HEADING) else guess


def _words(element: HtmlElement) -> str:
    return " ".join("".join(element.itertext()).split())


def _with_title(body: HtmlElement, tree: HtmlElement) -> HtmlElement:
    """A page's one first-level heading is often taken to be outside of its content."""
    titles = tree.xpath("//h1")
    if len(titles) == 1 and body.find(".//h1") is None:
        body.insert(0, deepcopy(titles[0]))
        body[0].tail = None
    return body


def _as_html(body: HtmlElement) -> HtmlElement:
    for element in body.iter():
        match element.tag:
            case "head":
                element.tag = element.get("rend", "h2")
            case "list":
                element.tag = "ol" if element.get("rend") == "ol" else "ul"
            case "cell":
                element.tag = "th" if element.get("role") == "head" else "td"
            case tag:
                element.tag = _TAGS.get(tag, tag)
    return body
