"""Filters and full-text questions, as values."""

from datetime import datetime

import pytest
from chalicelib.errors import InvalidInput
from chalicelib.records import Filter
from chalicelib.retrieval.filtering import checked_filter
from chalicelib.retrieval.folding import compose, fold
from chalicelib.retrieval.query import Scope, where
from chalicelib.retrieval.wording import MAX_WORDS, words
from chalicelib.settings import Limits
from hypothesis import given
from hypothesis import strategies as st


def test_every_filter_names_the_owner() -> None:
    assert where(Scope("ann")) == "owner = 'ann'"
    assert where(Scope("ann", Filter("letters", ("D1", "D2", "D1")), 3)) == (
        "owner = 'ann' AND collection = 'letters' AND document_id IN ('D1', 'D2') AND version = 3"
    )


def test_quotes_cannot_end_a_literal() -> None:
    assert where(Scope("x' OR '1'='1")) == "owner = 'x'' OR ''1''=''1'"


@given(st.text())
def test_a_literal_has_an_even_number_of_quotes_whatever_the_owner(owner: str) -> None:
    assert where(Scope(owner)).count("'") % 2 == 0


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("Đường", "duong"),
        ("NHÚNG tài liệu", "nhung tai lieu"),
        ("Ærø", "aero"),
        ("ﬁne", "fine"),
        ("ĐỘC", "doc"),
    ],
)
def test_folding_leaves_plain_lower_case_letters(text: str, folded: str) -> None:
    assert fold(text) == folded


@given(st.text())
def test_folding_twice_is_folding_once(text: str) -> None:
    assert fold(fold(text)) == fold(fold(fold(text)))


def test_decomposed_text_is_composed() -> None:
    assert compose("tie\u0302\u0301ng") == "tiếng"
    assert words("tie\u0302\u0301ng tiếng")[0].words == "tiếng"


def test_a_question_is_bounded_to_so_many_words() -> None:
    assert len(words(" ".join(map(str, range(1_000))))[0].words.split()) == MAX_WORDS


@pytest.mark.parametrize("moment", ["9999-12-31T23:59:59-14:00", "0001-01-01T00:00:00+14:00"])
def test_a_date_that_no_year_has_in_utc_is_refused(moment: str) -> None:
    with pytest.raises(InvalidInput, match=r"createdBefore is .* beyond the years 1 to 9999"):
        checked_filter(Filter(created_before=datetime.fromisoformat(moment)), Limits())
