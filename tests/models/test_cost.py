"""Prices, model ids and pauses: what needs no model."""

import pytest
from chalicelib.errors import ModelRefused, Throttled
from chalicelib.models.bedrock import base_model
from chalicelib.models.cost import cost_usd
from chalicelib.models.retrying import Backoff


@pytest.mark.parametrize(
    ("model", "cost"),
    [
        ("anthropic.claude-3-haiku-20240307-v1:0", 0.001_5),
        ("us.anthropic.claude-3-haiku-20240307-v1:0", 0.001_5),
        ("global.anthropic.claude-sonnet-4-5-20250929-v1:0", 0.018),
        ("eu.anthropic.claude-sonnet-4-5-20250929-v1:0", 0.019_8),
        ("us.anthropic.claude-sonnet-4-20250514-v1:0", 0.018),
        ("local.extractive-v1", 0.0),
        ("meta.llama-of-tomorrow", None),
    ],
)
def test_an_answer_costs_what_its_tokens_cost(model: str, cost: float | None) -> None:
    assert cost_usd(model, 1_000, 1_000) == cost


@pytest.mark.parametrize(
    ("model", "base"),
    [
        ("cohere.embed-v4:0", "cohere.embed-v4:0"),
        ("us.cohere.embed-v4:0", "cohere.embed-v4:0"),
        ("us-gov.amazon.nova-lite-v1:0", "amazon.nova-lite-v1:0"),
        ("arn:aws:bedrock:eu-west-1:1:inference-profile/eu.amazon.nova-lite-v1:0", "amazon.nova-lite-v1:0"),
        ("local.extractive-v1", "local.extractive-v1"),
        ("plain", "plain"),
    ],
)
def test_region_prefixes_and_arns_are_no_part_of_a_models_name(model: str, base: str) -> None:
    assert base_model(model) == base


class Flaky:
    """Fails as scripted, then works; keeps the pauses that were made, and time passes in them."""

    def __init__(self, *failures: Exception) -> None:
        self.failures = list(failures)
        self.pauses: list[float] = []

    def __call__(self) -> str:
        if self.failures:
            raise self.failures.pop(0)
        return "worked"

    def backoff(self, attempts: int, patience: float = 100) -> Backoff:
        return Backoff(
            attempts,
            1,
            3,
            patience,
            sleep=self.pauses.append,
            clock=lambda: sum(self.pauses),
            draw=lambda: 1.0,
        )


def test_pauses_double_up_to_a_bound() -> None:
    flaky = Flaky(*[Throttled("slow down")] * 4)
    assert flaky.backoff(5).call(flaky) == "worked"
    assert flaky.pauses == [1, 2, 3, 3]


def test_attempts_are_bounded() -> None:
    flaky = Flaky(*[Throttled("slow down")] * 3)
    with pytest.raises(Throttled):
        flaky.backoff(3).call(flaky)
    assert not flaky.failures


def test_patience_is_bounded() -> None:
    flaky = Flaky(*[Throttled("slow down")] * 9)
    with pytest.raises(Throttled):
        flaky.backoff(9, patience=4).call(flaky)
    assert flaky.pauses == [1, 2]


def test_what_cannot_improve_is_not_tried_again() -> None:
    flaky = Flaky(ModelRefused("no"))
    with pytest.raises(ModelRefused):
        flaky.backoff(5).call(flaky)
    assert not flaky.pauses
