"""Reading files of every format in a child process, hostile and broken ones included."""

import io
import logging
import random
import time
import zipfile
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import docx
import openpyxl  # type: ignore[import-untyped]
import pptx
import pytest
from chalicelib.documents.extracted import Extracted, PageSpan, cleaned, paged
from chalicelib.documents.extracting import Bounds, File, extract, extract_all
from chalicelib.documents.formats import Format
from chalicelib.documents.nursery import Nursery, Told, _environment
from chalicelib.errors import NoText, RiffleError, TooLarge, Unavailable, Unreadable, UnsupportedType
from hypothesis import given
from hypothesis import strategies as st

VIETNAMESE = "Đường sắt nối liền các thành phố."
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600
PROTECTED = OLE + "EncryptedPackage".encode("utf-16-le")


def a_pdf(*pages: str, encrypt: bytes = b"") -> bytes:
    """A PDF of one line of text a page, its cross-reference table left for the reader to repair."""
    kids = " ".join(f"{10 + 2 * n} 0 R" for n in range(len(pages)))
    parts = [
        "1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj",
        f"2 0 obj<</Type/Pages/Count {len(pages)}/Kids[{kids}]>>endobj",
    ]
    parts += ["3 0 obj<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>endobj"]
    for n, text in enumerate(pages):
        stream = f"BT /F 12 Tf 50 700 Td ({text}) Tj ET" if text else ""
        parts.append(
            f"{10 + 2 * n} 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 600 800]/Contents {11 + 2 * n} 0 R"
            "/Resources<</Font<</F 3 0 R>>>>>>endobj "
            f"{11 + 2 * n} 0 obj<</Length {len(stream)}>>stream\n{stream}\nendstream endobj"
        )
    return b"%PDF-1.7\n" + "\n".join(parts).encode() + b"\ntrailer<</Root 1 0 R>>\n%%EOF" + encrypt


def a_docx() -> bytes:
    document = docx.Document()
    document.add_heading("Title of it", 0)
    document.add_heading("Part", 2)
    document.add_paragraph(VIETNAMESE)
    table = document.add_table(1, 2)
    table.cell(0, 0).text, table.cell(0, 1).text = "left", "right"
    document.add_paragraph("after the table")
    return saved(document)


def a_pptx() -> bytes:
    presentation = pptx.Presentation()
    for title, body in (("First", VIETNAMESE), ("Second", "Bread")):
        slide = presentation.slides.add_slide(presentation.slide_layouts[1])
        slide.shapes.title.text, slide.placeholders[1].text = title, body
    slide.notes_slide.notes_text_frame.text = "said aloud"
    return saved(presentation)


def saved(document: object) -> bytes:
    stream = io.BytesIO()
    document.save(stream)  # type: ignore[attr-defined]  # of both libraries
    return stream.getvalue()


def zipped(**members: bytes) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name.replace("__", "/"), data)
    return stream.getvalue()


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (VIETNAMESE.encode(), VIETNAMESE),
        (b"brief", "brief"),
        ("brief".encode("utf-16-be"), "brief"),
        (VIETNAMESE.encode("utf-8-sig"), VIETNAMESE),
        (VIETNAMESE.encode("utf-16"), VIETNAMESE),
        (
            ("Plain words in UTF-16. " + VIETNAMESE).encode("utf-16-le"),
            "Plain words in UTF-16. " + VIETNAMESE,
        ),
        ("tie\u0302\u0301ng\r\nmới\x00\x07".encode(), "tiếng\nmới"),
        (("Привет, как дела? Это обычный русский текст. " * 5).encode("cp1251"), None),
    ],
)
def test_text_in_many_encodings_is_read(data: bytes, expected: str | None) -> None:
    text = extract(data, "a.txt", Format.TEXT).text
    assert text == expected if expected else "Привет, как дела?" in text


def test_markdown_keeps_its_structure_and_drops_its_marks() -> None:
    source = (
        "---\ntitle: Sách\n---\n# Head\n\nA **bold** [link](http://x.test) and `code`.\n\n- one\n- two\n\n"
    )
    source += "|a|b|\n|-|-|\n|c|d|\n"
    extracted = extract(source.encode(), "a.md", Format.MARKDOWN)
    assert extracted.title == "Sách"
    assert extracted.text.startswith("Head\n\nA bold link and code.\n\n- one\n- two\n\n")
    assert "c | d" in extracted.text


