"""What somebody has added to a PDF's pages: values in form fields, and notes. Scripts are never run."""

import ctypes
from collections.abc import Callable, Iterator

import pypdfium2 as pdfium  # type: ignore[import-untyped]
import pypdfium2.raw as raw  # type: ignore[import-untyped]

_MOST = 2_000
"""Of one page."""

_HIDDEN = 2
_PASSWORD = 1 << 13
"""The flag of a field that shows stars (ISO 32000-1, 12.7.4.3)."""

_WORDLESS = frozenset({raw.FPDF_ANNOT_LINK, raw.FPDF_ANNOT_POPUP, raw.FPDF_ANNOT_FILEATTACHMENT})
_WRITTEN = frozenset({"Tx", "Ch"})
"""Fields that hold words: others are buttons."""


def notes(page: pdfium.PdfPage) -> Iterator[str]:
    """In their order in the file: a field's name or hint and its value, a note's text."""
    for number in range(min(raw.FPDFPage_GetAnnotCount(page), _MOST)):
        found = raw.FPDFPage_GetAnnot(page, number)
        if found:
            said = _said(found)
            raw.FPDFPage_CloseAnnot(found)
            if said:
                yield said


def _said(found: raw.FPDF_ANNOTATION) -> str:
    kind = raw.FPDFAnnot_GetSubtype(found)
    if kind in _WORDLESS or raw.FPDFAnnot_GetFlags(found) & _HIDDEN:
        return ""
    return _field(found) if kind == raw.FPDF_ANNOT_WIDGET else _value(found, b"Contents")


def _field(found: raw.FPDF_ANNOTATION) -> str:
    value, name = _value(found, b"V"), _value(found, b"TU") or _value(found, b"T")
    if not value or _value(found, b"FT") not in _WRITTEN or _flags(found) & _PASSWORD:
        return ""
    return f"{name}: {value}" if name else value


def _flags(found: raw.FPDF_ANNOTATION) -> int:
    flags = ctypes.c_float()
    return int(flags.value) if raw.FPDFAnnot_GetNumberValue(found, b"Ff", flags) else 0


def _value(found: raw.FPDF_ANNOTATION, key: bytes) -> str:
    return wide(lambda buffer, size: raw.FPDFAnnot_GetStringValue(found, key, buffer, size)).strip()


def wide(ask: Callable[[object, int], int]) -> str:
    """A text that PDFium tells the size of, in bytes, and then writes as UTF-16."""
    size = ask(None, 0)
    if size <= 2:
        return ""
    buffer = ctypes.create_string_buffer(size)
    ask(ctypes.cast(buffer, ctypes.POINTER(raw.FPDF_WCHAR)), size)
    return buffer.raw[: size - 2].decode("utf-16-le", "ignore")
