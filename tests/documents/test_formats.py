"""Every format that can be read: what names and bytes say of it, and what its reader makes of a file."""

import io
import json
import unicodedata
from collections.abc import Iterator
from email.message import EmailMessage

import openpyxl  # type: ignore[import-untyped]
import pytest
from chalicelib.documents.extracted import Extracted
from chalicelib.documents.extracting import extract
from chalicelib.documents.formats import IMAGES, READ, Format, content_types, declared_format
from chalicelib.errors import NoText, Unreadable, UnsupportedType

from tests.documents.hostile import an_epub, an_odt, zipped

VIETNAMESE = "Đường sắt nối liền các thành phố lớn của đất nước, và mọi người đều đi tàu vào dịp Tết."


def read(name: str, data: bytes) -> Extracted:
    return extract(data, name, declared_format(name, None))


def headings(extracted: Extracted) -> list[tuple[int, str]]:
    return [(each.level, extracted.text[each.start : each.end]) for each in extracted.headings]


def tables(extracted: Extracted) -> list[tuple[int, str]]:
    return [(each.head, extracted.text[each.start : each.end]) for each in extracted.tables]


def in_1258(text: str) -> Iterator[bytes]:
    """Windows' Vietnamese has most letters whole and their tones as marks behind them."""
    for letter in unicodedata.normalize("NFC", text):
        try:
            yield letter.encode("cp1258")
        except UnicodeEncodeError:
            base, *marks = list(unicodedata.normalize("NFD", letter))
            tones = [mark for mark in marks if mark in "\u0300\u0301\u0303\u0309\u0323"]
            others = "".join(mark for mark in marks if mark not in tones)
            yield (unicodedata.normalize("NFC", base + others) + "".join(tones)).encode("cp1258")


IN_ENCODINGS = {
    "utf-8": VIETNAMESE,
    "utf-16": VIETNAMESE,
    "utf-16-le": "Plain words without a mark at their start",
    "utf-32": VIETNAMESE,
    "utf-32-be": "Plain words without a mark at their start",
    "cp1252": "Ein schöner Tag für die Straße – „gut“ und ein Café",
    "cp1250": "Příliš žluťoučký kůň úpěl ďábelské ódy",
    "cp932": "これは日本語の文書です。東京は日本の首都である。",
    "euc_jp": "これは日本語の文書です。東京は日本の首都である。",
    "iso2022_jp": "これは日本語の文書です。東京は日本の首都である。",
    "gb18030": "这是一个中文文件。北京是中国的首都。",
    "big5": "這是一個中文文件。台北是台灣的首都。",
    "cp949": "이것은 한국어 문서입니다. 서울은 한국의 수도이다.",
    "koi8-r": "Привет, как дела? Это обычный русский текст.",
    "cp1251": "Привет, как дела? Это обычный русский текст.",
    "cp874": "นี่คือข้อความภาษาไทยสำหรับทดสอบ",
    "cp1253": "Αυτό είναι ένα ελληνικό κείμενο για δοκιμή",
    "cp1255": "זהו טקסט בעברית לבדיקה של הקידוד",
    "cp1256": "هذا نص عربي لاختبار الترميز",
}


@pytest.mark.parametrize("encoding", IN_ENCODINGS)
def test_text_is_read_in_whatever_encoding(encoding: str) -> None:
    assert read("a.txt", IN_ENCODINGS[encoding].encode(encoding)).text == IN_ENCODINGS[encoding]


def test_vietnamese_of_windows_is_read_and_composed() -> None:
    assert read("a.txt", b"".join(in_1258(VIETNAMESE))).text == unicodedata.normalize("NFC", VIETNAMESE)


@pytest.mark.parametrize("kind", Format)
def test_a_type_that_is_offered_is_taken_by_that_type_alone(kind: Format) -> None:
    assert declared_format("without an ending", kind.value) is kind
    assert kind.value in content_types(ocr=True)
    assert (kind.value in content_types(ocr=False)) is (kind not in IMAGES)


