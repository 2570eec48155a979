"""A stage comes, changes and goes by `riffle`, with functions that are nearly empty."""

import json
import signal
import subprocess
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

import pytest

from appsync.deploying import stacks
from appsync.deploying.errors import DeployError
from appsync.layers import PackageTooLarge
from riffle.commands.carrying import left_behind
from tests.conftest import ROOT
from tests.deploying.commands import Inside, Ran, account, at_terminal, with_app
from tests.deploying.conftest import World
from tests.deploying.test_deploying import impossible
from tests.deploying.test_destroying import named

type Line = Callable[..., Ran]
OPEN = ("--no-page", "--parameter", "Protection=off")


@pytest.fixture
def line(
    inside: Inside, world: World, ministack: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Line:
    """Runs `riffle COMMAND --stage <the test's own> …`."""
    monkeypatch.setattr("appsync.deploying.checks.APP", world.app)
    monkeypatch.setattr("riffle.commands.deploying.layers", lambda _: {})
    environment = account(tmp_path, ministack)
    return lambda command, *more: inside(environment, command, "--stage", world.name, *more)


def test_plan_tells_what_is_made_and_what_it_costs_and_makes_nothing(line: Line, world: World) -> None:
    ran = line("deploy", *OPEN, "--plan")
    assert ran.status == 5
    shown = [" ".join(row.split()) for row in ran.out.splitlines()]
    assert shown[0] == f"{world.stack}, a new stack in us-east-1, account 000000000000"
    assert shown[1].startswith("Not on AWS: cloudformation, s3, lambda, bedrock and others are asked at http")
    assert f"· {world.name} is not in .chalice/config.json: it takes the settings of dev." in shown
    assert "DynamoDB Table 3 AnswersTable, ConversationsTable, DocumentsTable" in shown
    assert "Idle it costs about $" in shown[-1]
    assert stacks.status(world.session, world.stack) is None
    buckets = world.session.client("s3").list_buckets()["Buckets"]
    assert not [each for each in buckets if each["Name"].startswith(f"{world.stack}-")]


def test_stage_is_deployed_looked_at_and_taken_away(line: Line, world: World) -> None:
    first = line("deploy", *OPEN, "--yes")
    assert first.status == 0, first.err
    assert f"Health      riffle status --stage {world.name}" in first.out
    assert "CREATE_COMPLETE          DocumentsTable" in first.err
    again = line("deploy", *OPEN, "--yes")
    assert (again.status, again.out) == (0, f"{world.stack} in us-east-1 is as it should be: no change\n")
    assert line("deploy", *OPEN, "--plan").status == 0
    gone = line("destroy", "--yes")
    assert gone.status == 0
    assert gone.out.startswith("Not on AWS: cloudformation, s3, lambda, bedrock and others are asked at http")
    assert f"  table riffle-{world.name}-documents" in gone.out.partition("Kept in")[2].splitlines()
    assert line("status").status == 1
    assert line("destroy", "--yes", "--data").status == 0
    assert "There is nothing of the stage" in line("destroy", "--yes", "--data").err


def test_status_is_healthy_until_something_breaks(line: Line, world: World) -> None:
    world.deploy()
    well = line("status")
    assert (well.status, well.err) == (0, f"{world.stack} in us-east-1 is healthy: CREATE_COMPLETE\n")
    assert [row.split("\t")[:2] for row in well.out.splitlines() if row.startswith("ingest")] == [
        ["ingest", "Active"], ["ingest", "1"]
    ]  # fmt: skip
    world.session.client("lambda").delete_function(FunctionName=f"{world.stack}-search")
    queue = stacks.outputs(world.session, world.stack)["AnswerDeadLettersUrl"]
    world.session.client("sqs").send_message(QueueUrl=queue, MessageBody="{}")
    broken = line("status", "--json")
    assert broken.status == 1
    told = json.loads(broken.out)
    assert told["healthy"] is False
    assert told["problems"] == ["The function search is missing", "1 answer message failed for good"]
    assert told["endpoints"]["graphql"].endswith("/graphql")
    assert [each["dead"] for each in told["queues"]] == [0, 1]


def test_queue_that_is_gone_is_a_problem_beside_all_else(line: Line, world: World) -> None:
    world.deploy()
    queue = stacks.outputs(world.session, world.stack)["AnswerQueueUrl"]
    world.session.client("sqs").delete_queue(QueueUrl=queue)
    ran = line("status")
    assert ran.status == 1
    assert "The queue answer, or that of its failed messages, is missing" in ran.err
    assert "documents\tACTIVE" in ran.out


def test_raised_alarm_is_a_problem(line: Line, world: World) -> None:
    world.deploy()
    world.session.client("cloudwatch").put_metric_alarm(
        AlarmName=f"{world.stack}-test", MetricName="m", Namespace="n", Period=60, Statistic="Sum",
        EvaluationPeriods=1, Threshold=1, ComparisonOperator="GreaterThanThreshold",
    )  # fmt: skip
    world.session.client("cloudwatch").set_alarm_state(
        AlarmName=f"{world.stack}-test", StateValue="ALARM", StateReason="too many"
    )
    ran = line("status")
    assert ran.status == 1
    assert f"Alarm {world.stack}-test: too many" in ran.err


def test_stage_that_is_not_there_has_no_status(line: Line, world: World) -> None:
    ran = line("status")
    assert ran.status == 1
    assert ran.err == (
        f"There is no stack {world.stack} in us-east-1; `riffle deploy --stage {world.name}` makes it\n"
    )


def test_code_that_chalice_cannot_package_is_refused_with_status_2(line: Line, world: World) -> None:
    world.write("app.py", "import os\n", "import os\nimport nowhere\n")
    ran = line("deploy", *OPEN, "--yes")
    assert ran.status == 2
    assert "nowhere" in ran.err
    assert stacks.status(world.session, world.stack) is None


def test_layer_over_the_limit_is_refused_with_status_2(
    line: Line, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    sentence = "Layer index takes 300,000,000 bytes unzipped. Package pyarrow grew most"

    def grown(_: object) -> dict[str, Path]:
        raise PackageTooLarge(sentence)

    monkeypatch.setattr("riffle.commands.deploying.layers", grown)
    ran = line("deploy", *OPEN, "--yes")
    assert (ran.status, ran.err) == (2, f"{sentence}\n")
    assert stacks.status(world.session, world.stack) is None


@pytest.fixture
def built(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The one file of a page that is built."""
    monkeypatch.setattr("appsync.deploying.page.DIST", tmp_path / "dist")
    (tmp_path / "dist").mkdir()
    (tmp_path / "dist/index.html").write_text("page")
    return tmp_path / "dist/index.html"


def test_page_is_published_beside_its_settings(line: Line, world: World, built: Path) -> None:
    ran = line("deploy", "--page", *OPEN[1:], "--yes")
    assert ran.status == 0, ran.err
    assert "Page: 2 files uploaded, 0 removed." in ran.err
    outputs = stacks.outputs(world.session, world.stack)
    assert f"riffle login --url {outputs['PageUrl']} --sign-up" in ran.out
    stored = world.session.client("s3").get_object(Bucket=outputs["PageBucketName"], Key="riffle.json")
    assert json.loads(stored["Body"].read())["graphqlUrl"] == outputs["GraphqlUrl"]
    built.write_text("another page")
    planned = line("deploy", "--page", *OPEN[1:], "--plan")
    assert planned.status == 5
    assert "as it should be: 1 files of the page change" in planned.out
    assert line("deploy", "--page", *OPEN[1:], "--yes").status == 0
    assert line("deploy", "--page", *OPEN[1:], "--plan").status == 0


@pytest.mark.usefixtures("built")
def test_stage_by_invitation_says_how_people_are_invited_and_tells_the_page(line: Line, world: World) -> None:
    ran = line("deploy", "--page", *OPEN[1:], "--parameter", "SignUp=invited", "--yes")
    assert ran.status == 0, ran.err
    assert f"Invite      riffle invite ADDRESS --stage {world.name}" in ran.out
    assert "--sign-up" not in ran.out
    bucket = stacks.outputs(world.session, world.stack)["PageBucketName"]
    told = json.loads(world.session.client("s3").get_object(Bucket=bucket, Key="riffle.json")["Body"].read())
    assert (told["signUp"], told["passwordLength"]) == ("invited", 10)


@pytest.mark.usefixtures("built")
def test_domain_of_ones_own_comes_with_what_dns_has_to_say(line: Line, world: World) -> None:
    asked = world.session.client("acm").request_certificate(DomainName=f"{world.name}.example.com")
    own = (f"PageDomain={world.name}.example.com", f"PageCertificateArn={asked['CertificateArn']}")
    ran = line("deploy", "--page", *OPEN[1:], "--parameter", own[0], "--parameter", own[1], "--yes")
    assert ran.status == 0, ran.err
    target = stacks.outputs(world.session, world.stack)["PageDnsTarget"]
    assert f"Page        https://{world.name}.example.com\n" in ran.out
    assert f"DNS         {world.name}.example.com CNAME {target}\n" in ran.out


def test_parameters_that_do_not_go_together_are_refused_with_status_2(line: Line, world: World) -> None:
    ran = line("deploy", *OPEN, "--parameter", "PageDomain=riffle.example.com", "--yes")
    assert ran.status == 2
    assert ran.err.splitlines() == [
        "PageDomain needs PageCertificateArn, a certificate for that domain in us-east-1",
        "PageDomain is of the page that the stack serves, and needs Page=present",
    ]
    assert stacks.status(world.session, world.stack) is None


def test_sender_that_nobody_verified_is_refused_with_status_3(line: Line, world: World) -> None:
    ran = line("deploy", *OPEN, "--parameter", "EmailFrom=riffle@nobody.example.com", "--yes")
    assert (ran.status, ran.err.count("\n")) == (3, 1)
    assert "SES in us-east-1 has not verified nobody.example.com" in ran.err
    assert stacks.status(world.session, world.stack) is None


def test_plan_only_tells_of_what_a_failed_deployment_left(
    line: Line, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as changed:
        changed.setattr("appsync.packaging.package", impossible)
        assert line("deploy", *OPEN, "--yes").status == 4
    planned = line("deploy", *OPEN, "--plan")
    assert planned.status == 5
    assert f"Before anything else: {world.stack} is ROLLBACK_COMPLETE" in planned.out
    assert stacks.status(world.session, world.stack) == "ROLLBACK_COMPLETE"
    assert line("deploy", *OPEN, "--yes").status == 0


# ---- At a terminal.


def test_whoever_says_no_has_changed_nothing(world: World, ministack: str, tmp_path: Path) -> None:
    environment = account(tmp_path, ministack)
    command = (*with_app(world.app), "deploy", "--stage", world.name, *OPEN)
    question = f"Deploy {world.stack} to us-east-1, account 000000000000? [y/N]"
    ran = at_terminal(environment, *command, answers={question: b"n\n"})
    assert ran.status == 1
    assert "Nothing was changed." in ran.out
    assert stacks.status(world.session, world.stack) is None


def test_data_goes_only_for_whoever_types_the_stages_name(
    world: World, ministack: str, tmp_path: Path
) -> None:
    world.deploy()
    command = (*with_app(world.app), "destroy", "--stage", world.name, "--data")
    question = f"Type {world.name} to delete its data for good"
    refused = at_terminal(account(tmp_path, ministack), *command, answers={question: b"y\n"})
    assert refused.status == 1
    assert stacks.status(world.session, world.stack) == "CREATE_COMPLETE"
    typed = f"{world.name}\n".encode()
    assert at_terminal(account(tmp_path, ministack), *command, answers={question: typed}).status == 0
    assert stacks.status(world.session, world.stack) is None


def test_interrupted_deployment_is_taken_up_again(
    line: Line, world: World, ministack: str, tmp_path: Path
) -> None:
    command = (*with_app(world.app), "deploy", "--stage", world.name, *OPEN, "--yes")
    answers = {"Every function is started once.": signal.SIGINT}
    ran = at_terminal(account(tmp_path, ministack), *command, answers=answers)
    assert ran.status == 130
    assert f"Stopped; the same `riffle deploy --stage {world.name}` does what is left." in ran.out
    again = line("deploy", *OPEN, "--yes")
    assert again.status == 0, again.err
    assert line("status").status == 0


def test_addresses_are_shown_whole_however_narrow_the_terminal(
    world: World, ministack: str, tmp_path: Path
) -> None:
    world.deploy()
    narrow = account(tmp_path, ministack, COLUMNS="40")
    ran = at_terminal(narrow, *with_app(world.app), "status", "--stage", world.name, answers={})
    assert stacks.outputs(world.session, world.stack)["DashboardUrl"] in ran.out


def test_interrupted_while_aws_is_at_it_says_that_it_goes_on() -> None:
    assert left_behind("dev", "CREATE_IN_PROGRESS").startswith(
        "You no longer watch, but AWS goes on: riffle-dev is CREATE_IN_PROGRESS. `riffle status --stage dev`"
    )
    for state in (None, "REVIEW_IN_PROGRESS", "CREATE_COMPLETE"):
        assert left_behind("dev", state).startswith("Stopped;")


def test_who_removes_a_stage_that_is_being_deployed_is_told_of() -> None:
    assert left_behind("dev", "DELETE_IN_PROGRESS") == (
        "riffle-dev is DELETE_IN_PROGRESS: somebody is removing it. The same `riffle deploy` makes it anew."
    )


def test_lost_contact_with_aws_is_told_with_how_to_go_on(
    line: Line, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as changed:
        changed.setattr("appsync.deploying.executing._events", lambda *_: _lose_contact())
        ran = line("deploy", *OPEN, "--yes")
    assert ran.status == 1
    told = ran.err.splitlines()
    assert told[-2] == "AWS could not be reached: no route"
    assert "the same `riffle deploy" in told[-1]
    assert line("deploy", *OPEN, "--yes").status == 0


def _lose_contact() -> None:
    raise DeployError("AWS could not be reached: no route")


def test_plan_in_a_log_has_no_blanks_at_the_ends_of_lines(line: Line) -> None:
    shown = line("deploy", *OPEN, "--plan").out.splitlines()
    assert [row for row in shown if row != row.rstrip()] == []


@pytest.mark.parametrize(
    "moment",
    [
        "Uploaded functions", "CREATE_COMPLETE          DocumentsTable", "Every function is started once.",
        "Tables and user pool are protected from deletion.",
    ],
)  # fmt: skip
def test_deployment_that_was_killed_is_ended_by_the_same_command(
    line: Line, world: World, ministack: str, tmp_path: Path, moment: str
) -> None:
    command = ("deploy", "--stage", world.name, "--no-page", "--yes")
    assert piped(account(tmp_path, ministack), world, command, moment) == -signal.SIGKILL
    again = line("deploy", "--no-page", "--yes")
    assert again.status == 0, again.err
    assert line("deploy", "--no-page", "--plan").status == 0
    stack = stacks.described(world.session, world.stack)
    assert stack
    assert stack["EnableTerminationProtection"]


@pytest.mark.parametrize("moment", ["DELETE_COMPLETE          Search", "is gone."])
def test_removal_that_was_killed_is_ended_by_the_same_command(
    line: Line, world: World, ministack: str, tmp_path: Path, moment: str
) -> None:
    world.deploy()
    command = ("destroy", "--stage", world.name, "--data", "--yes")
    assert piped(account(tmp_path, ministack), world, command, moment) == -signal.SIGKILL
    again = line("destroy", "--data", "--yes")
    assert again.status == 0, again.err
    assert named(world.session, world.stack) == []


def piped(environment: Mapping[str, str], world: World, command: Iterable[str], moment: str) -> int:
    """The exit status of the command, killed as soon as it has said so."""
    child = subprocess.Popen(
        [*with_app(world.app), *command], cwd=ROOT, env=environment, text=True,
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
    )  # fmt: skip
    with child:
        assert child.stderr
        assert any(moment in said for said in child.stderr)
        child.kill()
    return child.returncode


def test_no_name_in_a_plan_is_cut_however_narrow_the_terminal(
    world: World, ministack: str, tmp_path: Path
) -> None:
    narrow = account(tmp_path, ministack, COLUMNS="40")
    command = (*with_app(world.app), "deploy", "--stage", world.name, *OPEN, "--plan")
    ran = at_terminal(narrow, *command, answers={})
    assert "…" not in ran.out.partition("Made")[2]
