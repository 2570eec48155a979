"""Hostile files end as text within bounds or in a failure with its reason, and the next file is read."""

import codecs
import io
import random
import socket
import time
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from chalicelib.documents.extracted import Extracted
from chalicelib.documents.extracting import Bounds, File, extract_all
from chalicelib.documents.formats import Format, declared_format
from chalicelib.errors import NoText, RiffleError, TooLarge, Unreadable, UnsupportedType

from tests.documents import hostile
from tests.documents.hostile import LAUGHS, a_docx, a_page, a_pdf, an_epub, an_odt, an_xlsx, outside, zipped

BOUNDS = Bounds(memory_bytes=700 * 1024 * 1024, seconds=2, chars=2_000_000)
PATIENCE = 20
"""Seconds for a file and the next on a machine that has other work; what hangs ends at twice its bound."""

KEPT = "kept words"
ROW = "<row r='{0}'><c r='A{0}' t='inlineStr'><is><t>kept words</t></is></c></row>"


def read(name: str, data: bytes) -> Extracted | RiffleError:
    """What becomes of a file; what follows it is read."""
    kind = declared_format(name, None)
    began = time.monotonic()
    found, after = extract_all([File(data, name, kind), File(b"# After", "b.md", Format.MARKDOWN)], BOUNDS)
    assert time.monotonic() - began < PATIENCE
    assert isinstance(after, Extracted), after
    assert after.text == "After"
    return found


def text_of(name: str, data: bytes) -> str:
    found = read(name, data)
    assert isinstance(found, Extracted), found
    assert len(found.text) <= BOUNDS.chars
    return found.text


def fails(name: str, data: bytes, error: type[RiffleError], reason: str) -> None:
    found = read(name, data)
    assert isinstance(found, error), found
    assert reason in found.message


def a_gigabyte() -> bytes:
    """So many zeros, packed: a hundred times the same block, which begins anew each time."""
    packer, zeros = zlib.compressobj(9), bytes(10_000_000)
    first, again = (packer.compress(zeros) + packer.flush(zlib.Z_FULL_FLUSH) for _ in range(2))
    return first + again * 99 + packer.flush()


def test_a_flat_bomb_is_too_large() -> None:
    data = zipped({"a.txt": bytes(60_000_000)})
    fails("a.zip", data, TooLarge, "unpacks to 60000000 bytes")


def test_members_that_share_their_bytes_are_too_large_or_broken() -> None:
    found = read("a.zip", hostile.overlapping(20_000, 10_000_000))
    assert isinstance(found, TooLarge | Unreadable)
    assert "'a.zip'" in found.message


def test_bombs_within_archives_are_not_opened() -> None:
    inner = zipped({"a.txt": bytes(30_000_000)})
    data = zipped({f"{n}.zip": inner for n in range(50)} | {"b.txt": KEPT})
    found = read("a.zip", data)
    assert isinstance(found, Extracted)
    assert found.text == f"b.txt\n\n{KEPT}"
    assert "0.zip" in found.attachments


def test_an_archive_within_itself_is_read_to_a_depth() -> None:
    fails("a.zip", hostile.nested_zips(40, b"out of reach"), NoText, "none of its files could be")
    assert KEPT in text_of("a.zip", hostile.nested_zips(3, KEPT.encode()))


def test_too_many_members_are_named_and_not_read() -> None:
    found = read("a.zip", zipped({f"{n:04}.txt": f"text {n}" for n in range(1_100)}))
    assert isinstance(found, Extracted)
    assert "text 999" in found.text
    assert "text 1000" not in found.text
    assert found.attachments[0] == "1000.txt"


@pytest.mark.parametrize("name", ["../../etc/evil.txt", "/etc/evil.txt", "C:\\evil.txt", "a\\..\\evil.txt"])
def test_a_path_that_leads_out_of_an_archive_is_only_a_heading(name: str) -> None:
    assert KEPT in text_of("a.zip", zipped({name: KEPT}))


def test_a_link_within_an_archive_is_not_followed() -> None:
    found = text_of("a.zip", hostile.linked_zip("link.txt", b"/etc/passwd"))
    assert KEPT in found
    assert "root:" not in found


XXE = '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>'


