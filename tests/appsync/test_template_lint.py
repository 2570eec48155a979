"""Linters find nothing: cfn-lint in every variant, checkov nothing but what is explained here."""

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest
from cfnlint.api import ManualArgs, lint, lint_file  # type: ignore[import-untyped]  # ships no types

from appsync.packaging import TEMPLATE, body, read
from tests.appsync.variants import VARIANTS, Template, with_values
from tests.conftest import ROOT

TEMPLATES = [TEMPLATE, *sorted((ROOT / "appsync/image").glob("*.yaml"))]
OF_KEYS = (
    "A key of one's own is a dollar a month when idle, and adds no rule that the roles do not have already."
)
ACCEPTED = {
    "CKV_AWS_119": OF_KEYS,
    "CKV_AWS_136": OF_KEYS,
    "CKV_AWS_158": OF_KEYS,
    "CKV_AWS_27": "It knows keys of KMS only; the queues are encrypted with SQS's own.",
    "CKV_AWS_26": "CloudWatch cannot publish to a topic with AWS's own key, see AlarmTopic.",
    "CKV_AWS_18": "Access logs fill a bucket that nobody reads; CloudTrail's data events serve as well.",
    "CKV_AWS_86": "Access logs of CloudFront fill a bucket that nobody reads; the page's files are public.",
    "CKV_AWS_21": "Without versions on purpose, see Bucket; what is in PageBucket can be built again.",
    "CKV_AWS_68": "A web ACL is five dollars a month when idle; the page is files alone.",
    "CKV2_AWS_33": "A web ACL is five dollars a month when idle; AppSync refuses callers it does not know.",
    "CKV_AWS_115": "A new account has none to give; what bounds each function instead is at IngestMapping.",
    "CKV_AWS_116": "Queues keep their dead letters, fields are answered, `maintain` is due again soon.",
    "CKV_AWS_117": "There is nothing private to reach, and a network's gateway costs when idle.",
    "CKV_AWS_173": OF_KEYS,
    "CKV_AWS_174": "With CloudFront's own certificate its policy for TLS is fixed, see Distribution.",
}


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.stem)
def test_cfn_lint_finds_nothing(path: Path) -> None:
    assert lint_file(path, ManualArgs(ignore_checks=["W3002"])) == []


@pytest.mark.parametrize("variant", ["least", "default"])
def test_cfn_lint_finds_nothing_in_the_packaged_template(variant: str) -> None:
    assert lint(body(with_values(VARIANTS[variant])), config=ManualArgs(regions=["eu-central-1"])) == []


def test_cfn_lint_finds_nothing_where_functions_are_merged_in(merged: Template) -> None:
    """But W1001: functions name layers only in a template that is deployed with layers."""
    config = ManualArgs(regions=["us-east-1"], ignore_checks=["W1001"])
    assert lint(body(merged), config=config) == []


@pytest.fixture(scope="module")
def failed(merged: Template, tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[str]]:
    """Resources by the check that they failed. Of every resource: checkov passes over those whose condition
    does not hold."""
    folder = tmp_path_factory.mktemp("checkov")
    for number, template in enumerate([merged, *map(read, TEMPLATES[1:])]):
        resources: Any = template["Resources"]
        unconditional = {
            name: {key: value for key, value in resource.items() if key != "Condition"}
            for name, resource in resources.items()
        }
        (folder / f"{number}.json").write_text(json.dumps({**template, "Resources": unconditional}))
    found: dict[str, list[str]] = {}
    for each in checkov(folder)["results"]["failed_checks"]:
        found.setdefault(each["check_id"], []).append(each["resource"])
    return found


def checkov(folder: Path) -> dict[str, Any]:
    """`--skip-download`: it would fetch explanations of its checks from its maker."""
    done = subprocess.run(
        [ROOT / ".venv-checkov/bin/checkov", "-d", folder, "--framework", "cloudformation", "-o", "json",
         "--skip-download", "--quiet", "--compact"],
        capture_output=True, text=True, check=False, env={"PATH": os.environ["PATH"], "HOME": str(folder)},
    )  # fmt: skip
    report: dict[str, Any] = json.loads(done.stdout)
    assert report["summary"]["parsing_errors"] == 0
    assert report["summary"]["passed"] > 100
    return report


@pytest.mark.timeout(300)  # the first to ask for `failed` waits for it
def test_checkov_finds_nothing_but_what_is_explained(failed: dict[str, list[str]]) -> None:
    assert {check: found for check, found in failed.items() if check not in ACCEPTED} == {}


@pytest.mark.timeout(300)  # likewise
def test_nothing_is_explained_that_checkov_does_not_find(failed: dict[str, list[str]]) -> None:
    assert ACCEPTED.keys() - failed.keys() == set()
