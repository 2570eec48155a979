"""Files as other programs write them: lawful, common, and unlike what the libraries that read them expect."""

import io
import re
import struct
import zipfile
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime

import docx
import openpyxl  # type: ignore[import-untyped]
import pptx
import pytest
from chalicelib.documents.extracted import Builder, Extracted
from chalicelib.documents.extracting import extract
from chalicelib.documents.formats import declared_format
from chalicelib.documents.reading import figures
from chalicelib.errors import NoText
from openpyxl.comments import Comment  # type: ignore[import-untyped]
from pptx.chart.data import CategoryChartData
from pptx.enum.chart import XL_CHART_TYPE
from pptx.util import Inches

from tests.documents.hostile import an_odt


def read(name: str, data: bytes) -> Extracted:
    """In a child, where no font and no other file can be opened."""
    return extract(data, name, declared_format(name, None))


def a_pdf_without_fonts(text: bytes, cmap: str, collection: str) -> bytes:
    """One line in a font that is named and not embedded, as most East Asian offices send them."""
    stream = f"BT /F 12 Tf 50 700 Td <{text.hex()}> Tj ET"
    parts = [
        "1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj",
        "2 0 obj<</Type/Pages/Count 1/Kids[4 0 R]>>endobj",
        f"3 0 obj<</Type/Font/Subtype/Type0/BaseFont/Gothic/Encoding/{cmap}/DescendantFonts[6 0 R]>>endobj",
        "4 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 99 999]/Contents 5 0 R/Resources 8 0 R>>endobj",
        f"5 0 obj<</Length {len(stream)}>>stream\n{stream}\nendstream endobj",
        "6 0 obj<</Type/Font/Subtype/CIDFontType2/FontDescriptor 7 0 R/CIDSystemInfo 9 0 R>>endobj",
        "7 0 obj<</Type/FontDescriptor/FontName/Gothic/Flags 32>>endobj",
        "8 0 obj<</Font<</F 3 0 R>>>>endobj",
        f"9 0 obj<</Registry(Adobe)/Ordering({collection})/Supplement 2>>endobj",
    ]
    return b"%PDF-1.7\n" + "\n".join(parts).encode() + b"\ntrailer<</Root 1 0 R>>\n%%EOF"


@pytest.mark.parametrize(
    ("text", "encoding", "cmap", "collection"),
    [
        ("東京は日本の首都である。", "cp932", "90ms-RKSJ-V", "Japan1"),
        ("北京是中国的首都。", "gbk", "GBK-EUC-V", "GB1"),
        ("台北是台灣的首都。", "big5", "ETen-B5-V", "CNS1"),
        ("서울은 한국의 수도이다.", "cp949", "KSCms-UHC-V", "Korea1"),
    ],
)
def test_a_pdf_written_downwards_without_its_fonts_keeps_its_text(
    text: str, encoding: str, cmap: str, collection: str
) -> None:
    assert read("a.pdf", a_pdf_without_fonts(text.encode(encoding), cmap, collection)).text == text


def repacked(data: bytes, change: Callable[[str, bytes], bytes | None]) -> bytes:
    """The archive with each member changed, or without those of which nothing is left."""
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as given, zipfile.ZipFile(made, "w") as archive:
        for name in given.namelist():
            if (part := change(name, given.read(name))) is not None:
                archive.writestr(name, part)
    return made.getvalue()


def a_document(*paragraphs: str) -> bytes:
    document, made = docx.Document(), io.BytesIO()
    for each in paragraphs:
        document.add_paragraph(each)
    document.save(made)
    return made.getvalue()


def a_presentation(*titles: str) -> bytes:
    presentation, made = pptx.Presentation(), io.BytesIO()
    for title in titles:
        slide = presentation.slides.add_slide(presentation.slide_layouts[5])
        slide.shapes.title.text = title
    presentation.save(made)
    return made.getvalue()


WORD = "application/vnd.ms-word."
POWER_POINT = "application/vnd.ms-powerpoint."
OFFICE = "application/vnd.openxmlformats-officedocument."
DOCUMENT = f"{OFFICE}wordprocessingml.document.main+xml"
PRESENTATION = f"{OFFICE}presentationml.presentation.main+xml"


