"""Splitting into sentences, in English and Vietnamese."""

import pytest

from localcloud.bedrock.sentences import split


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("One. Two! Three?", ["One.", "Two!", "Three?"]),
        (
            "Dr. Smith met J. S. Bach on Jan. 5. They talked.",
            ["Dr. Smith met J. S. Bach on Jan. 5.", "They talked."],
        ),
        ("It costs $38.50, i.e. Too much.", ["It costs $38.50, i.e. Too much."]),
        ("The U.S. Army left at 5 p.m. on Monday.", ["The U.S. Army left at 5 p.m. on Monday."]),
        ('He said "Go." Then he left.', ['He said "Go."', "Then he left."]),
        (
            "PGS. Nguyễn sống ở TP. Hồ Chí Minh. Ông dạy toán.",
            ["PGS. Nguyễn sống ở TP. Hồ Chí Minh.", "Ông dạy toán."],
        ),
        (
            "A heading\n\nA paragraph over\ntwo lines. End",
            ["A heading", "A paragraph over\ntwo lines.", "End"],
        ),
        (
            "Fruit:\n- apples\n- pears\n1. first\n2. second",
            ["Fruit:", "- apples", "- pears", "1. first", "2. second"],
        ),
        ("Wait... what? 3.14 is pi.", ["Wait... what?", "3.14 is pi."]),
        (" \n\n --- \n\n ...", []),
    ],
)
def test_text_is_split_into_its_sentences(text: str, expected: list[str]) -> None:
    assert split(text) == expected


def test_a_long_list_without_full_stops_is_cut_at_its_lines() -> None:
    assert split("\n".join(["a line of a table"] * 60)) == ["a line of a table"] * 60


def test_every_sentence_stands_in_the_text_as_it_is() -> None:
    text = "  First one,\nover lines.  Second (e.g. this)!   Câu thứ ba…  "
    assert all(sentence in text for sentence in split(text))