def test_html_keeps_the_content_and_drops_the_rest() -> None:
    body = "".join(f"<p>Đoạn {n}: {VIETNAMESE} Một câu nữa cho đủ dài.</p>" for n in range(5))
    head = "<head><title>Trang</title><script>evil()</script></head>"
    page = f"<html>{head}<body><nav>Menu</nav><h1>Đầu</h1>{body}</body>"
    extracted = extract(page.encode(), "a.html", Format.HTML)
    assert extracted.title == "Trang"
    assert all(f"Đoạn {n}" in extracted.text for n in range(5))
    assert "evil" not in extracted.text
    assert "Menu" not in extracted.text


@pytest.mark.parametrize(
    "page",
    [
        "<p>one</p>",
        "<?xml version='1.0' encoding='utf-8'?><html><body>one</body></html>",
        "<!-- c --><html><!-- d --><p>one",
    ],
)
def test_small_and_odd_pages_are_read_whole(page: str) -> None:
    assert extract(page.encode(), "a.html", Format.HTML).text == "one"


def test_a_page_in_a_text_file_is_read_as_a_page() -> None:
    page = f"<!DOCTYPE html><html><body><p>{VIETNAMESE}</p></body></html>"
    assert extract(page.encode(), "a.txt", Format.TEXT).text == VIETNAMESE


def test_a_pdf_is_read_page_by_page() -> None:
    extracted = extract(a_pdf("First page.", "", "Third page."), "a.pdf", Format.PDF)
    assert [(each.number, extracted.text[each.start : each.end]) for each in extracted.pages] == [
        (1, "First page."), (3, "Third page."),
    ]  # fmt: skip


def test_a_word_document_is_read_in_order() -> None:
    text = extract(a_docx(), "a.docx", Format.DOCX).text
    assert text == f"Title of it\n\nPart\n\n{VIETNAMESE}\n\nleft | right\n\nafter the table"


def test_a_presentation_is_read_slide_by_slide() -> None:
    extracted = extract(a_pptx(), "a.pptx", Format.PPTX)
    pages = [extracted.text[each.start : each.end] for each in extracted.pages]
    assert pages == [f"First\n\n{VIETNAMESE}", "Second\n\nBread\n\nsaid aloud"]


def test_the_content_decides_between_formats_and_not_the_name() -> None:
    assert extract(a_docx(), "a.pdf", Format.PDF).text.startswith("Title")
    assert extract(a_pdf("In a text file."), "a.txt", Format.TEXT).text == "In a text file."


BOMB = zipped(**{"word__document.xml": b"0" * 60_000_000})
XXE = b"<!DOCTYPE html [<!ENTITY x SYSTEM 'file:///etc/passwd'>]><html><body><p>before &x; after</p>"


