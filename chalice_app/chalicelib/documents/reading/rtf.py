"""Rich text (RTF 1.9): paragraphs, headings by style or outline level, tables, notes in brackets.

A group is read, skipped, or says something of fonts and styles. Groups nest without recursion.
"""

import re
from dataclasses import dataclass, replace

from chalicelib.documents.extracted import Builder, Extracted
from chalicelib.documents.reading.tables import head_of

_TOKEN = re.compile(
    r"\\([a-zA-Z]{1,32})(-?\d{1,10})? ?|\\'([0-9a-fA-F]{2})|\\([^a-zA-Z])|([{}])|([^\\{}\r\n]+)|[\r\n]+|\\"
)
_HEADING = re.compile(r"\s*heading ([1-9])")
_CODE_PAGES = {
    77: "mac-roman", 128: "cp932", 129: "cp949", 134: "gbk", 136: "big5", 161: "cp1253", 162: "cp1254",
    163: "cp1258", 177: "cp1255", 178: "cp1256", 186: "cp1257", 204: "cp1251", 222: "cp874", 238: "cp1250",
    254: "cp437", 255: "cp850",
}  # fmt: skip
_LITERAL = {
    "line": "\n", "tab": "\t", "emdash": "—", "endash": "–", "emspace": " ", "enspace": " ", "qmspace": " ",
    "bullet": "•", "lquote": "‘", "rquote": "’", "ldblquote": "“", "rdblquote": "”", "~": " ", "_": "-",
    "{": "{", "}": "}", "\\": "\\",
}  # fmt: skip
_SKIPPED = frozenset({
    "annotation", "atnauthor", "atndate", "atnid", "atnref", "bkmkend", "bkmkstart", "colortbl",
    "datastore", "fldinst", "footer", "footerf", "footerl", "footerr", "ftnsep", "generator", "header",
    "headerf", "headerl", "headerr", "info", "latentstyles", "listoverridetable", "listtable",
    "mmathPr", "nonesttables", "nonshppict", "objclass", "objdata", "pict", "pntxta", "pntxtb",
    "revtbl", "rsidtbl", "shppict", "sn", "sp", "sv", "tc", "template", "themedata", "xe", "xmlnstbl",
})  # fmt: skip
_KEPT = frozenset({"shpinst", "shptxt", "listtext", "pntext", "fldrslt", "nesttableprops"})
"""Destinations that are read although marked as such that an old reader may skip."""


@dataclass(frozen=True, slots=True)
class _Group:
    """What holds until its brace closes."""

    kind: str = ""
    encoding: str = "cp1252"
    after_unicode: int = 1
    closing: str = ""


def read(data: bytes) -> Extracted:
    return _Reading(data.decode("latin-1")).read()


