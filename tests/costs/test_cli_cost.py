"""`riffle cost`: a table, JSON, what each figure is made of, and one sentence when it cannot be said."""

import inspect
import json
import subprocess
import sys
from dataclasses import asdict

import pytest

from appsync.costs import bill
from appsync.costs.deployment import Deployment
from appsync.costs.workload import Workload
from riffle.commands.costs import cost
from riffle.commands.plans import cost_lines
from tests.conftest import ROOT


def run(*arguments: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "riffle", "cost", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)


def test_a_table_has_a_row_for_each_service_and_the_date_of_its_prices() -> None:
    done = run()
    services = [line.split("\t")[0] for line in done.stdout.splitlines()]
    assert {"AppSync", "Bedrock", "DynamoDB", "Lambda", "S3", "SQS", "total"} <= set(services)
    assert "as of 20" in done.stderr


def test_json_names_the_page_of_each_price() -> None:
    done = run("--json", "--users", "10", "--questions", "50", "--answer-tokens", "200")
    bills = json.loads(done.stdout)["bills"]
    line = next(each for each in bills["such a month"]["lines"] if each["service"] == "Cognito")
    assert (line["amount"], line["charged"]) == (10, 0)
    assert line["page"] == "https://aws.amazon.com/cognito/pricing/"


def test_a_stage_that_nobody_described_is_told_of() -> None:
    done = run("--stage", "other")
    assert done.returncode == 0
    assert "other is not described: these are the settings of dev" in " ".join(done.stderr.split())


def test_every_figure_is_explained() -> None:
    rows = [line.split("\t") for line in run("--explain").stdout.splitlines()]
    polls = next(row for row in rows if "long polls" in row[2])
    assert polls[3:] == ["1.314e+06", "request of up to 64 kB", "0.525600"]


def test_a_dearer_model_costs_more_and_an_unknown_one_is_named() -> None:
    dear, plain = (
        json.loads(run("--json", *each).stdout) for each in (["--model", "anthropic.claude-opus-4-5"], [])
    )
    thousand = [each["bills"]["1,000 questions"]["listed"] for each in (dear, plain)]
    assert thousand[0] > 10 * thousand[1]
    unknown = run("--model", "meta.llama-9")
    assert (unknown.returncode, unknown.stdout) == (1, "")
    assert "meta.llama-9 has no price" in " ".join(unknown.stderr.split())


def test_every_assumption_is_an_option_with_the_same_default() -> None:
    options = {name: each.default for name, each in inspect.signature(cost).parameters.items()}
    assumed = asdict(Workload())
    assert {name: options[name] for name in assumed} == assumed


def test_the_plan_of_a_deployment_has_the_same_figures() -> None:
    bills = json.loads(run("--json", "--stage", "prod").stdout)["bills"]
    stage = Deployment.of("prod")
    plan = " ".join(cost_lines(bill.idle(stage), bill.per_thousand_questions(stage), stage.chat_model))
    assert f"${bills['idle, a month']['listed']:.2f} a month" in plan
    assert f"${bills['1,000 questions']['listed']:.2f} per thousand questions" in plan
    assert "us-east-1" in plan


def test_json_says_of_whom_it_speaks() -> None:
    said = json.loads(run("--json", "--stage", "prod", "--users", "7", "--parameter", "SnapStart=on").stdout)
    assert said["workload"]["users"] == 7
    assert said["stage"]["settings"] == "dev"
    assert said["stage"]["snap_start"] is True


@pytest.mark.parametrize(
    "option",
    ["--users=-1", "--answer-tokens=1000000000", "--tokens-per-second=inf", "--minutes=nan", "--scans=201"],
)
def test_what_nobody_has_is_refused_before_anything_is_reckoned(option: str) -> None:
    done = run(option)
    assert (done.returncode, done.stdout) == (2, "")
    assert option.partition("=")[0] in done.stderr


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("--parameter=SnapStart=maybe", "SnapStart is 'maybe'; allowed are 'off', 'on'"),
        (
            "--parameter=EmbeddingDimensions=many",
            "EmbeddingDimensions is 'many'; it has to be a whole number",
        ),
        ("--parameter=Memory=1", "Memory is no parameter; there are"),
        ("--model=", "ChatModel is ''; it has to match"),
        ("--stage=../x", "'../x' is no name of a stage"),
    ],
)
def test_what_cannot_be_deployed_cannot_be_reckoned(given: str, said: str) -> None:
    done = run(given)
    assert (done.returncode, done.stdout) == (1, "")
    assert said in " ".join(done.stderr.split())


def test_a_reranking_model_is_on_the_bill() -> None:
    rows = run("--explain", "--parameter", "RerankModel=amazon.rerank-v1:0").stdout
    assert "the question: the best passages read once more" in rows
