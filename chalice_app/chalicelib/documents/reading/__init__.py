"""Readers of file formats, one function each: bytes in, `Extracted` out. They run in a child process.

A reader raises whatever its library raises for a broken file; the child reports that as Unreadable.
"""

from collections.abc import Callable
from importlib import import_module

from chalicelib.documents.extracted import Extracted
from chalicelib.documents.formats import Format

type Reader = Callable[[bytes], Extracted]

_HOMES = {
    Format.TEXT: "text",
    Format.MARKDOWN: "markdown",
    Format.HTML: "html",
    Format.PDF: "pdf",
    Format.DOCX: "docx",
    Format.PPTX: "pptx",
    Format.XLSX: "xlsx",
    Format.CSV: "csv",
    Format.TSV: "csv",
    Format.EPUB: "epub",
    Format.RTF: "rtf",
    Format.ODT: "odf",
    Format.ODS: "odf",
    Format.ODP: "odf",
    Format.EML: "eml",
    Format.MSG: "msg",
    Format.JSON: "json",
    Format.JSONL: "json",
    Format.XML: "xml",
    Format.CODE: "code",
    Format.ZIP: "zip",
    Format.PNG: "image",
    Format.JPEG: "image",
    Format.GIF: "image",
    Format.WEBP: "image",
}


def reader(kind: Format) -> Reader:
    """The reader of a format; only its own libraries are imported."""
    module = import_module(f"{__name__}.{_HOMES[kind]}")
    read: Reader = module.read
    return read