@pytest.mark.parametrize("before", [LAUGHS, XXE])
@pytest.mark.parametrize("kind", ["docx", "xlsx", "odt", "epub", "xml", "html"])
def test_entities_are_neither_multiplied_nor_fetched(kind: str, before: str) -> None:
    entity = "&a11;" if before is LAUGHS else "&e;"
    files = {
        "docx": a_docx(f"<w:p><w:r><w:t>{KEPT} {entity}</w:t></w:r></w:p>", before),
        "xlsx": an_xlsx(ROW.format(1).replace(KEPT, f"{KEPT} {entity}"), before),
        "odt": an_odt(f"<t:p>{KEPT} {entity}</t:p>", before),
        "epub": an_epub(f"{KEPT} {entity}", before),
        "xml": f"{before}<x><y>{KEPT} {entity}</y></x>".encode(),
        "html": f"{before}<html><body><svg><text>{entity}</text></svg><p>{KEPT} {entity}".encode(),
    }
    found = read(f"a.{kind}", files[kind])
    said = found.text if isinstance(found, Extracted) else found.message
    assert len(said) < 20_000
    assert "root:" not in said
    assert KEPT in said or isinstance(found, Unreadable)


@contextmanager
def a_listener() -> Iterator[tuple[str, socket.socket]]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.setblocking(False)
        yield f"http://127.0.0.1:{server.getsockname()[1]}/fetched", server


def referring_to(address: str) -> dict[str, bytes]:
    """A file of each format that has a way to name something elsewhere."""
    dtd = f'<!DOCTYPE x SYSTEM "{address}"><?xml-stylesheet href="{address}"?>'
    image = f'<w:p><w:r><w:t>{KEPT}</w:t><w:pict r:id="x" xmlns:r="{hostile.OFFICE}"/></w:r></w:p>'
    template = {"word/_rels/document.xml.rels": outside("attachedTemplate", address)}
    include = f'<i:include xmlns:i="http://www.w3.org/2001/XInclude" href="{address}"/>'
    body = f'message/external-body; access-type=URL; URL="{address}"'
    page = f'<link rel=stylesheet href="{address}"><p>{KEPT}<img src="{address}"><iframe src="{address}">'
    return {
        "a.docx": zipped({**unzipped(a_docx(image)), **template}),
        "a.html": f'{page}</iframe><base href="{address}"><script src="{address}"></script>'.encode(),
        "a.xml": f"{dtd}<x><y>{KEPT}</y>{include}</x>".encode(),
        "a.svg": f'{dtd}<svg xmlns:l="l"><text>{KEPT}</text><image l:href="{address}"/></svg>'.encode(),
        "a.odt": an_odt(f'<t:p>{KEPT}</t:p><t:section xl:href="{address}"/>', dtd),
        "a.epub": an_epub(f'{KEPT}<img src="{address}"/>', dtd),
        "a.md": f"![{KEPT}]({address})".encode(),
        "a.eml": f"Subject: {KEPT}\nContent-Type: {body}\n\nContent-Type: text/html\n\nx".encode(),
        "a.rtf": rb"{\rtf1 kept words {\field{\*\fldinst INCLUDEPICTURE " + address.encode() + b"}}}",
        "a.pdf": a_pdf(*a_page(b"BT /F 9 Tf (kept words) Tj ET", b"/F(%b)" % address.encode())),
    }


def test_what_files_refer_to_is_not_fetched() -> None:
    with a_listener() as (address, server):
        files = referring_to(address)
        read_of = {name: isinstance(read(name, data), Extracted) for name, data in files.items()}
        with pytest.raises(BlockingIOError):
            server.accept()
    assert [name for name, was_read in read_of.items() if not was_read] == []


