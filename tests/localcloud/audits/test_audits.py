"""This endpoint keeps every rule there is; none is skipped."""

import asyncio
from pathlib import Path

import pytest
from cfnlint.api import lint_file  # type: ignore[import-untyped]  # ships no types

from appsync.packaging import body, package
from localcloud.audits.catalogue import API, GROUPS, catalogue
from localcloud.audits.rules import Rule, run
from localcloud.audits.target import Target


@pytest.mark.parametrize("rule", catalogue(), ids=lambda rule: rule.code)
def test_the_endpoint_keeps(rule: Rule, target: Target) -> None:
    outcome = asyncio.run(run(rule, target))
    assert (outcome.result, outcome.reason) == ("passed", ""), rule.sentence


@pytest.mark.parametrize("group", GROUPS)
def test_codes_of_a_group_count_from_one(group: str) -> None:
    codes = [rule.code for rule in catalogue() if rule.group == group]
    assert codes == [f"{group}{number:02}" for number in range(1, len(codes) + 1)]


def test_every_rule_is_one_sentence_about_the_endpoint_and_names_a_page() -> None:
    for rule in catalogue():
        assert rule.sentence.startswith("MUST "), rule.code
        assert not rule.sentence.endswith("."), rule.code
        assert rule.page.url.startswith("https://"), rule.code


def test_the_audits_api_is_a_template_that_aws_takes(tmp_path: Path) -> None:
    packed = tmp_path / "template.json"
    packed.write_text(body(package(API / "template.yaml")))
    assert lint_file(packed) == []
    assert len(packed.read_text()) < 51_200
