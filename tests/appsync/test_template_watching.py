"""Log groups, alarms and the dashboard leave nothing out, and cost nothing that nobody asked for."""

import json
import re
from collections.abc import Mapping
from typing import Any

import pytest

from localcloud.stack.functions import declared
from tests.appsync.variants import Template, properties, with_values
from tests.conftest import ROOT

FUNCTIONS = declared(ROOT / "chalice_app", "dev")
QUEUES = ("ingest", "answer")
FREE_METRICS = 50  # of a dashboard, https://aws.amazon.com/cloudwatch/pricing/


@pytest.fixture(scope="module")
def template() -> Template:
    return with_values({})


@pytest.fixture(scope="module")
def dashboard(template: Template) -> dict[str, Any]:
    (found,) = properties(template, "AWS::CloudWatch::Dashboard").values()
    body: dict[str, Any] = json.loads(found["DashboardBody"]["Fn::Sub"])
    return body


@pytest.fixture(scope="module")
def metrics(dashboard: Mapping[str, Any]) -> list[list[Any]]:
    return [metric for widget in dashboard["widgets"] for metric in widget["properties"].get("metrics", ())]


def watched(template: Template, metric: str) -> list[str]:
    """Whose metric alarms look at, as the template spells it."""
    alarms = properties(template, "AWS::CloudWatch::Alarm").values()
    found = [alarm["Dimensions"][0]["Value"] for alarm in alarms if alarm["MetricName"] == metric]
    return sorted(next(iter(each.values()))[0] if "Fn::GetAtt" in each else each["Fn::Sub"] for each in found)


def test_every_function_and_both_apis_have_a_log_that_ends(template: Template) -> None:
    logs = properties(template, "AWS::Logs::LogGroup").values()
    assert {log["LogGroupName"]["Fn::Sub"] for log in logs} == {
        *(f"/aws/lambda/riffle-${{Stage}}-{name}" for name in FUNCTIONS),
        "/aws/appsync/apis/${Api.ApiId}",
        "/aws/appsync/apis/${EventsApi.ApiId}",
    }
    assert all(log["RetentionInDays"] == {"Ref": "LogRetentionDays"} for log in logs)


def test_chalice_makes_no_log_group_that_the_template_has() -> None:
    assert "log_retention_in_days" not in (ROOT / "chalice_app/.chalice/config.json").read_text()


@pytest.mark.parametrize("metric", ["Errors", "Throttles"])
def test_every_function_is_watched(template: Template, metric: str) -> None:
    assert watched(template, metric) == sorted(f"riffle-${{Stage}}-{name}" for name in FUNCTIONS)


def test_every_queue_is_watched(template: Template) -> None:
    assert watched(template, "ApproximateNumberOfMessagesVisible") == [
        "AnswerDeadLetters",
        "IngestDeadLetters",
    ]
    assert watched(template, "ApproximateAgeOfOldestMessage") == ["AnswerQueue", "IngestQueue"]
    assert watched(template, "5XXError") == ["Api"]


def test_alarms_tell_somebody_and_are_not_there_without(template: Template) -> None:
    for name, resource in template["Resources"].items():
        if resource["Type"] == "AWS::CloudWatch::Alarm":
            assert resource["Condition"] == "Watched", name
            assert resource["Properties"]["AlarmActions"] == [{"Ref": "AlarmTopic"}], name
            assert resource["Properties"]["TreatMissingData"] == "notBreaching", name
    assert template["Conditions"]["Watched"] == {"Fn::Not": [{"Fn::Equals": [{"Ref": "AlarmEmail"}, ""]}]}


RAISED_BY = {
    "ApproximateNumberOfMessagesVisible": ("AWS/SQS", "QueueName", "Maximum"),
    "ApproximateAgeOfOldestMessage": ("AWS/SQS", "QueueName", "Maximum"),
    "5XXError": ("AWS/AppSync", "GraphQLAPIId", "Sum"),
    "Errors": ("AWS/Lambda", "FunctionName", "Sum"),
    "Throttles": ("AWS/Lambda", "FunctionName", "Sum"),
}
"""Whose metric it is, by what it is told apart, and how a period's values become one."""


def test_alarms_look_at_metrics_as_their_services_write_them(template: Template) -> None:
    for name, alarm in properties(template, "AWS::CloudWatch::Alarm").items():
        (dimension,) = alarm["Dimensions"]
        found = (alarm["Namespace"], dimension["Name"], alarm["Statistic"])
        assert found == RAISED_BY[alarm["MetricName"]], name


