"""Languages are told from passages and from questions of a few words."""

import pytest
from chalicelib.retrieval.languages import language_of


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "What year did Tesla die?"),
        ("en", "The committee has not yet decided when the two laboratories will move."),
        ("vi", "Tesla chết năm nào?"),
        ("vi", "nhúng tài liệu"),
        ("fr", "Quelle est la hauteur de la tour ?"),
        ("de", "Wann wurde die Brücke gebaut?"),
        ("es", "¿Cuántos habitantes tiene la ciudad?"),
        ("pt", "Quando foi que o navio não voltou para Lisboa?"),
        ("it", "Chi ha costruito il ponte e quando?"),
        ("nl", "Hoe hoog is de toren van het kasteel?"),
        ("sv", "Hur länge har bron varit stängd och varför?"),
        ("pl", "Kiedy został zbudowany ten most?"),
        ("cs", "Kdy byla postavena tato věž?"),
        ("tr", "Bu köprü ne zaman yapıldı ve kim yaptı?"),
        ("id", "Kapan jembatan itu dibangun dan oleh siapa?"),
        ("ru", "Когда был построен этот мост?"),
        ("uk", "Коли був побудований цей міст і хто його будував?"),
        ("ar", "متى تم بناء هذا الجسر؟"),
        ("fa", "این پل در چه سالی ساخته شد؟"),
        ("hi", "यह पुल कब बनाया गया था?"),
        ("zh", "这座桥是什么时候建成的？"),
        ("ja", "この橋はいつ建てられましたか"),
        ("ko", "이 다리는 언제 지어졌습니까?"),
        ("th", "สะพานนี้สร้างเมื่อใด"),
        ("el", "Πότε χτίστηκε η γέφυρα;"),
        ("he", "מתי נבנה הגשר?"),
    ],
)
def test_a_short_text_has_its_language(language: str, text: str) -> None:
    assert language_of(text) == language


def test_vietnamese_is_known_also_without_its_diacritics_and_when_decomposed() -> None:
    assert language_of("Tesla chet nam nao va duoc chon o dau?") == "vi"
    assert language_of("tie\u0302\u0301ng Vie\u0323\u0302t") == "vi"


@pytest.mark.parametrize("text", ["", "   ", "12,500.00 7/8/2024", "x = f(y) + 1", "Tesla", "…!?", "🙂🙂"])
def test_what_has_too_little_to_go_by_has_no_language(text: str) -> None:
    assert language_of(text) is None


def test_names_in_another_script_do_not_decide() -> None:
    assert language_of("The bridge at 横浜 was built in the same year as that of 大阪.") == "en"


def test_japanese_is_not_taken_for_chinese_whose_characters_it_uses() -> None:
    assert language_of("東京都千代田区大手町一丁目の地図") == "ja"


def test_only_the_beginning_of_a_text_is_looked_at() -> None:
    assert language_of("The bridge of the town. " * 100 + "Cây cầu của thị trấn. " * 10_000) == "en"
