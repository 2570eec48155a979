"""Workbooks: each sheet a heading and a table of the last values of its cells, then comments and boxes.

Macros are named and never looked at.
"""

import io
import warnings
import zipfile
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any

import openpyxl  # type: ignore[import-untyped]
from lxml import etree

from chalicelib.documents.extracted import Builder, Extracted
from chalicelib.documents.reading import archive, figures, package
from chalicelib.documents.reading.markup import parsed
from chalicelib.documents.reading.sheets import dense, sample
from chalicelib.documents.reading.tables import head_of

if TYPE_CHECKING:
    from openpyxl.workbook import Workbook  # type: ignore[import-untyped]
    from openpyxl.worksheet._read_only import ReadOnlyWorksheet  # type: ignore[import-untyped]

type Value = Any  # what openpyxl makes of a cell
_MACROS = "xl/vbaProject.bin"
_STYLES = "xl/styles.xml"
_PLAIN_STYLES = (
    b'<styleSheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">%s<fonts><font/></fonts>'
    b"<fills><fill><patternFill/></fill></fills><borders><border/></borders><cellStyleXfs><xf/></cellStyleXfs>"
    b"<cellXfs>%s</cellXfs></styleSheet>"
)


def read(data: bytes) -> Extracted:
    members = archive.check(data)
    workbook = _opened(package.usual(data))
    builder = Builder(workbook.properties.title, workbook.properties.language)
    for sheet in workbook.worksheets:
        _add_sheet(builder, sheet)
    for name in members:
        if name == _MACROS or "/embeddings/" in name:
            builder.attach(name)
    return builder.build()


def _opened(data: bytes) -> "Workbook":
    """Also where other programs wrote styles that openpyxl does not take."""
    try:
        return _loaded(data)
    except (IndexError, KeyError, TypeError, ValueError):
        return _loaded(_plainly_styled(data))


def _loaded(data: bytes) -> "Workbook":
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of parts that it does not keep
        return openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=True, keep_links=False)


def _plainly_styled(data: bytes) -> bytes:
    """With nothing left of the styles but which numbers are dates."""
    with zipfile.ZipFile(io.BytesIO(data)) as given:
        root = parsed(given.read(_STYLES))
    ids = (each.get("numFmtId") or "0" for each in root.iterfind("{*}cellXfs/{*}xf"))
    plain = "".join(f'<xf numFmtId="{each}"/>' for each in ids if each.isdecimal())
    formats = b"".join(etree.tostring(each, with_tail=False) for each in root.iterfind("{*}numFmts"))
    return package.repacked(data, {_STYLES: _PLAIN_STYLES % (formats, plain.encode())})


def _add_sheet(builder: Builder, sheet: "ReadOnlyWorksheet") -> None:
    sheet.reset_dimensions()  # what a sheet says of its size may be 17 billion cells
    rows = dense([_text(value) for value in row] for row in sheet.iter_rows(values_only=True))
    asides = list(_asides(sheet))
    if rows or asides:
        builder.heading(sheet.title, 1)
        builder.table(rows, head_of(sample(rows)))
    for text in asides:
        builder.paragraph(text)


def _asides(sheet: "ReadOnlyWorksheet") -> Iterator[str]:
    """Comments on cells, and what is written in boxes over them."""
    folder, _, name = sheet._worksheet_path.rpartition("/")  # noqa: SLF001
    parts = dict(package.related(sheet.parent._archive, folder, name))  # noqa: SLF001
    for kind in ("threadedComment", "comments"):  # for older programs a thread is a comment as well
        if kind in parts:
            yield from _comments(parts[kind])
            break
    if "drawing" in parts:
        yield from figures.lines(parts["drawing"])


def _comments(part: bytes) -> Iterator[str]:
    for comment in parsed(part, forgiving=True).iter("{*}comment", "{*}threadedComment"):
        text = "".join(each.text or "" for each in comment.iter("{*}t", "{*}text")).strip()
        if text:
            yield f"{comment.get('ref')}: {text}"


def _text(value: Value) -> str:
    match value:
        case None:
            return ""
        case float() if value.is_integer() and abs(value) < 1e15:
            return str(int(value))
        case datetime() if value.time() == time():
            return value.date().isoformat()
        case datetime():
            return value.isoformat(" ", "seconds")
        case date() | time():
            return value.isoformat()
        case timedelta():
            return str(value)
        case _:
            return str(value).strip()
