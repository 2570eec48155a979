"""Files that are made to break whoever reads them, each made here from a few lines."""

import io
import struct
import zipfile
import zlib
from collections.abc import Mapping

W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
RELATIONSHIPS = "http://schemas.openxmlformats.org/package/2006/relationships"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
SHEET = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
TYPES = "http://schemas.openxmlformats.org/package/2006/content-types"

LAUGHS = (
    '<!DOCTYPE x [<!ENTITY a0 "ha">'
    + "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 12))
    + "]>"
)
"""Eleven levels of ten: a hundred billion laughs."""


def zipped(members: Mapping[str, bytes | str], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", method) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return stream.getvalue()


def a_docx(body: str = "<w:p><w:r><w:t>kept words</w:t></w:r></w:p>", before: str = "", **more: str) -> bytes:
    """A Word document of this body, whatever stands before its root, and further members."""
    main = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
    return zipped(
        {
            "[Content_Types].xml": _types({"word/document.xml": main}),
            "_rels/.rels": _relations({"officeDocument": "word/document.xml"}),
            "word/document.xml": f'{before}<w:document xmlns:w="{W}"><w:body>{body}</w:body></w:document>',
            **{name.replace("__", "/"): data for name, data in more.items()},
        }
    )


def an_xlsx(rows: str, before: str = "", dimension: str = "A1", **more: str) -> bytes:
    """A workbook of one sheet."""
    main = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"
    sheet = "application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"
    return zipped(
        {
            "[Content_Types].xml": _types({"xl/workbook.xml": main, "xl/worksheets/sheet1.xml": sheet}),
            "_rels/.rels": _relations({"officeDocument": "xl/workbook.xml"}),
            "xl/workbook.xml": f'<workbook xmlns="{SHEET}" xmlns:r="{OFFICE}"><sheets>'
            '<sheet name="One" sheetId="1" r:id="r0"/></sheets></workbook>',
            "xl/_rels/workbook.xml.rels": _relations({"worksheet": "worksheets/sheet1.xml"}),
            "xl/worksheets/sheet1.xml": f'{before}<worksheet xmlns="{SHEET}"><dimension ref="{dimension}"/>'
            f"<sheetData>{rows}</sheetData></worksheet>",
            **{name.replace("__", "/"): data for name, data in more.items()},
        }
    )


def an_odt(body: str, before: str = "") -> bytes:
    spaces = (
        'xmlns:o="urn:oasis:names:tc:opendocument:xmlns:office:1.0" xmlns:xl="http://www.w3.org/1999/xlink" '
    )
    spaces += 'xmlns:t="urn:oasis:names:tc:opendocument:xmlns:text:1.0" '
    spaces += 'xmlns:s="urn:oasis:names:tc:opendocument:xmlns:table:1.0"'
    content = (
        f"{before}<o:document-content {spaces}><o:body><o:text>{body}</o:text></o:body></o:document-content>"
    )
    return zipped({"mimetype": "application/vnd.oasis.opendocument.text", "content.xml": content})


def an_epub(chapter: str, before: str = "") -> bytes:
    container = "urn:oasis:names:tc:opendocument:xmlns:container"
    page = f'{before}<html xmlns="http://www.w3.org/1999/xhtml"><body><p>{chapter}</p></body></html>'
    return zipped(
        {
            "mimetype": "application/epub+zip",
            "META-INF/container.xml": f'<container xmlns="{container}"><rootfiles>'
            '<rootfile full-path="book.opf"/></rootfiles></container>',
            "book.opf": '<package xmlns="http://www.idpf.org/2007/opf"><manifest>'
            '<item id="a" href="a.xhtml" media-type="application/xhtml+xml"/></manifest>'
            '<spine><itemref idref="a"/></spine></package>',
            "a.xhtml": page,
        }
    )


def _types(parts: Mapping[str, str]) -> str:
    overrides = "".join(
        f'<Override PartName="/{name}" ContentType="{kind}"/>' for name, kind in parts.items()
    )
    relations = "application/vnd.openxmlformats-package.relationships+xml"
    defaults = {"rels": relations, "xml": "text/xml"}
    said = "".join(f'<Default Extension="{end}" ContentType="{kind}"/>' for end, kind in defaults.items())
    return f'<Types xmlns="{TYPES}">{said}{overrides}</Types>'


def _relations(targets: Mapping[str, str]) -> str:
    said = "".join(
        f'<Relationship Id="r{n}" Type="{OFFICE}/{kind}" Target="{target}"/>'
        for n, (kind, target) in enumerate(targets.items())
    )
    return f'<Relationships xmlns="{RELATIONSHIPS}">{said}</Relationships>'


def outside(kind: str, address: str) -> str:
    """A document's relationships, one of which leads to another machine."""
    relation = f'<Relationship Id="x" Type="{OFFICE}/{kind}" Target="{address}" TargetMode="External"/>'
    return f'<Relationships xmlns="{RELATIONSHIPS}">{relation}</Relationships>'


def a_pdf(*objects: bytes, root: str = "1 0 R") -> bytes:
    """Objects numbered from 1; the reader has to find them itself."""
    written = b"\n".join(b"%d 0 obj %b endobj" % (n, each) for n, each in enumerate(objects, start=1))
    return b"%PDF-1.7\n" + written + b"\ntrailer<</Root " + root.encode() + b">>\n%%EOF"


def a_page(stream: bytes, more: bytes = b"") -> tuple[bytes, ...]:
    """The objects of a document of one page that draws this."""
    return (
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Count 1/Kids[3 0 R]>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 600 800]/Contents 4 0 R/Resources<</Font<</F 5 0 R>>>>>>",
        b"<</Length %d%b>>stream\n%b\nendstream" % (len(stream), more, stream),
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
    )


def overlapping(copies: int, size: int) -> bytes:
    """An archive of many members that all point to the same compressed bytes."""
    packed = zlib.compress(b"0" * size, 9)[2:-4]
    check = zlib.crc32(b"0" * size)
    local = (
        struct.pack("<4s5HIIIHH", b"PK\3\4", 20, 0, 8, 0, 0, check, len(packed), size, 1, 0) + b"a" + packed
    )
    central = b"".join(
        struct.pack(
            "<4s6H3I5H2I", b"PK\1\2", 20, 20, 0, 8, 0, 0, check, len(packed), size, 5, 0, 0, 0, 0, 0, 0
        )
        + f"{n:05}".encode()
        for n in range(copies)
    )
    end = struct.pack("<4s4H2IH", b"PK\5\6", 0, 0, copies, copies, len(central), len(local), 0)
    return local + central + end


def nested_zips(levels: int, innermost: bytes) -> bytes:
    data, name = innermost, "innermost.txt"
    for level in range(levels):
        data, name = zipped({name: data}), f"level{level}.zip"
    return data


def nested_mails(levels: int) -> bytes:
    heads = b"".join(
        b"Subject: level %d\nContent-Type: message/rfc822\n\n" % level for level in range(levels)
    )
    return heads + b"Subject: innermost\n\nkept words\n"


def linked_zip(name: str, target: bytes) -> bytes:
    """An archive whose member is a symbolic link."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        link = zipfile.ZipInfo(name)
        link.create_system, link.external_attr = 3, 0o120777 << 16
        archive.writestr(link, target)
        archive.writestr("beside.txt", b"kept words")
    return stream.getvalue()
