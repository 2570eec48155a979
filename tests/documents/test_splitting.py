"""Dividing a text into passages."""

from itertools import pairwise
from pathlib import Path

import pytest
from chalicelib.documents.extracted import Builder, Extracted, PageSpan, paged, plain
from chalicelib.documents.formats import declared_format
from chalicelib.documents.reading import reader
from chalicelib.documents.splitting import Span, split
from chalicelib.documents.tokens import MAX_TOKENS, tokens, weight
from hypothesis import given
from hypothesis import strategies as st
from tokenizers import Tokenizer

from localcloud.bedrock import weights

PIECES = st.sampled_from(
    [
        "Head",
        "word",
        "đường",
        "中文。",
        "end.",
        "\n",
        "\n\n",
        " ",
        "x" * 50,
        "a? ",
        "#",
        '"q."',
        "\t",
        "\u3000",
        "- ",
        "กรุง",
    ]
)
TEXTS = st.one_of(st.lists(PIECES, max_size=60).map(" ".join), st.text(max_size=300))
LIMITS = st.sampled_from([3.0, 7.5, 40.0, MAX_TOKENS])
ROWS = st.lists(st.lists(TEXTS, max_size=3), max_size=6)

SENTENCE = "The moon is far away from here. It turns around the earth in a month. "
ENGLISH = SENTENCE * 40
VIETNAMESE = "Đường sắt nối liền các thành phố lớn của đất nước. Tàu chạy mỗi ngày hai chuyến. " * 40
CHINESE = "月亮离这里很远。它每个月绕地球一圈。" * 40
THAI = "กรุงเทพมหานครเป็นเมืองหลวง " * 60


@st.composite
def documents(draw: st.DrawFn) -> Extracted:
    """Headings, paragraphs and tables in any order, on pages or on none."""
    builder = Builder()
    for number, kind in enumerate(draw(st.lists(st.sampled_from("hhpppt|"), max_size=14)), start=1):
        if kind == "h":
            builder.heading(draw(TEXTS), draw(st.integers(1, 6)))
        elif kind == "p":
            builder.paragraph(draw(TEXTS))
        elif kind == "t":
            builder.table(draw(ROWS), head=draw(st.integers(0, 2)))
        else:
            builder.page(number)
    return builder.build()


@given(documents(), LIMITS)
def test_nothing_is_lost_but_whitespace(extracted: Extracted, limit: float) -> None:
    covered = 0
    for each in split(extracted, limit):
        assert not extracted.text[covered : each.start].strip()
        covered = each.end
    assert not extracted.text[covered:].strip()


@given(documents(), LIMITS)
def test_passages_are_in_order_and_only_repeat_a_sentence(extracted: Extracted, limit: float) -> None:
    for left, right in pairwise(split(extracted, limit)):
        assert left.start < right.start
        assert left.end < right.end
        assert tokens(extracted.text[right.start : left.end]) <= 0.2 * limit


@given(documents(), LIMITS)
def test_no_passage_is_empty_or_exceeds_the_limit_or_has_margins(extracted: Extracted, limit: float) -> None:
    for each in split(extracted, limit):
        passage = extracted.text[each.start : each.end]
        assert passage
        assert passage == passage.strip()
        assert tokens(passage) <= limit  # of any language: English letters weigh least


@given(documents(), LIMITS)
def test_every_passage_lies_on_its_page(extracted: Extracted, limit: float) -> None:
    pages = {each.number: each for each in extracted.pages}
    for passage in split(extracted, limit):
        first = min((each.start for each in extracted.pages), default=len(extracted.text))
        page = pages[passage.page] if passage.page else PageSpan(0, 0, first)
        assert page.start <= passage.start < passage.end <= page.end


@given(TEXTS, TEXTS)
def test_the_tokens_of_parts_add_up(left: str, right: str) -> None:
    assert weight(left) + weight(right) == weight(left + right)


@pytest.mark.parametrize(
    ("text", "least", "most"),
    [(ENGLISH, 600, 1_000), (VIETNAMESE, 300, 600), (CHINESE, 130, 182), (THAI, 110, 190)],
)
def test_passages_of_running_text_have_a_useful_size(text: str, least: int, most: int) -> None:
    lengths = [each.end - each.start for each in split(plain(text))]
    assert least <= min(lengths)
    assert max(lengths) <= most


@pytest.mark.parametrize(("text", "end"), [(ENGLISH, "."), (VIETNAMESE, "."), (CHINESE, "。")])
def test_passages_end_with_sentences_and_repeat_one(text: str, end: str) -> None:
    extracted = plain(text)
    passages = split(extracted)
    assert all(extracted.text[each.start : each.end].endswith(end) for each in passages)
    repeated = [extracted.text[right.start : left.end] for left, right in pairwise(passages)]
    assert all(each.endswith(end) for each in repeated)


def test_passages_that_divide_no_paragraph_repeat_nothing() -> None:
    extracted = plain("\n\n".join([SENTENCE * 4] * 12))
    assert all(left.end < right.start for left, right in pairwise(split(extracted)))


