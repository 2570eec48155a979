"""What readers make of the structure of files that were made for the purpose."""

import io
import zipfile
from collections.abc import Mapping, Sequence

import docx
import pptx
import pytest
from chalicelib.documents.extracted import Extracted
from chalicelib.documents.reading import docx as word
from chalicelib.documents.reading import epub, html, markdown, pdf
from chalicelib.documents.reading import pptx as slides
from chalicelib.documents.reading.tables import head_of
from chalicelib.errors import TooLarge, Unreadable

SENTENCE = "A sentence that is long enough to be kept as a part of what the page is about. "


def headings(extracted: Extracted) -> list[tuple[int, str]]:
    return [(each.level, extracted.text[each.start : each.end]) for each in extracted.headings]


def tables(extracted: Extracted) -> list[tuple[int, str]]:
    return [(each.head, extracted.text[each.start : each.end]) for each in extracted.tables]


def saved(document: object) -> bytes:
    stream = io.BytesIO()
    document.save(stream)  # type: ignore[attr-defined]  # of both libraries
    return stream.getvalue()


def zipped(members: Mapping[str, str | bytes]) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return stream.getvalue()


def test_markdown_says_where_headings_tables_and_lists_are() -> None:
    source = (
        "---\ntitle: Sách\nlang: vi\n---\n# Head *one*\n\ntext\n\n## Sub\n\n1. one\n   - inner\n2. two\n\n"
        "|a|b|\n|-|-|\n|c|d|\n\n```\n# no heading\n```\n"
    )
    extracted = markdown.read(source.encode())
    assert (extracted.title, extracted.language) == ("Sách", "vi")
    assert headings(extracted) == [(1, "Head one"), (2, "Sub")]
    assert tables(extracted) == [(1, "a | b\nc | d")]
    assert "1. one\n  - inner\n2. two\n\n" in extracted.text
    assert extracted.text.endswith("# no heading")


def test_a_line_of_markdown_that_is_wrapped_goes_on() -> None:
    assert markdown.read(b"one\ntwo  \nthree\n\nfour").text == "one two\nthree\n\nfour"


def test_a_heading_inside_a_list_of_markdown_is_an_item_and_what_follows_is_text() -> None:
    extracted = markdown.read(b"- # odd\n\nafter")
    assert extracted.text == "- odd\n\nafter"
    assert extracted.headings == ()


def a_page(body: str) -> bytes:
    return f"<html lang='en-GB'><head><title>Page</title></head><body>{body}</body></html>".encode()


def test_a_page_says_where_headings_tables_and_lists_are() -> None:
    body = f"<nav>Menu</nav><article><h1>Head</h1><p>{SENTENCE * 4}</p><h2>Sub</h2><ol><li>one<li>two</ol>"
    body += "<table><tr><th>a<th>b<tr><td>c<td>d</table><p hidden>unseen</p></article>"
    extracted = html.read(a_page(body + f"<p>{SENTENCE * 4}</p>"))
    assert (extracted.title, extracted.language) == ("Page", "en")
    assert headings(extracted) == [(1, "Head"), (2, "Sub")]
    assert tables(extracted) == [(1, "a | b\nc | d")]
    assert "1. one\n2. two" in extracted.text
    assert "Menu" not in extracted.text
    assert "unseen" not in extracted.text


def test_a_page_that_is_laid_out_with_tables_is_read_as_text() -> None:
    inner = "<table><tr><td>x</td><td>y</td></tr></table>"
    extracted = html.read(a_page(f"<table><tr><td><h2>Left</h2><p>one</p></td><td>{inner}</td></tr></table>"))
    assert headings(extracted) == [(2, "Left")]
    assert tables(extracted) == [(0, "x | y")]


def test_of_a_page_that_does_not_say_what_is_its_content_the_menus_are_dropped() -> None:
    menu = "<div class='menu'><a href='/a'>Home</a> <a href='/b'>About us</a></div>"
    text = html.read(a_page(f"{menu}<div><p>{SENTENCE * 4}</p><p>{SENTENCE * 3}</p></div>{menu}")).text
    assert text.count("A sentence") == 7
    assert "About us" not in text


