"""The table of prices: whole, dated, each with the page it is on."""

import json
import re
from dataclasses import replace
from datetime import date

import pytest
from chalicelib.models.cost import cost_usd
from chalicelib.models.cost import prices as product_prices

from appsync.costs import bill
from appsync.costs.deployment import Deployment
from appsync.costs.prices import INPUT, OUTPUT, RERANK, SERVICES, NoPrice, models, price, services
from appsync.costs.workload import Workload


def test_every_price_names_its_unit_its_page_and_how_it_was_checked() -> None:
    for name, each in services().prices.items():
        assert each.page.startswith("https://aws.amazon.com/"), name
        assert each.checked in {"page", "list", "elsewhere", "no"}, name
        assert each.unit, name
        assert each.usd >= 0, name
        assert each.per in {1, 1_000, 1_000_000}, name
        assert not each.seen or re.fullmatch(r"20\d\d(-\d\d)?", each.seen), name


def test_both_tables_are_dated_and_of_one_region() -> None:
    assert date.fromisoformat(services().as_of) <= date(2100, 1, 1)
    assert date.fromisoformat(models().as_of) <= date(2100, 1, 1)
    assert services().region == models().region == "us-east-1"


def test_what_is_free_is_told_apart_by_month_and_first_year() -> None:
    assert price("lambda.request").free == 1_000_000
    assert price("appsync.operation").free == 0
    assert price("appsync.operation").first_year == 250_000


def test_no_price_is_written_twice() -> None:
    pairs: list[str] = []
    json.loads(SERVICES.read_text(), object_pairs_hook=lambda each: pairs.extend(name for name, _ in each))
    names = [name for name in pairs if "." in name]
    assert len(names) == len(set(names)) == len(services().prices)


@pytest.mark.parametrize("model", sorted(product_prices()))
def test_a_model_costs_here_what_the_product_says_that_it_costs(model: str) -> None:
    known = product_prices()[model]
    assert price(INPUT + model).each == pytest.approx(known.input / 1e6)
    assert price(OUTPUT + model).each == pytest.approx(known.output / 1e6)


def test_revisions_regions_and_arns_are_no_part_of_a_models_price() -> None:
    plain = price(INPUT + "amazon.nova-lite-v1:0")
    assert price(INPUT + "us.amazon.nova-lite-v1:0") == plain
    assert price(INPUT + "arn:aws:bedrock:eu-west-1:1:inference-profile/eu.amazon.nova-lite-v1:0") == plain
    assert plain.usd == 0.06


def test_claude_costs_a_tenth_more_where_its_profile_stays_in_one_area() -> None:
    model = "anthropic.claude-haiku-4-5-20251001-v1:0"
    assert price(OUTPUT + model).usd == price(OUTPUT + f"global.{model}").usd == 5
    assert price(OUTPUT + f"eu.{model}").usd == pytest.approx(5.5)
    assert price(OUTPUT + "us.anthropic.claude-sonnet-4-20250514-v1:0").usd == 15


@pytest.mark.parametrize("where", ["", "us.", "global."])
@pytest.mark.parametrize("model", sorted(product_prices()))
def test_a_profile_costs_here_what_the_product_says_that_it_costs(where: str, model: str) -> None:
    found = cost_usd(where + model, 1_000_000, 2_000_000)
    assert price(INPUT + where + model).usd + 2 * price(OUTPUT + where + model).usd == pytest.approx(found)


def test_rerankers_are_charged_by_the_query() -> None:
    assert price(RERANK + "amazon.rerank-v1:0").each == 0.001
    with pytest.raises(NoPrice, match=r"amazon\.rerank-v9:0 has no price in costs/prices\.json"):
        price(RERANK + "amazon.rerank-v9:0")


def test_every_price_of_the_table_is_of_something_that_is_reckoned() -> None:
    plain, busy = Deployment.of(), Workload(messages=1)
    stages = (
        replace(plain, rerank_model="amazon.rerank-v1:0", pool_plan="lite"),
        replace(plain, rerank_model="cohere.rerank-v3-5:0", pool_plan="essentials", architecture="arm64"),
        replace(plain, snap_start=True),
    )
    used = {line.price.unit for stage in stages for line in bill.month(stage, busy).lines}
    assert {each.unit for each in services().prices.values()} <= used


def test_a_model_without_a_price_is_named() -> None:
    with pytest.raises(NoPrice, match="A model without a name has no price"):
        price(INPUT)
    with pytest.raises(NoPrice, match=r"meta\.llama-9 has no price"):
        price(OUTPUT + "meta.llama-9")
