"""The real run's bookkeeping: what is measured becomes the simulation's times, and both become a table."""

import pytest

from bench.load.outcome import Outcome
from bench.load.real import Comparison, Heard, Trial, as_local, times_of
from bench.load.report import comparison

TRIAL = Trial(8, workers=2, seconds=30.0, tokens=30, pace=10.0)
HEARD = [
    Heard(first=0.5, whole=3.6, token=0.2, worker=3.3),
    Heard(first=0.7, whole=3.8, token=0.4, worker=3.5),
]


def test_a_workers_own_account_is_divided_into_the_parts_of_an_answer() -> None:
    """On average 0.3 s to the first token and 3.4 s in all, of which 3 s are the model's 30 tokens."""
    times = times_of(TRIAL, 0.2, HEARD)
    assert times.first_token == pytest.approx(0.3)
    assert times.around == pytest.approx(0.1)
    assert times.resolve + times.queue == pytest.approx(0.2)
    assert times.cold == 0


def test_one_machine_has_its_workers_at_once_and_no_other_quota() -> None:
    quotas = as_local(TRIAL)
    assert quotas.answers_at_once == quotas.mapping_start == 2
    assert quotas.chat_tokens > 1e8


def test_the_table_says_by_how_much_the_simulation_is_off() -> None:
    measured, simulated = Outcome(seconds=30.0, answered=30), Outcome(seconds=30.0, answered=33)
    for outcome, first in ((measured, 2.0), (simulated, 1.5)):
        outcome.first = [(20.0, first)]
    grid = comparison([Comparison(TRIAL, times_of(TRIAL, 0.2, HEARD), measured, simulated)])
    assert grid.rows[0] == ("8, 2, 3 s", "answers/s", "1.00", "1.10", "+10 %")
    assert grid.rows[1] == ("8, 2, 3 s", "first text, s: p50", "2.00", "1.50", "-25 %")