class _Reading:
    def __init__(self, source: str) -> None:
        self._source = source
        self._builder = Builder()
        self._group = _Group()
        self._outer: list[_Group] = []
        self._starred = self._opened = False
        self._to_skip = 0
        self._bytes = bytearray()
        self._units: list[str] = []
        self._code_page = "cp1252"
        self._fonts: dict[int, str] = {}
        self._styles: dict[int, int] = {}
        self._number = 0
        self._level = 0
        self._in_table = False
        self._cells: list[str] = []
        self._rows: list[list[str]] = []

    def read(self) -> Extracted:
        at = 0
        while at < len(self._source):
            token = _TOKEN.match(self._source, at)
            at = token.end() if token else at + 1
            if token:
                at += self._take(token)
        self._paragraph()
        self._table()
        return self._builder.build()

    def _take(self, token: re.Match[str]) -> int:
        """How many characters of binary data follow."""
        word, number, code, symbol, brace, text = token.groups()
        if code is None and text is None:
            self._decode()
        if word:
            value = int(number) if number else None
            if word == "bin":
                return max(value or 0, 0)
            self._word(word, value)
        elif brace:
            self._brace(brace)
        elif symbol:
            self._symbol(symbol)
        else:
            self._plain(bytes.fromhex(code) if code else (text or "").encode("latin-1"))
        ended_line = not any(token.groups())
        self._opened = brace == "{" or (self._opened and (symbol == "*" or ended_line))
        return 0

    def _brace(self, brace: str) -> None:
        self._to_skip = 0
        if brace == "{":
            self._outer.append(self._group)
            self._group = replace(self._group, closing="")
            self._starred = False
        elif self._outer:
            self._write(self._group.closing)
            self._group = self._outer.pop()

    def _symbol(self, symbol: str) -> None:
        if symbol == "*":
            self._starred = self._opened  # elsewhere it says nothing
        elif symbol in "\r\n":
            self._break()
        else:
            self._write(_LITERAL.get(symbol, ""))

    def _word(self, word: str, value: int | None) -> None:
        if self._opened and self._is_destination(word):
            return
        if self._group.kind == "skipped":
            return
        if word in _LITERAL:
            self._write(_LITERAL[word])
        elif word == "u" and value is not None:
            self._write(chr(value % 0x10000))
            self._to_skip = self._group.after_unicode
        elif word == "uc":
            self._group = replace(self._group, after_unicode=max(value or 0, 0))
        elif word in {"f", "fcharset", "ansicpg"}:
            self._font(word, value or 0)
        else:
            self._layout(word, value or 0)

    def _is_destination(self, word: str) -> bool:
        starred, self._starred = self._starred, False
        if word in {"fonttbl", "stylesheet"}:
            self._group = replace(self._group, kind=word)
        elif word == "footnote":
            self._write(" (")
            self._group = replace(self._group, closing=")")
        elif word in _SKIPPED or (starred and word not in _KEPT and self._group.kind == ""):
            self._group = replace(self._group, kind="skipped")
        else:
            return False
        return True

    def _font(self, word: str, value: int) -> None:
        if word == "ansicpg":
            self._code_page = _known(f"cp{value}")
            self._group = replace(self._group, encoding=self._code_page)
        elif self._group.kind == "fonttbl":
            if word == "f":
                self._number = value
            else:
                self._fonts[self._number] = _CODE_PAGES.get(value, "")
        elif word == "f":
            self._group = replace(self._group, encoding=self._fonts.get(value) or self._code_page)

    def _layout(self, word: str, value: int) -> None:
        match word:
            case "s":
                self._number = value
                self._level = self._styles.get(value, 0)
            case "outlinelevel":
                self._level = value + 1 if 0 <= value < 6 else 0
            case "pard":
                self._level, self._in_table = 0, False
            case "intbl":
                self._in_table = True
            case "par" | "sect" | "page":
                self._break()
            case "cell" | "nestcell":
                self._cells.append(self._text())
            case "row" | "nestrow":
                self._rows.append(self._cells)
                self._cells = []

    def _break(self) -> None:
        if self._in_table:
            self._units.append("\n")
        else:
            self._paragraph()

    def _paragraph(self) -> None:
        text = self._text()
        if not text.strip():
            return
        self._table()
        if self._level:
            self._builder.heading(text, self._level)
        else:
            self._builder.paragraph(text)

    def _table(self) -> None:
        if self._rows:
            self._builder.table(self._rows, head_of(self._rows))
            self._rows = []

    def _plain(self, data: bytes) -> None:
        """After a character in Unicode stands the same for readers that do not know it."""
        if self._to_skip:
            skipped = min(self._to_skip, len(data))
            self._to_skip -= skipped
            data = data[skipped:]
        if self._group.kind == "stylesheet" and (found := _HEADING.match(data.decode("latin-1").lower())):
            self._styles[self._number] = int(found[1])
        self._bytes += data

    def _decode(self) -> None:
        data, self._bytes = bytes(self._bytes), bytearray()
        if data:
            self._write(data.decode(self._group.encoding, "replace"))

    def _write(self, text: str) -> None:
        if self._group.kind == "":
            self._units.append(text)

    def _text(self) -> str:
        """Characters beyond the first plane come in two halves."""
        self._decode()
        text, self._units = "".join(self._units), []
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace").replace("\xad", "")


def _known(encoding: str) -> str:
    try:
        b"a".decode(encoding)
    except LookupError:
        return "cp1252"
    return encoding
