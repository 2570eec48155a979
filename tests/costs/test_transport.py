"""What streaming costs: token by token, and coalesced. Figures worked out by hand."""

import pytest
from chalicelib.answering.coalescing import Coalescer

from appsync.costs.asking import publishes
from appsync.costs.transport import at_pace, streamed
from appsync.costs.workload import Workload
from tests.conftest import ROOT

HAIKU, LITE = "anthropic.claude-haiku-4-5-20251001-v1:0", "amazon.nova-lite-v1:0"
MEASURED = (ROOT / "bench/README.md").read_text()
PLAIN = Workload(answer_tokens=400, tokens_per_second=100, cited=0)


def test_a_publish_a_token_costs_six_millionths_of_a_dollar_each() -> None:
    """402 publishes at $4 a million, and 402 deliveries at $2 a million: $0.002412."""
    assert streamed(LITE, PLAIN).by_token == pytest.approx(0.002412)


def test_coalesced_publishes_are_83_of_402() -> None:
    """83 × $6 a million: $0.000498, 4.84 times less."""
    ours = streamed(LITE, PLAIN)
    assert ours.coalesced == pytest.approx(0.000498)
    assert ours.saved == pytest.approx(4.843, abs=0.001)


def test_the_pages_line_is_arithmetic_that_a_hand_can_do() -> None:
    """A thousand answers of 400 tokens: a mutation of $4 and a delivery of $2 a million for each token, the
    announcement and the end; ours, 4 s at twenty a second, and one at once."""
    token_by_token, ours = 400 + 2, 4 * 20 + 1 + 2
    dollars = [count * (4 + 2) / 1_000_000 * 1_000 for count in (token_by_token, ours)]
    line = f"| 100 | {token_by_token} | {ours} | {dollars[0]:.2f} | {dollars[1]:.3f} |"
    assert line in (ROOT / "docs/cost.md").read_text()


def test_ratios_are_to_the_price_of_the_written_tokens() -> None:
    """400 tokens of Nova Lite are $0.000096, of Claude Haiku 4.5 $0.002."""
    assert streamed(LITE, PLAIN).coalesced_ratio == pytest.approx(0.000498 / 0.000096)
    assert streamed(HAIKU, PLAIN).coalesced_ratio == pytest.approx(0.249)
    assert streamed(HAIKU, PLAIN).by_token_ratio == pytest.approx(1.206)


def test_the_faster_the_model_the_more_is_saved() -> None:
    saved = [streamed(LITE, at_pace(PLAIN, pace)).saved for pace in (10, 25, 50, 100, 200, 400)]
    assert saved == sorted(saved)
    assert saved[0] == pytest.approx(1.0)


def test_an_end_with_many_citations_is_several_updates() -> None:
    """250 + 8 × (540 + 800) = 10,970 bytes: three of 5 kB, so two updates more."""
    many = Workload(answer_tokens=400, tokens_per_second=100, cited=8)
    assert streamed(LITE, many).coalesced == pytest.approx(0.000502)


def test_every_open_page_is_delivered_to_apart() -> None:
    """83 × $4 + 2 × 83 × $2, a million."""
    pages = Workload(answer_tokens=400, tokens_per_second=100, cited=0, subscribers=2)
    assert streamed(LITE, pages).coalesced == pytest.approx(0.000664)


def published(tokens: int, per_second: float) -> int:
    """Events that the product's own coalescer makes of a model of this pace; its clock is ours."""
    coalescer, announced, ended = Coalescer(), 1, 1
    takes = 0
    for number in range(tokens):
        arrived, next_arrives = number / per_second, (number + 1) / per_second
        coalescer.add("word ")
        due = coalescer.due_in(arrived)
        if due is not None and arrived + due < next_arrives and number < tokens - 1:
            coalescer.take(arrived + due)
            takes += 1
    return announced + takes + ended


@pytest.mark.parametrize("pace", [5.0, 25.0, 50.0, 100.0, 200.0, 400.0])
def test_publishes_are_as_many_as_the_products_coalescer_makes(pace: float) -> None:
    work = at_pace(PLAIN, pace)
    assert abs(publishes(work) - published(work.answer_tokens, pace)) <= 2


@pytest.mark.parametrize(
    ("pace", "per_hundred"), [(25.0, 79.8), (50.0, 39.8), (100.0, 20.2), (200.0, 10.2), (400.0, 5.2)]
)
def test_publishes_are_as_many_as_were_measured(pace: float, per_hundred: float) -> None:
    """Events with text at a subscriber, per hundred tokens, of an answer of 400: bench/README.md."""
    assert f"| {pace:.0f} | " in MEASURED
    assert f" | {per_hundred} | " in MEASURED
    with_text = publishes(at_pace(PLAIN, pace)) - 2
    assert with_text == pytest.approx(per_hundred * 4, abs=3)