@pytest.mark.parametrize(
    ("name", "usual", "other"),
    [
        ("a.docm", DOCUMENT, f"{WORD}document.macroEnabled.main+xml"),
        ("a.dotx", DOCUMENT, f"{OFFICE}wordprocessingml.template.main+xml"),
        ("a.pptm", PRESENTATION, f"{POWER_POINT}presentation.macroEnabled.main+xml"),
        ("a.ppsx", PRESENTATION, f"{OFFICE}presentationml.slideshow.main+xml"),
    ],
)
def test_templates_slide_shows_and_files_with_macros_are_read(name: str, usual: str, other: str) -> None:
    plain = a_document("The text.") if name.startswith("a.do") else a_presentation("The text.")
    made = repacked(plain, lambda _, part: part.replace(usual.encode(), other.encode()))
    assert made != plain
    assert read(name, made).text == "The text."


def test_a_document_in_the_strict_form_of_the_standard_is_read() -> None:
    names = re.compile(
        rb"http://schemas.openxmlformats.org/(officeDocument|drawingml|wordprocessingml)/2006/"
    )
    strict = lambda _, part: names.sub(rb"http://purl.oclc.org/ooxml/\1/", part)  # noqa: E731
    made = repacked(a_document("Strictly said."), strict)
    assert b"http://purl.oclc.org/" in zipfile.ZipFile(io.BytesIO(made)).read("word/document.xml")
    assert read("a.docx", made).text == "Strictly said."


def test_a_document_that_names_a_part_which_is_not_there_is_read_without() -> None:
    made = repacked(a_document("It is here."), lambda name, part: None if "theme" in name else part)
    assert read("a.docx", made).text == "It is here."


def test_a_chart_on_a_slide_is_its_title_and_a_table_of_its_values() -> None:
    presentation, made, data = pptx.Presentation(), io.BytesIO(), CategoryChartData()  # type: ignore[no-untyped-call]
    data.categories = ["2023", "2024"]
    data.add_series("Ferries", (8.2, 9))  # type: ignore[no-untyped-call]
    slide = presentation.slides.add_slide(presentation.slide_layouts[6])
    size = (Inches(1), Inches(1), Inches(5), Inches(4))
    chart = slide.shapes.add_chart(XL_CHART_TYPE.BAR_CLUSTERED, *size, data).chart
    chart.chart_title.text_frame.text = "Crossings"
    presentation.save(made)
    assert read("a.pptx", made.getvalue()).text == "Crossings\n\n| Ferries\n2023 | 8.2\n2024 | 9"


DIAGRAM = """<dgm:dataModel xmlns:dgm="http://schemas.openxmlformats.org/drawingml/2006/diagram"
 xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main"><dgm:ptLst>
 <dgm:pt><dgm:t><a:p><a:r><a:t>Plan</a:t></a:r></a:p></dgm:t></dgm:pt><dgm:pt><dgm:t><a:p/></dgm:t></dgm:pt>
 <dgm:pt><dgm:t><a:p><a:r><a:t>Bu</a:t></a:r><a:r><a:t>ild</a:t></a:r></a:p></dgm:t></dgm:pt>
</dgm:ptLst></dgm:dataModel>"""


def test_the_items_of_a_diagram_are_lines() -> None:
    builder = Builder()
    figures.add(builder, DIAGRAM.encode())
    figures.add(builder, b"not XML")
    assert builder.build().text == "Plan\nBuild"


def test_a_comment_follows_the_paragraph_that_it_is_about() -> None:
    document, made = docx.Document(), io.BytesIO()
    runs = document.add_paragraph("We sail at nine.").runs
    document.add_comment(runs, text="Or at ten?")
    document.add_paragraph("Bring a coat.")
    document.save(made)
    assert read("a.docx", made.getvalue()).text == "We sail at nine.\n\nOr at ten?\n\nBring a coat."


def test_a_cell_that_a_form_field_is_around_is_read() -> None:
    document, made = docx.Document(), io.BytesIO()
    table = document.add_table(1, 2)
    table.rows[0].cells[0].text, table.rows[0].cells[1].text = "Port", "Oban"
    document.save(made)
    field = lambda _, part: part.replace(b"<w:tc>", b"<w:sdt><w:sdtContent><w:tc>").replace(  # noqa: E731
        b"</w:tc>", b"</w:tc></w:sdtContent></w:sdt>"
    )
    assert read("a.docx", repacked(made.getvalue(), field)).text == "Port | Oban"


def test_rich_text_skips_what_it_marks_so_also_after_the_end_of_a_line() -> None:
    assert read("a.rtf", b"{\\rtf1{\r\n\\*\\wgrffmtfilter 013f}\\pard Read this.}").text == "Read this."


