"""The fan-out benchmark's own parts: our server under a small load, and what the load client refuses."""

from collections.abc import Callable

import numpy as np
import pytest

from bench.fanout.comparison import Cell, Run, compare
from bench.fanout.frames import Broken, Reader
from bench.fanout.load import Figures, load
from bench.fanout.receivers import tabulate
from bench.fanout.servers import riffle

MESSAGE = b'{"id":"%s","type":"data","payload":{"data":{"onSend":{"room":"one","body":"%d x"}}}}'


def test_every_subscriber_of_our_server_gets_every_mutation_once() -> None:
    with riffle() as server, load(server, 5, 1) as audience:
        for in_flight in (1, 4):
            figures = audience.run(10, in_flight)
            assert figures.deliveries == 50
            assert 0 < figures.p50_ms <= figures.p99_ms


def test_a_lost_delivery_fails_the_run() -> None:
    arrivals = [(0, 1.0, MESSAGE % (b"a", 7)), (0, 1.5, MESSAGE % (b"b", 7)), (0, 2.0, MESSAGE % (b"a", 8))]
    with pytest.raises(Broken, match="1 of 4 deliveries never came"):
        tabulate(arrivals, {(0, "a"): 0, (0, "b"): 1}, 7, 2)


@pytest.mark.parametrize("second", [MESSAGE % (b"a", 7), MESSAGE % (b"a", 9)], ids=["doubled", "never sent"])
def test_a_delivery_too_many_fails_the_run(second: bytes) -> None:
    with pytest.raises(Broken, match="a delivery too many"):
        tabulate([(0, 1.0, MESSAGE % (b"a", 7)), (0, 1.1, second)], {(0, "a"): 0}, 7, 2)


@pytest.mark.parametrize("text", [MESSAGE % (b"b", 7), b'{"type":"error"}'], ids=["another's", "an error"])
def test_a_frame_that_is_nobodys_delivery_fails_the_run(text: bytes) -> None:
    with pytest.raises(Broken, match="nobody's delivery"):
        tabulate([(0, 1.0, text)], {(0, "a"): 0, (1, "b"): 1}, 7, 1)


def test_deliveries_are_kept_by_subscriber_and_mutation() -> None:
    arrivals = [(1, 3.0, MESSAGE % (b"b", 7)), (0, 1.0, MESSAGE % (b"a", 7))]
    assert np.array_equal(tabulate(arrivals, {(0, "a"): 0, (1, "b"): 1}, 7, 1), [[1.0], [3.0]])


def frame(payload: bytes) -> bytes:
    """As servers write it, in the shortest of the three forms."""
    size = len(payload)
    if size < 126:
        return bytes((0x81, size)) + payload
    form = (126, 2) if size < 65_536 else (127, 8)
    return bytes((0x81, form[0])) + size.to_bytes(form[1]) + payload


@pytest.mark.parametrize("size", [1, 125, 126, 65_535, 65_536])
def test_frames_are_found_however_they_are_cut(size: int) -> None:
    stream = frame(b"x" * size) * 2
    reader = Reader()
    found = [each for at in range(0, len(stream), 1000) for each in reader.feed(stream[at : at + 1000])]
    assert found == [(0x81, b"x" * size)] * 2


def test_frames_are_found_byte_by_byte() -> None:
    bytewise, stream = Reader(), frame(b"x" * 200) * 3
    found = [each for byte in stream for each in bytewise.feed(bytes([byte]))]
    assert found == [(0x81, b"x" * 200)] * 3


def test_ratios_are_of_runs_that_belong_together() -> None:
    rates = {("riffle", 0): 20.0, ("simulator", 0): 10.0, ("riffle", 1): 60.0, ("simulator", 1): 20.0}
    found = [
        Run(10, 1, 1, repetition, "riffle" if name == "riffle" else "simulator", _figures(rate))
        for (name, repetition), rate in rates.items()
    ]
    alone = next(iter(compare((Cell(10, 1, 2),), found)))
    per_second: Callable[[Figures], float] = lambda figures: figures.per_second  # noqa: E731
    assert alone.both(per_second) == (40.0, 15.0)
    assert alone.ratio(per_second) == (2.5, 2.0, 3.0)


def _figures(rate: float) -> Figures:
    return Figures(50, rate, 1.0, 2.0, 10.0, 0.1, 70.0, 80.0)