def test_lines_of_code_on_a_page_stay_lines() -> None:
    assert html.read(a_page("<pre>one\n  two</pre><p>a<br>b</p>")).text == "one\n  two\n\na\nb"


def test_a_word_document_says_where_headings_and_tables_are() -> None:
    document = docx.Document()
    document.core_properties.title = "Told"
    document.add_heading("Part", 1)
    own = document.styles.add_style("Own", 1)
    own.base_style = document.styles["Heading 2"]
    document.add_paragraph("Chapter", "Own")
    table = document.add_table(2, 2)
    for cell, text in zip(
        (each for row in table.rows for each in row.cells), ("Name", "Price", "x", "1"), strict=True
    ):
        cell.text = text
    extracted = word.read(saved(document))
    assert extracted.title == "Told"
    assert headings(extracted) == [(1, "Part"), (2, "Chapter")]
    assert tables(extracted) == [(1, "Name | Price\nx | 1")]


def test_a_footnote_follows_its_paragraph_and_headers_are_not_read() -> None:
    document = docx.Document()
    document.sections[0].header.paragraphs[0].text = "on every page"
    document.add_paragraph("said")
    document.add_paragraph("next")
    extracted = word.read(_with_footnote(saved(document), "the note"))
    assert extracted.text == "said\n\nthe note\n\nnext"


def _with_footnote(data: bytes, note: str) -> bytes:
    """A document whose first paragraph refers to a note."""
    space = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
    kind = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/footnotes"
    media = "application/vnd.openxmlformats-officedocument.wordprocessingml.footnotes+xml"
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    body = f'<w:footnote w:id="2"><w:p><w:r><w:t>{note}</w:t></w:r></w:p></w:footnote>'
    members["word/footnotes.xml"] = f"<w:footnotes {space}>{body}</w:footnotes>".encode()
    relation = f'<Relationship Id="rN" Type="{kind}" Target="footnotes.xml"/>'
    override = f'<Override PartName="/word/footnotes.xml" ContentType="{media}"/>'
    for name, before, added in (
        ("word/document.xml", b"said</w:t>", '<w:footnoteReference w:id="2"/>'),
        ("word/_rels/document.xml.rels", b'relationships">', relation),
        ("[Content_Types].xml", b'content-types">', override),
    ):
        assert before in members[name]
        members[name] = members[name].replace(before, before + added.encode(), 1)
    return zipped(members)


def test_a_slide_is_a_page_under_its_title() -> None:
    presentation = pptx.Presentation()
    slide = presentation.slides.add_slide(presentation.slide_layouts[5])
    slide.shapes.title.text = "Prices"
    table = slide.shapes.add_table(2, 2, 0, 0, 9999, 9999).table
    for place, text in {(0, 0): "Name", (0, 1): "Price", (1, 0): "x", (1, 1): "1"}.items():
        table.cell(*place).text = text
    extracted = slides.read(saved(presentation))
    assert headings(extracted) == [(1, "Prices")]
    assert tables(extracted) == [(1, "Name | Price\nx | 1")]
    assert [each.number for each in extracted.pages] == [1]


CONTAINER = (
    '<container xmlns="urn:oasis:names:tc:opendocument:xmlns:container">'
    '<rootfiles><rootfile full-path="OEBPS/book.opf"/></rootfiles></container>'
)