def test_one_failure_is_enough_for_an_alarm_and_its_end_is_told_too(template: Template) -> None:
    for name, alarm in properties(template, "AWS::CloudWatch::Alarm").items():
        late = alarm["MetricName"] == "ApproximateAgeOfOldestMessage"  # test_template_times has how late
        assert late or alarm["Threshold"] == 0, name
        assert (alarm["ComparisonOperator"], alarm["EvaluationPeriods"]) == ("GreaterThanThreshold", 1), name
        assert alarm["Period"] <= 300, name
        assert alarm["OKActions"] == alarm["AlarmActions"], name
        assert not {"ActionsEnabled", "DatapointsToAlarm"} & alarm.keys(), name


def test_alarms_reach_the_person_who_is_to_be_told(template: Template) -> None:
    (topic,) = properties(template, "AWS::SNS::Topic").values()
    assert topic["Subscription"] == [{"Protocol": "email", "Endpoint": {"Ref": "AlarmEmail"}}]
    (policy,) = properties(template, "AWS::SNS::TopicPolicy").values()
    let_in = [each for each in policy["PolicyDocument"]["Statement"] if each["Effect"] == "Allow"]
    assert {"Service": "cloudwatch.amazonaws.com"} in [each["Principal"] for each in let_in]
    assert {each["Action"] for each in let_in} == {"sns:Publish"}
    assert [each["Resource"] for each in let_in] == [{"Ref": "AlarmTopic"}] * len(let_in)


def test_the_topic_lets_in_the_accounts_own_budgets_alone(template: Template) -> None:
    """https://docs.aws.amazon.com/cost-management/latest/userguide/budgets-sns-policy.html"""
    (policy,) = properties(template, "AWS::SNS::TopicPolicy").values()
    budgets = {"Service": "budgets.amazonaws.com"}
    (let_in,) = [each for each in policy["PolicyDocument"]["Statement"] if each["Principal"] == budgets]
    assert let_in["Condition"] == {
        "StringEquals": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}},
        "ArnLike": {"aws:SourceArn": {"Fn::Sub": "arn:${AWS::Partition}:budgets::${AWS::AccountId}:*"}},
    }


def test_a_budget_needs_an_amount_and_somebody_to_tell(template: Template) -> None:
    assert template["Resources"]["Budget"]["Condition"] == "Budgeted"
    assert template["Conditions"]["Budgeted"]["Fn::And"][0] == {"Condition": "Watched"}
    assert all(
        each["Subscribers"] == [{"SubscriptionType": "SNS", "Address": {"Ref": "AlarmTopic"}}]
        for each in template["Resources"]["Budget"]["Properties"]["NotificationsWithSubscribers"]
    )
    kinds = [
        (each["Notification"]["NotificationType"], each["Notification"]["Threshold"])
        for each in template["Resources"]["Budget"]["Properties"]["NotificationsWithSubscribers"]
    ]
    assert kinds == [("ACTUAL", 80), ("FORECASTED", 100)]


def test_the_dashboard_stays_within_what_is_free(metrics: list[list[Any]]) -> None:
    assert 0 < len({json.dumps(metric[:4]) for metric in metrics}) <= FREE_METRICS


def test_the_dashboard_shows_what_there_is(template: Template, metrics: list[list[Any]]) -> None:
    """Resources by the names that the template gives them."""
    named = [each["QueueName"]["Fn::Sub"] for each in properties(template, "AWS::SQS::Queue").values()]
    named += [each["TableName"]["Fn::Sub"] for each in properties(template, "AWS::DynamoDB::Table").values()]
    named += [f"riffle-${{Stage}}-{name}" for name in FUNCTIONS]
    shown = {metric[3] for metric in metrics}
    assert set(named) <= shown
    assert {each for each in shown if each.startswith("riffle-")} <= set(named)


def test_the_dashboards_widgets_lie_side_by_side(dashboard: Mapping[str, Any]) -> None:
    covered = [
        (x, y)
        for widget in dashboard["widgets"]
        for x in range(widget["x"], widget["x"] + widget["width"])
        for y in range(widget["y"], widget["y"] + widget["height"])
    ]
    assert len(covered) == len(set(covered))
    assert max(x for x, _ in covered) == 23


def test_the_dashboard_says_where_to_look_in_words_that_are_on_it(dashboard: Mapping[str, Any]) -> None:
    guide, *widgets = dashboard["widgets"]
    named = re.findall(r"(?<!\*)\*([^*]+)\*(?!\*)", guide["properties"]["markdown"])
    assert named
    assert set(named) <= {widget["properties"]["title"] for widget in widgets}


def test_traces_are_written_by_the_api_and_by_every_function(template: Template) -> None:
    (api,) = properties(template, "AWS::AppSync::GraphQLApi").values()
    assert api["XrayEnabled"] is True
    assert json.loads((ROOT / "chalice_app/.chalice/config.json").read_text())["xray"] is True
