"""How many calls run at once, as a model answers or asks to slow down."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from chalicelib.errors import Throttled
from chalicelib.models.lanes import Lanes


def refused(lanes: Lanes) -> None:
    with pytest.raises(Throttled), lanes.one():
        raise Throttled("slow down")


def answered(lanes: Lanes, times: int) -> None:
    for _ in range(times):
        with lanes.one():
            pass


def test_success_adds_lanes_one_by_one_up_to_the_most() -> None:
    lanes = Lanes(most=6)
    answered(lanes, 5)
    assert lanes.allowed == 5
    answered(lanes, 100)
    assert lanes.allowed == 6


def test_being_asked_to_slow_down_halves_them_down_to_one() -> None:
    time = iter(range(1_000))
    lanes = Lanes(clock=lambda: next(time))
    refused(lanes)
    assert lanes.allowed == 2
    for _ in range(9):
        refused(lanes)
    assert lanes.allowed == 1


def test_calls_refused_together_count_once() -> None:
    lanes = Lanes(clock=lambda: 5.0)
    for _ in range(4):
        refused(lanes)
    assert lanes.allowed == 2


def test_no_more_calls_run_than_there_are_lanes() -> None:
    lanes, inside, most, lock = Lanes(most=2), 0, 0, threading.Lock()
    meet = threading.Barrier(2)

    def call(_: int) -> None:
        nonlocal inside, most
        with lanes.one():
            with lock:
                inside += 1
                most = max(most, inside)
            meet.wait(5)
            with lock:
                inside -= 1

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(call, range(6)))
    assert most == 2