def test_korean_in_seven_bits_is_read() -> None:
    text = "서울은 한국의 수도이다."
    assert read("a.txt", text.encode("iso2022_kr")).text == text


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-be"])
def test_a_mail_that_an_editor_saved_as_utf_16_is_read(encoding: str) -> None:
    mail = "Subject: Timetable\r\nFrom: a@example.org\r\n\r\nThe ferry sails at nine.\r\n"
    assert read("a.eml", mail.encode(encoding)).text.endswith("The ferry sails at nine.")
    assert read("a.eml", mail.encode(encoding)).title == "Timetable"


def a_workbook(comment: str = "") -> bytes:
    workbook, made = openpyxl.Workbook(), io.BytesIO()
    sheet = workbook.active
    sheet.append(["Sails", date(2024, 5, 1)])
    if comment:
        sheet["B1"].comment = Comment(comment, "Somebody")
    workbook.save(made)
    return made.getvalue()


def test_comments_on_cells_stand_below_the_sheet() -> None:
    assert read("a.xlsx", a_workbook("Or later?")).text == "Sheet\n\nSails | 2024-05-01\n\nB1: Or later?"


def test_a_workbook_whose_styles_are_unlawful_is_read_with_its_dates() -> None:
    broken = lambda _, part: re.sub(rb"<cellStyleXfs.*</cellStyleXfs>", b"<cellStyleXfs/>", part)  # noqa: E731
    made = repacked(a_workbook(), broken)
    with pytest.raises(IndexError):
        openpyxl.load_workbook(io.BytesIO(made))
    assert read("a.xlsx", made).text == "Sheet\n\nSails | 2024-05-01"


def test_comments_in_an_open_document_follow_what_they_are_about() -> None:
    remark = "<o:annotation><o:date>1</o:date><t:p>Why?</t:p></o:annotation>"
    body = f"<t:p>It sank{remark}.</t:p><t:p>Then it rose.</t:p>"
    assert read("a.odt", an_odt(body)).text == "It sank.\n\nWhy?\n\nThen it rose."


def a_form(*added: str) -> bytes:
    """A PDF of one page with one line of print and what somebody has added to it."""
    stream = "BT /F 12 Tf 50 700 Td (Please fill in.) Tj ET"
    parts = [
        "1 0 obj<</Type/Catalog/Pages 2 0 R/AcroForm<</Fields 6 0 R>>>>endobj",
        "2 0 obj<</Type/Pages/Count 1/Kids[3 0 R]/MediaBox[0 0 600 800]>>endobj",
        "3 0 obj<</Type/Page/Parent 2 0 R/Contents 4 0 R/Resources 5 0 R/Annots 6 0 R>>endobj",
        f"4 0 obj<</Length {len(stream)}>>stream\n{stream}\nendstream endobj",
        "5 0 obj<</Font<</F<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>>>>>endobj",
        f"6 0 obj[{' '.join(added)}]endobj",
    ]
    return b"%PDF-1.7\n" + "\n".join(parts).encode() + b"\ntrailer<</Root 1 0 R>>\n%%EOF"


def test_what_somebody_wrote_into_a_form_is_read() -> None:
    field = "<</Type/Annot/Subtype/Widget/Rect[50 600 200 620]"
    form = a_form(
        f"{field}/FT/Tx/T(f1)/TU(Name)/V(Ann)>>",
        f"{field}/FT/Ch/T(Port)/V(Oban)>>",
        f"{field}/FT/Tx/T(Secret)/Ff 8192/V(hush)>>",
        f"{field}/FT/Btn/T(Agree)/V/Yes>>",
        f"{field}/FT/Tx/T(Unseen)/F 2/V(hidden)>>",
        "<</Type/Annot/Subtype/FreeText/Rect[50 500 200 520]/Contents(By hand)>>",
        "<</Type/Annot/Subtype/Link/Rect[50 400 200 420]/Contents(A link)>>",
    )
    assert read("a.pdf", form).text == "Please fill in.\n\nName: Ann\nPort: Oban\nBy hand"


def test_a_page_that_a_script_fills_is_what_it_says_of_itself() -> None:
    page = "<title>Ferries</title><meta name='description' content='When they sail.'><div id=app></div>"
    assert read("a.html", page.encode()).text == "Ferries\n\nWhen they sail."
    with pytest.raises(NoText):
        read("a.html", b"<html><body><script>fill()</script>")


def test_a_page_laid_out_with_a_table_keeps_its_paragraphs() -> None:
    story = "Once upon a time there was a ferry.<br>" * 40
    found = read("a.html", f"<table><tr><td>Menu<td>{story}</table>".encode())
    assert found.text.splitlines()[-1] == "Once upon a time there was a ferry."
    assert found.tables == ()


