"""The runs of docs/scaling.md: so many people at the defaults, and what changes as quotas are raised."""

from dataclasses import dataclass

from bench.load.people import People
from bench.load.quotas import Quotas

SECONDS = 600.0
PLENTY = 40e6


@dataclass(frozen=True, slots=True)
class Scenario:
    name: str
    people: People
    quotas: Quotas
    seconds: float = SECONDS


def scenarios() -> tuple[Scenario, ...]:
    """Ten thousand people with one quota raised after the other, and fewer and more for comparison."""
    plain, many = Quotas(), People(10_000)
    workers = plain.raised(answer_concurrency=1_000)
    model = plain.raised(chat_tokens=PLENTY)
    return (
        Scenario("defaults", People(10), plain),
        Scenario("defaults", People(1_000), plain),
        Scenario("defaults", many, plain),
        Scenario("AnswerConcurrency 1,000", People(2_000), workers),
        Scenario("AnswerConcurrency 1,000", many, workers),
        Scenario("40 M tokens a minute", many, model),
        Scenario("both", many, workers.raised(chat_tokens=PLENTY)),
        Scenario("both, 5,000 AppSync tokens", many, _small_region(workers.raised(chat_tokens=PLENTY))),
        Scenario("all that the table below says", People(100_000), everything()),
    )


def _small_region(quotas: Quotas) -> Quotas:
    """Regions have 10,000 or 5,000."""
    return quotas.raised(appsync_tokens=5_000)


def everything() -> Quotas:
    """For a hundred thousand: an event source in provisioned mode, which has other limits:
    https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html"""
    return Quotas().raised(
        answer_concurrency=8_000, mapping_maximum=20_000, mapping_start=2_000, mapping_growth=1_000,
        lambda_concurrency=10_000, appsync_tokens=150_000, appsync_inbound=150_000, chat_tokens=400e6,
        embedding_tokens=2e6, dynamodb_table=80_000, s3_reads=22_000,
    )  # fmt: skip
