"""Putting a document's parts together, and where they then are."""

from chalicelib.documents.extracted import Builder, Extracted, Heading, PageSpan, Table, cleaned
from hypothesis import given
from hypothesis import strategies as st

TEXTS = st.text(
    st.sampled_from(["a", "\u0301", "e", " ", "\n", "\r", "\x00", "\u2028", "#", "đ", "\xa0"]), max_size=30
)
PARTS = st.lists(st.tuples(st.sampled_from(["heading", "paragraph", "table", "page"]), TEXTS), max_size=12)


@given(PARTS)
def test_offsets_are_exact_in_cleaned_text(parts: list[tuple[str, str]]) -> None:
    extracted = _built(parts)
    assert extracted.text == cleaned(extracted.text)
    headings = [" ".join(cleaned(text).split()) for kind, text in parts if kind == "heading"]
    assert [extracted.text[each.start : each.end] for each in extracted.headings] == list(
        filter(None, headings)
    )
    tables = [extracted.text[each.start : each.end] for each in extracted.tables]
    assert tables == [_row(text) for kind, text in parts if kind == "table" and _row(text)]


@given(PARTS)
def test_what_was_built_is_stored_and_read_back(parts: list[tuple[str, str]]) -> None:
    extracted = _built(parts)
    assert Extracted.from_json(extracted.to_json()) == extracted


def _built(parts: list[tuple[str, str]]) -> Extracted:
    builder = Builder()
    for number, (kind, text) in enumerate(parts):
        match kind:
            case "heading":
                builder.heading(text, number)
            case "paragraph":
                builder.paragraph(text)
            case "table":
                builder.table([[text, text]])
            case _:
                builder.page(number)
    return builder.build()


def _row(text: str) -> str:
    cell = " ".join(cleaned(text).split())
    return f"{cell} | {cell}" if cell else ""


def test_parts_stand_a_blank_line_apart_and_are_found_by_their_spans() -> None:
    builder = Builder("  A \n title ", "en-GB")
    builder.heading(" Head\nline ", 9)
    builder.table([["a", " b "], ["", ""], ["c", ""]], head=1)
    builder.attach("x.pdf")
    built = builder.build()
    assert built.text == "Head line\n\na | b\nc"
    assert (built.title, built.language, built.attachments) == ("A title", "en", ("x.pdf",))
    assert built.headings == (Heading(6, 0, 9),)
    assert built.tables == (Table(11, len(built.text), 1),)


def test_what_is_too_long_for_a_heading_is_a_paragraph() -> None:
    builder = Builder()
    builder.heading("word " * 100, 1)
    assert builder.build().headings == ()
    assert builder.build().text.startswith("word word")


def test_a_page_without_text_keeps_its_number_and_has_no_span() -> None:
    builder = Builder()
    for number, text in enumerate(["one", "", "three"], start=1):
        builder.page(number)
        builder.paragraph(text)
    assert builder.build().pages == (PageSpan(1, 0, 3), PageSpan(3, 5, 10))


def test_a_document_within_a_document_keeps_its_structure_further_in() -> None:
    inner = Builder("Inner")
    inner.heading("Head", 1)
    inner.table([["a"], ["b"]], head=1)
    inner.attach("deep.txt")
    outer = Builder()
    outer.heading("Part", 1)
    outer.include(inner.build(), under=1)
    built = outer.build()
    assert built.headings == (Heading(1, 0, 4), Heading(2, 6, 10))
    assert built.tables == (Table(12, 15, 1),)
    assert built.attachments == ("deep.txt",)
