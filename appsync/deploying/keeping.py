"""What outlives a stage: tables, bucket and accounts, how they are found again, and how they are removed."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, get_args

import boto3

from appsync.deploying import buckets
from appsync.deploying.errors import CannotAdopt, DeployError, explained
from appsync.packaging import Json, Object, as_object

if TYPE_CHECKING:
    from mypy_boto3_cloudformation.type_defs import ResourceToImportTypeDef

type Kind = Literal["AWS::DynamoDB::Table", "AWS::S3::Bucket", "AWS::Cognito::UserPool"]

KINDS = get_args(Kind.__value__)
RETAINED = frozenset({"Retain", "RetainExceptOnCreate"})
NAMES = {KINDS[0]: "TableName", KINDS[1]: "BucketName", KINDS[2]: "UserPoolName"}
TITLES = {KINDS[0]: "table", KINDS[1]: "bucket", KINDS[2]: "user pool"}
IDENTIFIERS = {KINDS[0]: "TableName", KINDS[1]: "BucketName", KINDS[2]: "UserPoolId"}
_REFERENCE = re.compile(r"\$\{([A-Za-z0-9]+)")


@dataclass(frozen=True, slots=True)
class Place:
    """Where a stage is; what names its resources in the template."""

    stage: str
    account: str
    region: str


@dataclass(frozen=True, slots=True)
class Kept:
    """One thing that people's data is in: its name in the template and its own, and the id it is found by."""

    resource: str
    kind: Kind
    name: str
    identifier: str

    @property
    def title(self) -> str:
        """For people: a pool may have the stack's own name."""
        return f"{TITLES[self.kind]} {self.name}"

    def imported(self) -> "ResourceToImportTypeDef":
        """As CloudFormation wants to be told of it."""
        return {
            "ResourceType": self.kind,
            "LogicalResourceId": self.resource,
            "ResourceIdentifier": {IDENTIFIERS[self.kind]: self.identifier},
        }


def kept(session: boto3.Session, place: Place, template: Mapping[str, Json]) -> tuple[Kept, ...]:
    """What is there of the data that the template retains, whether a stack has it or not.

    Raises CannotAdopt when a name is somebody else's, or two user pools have it.
    """
    return tuple(found for resource in _retained(template) for found in _found(session, place, *resource))


def adoption(template: Mapping[str, Json], found: tuple[Kept, ...]) -> Object:
    """A template of nothing but what is adopted, as far as it can be said without the rest.

    What refers to resources that are still to be made is left out: CloudFormation does not touch what it
    imports, and the deployment that follows sets it.
    """
    adopted = {each.resource for each in found}
    resources = as_object(template["Resources"])
    absent = set(resources) - adopted
    return {
        **{
            part: template[part]
            for part in ("AWSTemplateFormatVersion", "Parameters", "Mappings", "Conditions")
        },
        "Resources": {name: _alone(as_object(resources[name]), absent) for name in sorted(adopted)},
    }


def remove(session: boto3.Session, found: Kept) -> Iterator[int]:
    """Deletes it for good, whatever protects it; yields how many objects of a bucket are gone so far."""
    match found.kind:
        case "AWS::S3::Bucket":
            yield from buckets.remove(session, found.name)
        case "AWS::DynamoDB::Table":
            _remove_table(session, found.name)
        case "AWS::Cognito::UserPool":
            _remove_pool(session, found.identifier)


def _retained(template: Mapping[str, Json]) -> Iterator[tuple[str, Kind, str]]:
    """Logical names, types, and names with the template's own placeholders."""
    for logical, value in as_object(template["Resources"]).items():
        resource = as_object(value)
        if resource.get("DeletionPolicy") in RETAINED:
            match resource["Type"]:
                case "AWS::DynamoDB::Table" | "AWS::S3::Bucket" | "AWS::Cognito::UserPool" as kind:
                    name = as_object(as_object(resource["Properties"])[NAMES[kind]])["Fn::Sub"]
                    yield logical, kind, str(name)
                case other:
                    raise TypeError(
                        f"{logical} is retained, and nothing here knows how to find a {other} again"
                    )


def _found(session: boto3.Session, place: Place, logical: str, kind: Kind, pattern: str) -> Iterator[Kept]:
    name = pattern.replace("${Stage}", place.stage)
    name = name.replace("${AWS::AccountId}", place.account).replace("${AWS::Region}", place.region)
    match kind:
        case "AWS::DynamoDB::Table":
            there = _is_table(session, name)
        case "AWS::S3::Bucket":
            there = _is_bucket(session, name)
        case "AWS::Cognito::UserPool":
            yield from (Kept(logical, kind, name, each) for each in _pool(session, name))
            return
    if there:
        yield Kept(logical, kind, name, name)


def _is_table(session: boto3.Session, name: str) -> bool:
    client = session.client("dynamodb")
    try:
        with explained("dynamodb"):
            client.describe_table(TableName=name)
    except DeployError as error:
        if isinstance(error.__cause__, client.exceptions.ResourceNotFoundException):
            return False
        raise
    return True


def _is_bucket(session: boto3.Session, name: str) -> bool:
    with explained("s3"):
        presence = buckets.presence(session, name)
    if presence == "foreign":
        raise CannotAdopt(f"The bucket {name} exists, and this account may not use it.")
    return presence == "ours"


def _pool(session: boto3.Session, name: str) -> list[str]:
    """The id of the pool of that name, which unlike other names need not be the only one."""
    with explained("cognito-idp"):
        pages = (
            session.client("cognito-idp")
            .get_paginator("list_user_pools")
            .paginate(PaginationConfig={"PageSize": 60})
        )
        ids = [pool["Id"] for page in pages for pool in page["UserPools"] if pool["Name"] == name]
    if len(ids) > 1:
        raise CannotAdopt(
            f"There are {len(ids)} user pools {name} ({', '.join(sorted(ids))}); delete all but one."
        )
    return ids


def _alone(resource: Object, absent: set[str]) -> Object:
    properties = as_object(resource["Properties"])
    stays = {name: value for name, value in properties.items() if not references(value) & absent}
    return {**{name: value for name, value in resource.items() if name != "DependsOn"}, "Properties": stays}


def references(value: Json) -> set[str]:
    """The logical names that a part of a template refers to."""
    match value:
        case {"Ref": str(name)}:
            return {name}
        case {"Fn::GetAtt": [str(name), *_]}:
            return {name}
        case {"Fn::Sub": str(text)}:
            return set(_REFERENCE.findall(text))
        case dict():
            return set[str]().union(*map(references, value.values()))
        case list():
            return set[str]().union(*map(references, value))
    return set()


def _remove_table(session: boto3.Session, name: str) -> None:
    client = session.client("dynamodb")
    with explained("dynamodb"):
        if client.describe_table(TableName=name)["Table"].get("DeletionProtectionEnabled"):
            client.update_table(TableName=name, DeletionProtectionEnabled=False)
            client.get_waiter("table_exists").wait(
                TableName=name, WaiterConfig={"Delay": 1, "MaxAttempts": 60}
            )
        client.delete_table(TableName=name)
        client.get_waiter("table_not_exists").wait(
            TableName=name, WaiterConfig={"Delay": 1, "MaxAttempts": 120}
        )


def _remove_pool(session: boto3.Session, identifier: str) -> None:
    """The update resets whatever it does not name, which is of no matter to a pool that is deleted."""
    client = session.client("cognito-idp")
    with explained("cognito-idp"):
        client.update_user_pool(UserPoolId=identifier, DeletionProtection="INACTIVE")
        client.delete_user_pool(UserPoolId=identifier)