@pytest.mark.parametrize("ending", READ.removesuffix(", source code").split(", "))
def test_an_ending_that_is_offered_is_taken(ending: str) -> None:
    assert declared_format(f"A.{ending.upper()}", "application/octet-stream") in Format


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("scan.TIF", "is an image: NO_TEXT, and OCR, where it is switched on, reads PNG, JPEG"),
        ("old.doc", "old Office format; save it as docx"),
        ("film.mp4", "a file of type 'mp4'; what can be read is txt, md"),
        ("nothing", "a file of type 'unknown'"),
    ],
)
def test_a_name_that_promises_nothing_readable_is_refused_with_what_to_do(name: str, said: str) -> None:
    with pytest.raises(UnsupportedType) as failure:
        declared_format(name, None)
    assert said in failure.value.message


def test_a_workbook_is_a_table_under_each_sheets_name() -> None:
    book, stream = openpyxl.Workbook(), io.BytesIO()
    book.properties.title = "Stock"
    book.active.title = "Fruit"
    for row in (["Name", None, "Count"], ["Apple", None, 3.0], [None], ["Táo", None, 2.5]):
        book.active.append(row)
    book.create_sheet("Empty")
    book.save(stream)
    found = read("a.xlsx", stream.getvalue())
    assert found.title == "Stock"
    assert headings(found) == [(1, "Fruit")]
    assert tables(found) == [(1, "Name | Count\nApple | 3\nTáo | 2.5")]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_a_list_of_values_is_a_table_whatever_divides_them(delimiter: str) -> None:
    source = f'name{delimiter}said\nanna{delimiter}"one{delimiter} two"\nbo{delimiter}three\n'
    assert tables(read("a.csv", source.encode())) == [
        (1, f"name | said\nanna | one{delimiter} two\nbo | three".replace("\t", ""))
    ]


def test_json_is_lines_of_paths_or_a_table() -> None:
    value = {"name": "Anna", "at": {"city": "Huế"}, "tags": [1, "two"], "more": [{"a": None}]}
    assert read("a.json", json.dumps(value).encode()).text == (
        "name: Anna\nat.city: Huế\ntags: 1, two\nmore[1].a: null"
    )
    rows = b'[{"a": 1, "b": "x"}, {"a": 2.50, "b": "y"}]'
    assert tables(read("a.json", rows)) == [(1, "a | b\n1 | x\n2.50 | y")]


def test_json_of_many_lines_is_read_line_by_line_and_what_is_no_json_as_it_is() -> None:
    assert read("a.jsonl", b'{"a": 1}\n\n{"a": 2}\n').text == "a: 1\n\na: 2"
    assert read("a.json", b"{a: 1, // not quite").text == "{a: 1, // not quite"


def test_a_notebook_is_what_is_written_in_it() -> None:
    cells = [
        {"cell_type": "markdown", "source": ["# Head\n", "text"]},
        {"cell_type": "code", "source": "a = 1"},
    ]
    found = read("a.ipynb", json.dumps({"cells": cells, "nbformat": 4}).encode())
    assert headings(found) == [(1, "Head")]
    assert found.text == "Head\n\ntext\n\na = 1"


def test_xml_is_values_by_name_and_running_text() -> None:
    source = "<a><title>Tale</title><n>7</n><p>Once <b>upon</b> a time.</p><i/></a>"
    found = read("a.xml", source.encode())
    assert found.title == "Tale"
    assert found.text == "title: Tale\nn: 7\n\nOnce upon a time."
    assert read("a.xml", b'<a><b c="one" d="two"/></a>').text == "b: c one, d two"
    assert read("a.xml", b"<a>broken").text == "<a>broken"


def test_source_code_keeps_its_indentation() -> None:
    assert read("a.py", b"if a:\n    # b\n    c()\n").text == "if a:\n    # b\n    c()"


RTF = rb"""{\rtf1\ansi\ansicpg1252{\fonttbl{\f0\fcharset0 A;}{\f1\fcharset204 B;}}
{\stylesheet{\s1 heading 1;}}{\info{\title hidden}}{\*\unknown hidden}\pard\s1 First\par\pard
Caf\'e9 {\f1 \'cf\'f0\'e8} \u7871?\u-10179?\u-8704? {\*\cs3 kept}{\footnote a note}\par
\trowd\intbl Name\cell Count\cell\row\trowd\intbl Apple\cell 3\cell\row\pard{\pict\bin4 }{x}}after\par}"""