def unzipped(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def test_macros_are_not_run_and_what_is_written_is_read() -> None:
    macros = {"word/vbaProject.bin": b"\xd0\xcf\x11\xe0 Shell", "word/embeddings/a.exe": b"MZ"}
    assert text_of("a.docx", zipped({**unzipped(a_docx()), **macros})) == KEPT
    found = read("a.xlsm", zipped({**unzipped(an_xlsx(ROW.format(1))), "xl/vbaProject.bin": b"Shell"}))
    assert isinstance(found, Extracted)
    assert found.text == f"One\n\n{KEPT}"
    assert found.attachments == ("xl/vbaProject.bin",)


def test_a_formula_is_not_evaluated_and_its_last_value_is_read() -> None:
    cells = (
        "<row r='1'><c r='A1'><f>WEBSERVICE('http://127.0.0.1')</f><v>7</v></c><c r='B1'><v>8</v></c></row>"
    )
    assert text_of("a.xlsx", an_xlsx(cells)) == "One\n\n7 | 8"


def test_a_sheet_of_17_billion_cells_is_read_as_the_few_it_has() -> None:
    rows = ROW.format(1) + ROW.format(1048576).replace("A1048576", "XFD1048576")
    found = text_of("a.xlsx", an_xlsx(rows, dimension="A1:XFD1048576"))
    assert found.startswith(f"One\n\n{KEPT}")


def test_repeated_cells_of_a_sheet_are_not_multiplied_without_end() -> None:
    row = f"<s:table-row s:number-rows-repeated='1048576'><s:table-cell s:number-columns-repeated='{10**9}'>"
    data = an_odt(f"<s:table>{row}<t:p>{KEPT}</t:p></s:table-cell></s:table-row></s:table>")
    assert KEPT in text_of("a.odt", data)


def test_a_tree_of_pages_that_contains_itself_ends() -> None:
    loop = (b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Count 9/Kids[2 0 R 2 0 R 3 0 R]/Parent 2 0 R>>",
            b"<</Type/Pages/Count 9/Kids[2 0 R 3 0 R]/Parent 3 0 R>>")  # fmt: skip
    assert isinstance(read("a.pdf", a_pdf(*loop)), NoText | Unreadable)


def test_a_tree_of_pages_as_deep_as_the_file_is_long_ends() -> None:
    levels = [b"<</Type/Pages/Count 1/Kids[%d 0 R]>>" % (n + 3) for n in range(100_000)]
    assert isinstance(read("a.pdf", a_pdf(b"<</Type/Catalog/Pages 2 0 R>>", *levels)), NoText | Unreadable)


def test_a_document_of_two_billion_pages_ends() -> None:
    objects = list(a_page(b"BT /F 9 Tf 50 50 Td (kept words) Tj ET"))
    objects[1] = b"<</Type/Pages/Count 2147483647/Kids[3 0 R]>>"
    found = read("a.pdf", a_pdf(*objects))
    assert isinstance(found, Extracted | Unreadable | NoText | TooLarge)


def test_objects_nested_without_end_do_not_break_the_reader() -> None:
    objects = (*a_page(b"BT /F 9 Tf 50 50 Td (kept words) Tj ET"), b"[" * 500_000)
    found = read("a.pdf", a_pdf(*objects))
    assert isinstance(found, Extracted | Unreadable | NoText)


def test_a_table_of_objects_that_refers_to_itself_ends() -> None:
    start = b"%PDF-1.7\n"
    table = b"xref\n0 1\n0000000000 65535 f \ntrailer<</Root 1 0 R/Size 3/Prev 9>>\nstartxref\n9\n%%EOF"
    assert isinstance(read("a.pdf", start + table), NoText | Unreadable)


def test_a_stream_that_unpacks_to_a_gigabyte_does_not_break_the_machine() -> None:
    twice = zlib.compress(a_gigabyte())
    objects = a_page(twice, b"/Filter[/FlateDecode/FlateDecode]")
    found = read("a.pdf", a_pdf(*objects))
    assert isinstance(found, NoText | Unreadable | TooLarge)


def test_a_file_that_is_two_things_is_read_as_one() -> None:
    archive = zipped({"b.txt": "other"})
    assert text_of("a.pdf", a_pdf(*a_page(b"BT /F 9 Tf 50 50 Td (kept words) Tj ET")) + archive) == KEPT
    fails("a.html", b"<html><body><p>kept words</p></body></html>" + archive, Unreadable, "is not text")


def test_an_image_that_is_an_archive_as_well_is_an_image() -> None:
    fails("a.zip", b"GIF89a" + bytes(20) + zipped({"b.txt": "other"}), NoText, "it is an image")
    fails("a.zip", b"plain" + zipped({"b.txt": "other"}), Unreadable, "not what its name says, ZIP")


def test_mails_within_mails_end() -> None:
    assert "level 2" in text_of("a.eml", hostile.nested_mails(50))
    found = read("a.eml", hostile.nested_mails(20_000))
    assert isinstance(found, Unreadable), found
    assert "nested" in found.message


def test_parts_of_mails_that_never_end_are_read_as_what_is_there() -> None:
    data = b"Subject: a\nContent-Type: multipart/mixed; boundary=b\n\n" + b"--b\n\nkept words\n" * 1_000
    found = read("a.eml", data)
    assert isinstance(found, Extracted)
    assert found.text.count(KEPT) == 201


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("a.json", b"[" * 100_000 + b"1" + b"]" * 100_000),
        ("a.json", b'{"a":' * 100_000 + b"1" + b"}" * 100_000),
        ("a.json", b"[" + b"9" * 1_000_000 + b"]"),
        ("a.xml", b"<a>" * 100_000 + b"words" + b"</a>" * 100_000),
        ("a.html", b"<div>" * 300_000 + b"words"),
        ("a.html", b"<table><tr><td>" * 20_000 + b"words"),
        ("a.md", b"> " * 100_000 + b"words"),
        ("a.md", b"[" * 100_000 + b"words"),
        ("a.md", b"- " * 20_000 + b"words"),
        ("a.md", b"*a **b " * 50_000),
        ("a.md", b"<!-" * 200_000 + b"words"),
        ("a.rtf", b"{\\rtf1 " + b"{\\b " * 300_000 + b"words"),
        ("a.odt", an_odt("<t:list><t:list-item>" * 5_000 + "</t:list-item></t:list>" * 5_000)),
        ("a.docx", a_docx("<w:tbl><w:tr><w:tc>" * 5_000 + "<w:p/>" + "</w:tc></w:tr></w:tbl>" * 5_000)),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)  # fmt: skip