def a_book(chapters: Sequence[str], hrefs: Sequence[str] = (), **members: str) -> bytes:
    """An EPUB of chapters; members are named with two underscores for a slash."""
    hrefs = hrefs or [f"c%20{n}.xhtml" for n in range(len(chapters))]
    item = '<item id="i{}" href="{}" media-type="application/xhtml+xml"/>'
    package = (
        '<package xmlns="http://www.idpf.org/2007/opf" xmlns:dc="http://purl.org/dc/elements/1.1/"><metadata>'
        "<dc:title>Book</dc:title><dc:language>vi</dc:language></metadata>"
        f"<manifest>{''.join(item.format(n, href) for n, href in [*enumerate(hrefs)][::-1])}</manifest>"
        f"<spine>{''.join(map('<itemref idref="i{}"/>'.format, range(len(hrefs))))}</spine></package>"
    )
    files = {"META-INF/container.xml": CONTAINER, "OEBPS/book.opf": package}
    files |= {f"OEBPS/c {n}.xhtml": text for n, text in enumerate(chapters)}
    return zipped(files | {key.replace("__", "/"): each for key, each in members.items()})


def test_a_book_is_read_chapter_by_chapter() -> None:
    extracted = epub.read(a_book(["<h1>One</h1><p>first</p>", "<body></body>", "<h1>Two</h1><p>second</p>"]))
    assert (extracted.title, extracted.language) == ("Book", "vi")
    assert extracted.text == "One\n\nfirst\n\nTwo\n\nsecond"
    assert headings(extracted) == [(1, "One"), (1, "Two")]


def test_a_book_reaches_nothing_outside_of_itself() -> None:
    assert epub.read(a_book([], ["../../etc/passwd", "http://127.0.0.1/x", "/etc/passwd"])).text == ""
    entity = (
        '<!DOCTYPE html [<!ENTITY x SYSTEM "file:///etc/passwd">]><html><body><p>a &x; b</p></body></html>'
    )
    assert "root:" not in epub.read(a_book([entity])).text


def test_a_book_that_is_locked_or_broken_says_so() -> None:
    locked = '<encryption><CipherReference URI="OEBPS/c%200.xhtml"/></encryption>'
    with pytest.raises(Unreadable, match="protected against copying"):
        epub.read(a_book(["text"], **{"META-INF__encryption.xml": locked}))
    with pytest.raises(Unreadable, match="where its contents are"):
        epub.read(a_book(["text"], **{"META-INF__container.xml": "<container/>"}))


type Placed = tuple[float, float, float, str]
"""Size, left and bottom in points, and text."""


def a_pdf(*pages: Sequence[Placed], catalog: str = "") -> bytes:
    """A PDF with its text at given places, its cross-reference table left for the reader to repair."""
    kids = " ".join(f"{10 + 2 * n} 0 R" for n in range(len(pages)))
    parts = [
        f"1 0 obj<</Type/Catalog/Pages 2 0 R{catalog}>>endobj",
        f"2 0 obj<</Type/Pages/Count {len(pages)}/Kids[{kids}]>>endobj",
        "3 0 obj<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>endobj",
    ]
    for n, page in enumerate(pages):
        stream = "\n".join(
            f"BT /F {size} Tf 1 0 0 1 {left} {bottom} Tm ({text}) Tj ET" for size, left, bottom, text in page
        )
        parts.append(
            f"{10 + 2 * n} 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 600 800]/Contents {11 + 2 * n} 0 R"
            "/Resources<</Font<</F 3 0 R>>>>>>endobj "
            f"{11 + 2 * n} 0 obj<</Length {len(stream)}>>stream\n{stream}\nendstream endobj"
        )
    return b"%PDF-1.7\n" + "\n".join(parts).encode() + b"\ntrailer<</Root 1 0 R>>\n%%EOF"


LONG = "The harbour bell rang twice before the ferry came in from the north side"
COLUMN = "words of a narrow column that"


def running(top: float, count: int, text: str = LONG, left: float = 50) -> list[Placed]:
    return [(11, left, top - 13 * n, text) for n in range(count)]


def test_lines_of_a_paragraph_are_joined_and_large_ones_are_headings() -> None:
    page = [(20, 50, 740, "Title"), *running(700, 3), (15, 50, 640, "A part"), *running(615, 3)]
    extracted = pdf.read(a_pdf(page))
    paragraph = " ".join([LONG] * 3)
    assert extracted.text == f"Title\n\n{paragraph}\n\nA part\n\n{paragraph}"
    assert headings(extracted) == [(1, "Title"), (2, "A part")]