@pytest.mark.parametrize(
    ("name", "kind", "data", "error", "message"),
    [
        ("a.txt", Format.TEXT, b"", NoText, "'a.txt' holds no text"),
        ("a.txt", Format.TEXT, b" \n\t", NoText, "'a.txt' holds no text"),
        ("a.pdf", Format.PDF, a_pdf(""), NoText, "images only, and .* is switched off"),
        ("a.pdf", Format.PDF, b"%PDF-1.7 nothing", Unreadable, "'a.pdf' could not be read: the PDF"),
        ("a.pdf", Format.PDF, b"plain words", Unreadable, "not what its name says, PDF"),
        ("a.docx", Format.DOCX, a_docx()[:2000], Unreadable, "is broken"),
        ("a.docx", Format.DOCX, PROTECTED, Unreadable, "protected with a password"),
        ("a.docx", Format.DOCX, OLE, UnsupportedType, "old Office format; save it in a new one"),
        ("a.docx", Format.DOCX, zipped(**{"word__document.xml": b"<x/>"}), Unreadable, "'a.docx' is broken"),
        ("a.docx", Format.DOCX, BOMB, TooLarge, "unpacks to 60000000 bytes"),
        ("a.pptx", Format.PPTX, zipped(a=b"b"), Unreadable, "not what its name says, PPTX, but an archive"),
        ("a.txt", Format.TEXT, b"\x89PNG\r\n\x1a\n...", NoText, "NO_TEXT, it is an image"),
        ("a.png", Format.PNG, b"II*\0", NoText, "a TIFF image: NO_TEXT, and OCR"),
        ("a.png", Format.PNG, b"plain words", Unreadable, "not what its name says, PNG"),
        ("a.txt", Format.TEXT, b"Rar!\x1a\7", UnsupportedType, "a RAR archive; what can be read is txt, md"),
        ("a.txt", Format.TEXT, OLE, UnsupportedType, "old Office format"),
    ],
)  # fmt: skip
def test_a_file_that_cannot_be_read_says_why(
    name: str, kind: Format, data: bytes, error: type[RiffleError], message: str
) -> None:
    with pytest.raises(error, match=message):
        extract(data, name, kind)


def test_the_log_says_what_broke_and_where_and_nothing_of_the_file(caplog: pytest.LogCaptureFixture) -> None:
    """Libraries quote what they could not read."""
    with (
        caplog.at_level(logging.INFO, "chalicelib"),
        pytest.raises(Unreadable, match=r"'gate\.xlsx' is broken and could not be read"),
    ):
        extract(a_workbook_with(b"marmalade"), "gate.xlsx", Format.XLSX)
    assert "a file could not be read: ValueError in openpyxl." in caplog.text
    assert "marmalade" not in caplog.text
    assert "gate" not in caplog.text


def a_workbook_with(number: bytes) -> bytes:
    """In its one cell, which says that it is a number."""
    workbook = openpyxl.Workbook()
    workbook["Sheet"]["A1"] = 7
    with zipfile.ZipFile(io.BytesIO(saved(workbook))) as archive:
        parts = {
            name: archive.read(name).replace(b"<v>7<", b"<v>%s<" % number) for name in archive.namelist()
        }
    return zipped(**parts)


def test_entities_reach_no_file() -> None:
    assert "root:" not in extract(XXE, "a.html", Format.HTML).text


def test_a_text_beyond_the_limit_is_too_large() -> None:
    with pytest.raises(TooLarge, match="101 characters of text; the limit is 100"):
        extract(b"x" * 101, "a.txt", Format.TEXT, Bounds(chars=100))


def test_a_file_that_takes_too_much_memory_fails_alone() -> None:
    with pytest.raises(Unreadable, match=r"too much memory|ran out of memory"):
        extract(b"word " * 16_000_000, "a.txt", Format.TEXT, Bounds(memory_bytes=200 * 1024 * 1024))


def test_a_file_that_takes_too_long_fails_alone() -> None:
    nested = b"<div>" * 3_000_000
    began = time.monotonic()
    with pytest.raises(RiffleError):
        extract(nested + b"x", "a.html", Format.HTML, Bounds(seconds=1))
    assert time.monotonic() - began < 10


@given(st.lists(st.text(max_size=40), max_size=5))
def test_spans_of_pages_are_exact_in_composed_text(pages: list[str]) -> None:
    extracted = paged(pages)
    assert extracted.text == cleaned(extracted.text)
    kept = {number: cleaned(page) for number, page in enumerate(pages, start=1) if cleaned(page)}
    assert {each.number: extracted.text[each.start : each.end] for each in extracted.pages} == kept


def test_what_was_extracted_is_stored_and_read_back() -> None:
    extracted = Extracted(VIETNAMESE, (PageSpan(2, 0, 5),), "Tên")
    assert Extracted.from_json(extracted.to_json()) == extracted


REQUEST = {"name": "a.txt", "content_type": Format.TEXT, "seconds": 20, "chars": 1000}
FILES = Path(__file__).parents[3] / "shared/evaldata/documents"
KINDS = {
    ".pdf": Format.PDF,
    ".docx": Format.DOCX,
    ".pptx": Format.PPTX,
    ".html": Format.HTML,
    ".txt": Format.TEXT,
}