def test_what_is_nested_without_end_is_read_or_refused(name: str, data: bytes) -> None:
    found = read(name, data)
    if isinstance(found, RiffleError):
        assert isinstance(found, Unreadable | NoText | TooLarge), found
        assert name in found.message
    else:
        assert len(found.text) <= BOUNDS.chars


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("a.csv", b"a,b\n" + b"x" * 30_000_000),
        ("a.csv", b'a,b\n"' + b"x\n" * 10_000_000),
        ("a.tsv", b"\t" * 10_000_000 + b"kept"),
        ("a.txt", b"word " * 8_000_000),
        ("a.log", b"x" * 30_000_000),
    ],
)
def test_endless_lines_are_too_large_within_bounds(name: str, data: bytes) -> None:
    found = read(name, data)
    assert isinstance(found, TooLarge | Unreadable | Extracted), found
    if isinstance(found, Extracted):
        assert found.text == "kept" or len(found.text) <= BOUNDS.chars


PATHOLOGICAL = {
    "spaces without an end": "a" + " " * 900_000 + "b",
    "empty lines": "a" + "\n \t" * 300_000 + "b",
    "quotes and brackets": "(\"['" * 200_000 + "a",
    "full stops": "a" + "." * 900_000,
    "controls": "a\x00\x01\x1b" * 10 + "kept words " * 2_000,
    "directions": "\u202e\u2066kept words\u202c\u2069" * 1_000,
    "tags nobody sees": "kept words" + "".join(chr(0xE0000 + n % 128) for n in range(100)),
}


@pytest.mark.parametrize("case", PATHOLOGICAL)
@pytest.mark.parametrize("name", ["a.txt", "a.md", "a.html"])
def test_pathological_text_is_read_in_bounded_time(name: str, case: str) -> None:
    found = read(name, PATHOLOGICAL[case].encode())
    assert isinstance(found, Extracted | Unreadable | NoText), found
    if isinstance(found, Extracted):
        assert not set("\x00\x01\x1b") & set(found.text)


def test_cells_wider_than_any_table_are_read_as_one() -> None:
    row = "<tr><td colspan=99999 rowspan=99999>kept</td><td>words</td></tr>"
    assert text_of("a.html", f"<table>{row * 500}</table>".encode()).count("kept") == 500


def test_a_mail_to_a_hundred_thousand_people_is_read_without_their_names() -> None:
    text = text_of("a.eml", f"Subject: Hello\nTo: {'<a@b.example>, ' * 100_000}\n\n{KEPT}".encode())
    assert KEPT in text
    assert "b.example" not in text


def test_marks_heaped_on_one_letter_end_at_the_bound_of_time() -> None:
    fails("a.txt", ("a" + "\u0301\u0316" * 400_000).encode(), Unreadable, "could not be read within")


def test_half_characters_are_replaced() -> None:
    found = text_of("a.txt", b"kept \xed\xa0\x80\xed\xb0\x80 words, and more of them to be told by")
    assert "kept" in found
    found.encode("utf-8")
    wide = "kept \ud800 words".encode("utf-16-le", "surrogatepass")
    text_of("a.txt", codecs.BOM_UTF16_LE + wide).encode("utf-8")


def test_noise_under_any_name_is_refused() -> None:
    noise = random.Random(5).randbytes(30_000)  # noqa: S311  (noise, not a secret)
    for name in ("a.txt", "a.md", "a.csv", "a.json", "a.xml", "a.py", "a.docx", "a.pdf", "a.msg", "a.zip"):
        assert isinstance(read(name, noise), Unreadable), name


@pytest.mark.parametrize("start", [b"PK\3\4", b"%PDF-1.7", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"{\\rtf1 "])
def test_noise_behind_a_signature_is_refused(start: bytes) -> None:
    noise = random.Random(6).randbytes(30_000)  # noqa: S311  (noise, not a secret)
    found = read("a.pdf", start + noise)
    assert isinstance(found, Unreadable | UnsupportedType | NoText | Extracted), found