def test_rich_text_has_headings_tables_notes_and_letters_of_all_kinds() -> None:
    found = read("a.rtf", RTF)
    assert headings(found) == [(1, "First")]
    assert tables(found) == [(1, "Name | Count\nApple | 3")]
    assert "Café При ế😀" in found.text
    assert "(a note)" in found.text
    assert found.text.endswith("after")
    assert "hidden" not in found.text


def test_an_open_document_has_headings_lists_and_tables() -> None:
    body = "<t:h t:outline-level='2'>Head</t:h><t:p>one<t:tab/>two<t:s t:c='2'/>three</t:p>"
    body += "<t:list><t:list-item><t:p>item</t:p></t:list-item></t:list>"
    cells = "<s:table-cell><t:p>{}</t:p></s:table-cell><s:table-cell><t:p>{}</t:p></s:table-cell>"
    rows = (f"<s:table-row>{cells.format(*row)}</s:table-row>" for row in (("a", "b"), ("1", "2")))
    found = read("a.odt", an_odt(f"{body}<s:table>{''.join(rows)}</s:table>"))
    assert headings(found) == [(2, "Head")]
    assert tables(found) == [(1, "a | b\n1 | 2")]
    assert "one\ttwo  three\n\n- item" in found.text


def test_a_protected_open_document_says_so() -> None:
    manifest = "<m:manifest xmlns:m='m'><m:encryption-data/></m:manifest>"
    members = {"mimetype": "application/vnd.oasis.opendocument.text", "META-INF/manifest.xml": manifest}
    with pytest.raises(Unreadable, match="protected with a password"):
        read("a.odt", zipped(members))


def a_mail(**headers: str) -> EmailMessage:
    mail = EmailMessage()
    for name, value in headers.items():
        mail[name] = value
    return mail


def test_a_mail_is_its_subject_who_wrote_it_and_the_text() -> None:
    mail = a_mail(Subject="Tàu hoả", From="An <an@x.test>", To="bo@x.test")
    mail.set_content("Plain words.")
    mail.add_alternative("<p>Words in HTML.</p>", subtype="html")
    mail.add_attachment(b"%PDF-", maintype="application", subtype="pdf", filename="bill.pdf")
    found = read("a.eml", mail.as_bytes())
    assert (found.title, found.attachments) == ("Tàu hoả", ("bill.pdf",))
    assert headings(found) == [(1, "Tàu hoả")]
    assert found.text == "Tàu hoả\n\nFrom: An <an@x.test>\nTo: bo@x.test\n\nPlain words."


def test_a_mail_in_html_with_a_mail_in_it_is_read_whole() -> None:
    inner, mail = a_mail(Subject="Inner"), a_mail(Subject="Outer")
    inner.set_content("Inner words.")
    mail.set_content("<h1>Head</h1><ul><li>item</li></ul>", subtype="html")
    mail.add_attachment(inner)
    found = read("a.eml", mail.as_bytes())
    assert headings(found) == [(1, "Outer"), (2, "Head"), (2, "Inner")]
    assert "- item" in found.text
    assert found.text.endswith("Inner words.")


def test_an_archive_is_its_readable_files_under_their_paths() -> None:
    members: dict[str, bytes | str] = {
        "a/one.md": "# Head\n\ntext",
        "two.bin": b"\0",
        "b.zip": zipped({"c.txt": "deep"}),
        "a/": b"",
    }
    found = read("a.zip", zipped(members))
    assert headings(found) == [(1, "a/one.md"), (2, "Head"), (1, "b.zip"), (2, "c.txt")]
    assert found.text == "a/one.md\n\nHead\n\ntext\n\nb.zip\n\nc.txt\n\ndeep"
    assert found.attachments == ("two.bin",)


def test_an_archive_of_nothing_readable_says_what_is_in_it() -> None:
    with pytest.raises(NoText, match=r"none of its files could be: one\.bin"):
        read("a.zip", zipped({"one.bin": b"\0\1\2"}))


def test_what_the_bytes_show_wins_over_the_name() -> None:
    assert read("a.txt", RTF).text.startswith("First")
    assert read("a.txt", an_epub("Words of a book.")).text == "Words of a book."
    assert read("a.txt", b"I said %PDF-1.7 once.").text == "I said %PDF-1.7 once."
    for name in ("a.pdf", "a.docx", "a.xlsx", "a.msg"):
        with pytest.raises(Unreadable, match="is not what its name says"):
            read(name, b"plain words")