def test_real_and_broken_files_end_in_text_or_a_typed_error() -> None:
    if not FILES.exists():
        pytest.skip(f"NOT TESTED: the evaluation files are not at {FILES}")
    files = sorted(path for path in FILES.rglob("*") if path.suffix in KINDS)[::12]
    assert len(files) > 10
    read = 0
    for path in files:
        try:
            read += bool(extract(path.read_bytes(), path.name, KINDS[path.suffix], Bounds(seconds=20)).text)
        except (NoText, Unreadable, TooLarge, UnsupportedType) as failure:
            assert path.name in failure.message  # noqa: PT017  (either outcome is right)
    assert read > len(files) / 2


def test_whoever_has_few_files_does_not_wait_for_whoever_has_many() -> None:
    owners = ["ann"] * 3 + ["bob"]
    files = [File(b"<p>word", "a.html", Format.HTML, owner) for owner in owners]
    late = Unavailable("others were read first")
    asked = iter([None, None, None, *[late] * 10])
    found = extract_all(files, Bounds(), lambda: next(asked))
    assert [isinstance(each, Extracted) for each in found] == [False, False, False, True]
    assert found[:3] == [late] * 3


def test_files_are_read_side_by_side() -> None:
    with ThreadPoolExecutor(4) as pool:
        found = pool.map(lambda n: extract(f"the word {n}".encode(), "a.txt", Format.TEXT).text, range(12))
    assert list(found) == [f"the word {n}" for n in range(12)]


def test_readers_are_there_again_after_their_parent_was_killed() -> None:
    with closing(Nursery()) as children:
        assert told(children, b"one")["failed"] is None
        assert children._running
        children._running[0].kill()
        children._running[0].wait()
        assert told(children, b"two")["failed"] is None


def told(children: Nursery, data: bytes, seconds: float = 20) -> Told:
    with children.child(10**9, 20) as child:
        return child.read(REQUEST | {"bytes": len(data)}, data, seconds)[0]


def test_a_reader_that_does_not_end_in_time_is_killed() -> None:
    with closing(Nursery()) as children:
        told(children, b"one")
        assert children._running
        family = Path(f"/proc/{children._running[0].pid}/task/{children._running[0].pid}/children")
        with pytest.raises(TimeoutError):
            told(children, b"word " * 16_000_000, 0.02)
        deadline = time.monotonic() + 10
        while family.read_text():
            assert time.monotonic() < deadline


def test_the_reader_gets_the_path_of_libraries_and_no_credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LD_LIBRARY_PATH", "/var/lang/lib")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    given = _environment()
    assert given["LD_LIBRARY_PATH"] == "/var/lang/lib"
    assert not [name for name in given if name.startswith("AWS")]


@pytest.mark.parametrize("size", [300, 5_000, 400_000])
def test_bytes_that_are_no_text_are_unreadable(size: int) -> None:
    noise = random.Random(size).randbytes(size)  # noqa: S311  (noise, not a secret)
    with pytest.raises(Unreadable, match=r"'song\.txt' could not be read: its content is not text"):
        extract(noise, "song.txt", Format.TEXT)


def test_a_log_with_colours_is_text() -> None:
    line = "\x1b[32m2026-11-21 10:00:00 INFO\x1b[0m the harbour bell has rung, and nobody came to see why\n"
    assert "the harbour bell" in extract((line * 200).encode(), "app.txt", Format.TEXT).text


def test_many_files_are_read_in_order_and_each_fails_alone() -> None:
    files = [
        File(f"Text {n}".encode(), f"{n}.{kind.name.lower()}", kind)
        for n, kind in enumerate([Format.TEXT, Format.MARKDOWN, Format.PDF, Format.CSV, Format.HTML] * 3)
    ]
    for n, found in enumerate(extract_all(files, Bounds())):
        if files[n].content_type == Format.PDF:
            assert isinstance(found, Unreadable)
            assert f"'{n}.pdf' is not what its name says" in found.message
        else:
            assert isinstance(found, Extracted)
            assert found.text == f"Text {n}"