def test_a_gap_or_an_indented_line_begins_a_paragraph() -> None:
    page = [*running(700, 2), (11, 50, 674, "It ended."), (11, 70, 661, LONG), *running(620, 2)]
    paragraphs = pdf.read(a_pdf(page)).text.split("\n\n")
    assert [each.count("harbour") for each in paragraphs] == [2, 1, 2]


def test_headers_footers_and_page_numbers_are_dropped() -> None:
    pages = [
        [
            (9, 50, 780, f"A running head, {n}"),
            *running(700, 4, f"{LONG} {n}"),
            (9, 290, 20, f"Page {n} of 4"),
        ]
        for n in range(1, 5)
    ]
    extracted = pdf.read(a_pdf(*pages))
    assert "running head" not in extracted.text
    assert "Page" not in extracted.text
    assert len(extracted.pages) == 4


def test_a_title_that_several_slides_share_is_kept() -> None:
    pages = [[(24, 50, 740, "Agenda"), *running(700, 4, f"{LONG} {n}")] for n in range(4)]
    assert headings(pdf.read(a_pdf(*pages))) == [(1, "Agenda")] * 4


def test_a_number_alone_on_a_single_page_is_kept() -> None:
    assert pdf.read(a_pdf([(11, 50, 700, "42")])).text == "42"


def test_columns_are_read_one_after_the_other() -> None:
    page = running(700, 6, f"left {COLUMN}") + running(700, 6, f"right {COLUMN}", 320)
    for order in (page, [each for pair in zip(page[:6], page[6:], strict=True) for each in pair]):
        text = pdf.read(a_pdf(order)).text
        assert text.rindex("left") < text.index("right")


def test_rows_of_a_table_stay_rows() -> None:
    rows = [("Name", "Price", "Weight"), ("Bread", "2.50", "500 g"), ("Salt", "1.10", "1 kg")]
    page = [
        (11, 50 + 150 * n, 600 - 15 * row, cell)
        for row, cells in enumerate(rows)
        for n, cell in enumerate(cells)
    ]
    extracted = pdf.read(a_pdf([*running(700, 3), *page]))
    assert tables(extracted) == [(1, "Name | Price | Weight\nBread | 2.50 | 500 g\nSalt | 1.10 | 1 kg")]


def test_the_table_of_contents_of_a_pdf_names_its_headings() -> None:
    outline = (
        "/Outlines 4 0 R>>endobj\n4 0 obj<</Type/Outlines/First 5 0 R/Last 5 0 R/Count 1>>endobj\n"
        "5 0 obj<</Title(A plain line)/Parent 4 0 R/Dest[10 0 R/Fit]"
    )
    page = [(11, 50, 740, "1. A plain line"), *running(700, 3)]
    assert headings(pdf.read(a_pdf(page, catalog=outline))) == [(1, "1. A plain line")]


def test_what_lies_beside_the_page_is_not_read() -> None:
    assert pdf.read(a_pdf([(11, 50, 700, "seen"), (11, 50, 2000, "unseen")])).text == "seen"


def test_a_pdf_with_too_many_pages_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pdf, "MAX_PAGES", 2)
    with pytest.raises(TooLarge, match="3 pages; the limit is 2"):
        pdf.read(a_pdf([], [], []))


@pytest.mark.parametrize(
    ("rows", "head"),
    [
        ([["Name", "Price"], ["x", "1"]], 1),
        ([["Name:", "x"], ["Price:", "1"]], 0),
        ([["2019", "2020"], ["1", "2"]], 0),
        ([["same", "same"], ["1", "2"]], 0),
        ([["Name", "Price"]], 0),
    ],
)
def test_the_first_row_of_a_table_names_the_columns_if_it_looks_like_it(
    rows: list[list[str]], head: int
) -> None:
    assert head_of(rows) == head
