"""What is taken away and what stays, and that what stayed is found again: against MiniStack."""

from typing import Any

import boto3
import pytest

from appsync.deploying import buckets, stacks
from appsync.deploying.deploying import deploy
from appsync.deploying.destroying import destroy, survey
from appsync.deploying.errors import CannotAdopt
from appsync.deploying.executing import Progress
from appsync.deploying.settling import Event
from tests.deploying.conftest import World, said

TABLES = ("documents", "answers", "conversations")


def destroyed(world: World, *, data: bool = False) -> list[Event]:
    return list(destroy(world.session, world.name, data=data))


def listed(session: boto3.Session, service: Any, operation: Any, path: str) -> list[str]:
    """Every page of what a service lists; its client is of any kind."""
    found = session.client(service).get_paginator(operation).paginate().search(path)
    return [each for each in found if each]


def named(session: boto3.Session, prefix: str) -> list[str]:
    """Everything of the services that a stage uses whose name begins so."""
    buckets = session.client("s3").list_buckets()["Buckets"]
    pools = session.client("cognito-idp").list_user_pools(MaxResults=60)["UserPools"]
    names = [
        *(each["Name"] for each in buckets),
        *(each["Name"] for each in pools),
        *listed(session, "dynamodb", "list_tables", "TableNames[]"),
        *listed(session, "lambda", "list_functions", "Functions[].FunctionName"),
        *listed(session, "lambda", "list_layers", "Layers[].LayerName"),
        *(each.rsplit("/", 1)[1] for each in listed(session, "sqs", "list_queues", "QueueUrls[]")),
        *listed(session, "iam", "list_roles", "Roles[].RoleName"),
        *listed(session, "appsync", "list_graphql_apis", "graphqlApis[].name"),
        *listed(session, "scheduler", "list_schedules", "Schedules[].Name"),
        *(
            each.rsplit("/", 1)[1]
            for each in listed(session, "logs", "describe_log_groups", "logGroups[].logGroupName")
        ),
    ]
    return sorted(name for name in names if name == prefix or name.startswith(f"{prefix}-"))


def kept(world: World) -> list[str]:
    files = f"{world.stack}-files-000000000000-us-east-1"
    return sorted([world.stack, files, *(f"{world.stack}-{table}" for table in TABLES)])


def protected(world: World) -> bool:
    """Whether a table and the stack itself refuse to be deleted."""
    table = world.session.client("dynamodb").describe_table(TableName=f"{world.stack}-documents")["Table"]
    stack = stacks.described(world.session, world.stack)
    return bool(table["DeletionProtectionEnabled"] and stack and stack["EnableTerminationProtection"])


def test_destroy_keeps_documents_answers_and_accounts_and_says_how_they_go(world: World) -> None:
    world.parameters["Protection"] = "on"
    assert "Tables and user pool are protected from deletion." in said(world.deploy())
    assert protected(world)
    goes = survey(world.session, world.name)
    deployments = f"{world.stack}-deployments-000000000000-us-east-1"
    assert goes.goes == (f"stack {world.stack}", f"bucket {deployments}")
    last = said(destroyed(world))[-1]
    assert named(world.session, world.stack) == kept(world) == sorted(each.split()[-1] for each in goes.stays)
    assert last.endswith(f"`riffle destroy --stage {world.name} --data` removes them for good.")


def test_destroy_with_data_leaves_nothing_though_it_was_protected(world: World) -> None:
    world.parameters["Protection"] = "on"
    world.deploy()
    files = stacks.outputs(world.session, world.stack)["BucketName"]
    client = world.session.client("s3")
    client.put_bucket_versioning(Bucket=files, VersioningConfiguration={"Status": "Enabled"})
    for body in (b"first", b"second"):
        client.put_object(Bucket=files, Key="texts/a", Body=body)
    assert f"2 objects of {files} are gone." in said(destroyed(world, data=True))
    assert named(world.session, world.stack) == []
    assert survey(world.session, world.name).goes == ()


def test_deploying_again_finds_the_documents_and_accounts_that_were_kept(world: World) -> None:
    world.deploy()
    before = stacks.outputs(world.session, world.stack)
    world.session.client("s3").put_object(Bucket=before["BucketName"], Key="texts/a", Body=b"kept")
    destroyed(world)
    proposal = world.plan()
    assert {change.action for change in proposal.changes} == {"Import"}
    list(deploy(world.session, proposal))
    after = stacks.outputs(world.session, world.stack)
    assert after["UserPoolId"] == before["UserPoolId"]
    assert (
        world.session.client("s3").get_object(Bucket=after["BucketName"], Key="texts/a")["Body"].read()
        == b"kept"
    )
    found = world.session.client("s3").get_bucket_notification_configuration(Bucket=after["BucketName"])
    assert found["QueueConfigurations"]
    assert world.plan().changes == ()


def test_two_user_pools_of_the_name_are_too_many_to_adopt(world: World) -> None:
    for _ in range(2):
        world.session.client("cognito-idp").create_user_pool(PoolName=world.stack)
    with pytest.raises(CannotAdopt, match=f"There are 2 user pools {world.stack} .*delete all but one"):
        world.plan()
    assert stacks.status(world.session, world.stack) is None


def test_stack_that_only_half_came_to_be_is_removed(world: World) -> None:
    started = world.begin()
    assert next(event for event in started if isinstance(event, Progress))
    del started
    destroyed(world, data=True)
    assert named(world.session, world.stack) == []


def test_plan_that_was_never_carried_out_is_removed(world: World) -> None:
    world.plan()
    destroyed(world)
    assert named(world.session, world.stack) == []
    assert stacks.status(world.session, world.stack) is None


def test_log_that_a_late_line_brings_back_goes_too(world: World) -> None:
    world.deploy()
    for event in destroy(world.session, world.name, data=True):
        if isinstance(event, Progress) and (event.resource, event.status) == (world.stack, "DELETE_COMPLETE"):
            world.session.client("logs").create_log_group(logGroupName=f"/aws/lambda/{world.stack}-answer")
    assert named(world.session, world.stack) == []


def test_destroying_nothing_does_nothing(world: World) -> None:
    assert survey(world.session, world.name).goes == ()
    assert destroyed(world) == []


def test_two_stages_of_one_account_do_not_touch_each_other(world: World) -> None:
    world.deploy()
    other = World(world.session, world.app, world.out, f"{world.name}0", dict(world.parameters))
    other.deploy()
    before = named(world.session, world.stack)
    destroyed(other, data=True)
    assert named(world.session, world.stack) == before
    assert world.plan().changes == ()
    assert "well" in world.invoke("resolve")


def test_bucket_is_emptied_of_every_version_with_progress(
    aws: boto3.Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = aws.client("s3")
    client.create_bucket(Bucket="riffle-many-objects")
    client.put_bucket_versioning(Bucket="riffle-many-objects", VersioningConfiguration={"Status": "Enabled"})
    for number in range(5):
        client.put_object(Bucket="riffle-many-objects", Key=str(number), Body=b"")
    client.delete_object(Bucket="riffle-many-objects", Key="0")
    monkeypatch.setattr(buckets, "PAGE", 4)
    assert list(buckets.remove(aws, "riffle-many-objects")) == [4, 6]
    assert buckets.presence(aws, "riffle-many-objects") == "absent"
