"""What of the passages found is shown."""

from chalicelib.answering.choosing import Run, choose, folded, gathered, joined, spread, tokens
from chalicelib.records import Passage
from hypothesis import given
from hypothesis import strategies as st

TEXT = "The tower was built for a fair.  It was to stand for twenty years.\n\nThen radio came, and it stayed."


def part(
    start: int, end: int, document: str = "d1", *, text: str = TEXT, headings: tuple[str, ...] = ()
) -> Passage:
    name = f"{document}.1.{start}"
    return Passage(name, document, "Tower.pdf", 1, text[start:end], start, end, headings=headings)


def whole(text: str, document: str) -> Passage:
    return part(0, len(text), document, text=text)


def words(count: int, document: str, seed: int = 0) -> Passage:
    """A passage unlike those of other seeds."""
    return whole(" ".join(f"word{seed}x{number}" for number in range(count)), document)


def test_passages_that_follow_one_another_are_shown_as_one() -> None:
    (run,) = choose([part(33, 66), part(0, 31)])
    assert run.passages == (part(0, 31), part(33, 66))
    assert run.text == "The tower was built for a fair.\n\nIt was to stand for twenty years."


def test_what_overlaps_is_shown_once() -> None:
    assert Run((part(0, 66), part(33, 101))).text == TEXT
    assert [run.passages for run in joined([part(33, 101), part(0, 66)])] == [(part(0, 66), part(33, 101))]


def test_passages_under_other_headings_or_further_apart_stay_apart() -> None:
    other = part(33, 66, headings=("Fair",))
    assert [len(run.passages) for run in joined([part(0, 31), other])] == [1, 1]
    assert [len(run.passages) for run in joined([part(0, 31), part(68, 101)])] == [1, 1]
    assert [len(run.passages) for run in joined([part(0, 31), part(33, 66, "d2")])] == [1, 1]


def test_runs_stand_where_their_best_passage_does() -> None:
    runs = choose([part(68, 101), words(9, "d2"), part(33, 66), part(0, 31)])
    assert [[each.start for each in run.passages] for run in runs] == [[0, 33, 68], [0]]


def test_what_says_the_same_is_shown_once_and_the_newest_at_the_best_place() -> None:
    old, new = whole(TEXT, "01A"), whole(TEXT.upper(), "01B")
    assert folded([old, words(9, "d2"), new]) == [new, words(9, "d2")]
    assert folded([new, words(9, "d2"), old]) == [new, words(9, "d2")]


def test_a_part_of_what_is_shown_already_is_left_out() -> None:
    assert folded([whole(TEXT, "01A"), part(33, 66, "01B")]) == [whole(TEXT, "01A")]


def test_passages_that_differ_in_a_number_are_both_shown() -> None:
    march, april = (whole(f"{TEXT} In month {month} revenue rose by 4 %.", f"d{month}") for month in (3, 4))
    assert folded([march, april]) == [march, april]


def test_a_document_makes_room_for_others_after_its_fourth_passage() -> None:
    many = [words(5, "a", seed) for seed in range(8)]
    others = [words(5, "b", 9), words(5, "c", 10)]
    assert "".join(each.document_id for each in spread([*many, *others])) == "aaaaabacaa"
    assert spread(many) == many


def test_the_budget_is_filled_by_value_and_a_long_passage_makes_way_for_short_ones() -> None:
    long, short = words(400, "a", 1), words(10, "b", 2)
    assert choose([words(10, "c"), long, short], budget=200) == (Run((words(10, "c"),)), Run((short,)))
    assert choose([long, short], budget=10) == (Run((long,)),)
    assert choose([]) == ()


def test_several_searches_take_turns_and_give_each_passage_once() -> None:
    a, b, c = (words(5, name, seed) for seed, name in enumerate("abc"))
    assert gathered([[a, b], [b, c]]) == [a, b, c]
    assert gathered([[], [c]]) == [c]


@given(st.lists(st.tuples(st.integers(0, 95), st.integers(1, 40), st.sampled_from("abc")), max_size=30))
def test_whatever_was_found_is_shown_at_most_once_and_within_the_budget(
    found: list[tuple[int, int, str]],
) -> None:
    candidates = gathered([[part(start, min(start + size, len(TEXT)), name) for start, size, name in found]])
    runs = choose(candidates, budget=40)
    shown = [each for run in runs for each in run.passages]
    assert len(set(shown)) == len(shown)
    assert set(shown) <= set(candidates)
    assert len(shown) < 2 or sum(tokens(each.text) for each in shown) <= 40
    assert bool(shown) == bool(candidates)