def test_an_initial_ends_no_sentence() -> None:
    extracted = plain("He met J. Smith and A. Jones there. " * 30)
    assert all(extracted.text[each.start :].startswith("He met") for each in split(extracted))


def test_a_text_that_just_exceeds_the_limit_is_divided_evenly() -> None:
    first, second = split(plain("\n\n".join(["A paragraph of forty characters, exactly"] * 27)))
    assert abs((first.end - first.start) - (second.end - second.start)) < 100


def test_a_heading_begins_a_passage_and_stays_with_its_text() -> None:
    builder = Builder()
    for heading in ("One", "Two"):
        builder.heading(heading, 1)
        builder.paragraph(SENTENCE * 9)
    extracted = builder.build()
    starts = [extracted.text[each.start :].partition("\n")[0] for each in split(extracted)]
    assert starts == ["One", "Two"]
    assert [each.headings for each in split(extracted)] == [("One",), ("Two",)]


def test_passages_know_the_headings_they_are_under() -> None:
    builder = Builder()
    for heading, level in (("Book", 1), ("Part", 2), ("Chapter", 3), ("Other part", 2)):
        builder.heading(heading, level)
        builder.paragraph(SENTENCE * 12)
    paths = dict.fromkeys(each.headings for each in split(builder.build()))
    assert list(paths) == [("Book",), ("Book", "Part"), ("Book", "Part", "Chapter"), ("Book", "Other part")]


def test_a_page_goes_on_under_the_headings_of_the_one_before() -> None:
    builder = Builder()
    builder.page(1)
    builder.heading("Part", 1)
    builder.paragraph("first page")
    builder.page(2)
    builder.paragraph("second page")
    assert [(each.page, each.headings) for each in split(builder.build())] == [(1, ("Part",)), (2, ("Part",))]


def test_short_parts_are_kept_together_under_what_they_share() -> None:
    builder = Builder()
    for heading, level in (("Book", 1), ("A", 2), ("B", 2)):
        builder.heading(heading, level)
        builder.paragraph("short")
    extracted = builder.build()
    assert split(extracted) == [Span(0, len(extracted.text), headings=("Book",))]


def test_a_table_is_divided_between_rows_and_its_head_stays_known() -> None:
    builder = Builder()
    rows = [["Name", "Price"], *([f"Thing number {n}. It is good", f"{n}.50"] for n in range(40))]
    builder.table(rows, head=1)
    extracted = builder.build()
    first, *others = split(extracted)
    assert first.headings == ()
    assert {each.headings for each in others} == {("Name | Price",)}
    assert all(extracted.text[each.start :].startswith("Thing number") for each in others)


def test_items_of_a_list_are_not_divided_where_it_can_be_helped() -> None:
    extracted = plain("\n".join(f"- item {n} of a list that\n  goes on for long. And on" for n in range(30)))
    assert all(extracted.text[each.start :].startswith("- item") for each in split(extracted))


def test_a_line_of_plain_text_that_begins_with_a_hash_is_no_heading() -> None:
    assert split(plain("# not a heading\n\ntext"))[0].headings == ()


def test_a_text_of_one_long_word_is_cut() -> None:
    passages = split(plain("x" * 5_000))
    assert all(left.end == right.start for left, right in pairwise(passages))
    assert passages[-1].end == 5_000


def test_nothing_is_made_of_whitespace() -> None:
    assert split(plain("")) == split(plain(" \n\n ")) == []
    assert split(paged(["", "", "a"])) == [Span(0, 1, 3)]


ITALIAN = "La nave parte ogni giorno verso le isole del nord, e il porto dista due ore dalla stazione. "


def test_passages_are_shorter_in_languages_that_come_apart_in_smaller_pieces() -> None:
    english, italian = (split(plain(text * 40))[0] for text in (SENTENCE, ITALIAN))
    assert italian.end < 0.8 * english.end


FILES = Path(__file__).parents[3] / "shared/evaldata"
WINDOW = 256 - 2
"""The local model's, less the marks at both ends."""


def test_no_passage_of_real_texts_exceeds_the_window_of_the_local_model_and_most_fill_it_well() -> None:
    if not FILES.exists():
        pytest.skip(f"NOT TESTED: the evaluation files are not at {FILES}")
    tokenizer = Tokenizer.from_file(str(weights.locate().tokenizer))
    tokenizer.no_truncation()
    paths = [*FILES.glob("e2e/files/*"), *sorted(FILES.glob("markdown_docs/docs/**/*.md"))[::16]]
    counts = [
        len(tokenizer.encode(extracted.text[each.start : each.end], add_special_tokens=False))
        for path in paths
        for extracted in [reader(declared_format(path.name, None))(path.read_bytes())]
        for each in split(extracted)
    ]
    assert max(counts) <= WINDOW
    assert sorted(counts)[len(counts) // 2] > 0.55 * WINDOW
