"""When text goes out, in virtual time."""

from itertools import pairwise

from chalicelib.answering.coalescing import INTERVAL, Chunk, Coalescer
from hypothesis import given
from hypothesis import strategies as st

ARRIVALS = st.lists(st.tuples(st.floats(0, 0.3), st.text(max_size=40)), max_size=60)


def published(
    arrivals: list[tuple[float, str]], publishing: float, chunk_chars: int
) -> list[tuple[float, Chunk]]:
    """What a loop with one publish in flight sends, for deltas that come so many seconds apart."""
    coalescer = Coalescer(chunk_chars=chunk_chars)
    sent: list[tuple[float, Chunk]] = []
    now = arrived = 0.0
    waiting = [(arrived := arrived + pause, text) for pause, text in arrivals]
    while waiting or coalescer.pending:
        while waiting and waiting[0][0] <= now:
            coalescer.add(waiting.pop(0)[1])
        due = coalescer.due_in(now)
        if due == 0:
            sent.append((now, coalescer.take(now)))
            now += publishing
        else:
            steps = [waiting[0][0]] if waiting else []
            now = min([*steps, now + due + 1e-9] if due is not None else steps, default=now)
    return sent


@given(ARRIVALS, st.floats(0, 0.5), st.integers(1, 50))
def test_the_chunks_joined_are_the_text_in_order(
    arrivals: list[tuple[float, str]], publishing: float, chunk_chars: int
) -> None:
    text = ""
    for _, chunk in published(arrivals, publishing, chunk_chars):
        assert chunk.offset == len(text)
        assert 0 < len(chunk.text) <= chunk_chars
        text += chunk.text
    assert text == "".join(each for _, each in arrivals)


@given(ARRIVALS, st.floats(0, 0.5))
def test_publishes_are_an_interval_apart_and_never_overlap(
    arrivals: list[tuple[float, str]], publishing: float
) -> None:
    moments = [moment for moment, _ in published(arrivals, publishing, 10_000)]
    gaps = [later - earlier for earlier, later in pairwise(moments)]
    assert all(gap >= max(INTERVAL, publishing) - 1e-6 for gap in gaps)


def test_the_first_text_is_due_at_once_and_the_next_after_the_interval() -> None:
    coalescer = Coalescer()
    assert coalescer.due_in(5.0) is None
    coalescer.add("a")
    assert coalescer.due_in(5.0) == 0
    coalescer.take(5.0)
    coalescer.add("b")
    assert coalescer.due_in(5.02) == 5.0 + INTERVAL - 5.02
    assert coalescer.due_in(6.0) == 0


def test_a_model_of_a_thousand_tokens_a_second_causes_twenty_publishes() -> None:
    sent = published([(0.001, "word ")] * 1_000, 0.005, 10_000)
    assert 18 <= len(sent) <= 21


def test_a_slow_publish_gathers_what_comes_meanwhile() -> None:
    sent = published([(0.01 + 1e-6, "w")] * 100, 0.25, 10_000)
    assert [len(chunk.text) for _, chunk in sent][:3] == [1, 24, 25]


def test_taking_nothing_gives_an_empty_chunk_in_place() -> None:
    coalescer = Coalescer()
    coalescer.add("abc")
    coalescer.take(0)
    assert coalescer.take(0) == Chunk(3, "")
