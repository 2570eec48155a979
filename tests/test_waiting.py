"""Pauses before the next try: longer each time, apart from each other, and not for ever."""

from dataclasses import replace

from chalicelib.answering.worker import PATIENCE as FOR_ANSWERS
from chalicelib.documents.reconciling import STUCK_AFTER
from chalicelib.documents.worker import PATIENCE as FOR_DOCUMENTS
from chalicelib.stores.answers import LEASE
from chalicelib.waiting import Patience


def pauses(patience: Patience) -> list[int]:
    return [pause for waited in range(100) if (pause := patience.pause(waited)) is not None]


def test_pauses_double_up_to_the_longest_and_come_to_an_end() -> None:
    assert pauses(Patience(2, 30, 6, draw=lambda: 1.0)) == [2, 4, 8, 16, 30, 30]


def test_half_of_a_pause_is_drawn_at_random() -> None:
    assert pauses(Patience(2, 30, 6, draw=lambda: 0.0)) == [1, 2, 4, 8, 15, 15]
    assert len({Patience(2, 1_000, 9).pause(8) for _ in range(50)}) > 5


def test_an_answer_waits_for_some_minutes() -> None:
    shortest = replace(FOR_ANSWERS, draw=lambda: 0.0)
    longest = replace(FOR_ANSWERS, draw=lambda: 1.0)
    least, most = sum(pauses(shortest)), sum(pauses(longest))
    assert 3 * 60 < least < most < 7 * 60
    assert LEASE.total_seconds() >= FOR_ANSWERS.longest  # the look after an attempt comes no sooner


def test_no_pause_is_longer_than_sqs_or_upkeep_allows() -> None:
    assert FOR_DOCUMENTS.longest <= 900 < STUCK_AFTER.total_seconds()
