"""Time-outs and concurrency agree: whoever waits, waits longer than whoever works."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from chalicelib.models.bedrock import READ_SECONDS

from appsync.deploying import times
from localcloud.stack.functions import Function, declared
from tests.appsync.variants import Template, properties, with_values
from tests.conftest import ROOT

APP = ROOT / "chalice_app"
FIELD_SECONDS = 30  # https://docs.aws.amazon.com/general/latest/gr/appsync.html#limits_appsync
STAGES = json.loads((APP / ".chalice/config.json").read_text())["stages"]


@pytest.fixture(scope="module", params=STAGES)
def stage(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def functions(stage: str) -> Mapping[str, Function]:
    return declared(APP, stage)


@pytest.fixture(scope="module")
def template(stage: str) -> Template:
    return with_values(STAGES[stage].get("parameters", {}))


def fed_by_queues(template: Template) -> Iterator[tuple[str, Any, Any]]:
    """A function's name, its mapping and its queue."""
    queues = properties(template, "AWS::SQS::Queue")
    for mapping in properties(template, "AWS::Lambda::EventSourceMapping").values():
        function = (
            mapping["FunctionName"]["Fn::Sub"].removeprefix("riffle-${Stage}-").removesuffix("${Qualifier}")
        )
        yield function, mapping, queues[mapping["EventSourceArn"]["Fn::GetAtt"][0]]


def test_a_function_outlives_the_silence_of_a_model(functions: Mapping[str, Function]) -> None:
    for name in ("search", "ingest", "answer"):
        assert functions[name].timeout > READ_SECONDS, name


def test_a_field_waits_longer_than_its_function_may_take(functions: Mapping[str, Function]) -> None:
    for name in ("resolve", "search"):
        assert functions[name].timeout < FIELD_SECONDS, name


def test_a_message_stays_hidden_for_six_runs_of_its_function(
    functions: Mapping[str, Function], template: Template
) -> None:
    found = list(fed_by_queues(template))
    assert {name for name, _, _ in found} == {"ingest", "answer"}
    for name, _, queue in found:
        assert queue["VisibilityTimeout"] >= 6 * functions[name].timeout, name


def test_a_message_is_kept_until_it_has_failed_for_good(template: Template) -> None:
    queues = properties(template, "AWS::SQS::Queue")
    for name, _, queue in fed_by_queues(template):
        redrive = queue["RedrivePolicy"]
        assert queue["MessageRetentionPeriod"] > queue["VisibilityTimeout"] * redrive["maxReceiveCount"], name
        letters = queues[redrive["deadLetterTargetArn"]["Fn::GetAtt"][0]]
        assert letters["QueueName"] == {"Fn::Sub": f"riffle-${{Stage}}-{name}-dead"}
        assert letters["MessageRetentionPeriod"] > queue["MessageRetentionPeriod"], name


def test_no_mapping_starts_more_than_its_function_has_reserved(stage: str, template: Template) -> None:
    reserved = json.loads((APP / ".chalice/config.json").read_text())["lambda_functions"]
    own = STAGES[stage].get("lambda_functions", {})
    for name, mapping, _ in fed_by_queues(template):
        parameter = mapping["ScalingConfig"]["MaximumConcurrency"]["Ref"]
        most = {**reserved[name], **own.get(name, {})}.get("reserved_concurrency")
        assert most is None or int(template["Parameters"][parameter]["Default"]) <= most, name


def test_maintenance_runs_alone_and_ends_before_it_is_due_again(
    functions: Mapping[str, Function], template: Template
) -> None:
    schedules = properties(template, "AWS::Scheduler::Schedule")
    schedule = schedules["MaintainSchedule"]
    (invocations,) = properties(template, "AWS::Lambda::EventInvokeConfig").values()
    assert schedule["ScheduleExpression"] == "rate(10 minutes)"
    assert schedule["Target"]["RetryPolicy"]["MaximumRetryAttempts"] == 0
    assert invocations["MaximumRetryAttempts"] == 0
    assert functions["maintain"].timeout < 600
    assert schedules["CompareSchedule"]["ScheduleExpression"] == "rate(1 day)"
    assert json.loads(schedules["CompareSchedule"]["Target"]["Input"]) == {"full": True}


def test_each_mapping_is_bounded_by_the_parameter_of_its_own(template: Template) -> None:
    for name, mapping, _ in fed_by_queues(template):
        bound = {"Ref": f"{name.capitalize()}Concurrency"}
        assert mapping["ScalingConfig"] == {"MaximumConcurrency": bound}, name


def test_an_answer_waits_for_no_other_in_its_batch(template: Template) -> None:
    """Each may take all the time that its function has."""
    (answers,) = [mapping for name, mapping, _ in fed_by_queues(template) if name == "answer"]
    assert answers["BatchSize"] == 1


def test_nothing_waits_for_a_batch_to_fill(template: Template) -> None:
    """With any window Lambda may wait for 20 seconds; more than ten messages need one."""
    for name, mapping, _ in fed_by_queues(template):
        assert not mapping.get("MaximumBatchingWindowInSeconds"), name
        assert mapping["BatchSize"] <= 10, name


def test_stages_may_not_set_times_that_do_not_agree(
    functions: Mapping[str, Function], template: Template
) -> None:
    """Of stages that people describe, too: what is refused is reckoned with what is true."""
    hidden = {name: queue["VisibilityTimeout"] for name, _, queue in fed_by_queues(template)}
    assert hidden == times.HIDDEN
    assert (READ_SECONDS, FIELD_SECONDS) == (times.SILENCE, times.FIELD)
    assert times.BOUNDS.keys() == functions.keys()
    schedule = properties(template, "AWS::Scheduler::Schedule")["MaintainSchedule"]
    assert schedule["ScheduleExpression"] == f"rate({times.AGAIN // 60} minutes)"


def test_nobody_waits_less_than_a_function_may_run_before_an_alarm_tells(
    functions: Mapping[str, Function], template: Template
) -> None:
    alarms = properties(template, "AWS::CloudWatch::Alarm")
    for name in ("ingest", "answer"):
        threshold, most = alarms[f"{name.capitalize()}AgeAlarm"]["Threshold"], functions[name].timeout
        assert most <= threshold <= 2 * most, name