@pytest.mark.parametrize(
    ("said", "title"),
    [
        ("Microsoft Word - Annual Report.doc", "Annual Report.doc"),
        ("Microsoft Word - report.doc", None),
        ("PowerPoint Presentation", None),
        ("untitled", None),
        ("Slide 1", None),
        ("paper.dvi", None),
        ("Untitled works of 1901", "Untitled works of 1901"),
        ("Slide 12", "Slide 12"),
    ],
)
def test_what_a_program_wrote_for_want_of_a_title_is_none(said: str, title: str | None) -> None:
    assert Builder(said).build().title == title


def an_ole(streams: Mapping[str, bytes]) -> bytes:
    """A compound file ([MS-CFB]) of one folder, each stream padded to where it needs no smaller sectors."""
    sectors = 8
    count = (len(streams) + 4) // 4
    table = struct.pack("<I", 0xFFFFFFFD) + b"".join(
        struct.pack("<I", 0xFFFFFFFE if n == count else n + 1) for n in range(1, count + 1)
    )
    entries, body = an_entry("Root Entry", 5, child=1 if streams else None), b""
    for number, (name, data) in enumerate(streams.items(), start=1):
        start = 1 + count + sectors * (number - 1)
        table += b"".join(struct.pack("<I", at + 1) for at in range(start, start + sectors - 1))
        table += struct.pack("<I", 0xFFFFFFFE)
        after = number + 1 if number < len(streams) else None
        entries += an_entry(name, 2, right=after, start=start, size=512 * sectors)
        body += data.ljust(512 * sectors, b"\0")
    header = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16)
    header += struct.pack("<5H6x", 0x3E, 3, 0xFFFE, 9, 6)
    header += struct.pack("<9I", 0, 1, 1, 0, 4096, 0xFFFFFFFE, 0, 0xFFFFFFFE, 0)
    header += struct.pack("<I", 0) + b"\xff" * 432
    return header + table.ljust(512, b"\xff") + entries.ljust(512 * count, b"\0") + body


def an_entry(
    name: str, kind: int, *, right: int | None = None, child: int | None = None, start: int = 0, size: int = 0
) -> bytes:
    """Of the directory, whose tree leans to the right."""
    none = 0xFFFFFFFF
    links = struct.pack("<3I", none, right or none, child or none)
    written = name.encode("utf-16-le")
    begun = written.ljust(64, b"\0") + struct.pack("<HBB", len(written) + 2, kind, 1) + links + bytes(36)
    return begun + struct.pack("<IQ", start if kind == 2 else 0xFFFFFFFE, size)


def test_an_outlook_mail_is_read_in_its_own_encoding_and_with_its_date() -> None:
    since_1601 = (datetime(2024, 5, 1, 9, 30, tzinfo=UTC) - datetime(1601, 1, 1, tzinfo=UTC)).total_seconds()
    properties = bytes(32) + struct.pack("<IIII", 0x3FFD0003, 0, 1251, 0)
    properties += struct.pack("<IIQ", 0x00390040, 0, int(since_1601) * 10_000_000)
    mail = an_ole({
        "__properties_version1.0": properties,
        "__substg1.0_0037001E": "Пароход".encode("cp1251"),
        "__substg1.0_0E03001E": b"",
        "__substg1.0_1000001E": "Отходит в девять.".encode("cp1251"),
    })  # fmt: skip
    assert read("a.msg", mail).text == "Пароход\n\nDate: 2024-05-01 09:30+00:00\n\nОтходит в девять."


def test_the_bullets_of_symbol_fonts_are_bullets() -> None:
    assert read("a.txt", "\uf0b7 one\n\uf0fc two".encode()).text == "• one\n✓ two"


def test_a_manuals_page_keeps_the_headings_of_what_is_found_to_be_its_content() -> None:
    words = "The ferry sails at nine in summer and at ten in winter, weather permitting. " * 6
    parts = "".join(f"<div><h2><a href=#p{n}>Part {n}</a></h2><p>{n} {words}</p></div>" for n in range(1, 4))
    menu = "<div class=navheader><a href=a>Prev</a> <a href=b>Next</a></div>"
    found = read("a.html", f"<title>T</title><body>{menu}<div class=chapter>{parts}</div>{menu}".encode())
    assert [found.text[each.start : each.end] for each in found.headings] == ["Part 1", "Part 2", "Part 3"]
    assert "Prev" not in found.text
