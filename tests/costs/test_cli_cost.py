"""`riffle cost`: a table, JSON, what each figure is made of, and one sentence when it cannot be said."""

import json
import subprocess
import sys

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
    line = next(each for each in bills["such a month"]["lines"] if each["item"] == "cognito.user")
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
