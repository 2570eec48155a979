"""Everything an account holds that a stage could be made of, each thing by service, kind and name."""

from collections.abc import Callable, Iterator
from typing import Any

from tests.deployed.emulator import Emulator

type Listing = tuple[str, str, str, str, Callable[[dict[str, Any]], str]]


def _named(key: str) -> Callable[[dict[str, Any]], str]:
    return lambda found: str(found[key])


def _standing(stack: dict[str, Any]) -> str:
    """Deleted stacks are listed for months."""
    return "" if stack["StackStatus"] == "DELETE_COMPLETE" else str(stack["StackName"])


LISTINGS: tuple[Listing, ...] = (
    ("appsync", "list_graphql_apis", "graphqlApis", "API", _named("name")),
    ("cloudformation", "list_stacks", "StackSummaries", "stack", _standing),
    ("cloudwatch", "describe_alarms", "MetricAlarms", "alarm", _named("AlarmName")),
    ("cloudwatch", "list_dashboards", "DashboardEntries", "dashboard", _named("DashboardName")),
    ("dynamodb", "list_tables", "TableNames", "table", str),
    ("iam", "list_roles", "Roles", "role", _named("RoleName")),
    ("iam", "list_policies", "Policies", "policy", _named("PolicyName")),
    ("lambda", "list_functions", "Functions", "function", _named("FunctionName")),
    ("lambda", "list_layers", "Layers", "layer", _named("LayerName")),
    ("lambda", "list_event_source_mappings", "EventSourceMappings", "mapping", _named("FunctionArn")),
    ("logs", "describe_log_groups", "logGroups", "log group", _named("logGroupName")),
    ("s3", "list_buckets", "Buckets", "bucket", _named("Name")),
    ("scheduler", "list_schedules", "Schedules", "schedule", _named("Name")),
    ("sns", "list_topics", "Topics", "topic", _named("TopicArn")),
    ("sqs", "list_queues", "QueueUrls", "queue", str),
    ("ssm", "describe_parameters", "Parameters", "parameter", _named("Name")),
)


def inventory(emulator: Emulator) -> set[str]:
    """All there is, as `service kind name`."""
    return set(_listed(emulator)) | set(_pools(emulator))


def of(stage: str, things: set[str]) -> set[str]:
    """Those that bear the stage's name."""
    return {each for each in things if f"riffle-{stage}" in each}


def _listed(emulator: Emulator) -> Iterator[str]:
    for service, operation, key, kind, name in LISTINGS:
        client = emulator.client(service)
        pages = (
            client.get_paginator(operation).paginate()
            if client.can_paginate(operation)
            else [getattr(client, operation)()]
        )
        yield from (
            f"{service} {kind} {found}"
            for page in pages
            for each in page.get(key, ())
            if (found := name(each))
        )


def _pools(emulator: Emulator) -> Iterator[str]:
    """The one list that has to be told how much it may say."""
    for pool in emulator.client("cognito-idp").list_user_pools(MaxResults=60)["UserPools"]:
        yield f"cognito-idp user pool {pool['Name']}"
