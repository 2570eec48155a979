"""Making passages of what was extracted."""

from datetime import UTC, datetime

from chalicelib.documents.extracted import Builder
from chalicelib.documents.passages import passages_of
from chalicelib.records import Document, DocumentStatus

NOW = datetime(2026, 11, 21, tzinfo=UTC)
DOCUMENT = Document("d", "owner", "notes", "a.md", DocumentStatus.EXTRACTING, 2, NOW, NOW)
VIETNAMESE = "Đường sắt nối liền các thành phố lớn của đất nước. Tàu chạy mỗi ngày hai chuyến. "


def test_passages_tell_where_they_are_and_in_which_language() -> None:
    builder = Builder()
    builder.heading("Tàu hỏa", 1)
    builder.paragraph(VIETNAMESE * 4)
    builder.heading("Giá", 2)
    builder.table([[f"{n}", f"{n * 7 % 31}"] for n in range(60)])
    extracted = builder.build()
    passages = passages_of(DOCUMENT, extracted)
    assert [each.id for each in passages] == [f"d.2.{n}" for n in range(len(passages))]
    assert all(each.text == extracted.text[each.start : each.end] for each in passages)
    assert {each.headings for each in passages} == {("Tàu hỏa",), ("Tàu hỏa", "Giá")}
    assert {each.language for each in passages} == {"vi"}


def test_a_document_that_is_no_prose_is_in_the_language_that_it_says() -> None:
    builder = Builder(language="th")
    builder.paragraph("1 2 3")
    assert [each.language for each in passages_of(DOCUMENT, builder.build())] == ["th"]
