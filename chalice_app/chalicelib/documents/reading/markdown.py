"""Markdown, rendered to text that keeps headings, lists, tables and code and drops the marks."""

import re

from markdown_it import MarkdownIt
from markdown_it.token import Token

from chalicelib.documents.extracted import Builder, Extracted
from chalicelib.documents.reading.listing import Listing
from chalicelib.documents.reading.text import decoded

_FRONT_MATTER = re.compile(r"\A---\n(.*?\n)?(---|\.\.\.)\n", re.DOTALL)
_KEY = r"^{}:\s*['\"]?(.+?)['\"]?\s*$"
_TAG = re.compile(r"<(?:!--.*?--|/?[a-zA-Z][^<>]*)>", re.DOTALL)
_BREAKS = {"softbreak": " ", "hardbreak": "\n"}


def read(data: bytes) -> Extracted:
    source = decoded(data).replace("\r\n", "\n")
    front = _FRONT_MATTER.match(source)
    builder = Builder(_declared(front, "title"), _declared(front, "lang(?:uage)?"))
    body = source[front.end() :] if front else source
    _Rendering(builder).over(MarkdownIt("commonmark").enable("table").parse(body))
    return builder.build()


def _declared(front: re.Match[str] | None, key: str) -> str | None:
    found = re.search(_KEY.format(key), front[0], re.MULTILINE) if front else None
    return found[1] if found else None


class _Rendering:
    """Takes the parser's tokens in order; the text of headings and cells comes as a token of its own."""

    def __init__(self, builder: Builder) -> None:
        self._builder = builder
        self._listing = Listing()
        self._level = 0
        self._rows: list[list[str]] | None = None

    def over(self, tokens: list[Token]) -> None:
        for token in tokens:
            match token.type:
                case "inline":
                    self._text(_inline(token))
                case "fence" | "code_block":
                    self._text(token.content)
                case "html_block":
                    self._text(_TAG.sub(" ", token.content))
                case "heading_open":
                    self._level = int(token.tag[1:])
                case "heading_close":
                    self._level = 0
                case _:
                    self._list(token)
                    self._table(token)

    def _list(self, token: Token) -> None:
        match token.type:
            case "bullet_list_open":
                self._listing.begin()
            case "ordered_list_open":
                self._listing.begin(int(token.attrs.get("start", 1)))
            case "list_item_open":
                self._listing.item()
            case "bullet_list_close" | "ordered_list_close":
                self._builder.paragraph(self._listing.end() or "")

    def _table(self, token: Token) -> None:
        match token.type:
            case "table_open":
                self._rows = []
            case "tr_open" if self._rows is not None:
                self._rows.append([])
            case "table_close":
                self._end_table()

    def _text(self, text: str) -> None:
        if self._rows is not None:
            self._rows[-1].append(text)
        elif self._listing.open:
            self._listing.text(text.strip("\n"))
        elif self._level:
            self._add_heading(text)
        else:
            self._builder.paragraph(text)

    def _add_heading(self, text: str) -> None:
        self._builder.title = self._builder.title or text
        self._builder.heading(text, self._level)

    def _end_table(self) -> None:
        rows, self._rows = self._rows or [], None
        if self._listing.open:
            self._listing.text("\n".join(" | ".join(row) for row in rows))
        else:
            self._builder.table(rows, head=1)


def _inline(token: Token) -> str:
    return "".join(map(_piece, token.children or ()))


def _piece(token: Token) -> str:
    if token.type in _BREAKS:
        return _BREAKS[token.type]
    if token.type == "html_inline":
        return ""
    return token.content
