"""Full text in many languages, through a real index."""

import unicodedata

import pytest
from chalicelib.records import SearchMode
from chalicelib.retrieval.folding import fold
from chalicelib.retrieval.index import PassageIndex
from chalicelib.retrieval.search import Searcher
from chalicelib.retrieval.wording import MAX_CHARS, MAX_WORDS, apart, text_columns, words
from hypothesis import given
from hypothesis import strategies as st

from tests.retrieval.conftest import HashingEmbedder, a_document, passages_of, put

TEXTS = (
    "Cách nhúng tài liệu vào kho để tìm lại được.",
    "Những tai nạn và liệu pháp được ghi lại ở đây.",
    "The runners were running along the bridges of the city.",
    "Để tô màu và ăn cơm, bị ốm thì nghỉ ở nhà, nó không ít.",
    "北京大学的学生在图书馆学习。",
    "東京都の図書館で猫が眠っています。",
    "กรุงเทพมหานครเป็นเมืองหลวงของประเทศไทย",
    "서울에서 열린 회의에 참석했다.",
    "Die Straße führt über die Brücke nach Süden.",
    "Release 3.5.1 of foo_bar doesn't e-mail anyone.",
)  # fmt: skip


@pytest.fixture(scope="module")
def searcher(tmp_path_factory: pytest.TempPathFactory) -> Searcher:
    index = PassageIndex(str(tmp_path_factory.mktemp("index")), HashingEmbedder.dimensions)
    put(index, a_document(), *TEXTS)
    return Searcher(index, HashingEmbedder())


def found(searcher: Searcher, text: str) -> list[str]:
    return [each.text for each in searcher.search("ann", text, mode=SearchMode.TEXT).passages]


@pytest.mark.parametrize(
    ("question", "place"),
    [
        ("nhúng tài liệu", 0),
        ("nhung tai lieu vao kho", 0),
        ("NHÚNG TÀI LIỆU", 0),
        ("nhu\u0301ng ta\u0300i lie\u0323\u0302u", 0),
        ("running runner", 2),
        ("did he run over a bridge?", 2),
        ("tô màu", 3),
        ("ăn", 3),
        ("北京大学", 4),
        ("学生", 4),
        ("図書館", 5),
        ("東京", 5),
        ("กรุงเทพ", 6),
        ("เมืองหลวง", 6),
        ("서울", 7),
        ("strasse", 8),
        ("BRUCKE", 8),
        ("3.5.1", 9),
        ("foo_bar", 9),
        ("e-mail", 9),
    ],
)
def test_a_passage_is_found_first_by_words_of_its_language(
    searcher: Searcher, question: str, place: int
) -> None:
    assert found(searcher, question)[0] == TEXTS[place]


def test_exact_diacritics_rank_before_other_words_that_fold_to_the_same(searcher: Searcher) -> None:
    exact, plain = found(searcher, "tai nạn liệu pháp"), found(searcher, "nhúng tài liệu")
    assert (exact[0], plain[0]) == (TEXTS[1], TEXTS[0])
    assert set(exact[:2]) == set(plain[:2]) == set(TEXTS[:2])


def test_english_endings_are_dropped_of_english_only(searcher: Searcher) -> None:
    assert found(searcher, "bridges") == [TEXTS[2]]
    assert found(searcher, "Brücken") == []


@pytest.mark.parametrize("text", ['"', "+a -b", "a AND (b", "*", "^~2", "text:x", "x\0y", "\\"])
def test_what_means_something_to_query_languages_is_plain_text_here(searcher: Searcher, text: str) -> None:
    assert len(found(searcher, text)) <= len(TEXTS)


def test_a_passage_is_in_one_column_beside_its_own_by_its_language() -> None:
    english, other = map(text_columns, passages_of(a_document(), [TEXTS[2], TEXTS[0]]))
    assert (list(english), list(other)) == (["stemmed"], ["folded"])


def test_runs_without_spaces_become_pairs_and_the_rest_stays() -> None:
    assert apart("x 北京大学 y").split() == ["x", "北京", "京大", "大学", "y"]
    assert apart("猫").split() == ["猫"]
    assert apart("plain duong") == "plain duong"


def test_korean_syllables_are_not_taken_apart_by_folding() -> None:
    assert fold("서울") == "서울"


@pytest.mark.parametrize("text", ["x" * 100_000, "word " * 50_000, "学" * 50_000, "ä" * 50_000])
def test_a_question_is_bounded_however_it_is_written(text: str) -> None:
    for match in words(text, None):
        assert len(match.words) <= 3 * MAX_CHARS
        assert len(match.words.split()) <= MAX_CHARS
    assert len(words(" ".join(map(str, range(1_000))))[0].words.split()) <= MAX_WORDS


def test_grammar_of_a_question_is_left_out_unless_nothing_else_is_there() -> None:
    assert words("What is the moon?", "en")[0].words == "moon?"
    assert words("Who is it?", "en")[0].words == "Who is it?"
    assert words("Mặt trăng là gì?", "vi")[0].words == "Mặt trăng"
    assert words("What is the moon?", "de")[0].words == "What is the moon?"


@given(st.text(max_size=50))
def test_a_question_is_the_same_composed_and_decomposed(text: str) -> None:
    composed, decomposed = unicodedata.normalize("NFC", text), unicodedata.normalize("NFD", text)
    assert words(composed, None) == words(decomposed, None)
