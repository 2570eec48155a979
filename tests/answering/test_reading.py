"""Reading ahead in a thread, and what happens when nobody wants to hear more."""

import threading
from collections.abc import Generator

import pytest
from chalicelib.answering.reading import Reading


def taken(reading: Reading[str], events: list[str] | None = None) -> list[str]:
    """Everything until the end, or until the error that is raised; also put into the list given."""
    events = [] if events is None else events
    while not reading.ended():
        events += reading.take(1)
    return events


def words(*texts: str, error: Exception | None = None) -> Generator[str]:
    yield from texts
    if error:
        raise error


def test_everything_is_taken_in_order() -> None:
    texts = [str(number) for number in range(500)]
    with Reading(words(*texts)) as reading:
        assert taken(reading) == texts


@pytest.mark.parametrize("bound", [1, 3, 20_000])
def test_nothing_is_lost_of_a_stream_that_goes_on_while_it_is_taken(bound: int) -> None:
    texts = [str(number) for number in range(20_000)]
    with Reading(words(*texts), bound) as reading:
        assert taken(reading) == texts


def test_an_error_comes_after_all_that_was_said_before_it() -> None:
    events: list[str] = []
    said = words("a", "b", error=ConnectionError("cut"))
    with pytest.raises(ConnectionError, match="cut"), Reading(said) as reading:
        taken(reading, events)
    assert events == ["a", "b"]


def test_taking_waits_no_longer_than_asked() -> None:
    silent = threading.Event()

    def says_nothing() -> Generator[str]:
        silent.wait(5)
        yield "late"

    with Reading(says_nothing()) as reading:
        assert reading.take(0.01) == reading.take(0) == []
        assert not reading.ended()
        silent.set()
        assert taken(reading) == ["late"]


def test_a_slow_taker_does_not_stall_the_stream() -> None:
    finished = threading.Event()

    def says_much() -> Generator[str]:
        yield from map(str, range(5_000))
        finished.set()

    with Reading(says_much()) as reading:
        assert finished.wait(5)
        assert len(taken(reading)) == 5_000


def test_leaving_closes_the_stream_even_when_the_queue_is_full() -> None:
    closed = threading.Event()

    def never_ends() -> Generator[str]:
        try:
            while True:
                yield "more"
        finally:
            closed.set()

    with Reading(never_ends(), bound=2) as reading:
        assert reading.take(1)
    assert closed.wait(2)
