"""Whether searches find what was written: the probe of a whole batch."""

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
from chalicelib.records import Document
from chalicelib.retrieval.index import Entry, PassageIndex
from chalicelib.retrieval.wording import Match, word_of

from tests.retrieval.conftest import DIMENSIONS, HashingEmbedder, a_document, passages_of

if TYPE_CHECKING:
    from lancedb.table import Table

TEXTS = (
    "Plain words of the English language, and the harbour as it was.",
    "Đường sắt nối liền các thành phố lớn của đất nước.",
    "東京の駅で友達に会いました。",
    "ฉันชอบกินข้าวผัดกับเพื่อน",
    "한국어로 쓴 문장입니다.",
    "हिन्दी में लिखा हुआ एक वाक्य है।",
    "Ελληνικά λόγια για τη θάλασσα",
    "don't_stop: foo-bar/3.14 (x) U.S.A. and/or the rest of it",
    "1 | 2 | 3\n4 | 5 | 6",
    "https://example.test/" + "a" * 90 + " x",
    "ﬁne ＷＩＤＥ ½ ² İstanbul",
    "👋 hi",
)
UNWORDED = ("— … * * *", "👋🏽 🎉", "a" * 90)


def entries(*texts: str) -> list[Entry]:
    return [entry(a_document(document_id=f"D{n}"), text) for n, text in enumerate(texts)]


def entry(document: Document, *texts: str) -> Entry:
    return Entry(document, passages_of(document, texts), HashingEmbedder().passages(texts))


def touch(index: PassageIndex, act: "Callable[[Table], object]") -> None:
    index._table.trying(act)


@pytest.mark.parametrize("maintained", [False, True])
def test_passages_in_any_language_are_found_by_their_words(index: PassageIndex, maintained: bool) -> None:
    written = entries(*TEXTS, *UNWORDED)
    index.replace_all(written)
    if maintained:
        index.maintain()
    assert index.unfound(written) == set()
    for each in written[: len(TEXTS)]:
        assert index.unfound([each]) == set()
        assert word_of(each.passages[0])


def test_a_text_without_a_word_is_looked_for_by_its_vector(index: PassageIndex) -> None:
    written = entries(*UNWORDED)
    index.replace_all(written)
    assert [word_of(each.passages[0]) for each in written] == [None] * 3
    assert index.unfound([*written, entry(a_document(document_id="D9"), "...")]) == {("ann", "D9")}


def test_a_document_that_no_words_find_is_named(index: PassageIndex) -> None:
    written = entries("the one harbour", "the other harbour", "le troisième port")
    index.replace_all(written)
    touch(index, lambda table: table.update(where="document_id = 'D1'", values_sql={"stemmed": "NULL"}))
    assert index.unfound(written) == {("ann", "D1")}


def test_a_document_that_no_vector_finds_is_named(index: PassageIndex) -> None:
    written = entries("the one harbour", "the other harbour")
    index.replace_all(written)
    nowhere = f"arrow_cast(NULL, 'FixedSizeList({DIMENSIONS}, Float32)')"
    touch(index, lambda table: table.update(where="document_id = 'D0'", values_sql={"vector": nowhere}))
    assert index.unfound(written) == {("ann", "D0")}


def test_a_word_to_find_a_passage_by_is_a_long_one_that_is_indexed() -> None:
    [english, foreign, late] = passages_of(
        a_document(), ["The old harbour was repaired.", TEXTS[2], "- " * 30 + "b" * 90 + " end"]
    )
    assert word_of(english) == Match("stemmed", "repaired.")
    assert word_of(foreign) == Match("folded", "東京")
    assert word_of(late) == Match("folded", "end")
