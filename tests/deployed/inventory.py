"""Everything an account holds that a stage could be made of, each thing by service, kind and name."""

from collections.abc import Iterator

import jmespath  # type: ignore[import-untyped]

from tests.deployed.emulator import Emulator

STANDING = "StackSummaries[?StackStatus != 'DELETE_COMPLETE'].StackName"  # others are listed for months
HEADERS = "ResponseHeadersPolicyList.Items[].ResponseHeadersPolicy.ResponseHeadersPolicyConfig.Name"

LISTINGS = (
    ("appsync", "list_graphql_apis", "graphqlApis[].name", "API"),
    ("appsync", "list_apis", "apis[].name", "events API"),
    ("cloudformation", "list_stacks", STANDING, "stack"),
    ("cloudfront", "list_distributions", "DistributionList.Items[].Comment", "distribution"),
    ("cloudfront", "list_functions", "FunctionList.Items[].Name", "function"),
    ("cloudfront", "list_origin_access_controls", "OriginAccessControlList.Items[].Name", "access control"),
    ("cloudfront", "list_response_headers_policies", HEADERS, "headers"),
    ("cloudwatch", "describe_alarms", "MetricAlarms[].AlarmName", "alarm"),
    ("cloudwatch", "list_dashboards", "DashboardEntries[].DashboardName", "dashboard"),
    ("dynamodb", "list_tables", "TableNames[]", "table"),
    ("ecr", "describe_repositories", "repositories[].repositoryName", "repository"),
    ("events", "list_rules", "Rules[].Name", "rule"),
    ("iam", "list_roles", "Roles[].RoleName", "role"),
    ("iam", "list_policies", "Policies[].PolicyName", "policy"),
    ("kms", "list_keys", "Keys[].KeyId", "key"),
    ("lambda", "list_functions", "Functions[].FunctionName", "function"),
    ("lambda", "list_layers", "Layers[].LayerName", "layer"),
    ("lambda", "list_event_source_mappings", "EventSourceMappings[].FunctionArn", "mapping"),
    ("logs", "describe_log_groups", "logGroups[].logGroupName", "log group"),
    ("s3", "list_buckets", "Buckets[].Name", "bucket"),
    ("scheduler", "list_schedules", "Schedules[].Name", "schedule"),
    ("secretsmanager", "list_secrets", "SecretList[].Name", "secret"),
    ("sns", "list_topics", "Topics[].TopicArn", "topic"),
    ("sns", "list_subscriptions", "Subscriptions[].SubscriptionArn", "subscription"),
    ("sqs", "list_queues", "QueueUrls[]", "queue"),
    ("ssm", "describe_parameters", "Parameters[].Name", "parameter"),
)
"""What is called, and where its names are: of what our template has in it, and of what it should not have."""


def inventory(emulator: Emulator) -> set[str]:
    """All there is, as `service kind name`."""
    return set(_listed(emulator)) | set(_pools(emulator))


def of(stage: str, things: set[str]) -> set[str]:
    """Those that bear the stage's name."""
    return {each for each in things if f"riffle-{stage}" in each}


def _listed(emulator: Emulator) -> Iterator[str]:
    for service, operation, names, kind in LISTINGS:
        client = emulator.client(service)
        pages = (
            client.get_paginator(operation).paginate()
            if client.can_paginate(operation)
            else [getattr(client, operation)()]
        )
        yield from (
            f"{service} {kind} {name}" for page in pages for name in jmespath.search(names, page) or ()
        )


def _pools(emulator: Emulator) -> Iterator[str]:
    """The one list that has to be told how much it may say."""
    for pool in emulator.client("cognito-idp").list_user_pools(MaxResults=60)["UserPools"]:
        yield f"cognito-idp user pool {pool['Name']}"
