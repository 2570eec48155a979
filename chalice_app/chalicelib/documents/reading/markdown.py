"""Markdown, rendered to text that keeps headings, lists, tables and code and drops the other marks."""

import re
from collections.abc import Iterator
from itertools import pairwise

from markdown_it import MarkdownIt
from markdown_it.token import Token

from chalicelib.documents.extracted import Extracted, plain
from chalicelib.documents.reading.text import decoded

_FRONT_MATTER = re.compile(r"\A---\n(.*?\n)?(---|\.\.\.)\n", re.DOTALL)
_TITLE_LINE = re.compile(r"^title:\s*['\"]?(.+?)['\"]?\s*$", re.MULTILINE)
_TAG = re.compile(r"<(?:!--.*?--|/?[a-zA-Z][^<>]*)>", re.DOTALL)
_BREAKS = {"softbreak": "\n", "hardbreak": "\n"}


def read(data: bytes) -> Extracted:
    source = decoded(data).replace("\r\n", "\n")
    front = _FRONT_MATTER.match(source)
    tokens = MarkdownIt("commonmark").enable("table").parse(source[front.end() :] if front else source)
    return plain("".join(_lines(tokens)), _front_title(front) or _heading(tokens))


def _front_title(front: re.Match[str] | None) -> str | None:
    found = _TITLE_LINE.search(front[0]) if front else None
    return found[1] if found else None


def _heading(tokens: list[Token]) -> str | None:
    for opening, inline in pairwise(tokens):
        if opening.type == "heading_open":
            return _inline(inline)
    return None


def _lines(tokens: list[Token]) -> Iterator[str]:
    """The text in order: tight list items and table rows on the next line, blocks after a gap."""
    for token in tokens:
        match token.type:
            case "heading_open":
                yield "#" * int(token.tag[1:]) + " "
            case "inline":
                yield _inline(token)
            case "list_item_open":
                yield f"{token.info}{token.markup} " if token.info else "- "
            case "fence" | "code_block":
                yield f"{token.content}\n"
            case "html_block":
                yield f"{_TAG.sub(' ', token.content)}\n"
            case "td_close" | "th_close":
                yield " | "
            case _:
                yield _ending(token)


def _ending(token: Token) -> str:
    if token.type in {"tr_close", "paragraph_close"}:
        return "\n" if token.hidden or token.type == "tr_close" else "\n\n"
    ends_block = token.type in {"heading_close", "bullet_list_close", "ordered_list_close", "table_close"}
    return "\n\n" if ends_block else ""


def _inline(token: Token) -> str:
    return "".join(map(_piece, token.children or ()))


def _piece(token: Token) -> str:
    if token.type in _BREAKS:
        return _BREAKS[token.type]
    if token.type == "html_inline":
        return ""
    return token.content
