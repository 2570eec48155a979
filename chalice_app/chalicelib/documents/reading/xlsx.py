"""Workbooks: each sheet a heading and a table of the values that its cells last had.

Macros are named and never looked at.
"""

import io
import warnings
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any

import openpyxl  # type: ignore[import-untyped]

from chalicelib.documents.extracted import Builder, Extracted
from chalicelib.documents.reading import archive, package
from chalicelib.documents.reading.sheets import dense, sample
from chalicelib.documents.reading.tables import head_of

if TYPE_CHECKING:
    from openpyxl.workbook import Workbook  # type: ignore[import-untyped]

type Value = Any  # what openpyxl makes of a cell
_MACROS = "xl/vbaProject.bin"


def read(data: bytes) -> Extracted:
    members = archive.check(data)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of parts that it does not keep
        workbook = openpyxl.load_workbook(
            io.BytesIO(package.usual(data)), read_only=True, data_only=True, keep_links=False
        )
    builder = Builder(workbook.properties.title, workbook.properties.language)
    _add_sheets(builder, workbook)
    for name in members:
        if name == _MACROS or "/embeddings/" in name:
            builder.attach(name)
    return builder.build()


def _add_sheets(builder: Builder, workbook: "Workbook") -> None:
    for sheet in workbook.worksheets:
        sheet.reset_dimensions()  # what a sheet says of its size may be 17 billion cells
        rows = dense([_text(value) for value in row] for row in sheet.iter_rows(values_only=True))
        if rows:
            builder.heading(sheet.title, 1)
            builder.table(rows, head_of(sample(rows)))


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
